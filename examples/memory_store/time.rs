//! The store's clock.

use std::time::Duration;

use portreeve_core::time::Timestamp;

/// A time by the store's clock, in microseconds since 1970.
pub(super) type Time = i64;

pub(super) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

pub(super) fn after(time: Time, span: Duration) -> Time {
    time.saturating_add(micros(span))
}

/// Whether what was to last until then, and for `longest` at most, is over. What lies beyond was
/// written while the clock ran ahead.
pub(super) fn is_over(until: Time, now: Time, longest: Duration) -> bool {
    left(until, now, longest).is_zero()
}

/// How long what was to last until then, and for `longest` at most, lasts yet.
pub(super) fn left(until: Time, now: Time, longest: Duration) -> Duration {
    let left = span(now, until);
    if left > longest { Duration::ZERO } else { left }
}

/// How long after `earlier` a time is; zero if it isn't.
pub(super) fn span(earlier: Time, time: Time) -> Duration {
    Duration::from_micros(u64::try_from(time.saturating_sub(earlier)).unwrap_or(0))
}

/// That time, if it lies further ahead than what is to last for `longest` at most.
pub(super) fn beyond(until: Time, now: Time, longest: Duration) -> Option<Timestamp> {
    (span(now, until) > longest).then(|| Timestamp::from_micros(until))
}
