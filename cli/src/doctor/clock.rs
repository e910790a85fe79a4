//! The store's clock, beside this machine's.

use std::time::{Duration, SystemTime};

use portreeve_core::bounds::TOLERANCE;
use portreeve_core::time::Timestamp;

use super::check::Check;

/// How far apart the clocks may be: as far ahead as an activity may lie before it counts as one of now.
const APART: Duration = TOLERANCE;

/// What is to be said where the store's clock isn't what this machine's is. `asked` and `answered`
/// are when the store was asked what time it is, and when it had answered.
pub(super) fn compare(store: Timestamp, asked: SystemTime, answered: SystemTime) -> Option<Check> {
    let ahead = store.since(timestamp(answered));
    let behind = timestamp(asked).since(store);
    let (apart, which) = if ahead > behind {
        (ahead, "ahead of")
    } else {
        (behind, "behind")
    };
    (apart > APART).then(|| {
        Check::doubtful(
            "clocks",
            format!(
                "the store's clock is {} s {which} this machine's",
                apart.as_secs()
            ),
            "set whichever is wrong, and have both kept by NTP: who was active when is told by the store's clock, \
             and a step forward makes users idle who aren't",
        )
    })
}

fn timestamp(time: SystemTime) -> Timestamp {
    let since_1970 = time.duration_since(SystemTime::UNIX_EPOCH);
    let micros = since_1970.unwrap_or_default().as_micros();
    Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_are_far_apart_are_told() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let answered = now + Duration::from_secs(5);
        let told = |seconds: i64| {
            let store = Timestamp::from_micros(seconds * 1_000_000);
            compare(store, now, answered).map(|check| check.seen.detail)
        };
        for agreed in [1_000_000, 1_000_005, 1_000_065, 999_940] {
            assert_eq!(told(agreed), None, "{agreed}");
        }
        let ahead = told(1_000_105).expect("it is ahead");
        assert_eq!(ahead, "the store's clock is 100 s ahead of this machine's");
        let behind = told(999_900).expect("it is behind");
        assert_eq!(behind, "the store's clock is 100 s behind this machine's");
    }
}
