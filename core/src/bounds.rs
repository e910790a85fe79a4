//! How far ahead times in a store may lie.
//!
//! A store's clock may run ahead and be set right. What was written meanwhile lies in the future
//! then, by years perhaps, and would keep its user waiting for as long. So nothing is ever written
//! further ahead than these bounds, and what is found beyond them counts as over.

use core::time::Duration;

/// The longest that a lease or a lock is taken for. Where `Timing::lease` is longer, it is cut to this.
pub const LONGEST_LEASE: Duration = Duration::from_secs(10 * 60);
/// The longest that a port rests. Where `Timing::rest` or `Timing::quarantine` is longer, it is cut to this.
pub const LONGEST_REST: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest pause after starts that failed.
pub const LONGEST_BACKOFF: Duration = Duration::from_secs(5 * 60);
/// How far ahead an activity may lie before it counts as one of now, and how far beyond the bounds
/// above other times may: in some databases a statement that waited for others has an earlier now
/// than they.
pub const TOLERANCE: Duration = Duration::from_secs(60);
