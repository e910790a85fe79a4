//! Wall-clock times, for people.

use jiff::Timestamp;

/// How long ago it was. The time is the store's, whose clock may be a little ahead of ours.
pub(super) fn ago(time: Timestamp) -> String {
    let now = Timestamp::now().as_microsecond();
    roughly(now.saturating_sub(time.as_microsecond()) / 1_000_000)
}

/// The same as a length of time.
pub(super) fn since(time: Timestamp) -> String {
    let ago = ago(time);
    ago.strip_suffix(" ago").unwrap_or("0s").to_owned()
}

fn roughly(seconds: i64) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    match seconds {
        ..=0 => "just now".to_owned(),
        1..MINUTE => format!("{seconds}s ago"),
        MINUTE..HOUR => format!("{}m ago", seconds / MINUTE),
        HOUR..DAY => format!("{}h ago", seconds / HOUR),
        DAY.. => format!("{}d ago", seconds / DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_told_in_its_largest_unit() {
        for (seconds, text) in [
            (-5, "just now"),
            (59, "59s ago"),
            (60, "1m ago"),
            (7199, "1h ago"),
            (86_400, "1d ago"),
        ] {
            assert_eq!(roughly(seconds), text);
        }
    }
}
