//! One controller: a process with a `Lifecycle`, which may be killed, stand still, and come back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use portreeve_core::id::{EffectId, RequestId};
use portreeve_core::lifecycle::Lifecycle;
use portreeve_core::outcome::{EngineEvent, Outcome};
use portreeve_core::seed::Seed;
use portreeve_core::settings::Settings;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::question::Asked;
use crate::chance::Chance;
use crate::script::Silence;

/// How long a machine may have been up when a controller starts on it.
const LONGEST_UPTIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// One controller.
#[derive(Debug)]
pub(super) struct Controller {
    pub lifecycle: Lifecycle,
    pub settings: Settings,
    /// How many processes it has had before this one. An outcome that belongs to an earlier process is lost.
    pub incarnation: u32,
    pub state: State,
    /// What the world's clock showed when its process began.
    pub origin: Instant,
    /// What its own clock showed then: no two machines were started at the same time.
    pub began: Instant,
    /// When it is to be told the time.
    pub wake: Option<Instant>,
    pub asked: BTreeMap<RequestId, Asked>,
    /// Requests that the host has withdrawn, and that may still be answered before the controller hears of it.
    pub withdrawn: BTreeSet<RequestId>,
    /// How it is cut off from the store, and until when.
    pub cut_off: Option<CutOff>,
    /// Whose activity it has tried to flush in vain; noted for the mistake of losing it.
    pub flushed_in_vain: BTreeSet<UserId>,
    /// Deliveries that arrived while it stood still, in their order.
    pub held: Vec<Delivery>,
}

/// How it is cut off from the store.
#[derive(Clone, Copy, Debug)]
pub(super) struct CutOff {
    pub silence: Silence,
    pub until: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    Up,
    /// It stands still until then.
    Frozen {
        until: Instant,
    },
    /// It was told to end, and does so once nothing of its is under way.
    Closing,
    Down,
}

/// Something that reaches a controller.
#[derive(Debug)]
pub(super) enum Delivery {
    Ask(Asked),
    Withdraw(RequestId),
    Outcome(EffectId, Outcome),
    Event(EffectId, EngineEvent),
    /// It sends the effect that it was about to send when it came to stand still.
    Send(u64),
    Time,
}

impl Controller {
    pub(super) fn new(settings: Settings, chance: &mut Chance, now: Instant) -> Self {
        let began = Instant::ORIGIN.after(chance.time(Duration::ZERO, LONGEST_UPTIME));
        Self {
            lifecycle: Lifecycle::new(settings.clone(), Seed::predictable(chance.bytes()), began),
            settings,
            incarnation: 0,
            state: State::Up,
            origin: now,
            began,
            wake: None,
            asked: BTreeMap::new(),
            withdrawn: BTreeSet::new(),
            cut_off: None,
            flushed_in_vain: BTreeSet::new(),
            held: Vec::new(),
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.state != State::Down
    }

    pub(super) fn is_frozen(&self) -> bool {
        matches!(self.state, State::Frozen { .. })
    }

    /// A time of its own clock, as the world's shows it.
    pub(super) fn global(&self, at: Instant) -> Instant {
        self.origin.after(at.since(self.began))
    }

    /// A time of the world's clock, as its own shows it.
    pub(super) fn local(&self, now: Instant) -> Instant {
        self.began.after(now.since(self.origin))
    }
}
