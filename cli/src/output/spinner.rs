//! Shows a person that something is going on, and how far it is.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use portreeve_core::command::Progress;

use super::Output;
use super::terminal::harmless;
use super::text;

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
        let bar = ProgressBar::with_draw_target(None, target).with_message(harmless(text));
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
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
                bar.set_style(style());
            }
            bar.set_length(total.into());
            bar.set_position(done.into());
        }
    }
}

fn style() -> ProgressStyle {
    // A template that can't be read is a fault of this file's, and a test tells of it.
    ProgressStyle::with_template(BAR).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_one() {
        assert!(ProgressStyle::with_template(BAR).is_ok());
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

    #[test]
    fn programs_are_shown_nothing() {
        let spinner = Spinner::start(Output::Json, "…");
        assert!(spinner.0.is_hidden());
    }
}
