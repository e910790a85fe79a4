//! A picture that is drawn anew in place, on a terminal.

use std::env;
use std::io::Write as _;

use console::Term;

use super::show::Output;
use super::terminal::harmless;
use crate::failure::Failure;

/// A terminal that shows a picture. When it is dropped, the cursor is where the next line begins.
pub(crate) struct Live(Term);

impl Live {
    /// Begins, where people look at a terminal that can be drawn on.
    pub(crate) fn start(output: Output) -> Option<Self> {
        let terminal = Term::stdout();
        let is_dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
        if output == Output::Json || !terminal.is_term() || is_dumb {
            return None;
        }
        // One that doesn't is drawn on all the same.
        let _ = terminal
            .hide_cursor()
            .and_then(|()| terminal.clear_screen());
        Some(Self(terminal))
    }

    /// How many lines there is room for.
    pub(crate) fn rows(&self) -> usize {
        usize::from(self.0.size().0)
    }

    /// Draws the picture, from the top on.
    pub(crate) fn draw(&mut self, picture: &str) -> Result<(), Failure> {
        let mut frame = String::from("\u{1b}[H");
        for line in harmless(picture).lines() {
            frame.push_str(line);
            frame.push_str("\u{1b}[K\r\n");
        }
        frame.push_str("\u{1b}[J");
        self.0
            .write_all(frame.as_bytes())
            .and_then(|()| self.0.flush())
            .map_err(|error| Failure::io("the terminal can't be written", &error))
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // Without a terminal there is no cursor.
        let _ = self.0.show_cursor();
    }
}
