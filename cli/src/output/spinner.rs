//! Shows a person that something is going on, and how far it is.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use portreeve_core::command::Progress;

use super::Output;
use super::terminal::harmless;
use super::text;

/// What is shown before it is known how much there is to do.
const LINE: &str = "{spinner} {msg}";
/// What is shown once it is known how much there is to do.
const BAR: &str = "{spinner} {msg} {bar:30} {pos}/{len}";

/// A line that moves while something is under way; nothing where no terminal shows it.
pub(crate) struct Spinner(ProgressBar);

impl Spinner {
    /// Begins to show it. A command that is done at once shows nothing.
    pub(crate) fn start(output: Output, text: &str) -> Self {
        let target = match output {
            // It hides itself where stderr is no terminal.
            Output::Text => ProgressDrawTarget::stderr(),
            Output::Json => ProgressDrawTarget::hidden(),
        };
        let spinner = Self::on(target, text);
        spinner.0.enable_steady_tick(Duration::from_millis(100));
        spinner
    }

    fn on(target: ProgressDrawTarget, text: &str) -> Self {
        let bar = ProgressBar::with_draw_target(None, target);
        Self(bar.with_style(style(LINE)).with_message(harmless(text)))
    }

    /// What is to be told how far it is. Once it is known how much there is to do, the line has a bar.
    pub(crate) fn teller(&self) -> impl Fn(Progress) + Send + Sync + use<> {
        let bar = self.0.clone();
        move |progress| {
            let Progress::Users { done, total } = progress else {
                if let Some(words) = text::progress(&progress) {
                    bar.set_message(harmless(&words));
                }
                return;
            };
            if bar.length().is_none() {
                bar.set_style(style(BAR));
            }
            bar.set_length(total.into());
            bar.set_position(done.into());
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    // A template that can't be read is a fault of this file's, and a test tells of it.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;

    use super::*;

    #[test]
    fn the_bar_is_one_and_so_is_the_line_before_it() {
        assert!(ProgressStyle::with_template(BAR).is_ok());
        assert!(ProgressStyle::with_template(LINE).is_ok());
    }

    #[test]
    fn it_is_told_how_far_it_is() {
        let spinner = Spinner::start(Output::Json, "…");
        assert_eq!(spinner.0.length(), None);
        let tell = spinner.teller();
        tell(Progress::Users { done: 3, total: 7 });
        assert_eq!((spinner.0.position(), spinner.0.length()), (3, Some(7)));
    }

    #[test]
    fn it_says_what_is_waited_for() {
        let spinner = Spinner::start(Output::Json, "starting…");
        spinner.teller()(Progress::Queued { before: 3 });
        assert_eq!(spinner.0.message(), "3 others are started first…");
        assert_eq!(spinner.0.length(), None);
    }

    /// A terminal that keeps what is drawn on it.
    #[derive(Clone, Default, Debug)]
    struct Drawn(Arc<Mutex<String>>);

    impl Drawn {
        fn add(&self, text: &str) {
            self.0.lock().unwrap().push_str(text);
        }
    }

    impl TermLike for Drawn {
        fn width(&self) -> u16 {
            80
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.add(text);
            Ok(())
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.add(text);
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nothing_is_counted_before_it_is_known_how_much_there_is() {
        let drawn = Drawn::default();
        let target = ProgressDrawTarget::term_like(Box::new(drawn.clone()));
        let spinner = Spinner::on(target, "reaping…");
        spinner.0.tick();
        let before = drawn.0.lock().unwrap().clone();
        assert!(
            before.contains("reaping…") && !before.contains('/'),
            "{before}"
        );
        spinner.teller()(Progress::Users { done: 3, total: 7 });
        spinner.0.tick();
        let after = drawn.0.lock().unwrap().clone();
        assert!(after.contains("3/7"), "{after}");
    }

    #[test]
    fn programs_are_shown_nothing() {
        let spinner = Spinner::start(Output::Json, "…");
        assert!(spinner.0.is_hidden());
    }
}
