//! One visit.

use std::time::Duration;

/// One visit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Visit {
    /// When it begins, since the beginning of the first day.
    pub at: Duration,
    /// Whose it is: the place in [`Workload::users`](super::Workload::users).
    pub user: usize,
    /// How long it lasts.
    pub lasts: Duration,
}
