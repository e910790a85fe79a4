//! The user's lease, as this controller holds it.

use crate::projection::project;
use crate::time::Instant;

/// The lease as its holder counts it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeldLease {
    pub until: Instant,
    pub renew_at: Instant,
}

project!(struct HeldLease { until, renew_at: due });
