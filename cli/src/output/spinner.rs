//! Shows a person that something is going on.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget};

use super::Output;

/// A line that moves while something is under way; nothing where no terminal shows it.
pub(crate) struct Spinner(ProgressBar);

impl Spinner {
    /// Begins to show it. A command that is done at once shows nothing.
    pub(crate) fn start(output: Output, text: String) -> Self {
        let target = match output {
            // It hides itself where stderr is no terminal.
            Output::Text => ProgressDrawTarget::stderr(),
            Output::Json => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(None, target).with_message(text);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
