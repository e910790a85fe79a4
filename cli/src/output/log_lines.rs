//! Lines of a log are shown as they come.

use std::io::{self, IsTerminal as _};
use std::ops::ControlFlow;

use jiff::Timestamp;
use portreeve_api as api;
use portreeve_tokio::{LogLine, Output as Printed};

use super::show::{Output, line, print_bytes};
use super::terminal::harmless;
use crate::failure::Failure;

/// So much is gathered before it is written.
const ENOUGH: usize = 64 << 10;

/// Lines on their way to stdout: to a terminal without what would steer it, to anything else as they are.
pub(crate) struct LogLines {
    output: Output,
    is_terminal: bool,
    /// What isn't written yet.
    gathered: Vec<u8>,
    /// Whose line isn't at its end.
    open: Option<Printed>,
}

impl LogLines {
    pub(crate) fn new(output: Output) -> Self {
        Self {
            output,
            is_terminal: io::stdout().is_terminal(),
            gathered: Vec::new(),
            open: None,
        }
    }

    /// Shows a line, or part of one, and tells whether anybody reads on.
    pub(crate) fn line(&mut self, told: &LogLine) -> Result<ControlFlow<()>, Failure> {
        match self.output {
            Output::Json => {
                self.gathered.extend(line(&document(told))?.into_bytes());
                self.gathered.push(b'\n');
            }
            Output::Text => self.text(told),
        }
        if self.gathered.len() < ENOUGH {
            return Ok(ControlFlow::Continue(()));
        }
        self.show()
    }

    /// Writes what was gathered.
    pub(crate) fn show(&mut self) -> Result<ControlFlow<()>, Failure> {
        let gathered = std::mem::take(&mut self.gathered);
        if gathered.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        print_bytes(&gathered)
    }

    /// Shows that these were all.
    pub(crate) fn end(mut self) -> Result<(), Failure> {
        self.show().map(drop)
    }

    fn text(&mut self, told: &LogLine) {
        if self.open.is_some_and(|open| open != told.output) {
            // What another output says is no part of that line.
            self.gathered.push(b'\n');
        }
        if self.is_terminal {
            self.gathered.extend(shown(&told.text).into_bytes());
        } else {
            self.gathered.extend_from_slice(&told.text);
        }
        if told.goes_on {
            self.open = Some(told.output);
        } else {
            self.open = None;
            self.gathered.push(b'\n');
        }
    }
}

/// A text that steers no terminal, but for tabs, and styles that end with it.
fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let parts: Vec<_> = text.split('\t').map(harmless).collect();
    let mut shown = parts.join("\t");
    if shown.contains('\u{1b}') {
        shown.push_str("\u{1b}[0m");
    }
    shown
}

fn document(line: &LogLine) -> api::LogLine {
    let at = Timestamp::from_nanosecond(line.at.as_nanos().into());
    api::LogLine {
        // Every such number is a time.
        at: at.unwrap_or(Timestamp::UNIX_EPOCH),
        output: match line.output {
            Printed::Stdout => api::Output::Stdout,
            Printed::Stderr => api::Output::Stderr,
            Printed::Terminal => api::Output::Terminal,
        },
        text: String::from_utf8_lossy(&line.text).into_owned(),
        goes_on: line.goes_on,
    }
}

#[cfg(test)]
mod tests {
    use portreeve_tokio::LogTime;

    use super::*;

    fn line(output: Printed, text: &str, goes_on: bool) -> LogLine {
        LogLine {
            at: LogTime::from_nanos(1),
            output,
            text: text.as_bytes().to_vec(),
            goes_on,
        }
    }

    #[test]
    fn outputs_do_not_share_a_line() {
        let mut lines = LogLines::new(Output::Text);
        for (output, text, goes_on) in [
            (Printed::Stdout, "a", true),
            (Printed::Stdout, "b", true),
            (Printed::Stderr, "e", false),
            (Printed::Stdout, "c", false),
        ] {
            assert!(
                lines
                    .line(&line(output, text, goes_on))
                    .unwrap()
                    .is_continue()
            );
        }
        assert_eq!(lines.gathered, b"ab\ne\nc\n");
    }

    #[test]
    fn a_terminal_is_not_steered() {
        assert_eq!(shown(b"a\tb\x1b[2J\xff"), "a\tb\\u{1b}[2J\u{fffd}");
        assert_eq!(shown(b"\x1b[31mred"), "\u{1b}[31mred\u{1b}[0m");
    }

    #[test]
    fn a_program_gets_a_document_a_line() {
        let mut lines = LogLines::new(Output::Json);
        lines
            .line(&line(Printed::Stderr, "x", false))
            .unwrap()
            .is_continue();
        let text = String::from_utf8(lines.gathered).unwrap();
        assert!(
            text.ends_with("\"output\":\"stderr\",\"text\":\"x\"}\n"),
            "{text}"
        );
    }
}
