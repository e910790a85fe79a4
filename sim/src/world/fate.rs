//! What becomes of one effect on its way there and back.

use std::time::Duration;

use portreeve_core::effect::{Effect, EngineEffect};

use crate::chance::Chance;
use crate::faults::Faults;

/// What becomes of one effect, drawn when it is handed to the driver.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Fate {
    /// How long the driver takes to send it. Mostly no time at all; otherwise the process may come to
    /// stand still before it is sent.
    pub before: Duration,
    /// For how long its process comes to stand still between the last look at the clock and the
    /// moment in which it sends it.
    pub held_up: Duration,
    /// How long it travels until it arrives.
    pub out: Duration,
    /// How long its answer travels back.
    pub back: Duration,
    pub turn: Turn,
}

/// How the journey ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    /// It takes hold and is answered.
    Well,
    /// It never arrives, and its controller knows.
    Unreachable,
    /// It never arrives, and its controller doesn't know.
    Lost,
    /// It takes hold, and its connection is lost before the answer.
    AnswerLost,
    /// It takes hold, and no answer ever comes.
    Unanswered,
}

impl Fate {
    /// Draws it.
    pub(super) fn drawn(effect: &Effect, faults: &Faults, chance: &mut Chance) -> Self {
        let (least, most) = usual(effect);
        let mut fate = Self {
            before: Duration::ZERO,
            held_up: Duration::ZERO,
            out: chance.time(least / 2, most / 2),
            back: chance.time(least / 2, most / 2),
            turn: Turn::Well,
        };
        if chance.happens(faults.slow) {
            fate.out *= 100;
        }
        // A volume has no id: a removal of one that comes late would hit whatever has its name by
        // then. And a network that is made late is a second one of its name, which engines allow.
        // These windows are known, and told in docs/operations.md.
        let by_name = matches!(
            effect,
            Effect::Engine(EngineEffect::RemoveVolume { .. } | EngineEffect::CreateNetwork { .. })
        );
        if !by_name && chance.happens(faults.late) {
            fate.held_up = chance.time(Duration::ZERO, Duration::from_secs(60));
        }
        if faults.freeze.is_some() && chance.happens(0.05) {
            fate.before = chance.time(Duration::ZERO, Duration::from_millis(100));
        }
        fate.turn = if chance.happens(faults.unreachable) {
            Turn::Unreachable
        } else if chance.happens(faults.lost) {
            Turn::Lost
        } else if chance.happens(faults.answer_lost) {
            Turn::AnswerLost
        } else if chance.happens(faults.unanswered) {
            Turn::Unanswered
        } else {
            Turn::Well
        };
        fate
    }
}

/// How long an effect takes where all is well, there and back: as measured on a Docker Engine
/// 20.10 and a `PostgreSQL` 15 on one machine, and twice that at most.
fn usual(effect: &Effect) -> (Duration, Duration) {
    let millis = |least, most| (Duration::from_millis(least), Duration::from_millis(most));
    match effect {
        Effect::Store(_) => millis(1, 6),
        Effect::Probe(_) => millis(1, 4),
        Effect::Engine(effect) => match effect {
            EngineEffect::Create(_) => millis(20, 120),
            EngineEffect::Start { .. } => millis(200, 600),
            EngineEffect::Remove { .. } => millis(20, 200),
            EngineEffect::PullImage { .. } => millis(2_000, 30_000),
            EngineEffect::List(_) | EngineEffect::ListVolumes(_) => millis(2, 20),
            EngineEffect::Identify
            | EngineEffect::Inspect(_)
            | EngineEffect::Examine(_)
            | EngineEffect::Watch { .. }
            | EngineEffect::InspectImage { .. }
            | EngineEffect::FindNetworks { .. }
            | EngineEffect::CreateNetwork { .. }
            | EngineEffect::EnsureVolume { .. }
            | EngineEffect::InspectVolume { .. }
            | EngineEffect::RemoveVolume { .. }
            | EngineEffect::Unpause { .. }
            | EngineEffect::Stop { .. }
            | EngineEffect::Logs { .. } => millis(1, 8),
        },
    }
}
