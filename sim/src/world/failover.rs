//! A store that fails over to a replica which lags.

use std::time::Duration;

use super::happening::Happening;
use super::state::World;
use crate::occurrence::Occurrence;

impl World {
    /// A replica gets to know nothing more, and takes over after that time, unless there is one already. One
    /// that doesn't know the engine yet is left alone: to whoever comes next, any engine is the right one.
    pub(super) fn lag(&mut self, lag: Duration) {
        if self.replica.is_none() && self.store.known_engine().is_some() {
            let at = self.now.after(lag);
            self.replica = Some((at, Box::new(self.store.clone())));
            self.agenda.note(at, Happening::FailOver);
        }
    }

    pub(super) fn fail_over_if_due(&mut self) {
        if self.replica.as_ref().is_some_and(|(at, _)| *at <= self.now) {
            self.fail_over();
        }
    }

    /// The replica takes over, if there is one.
    pub(super) fn fail_over(&mut self) {
        let Some((_, replica)) = self.replica.take() else {
            return;
        };
        self.store.fail_over(*replica);
        self.trace
            .note(self.now, format_args!("a replica of the store takes over"));
        self.occurred(Occurrence::StoreFailedOver);
        self.leave_after_all();
    }
}
