//! A touch that waits for the store.

use core::time::Duration;

use crate::id::RequestId;
use crate::projection::project;
use crate::time::Instant;

/// Who waits for the user's activity to be acknowledged, and since when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WaitingTouch {
    pub request: RequestId,
    pub asked: Instant,
}

project!(struct WaitingTouch { request, asked });

impl WaitingTouch {
    /// Until when it is to be answered.
    pub(crate) fn deadline(self, answer: Duration) -> Instant {
        self.asked.after(answer)
    }
}
