//! The store's clock.

use std::time::Duration;

/// A time by the store's clock, in microseconds since 1970.
pub(super) type Time = i64;

pub(super) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

pub(super) fn after(time: Time, span: Duration) -> Time {
    time.saturating_add(micros(span))
}

/// How long after `earlier` a time is; zero if it isn't.
pub(super) fn span(earlier: Time, time: Time) -> Duration {
    Duration::from_micros(u64::try_from(time.saturating_sub(earlier)).unwrap_or(0))
}
