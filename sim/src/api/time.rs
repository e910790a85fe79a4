//! Times, as the API writes them.

use std::time::Duration;

use portreeve_core::time::Instant;

use crate::engine::Engine;

/// What Docker writes for a time that hasn't been.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// A moment by the wall clock.
fn stamp(instant: Instant) -> jiff::Timestamp {
    let micros = Engine::wall(instant).as_micros();
    jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX)
}

pub(super) fn written(instant: Instant) -> String {
    format!("{:.9}", stamp(instant))
}

pub(super) fn written_or_never(instant: Option<Instant>) -> String {
    instant.map_or_else(|| NEVER.to_owned(), written)
}

pub(super) fn seconds(instant: Instant) -> i64 {
    stamp(instant).as_second()
}

pub(super) fn nanoseconds(instant: Instant) -> i64 {
    let nanos = stamp(instant).as_nanosecond();
    i64::try_from(nanos).unwrap_or(i64::MAX)
}

/// How long ago, as Docker says it.
pub(super) fn ago(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let of = |count: u64, unit: &str| format!("{count} {unit}s");
    match seconds {
        0 => "Less than a second".to_owned(),
        1 => "1 second".to_owned(),
        2..60 => of(seconds, "second"),
        60..120 => "About a minute".to_owned(),
        120..3600 => of(seconds / 60, "minute"),
        3600..7200 => "About an hour".to_owned(),
        7200..172_800 => of(seconds / 3600, "hour"),
        172_800..1_209_600 => of(seconds / 86_400, "day"),
        1_209_600..5_184_000 => of(seconds / 604_800, "week"),
        5_184_000..63_072_000 => of(seconds / 2_592_000, "month"),
        _ => of(seconds / 31_536_000, "year"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_docker_does() {
        let instant = Instant::from_micros(1_500_000);
        assert_eq!(written(instant), "2026-01-01T00:00:01.500000000Z");
        assert_eq!(written_or_never(None), NEVER);
        assert_eq!(seconds(instant), 1_767_225_601);
        for (seconds, text) in [
            (0, "Less than a second"),
            (45, "45 seconds"),
            (100, "About a minute"),
            (7200, "2 hours"),
        ] {
            assert_eq!(ago(Duration::from_secs(seconds)), text);
        }
    }
}
