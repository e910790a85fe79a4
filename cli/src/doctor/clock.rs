//! The clocks of the store and of the engine, beside this machine's.

use std::time::{Duration, SystemTime};

use portreeve_config::Configuration;
use portreeve_core::bounds::TOLERANCE;
use portreeve_core::time::Timestamp;
use portreeve_tokio::engine::EngineClient;
use portreeve_wire::http::{Body, Method};
use serde_json::Value;

use super::check::Check;
use super::engine::{Engine, within};

/// How far apart the clocks may be: as far ahead as an activity may lie before it counts as one of now.
const APART: Duration = TOLERANCE;

/// Whose clock is compared with this machine's.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whose {
    Store,
    Engine,
}

impl Whose {
    fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::Engine => "engine",
        }
    }

    /// What is to be done where it isn't what this machine's is, and what comes of leaving it.
    fn mend(self) -> &'static str {
        match self {
            Self::Store => {
                "set whichever is wrong, and have both kept by NTP: who was active when is told by the store's clock, \
                 and a step forward makes users idle who aren't"
            }
            Self::Engine => {
                "set whichever is wrong, and have both kept by NTP (a virtual machine's clock may stand still while its \
                 host sleeps: restart it). Nothing here is measured by the engine's clock, but containers read it: their \
                 logs, and what they check of certificates and tokens, are as wrong as it is"
            }
        }
    }
}

/// What is to be said where that clock isn't what this machine's is. `asked` and `answered` are when it
/// was asked what time it is, and when it had answered.
pub(super) fn compare(
    whose: Whose,
    shown: Timestamp,
    asked: SystemTime,
    answered: SystemTime,
) -> Option<Check> {
    let ahead = shown.since(timestamp(answered));
    let behind = timestamp(asked).since(shown);
    let (apart, which) = if ahead > behind {
        (ahead, "ahead of")
    } else {
        (behind, "behind")
    };
    (apart > APART).then(|| {
        let (whose, mend) = (whose.name(), whose.mend());
        let apart = apart.as_secs();
        let detail = format!("the {whose}'s clock is {apart} s {which} this machine's");
        Check::doubtful("clocks", detail, mend)
    })
}

/// What is to be said of the engine's clock; nothing where it doesn't tell the time.
pub(super) async fn of_engine(configuration: &Configuration, engine: &Engine) -> Option<Check> {
    let Engine::Reached { client, .. } = engine else {
        return None;
    };
    let asked = SystemTime::now();
    let shown = within(configuration.timing().engine, time_of(client)).await??;
    compare(Whose::Engine, shown, asked, SystemTime::now())
}

/// What time it is by the engine's clock.
async fn time_of(client: &EngineClient) -> Option<Timestamp> {
    let (200, body) = client.send(Method::GET, "/info", Body::Empty).await.ok()? else {
        return None;
    };
    system_time(&body)
}

/// The time that an engine tells with what else it says of itself.
fn system_time(info: &[u8]) -> Option<Timestamp> {
    let info: Value = serde_json::from_slice(info).ok()?;
    let time: jiff::Timestamp = info["SystemTime"].as_str()?.parse().ok()?;
    Some(Timestamp::from_micros(time.as_microsecond()))
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
        let told = |whose, seconds: i64| {
            let shown = Timestamp::from_micros(seconds * 1_000_000);
            compare(whose, shown, now, answered).map(|check| check.seen.detail)
        };
        for agreed in [1_000_000, 1_000_005, 1_000_065, 999_940] {
            assert_eq!(told(Whose::Store, agreed), None, "{agreed}");
        }
        let ahead = told(Whose::Store, 1_000_105).expect("it is ahead");
        assert_eq!(ahead, "the store's clock is 100 s ahead of this machine's");
        let behind = told(Whose::Engine, 999_900).expect("it is behind");
        assert_eq!(behind, "the engine's clock is 100 s behind this machine's");
    }

    /// As Docker and Podman write it.
    #[test]
    fn engines_tell_the_time_in_their_own_zone() {
        let told = |time: &str| system_time(format!(r#"{{"SystemTime":"{time}"}}"#).as_bytes());
        let noon = Some(Timestamp::from_micros(1_767_268_800_123_456));
        assert_eq!(told("2026-01-01T12:00:00.123456789Z"), noon);
        assert_eq!(told("2026-01-01T13:00:00.123456789+01:00"), noon);
        assert_eq!(told("noon"), None);
        assert_eq!(system_time(b"{}"), None);
    }
}
