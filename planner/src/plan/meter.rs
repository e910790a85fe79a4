//! How full a world is: levels and counts that a plan samples.
//!
//! What the store took in tells whose containers are meant to run; the engine's own events, what
//! does. Nothing in it decides anything.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use portreeve_core::effect::{Effect, EngineEffect, StoreEffect};
use portreeve_core::id::ContainerId;
use portreeve_core::outcome::{EngineOutcome, Outcome, ProbeOutcome, StoreOutcome};
use portreeve_core::record::Intent;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use portreeve_sim::engine::{Action, Engine, Event, Subject};
use portreeve_sim::occurrence::{Observer, Occurrence, Sight};
use portreeve_sim::store::Store;

/// How much there is of something, and how much there was at most since that was last asked.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Level {
    now: usize,
    peak: usize,
}

impl Level {
    /// How much there is.
    pub fn now(self) -> usize {
        self.now
    }

    /// The most there was since this was last asked.
    pub fn take_peak(&mut self) -> usize {
        std::mem::replace(&mut self.peak, self.now)
    }

    fn set(&mut self, now: usize) {
        self.now = now;
        self.peak = self.peak.max(now);
    }
}

/// Counts, from the beginning.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    /// Containers that the engine started.
    pub starts: u64,
    /// Users whose containers began to be stopped since they were idle.
    pub reaps: u64,
    /// Containers that were removed: evicted for their ports, or left in doubt.
    pub removals: u64,
    /// Effects whose outcome has them asked for again: not reached, unclear, too late, or somebody
    /// else was faster.
    pub retries: u64,
}

/// What a user's record says, as far as a port is concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Use {
    /// Starting or running.
    Busy,
    /// Being stopped or removed.
    Ending,
    /// Stopped, and still within the rest of a port.
    Resting { until: Instant },
}

/// Levels and counts of a world.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    rest: Duration,
    runs: BTreeSet<ContainerId>,
    /// When a controller heard of each container that it was started.
    started: BTreeMap<ContainerId, Instant>,
    uses: BTreeMap<UserId, Use>,
    busy_users: usize,
    resting: VecDeque<(Instant, UserId)>,
    /// Containers that run.
    pub running: Level,
    /// Users whose containers are starting or running: what a running limit counts.
    pub busy: Level,
    /// Ports that can't be had by anybody else: of users who are starting, running or being
    /// stopped, and of those who were stopped less than a rest ago. Whoever was stopped earlier
    /// gives way when ports run out.
    pub needed: Level,
    /// Ports that are claimed, by stopped users among others.
    pub claimed: Level,
    /// What was counted.
    pub counts: Counts,
}

impl Observer for Meter {
    fn observe(&mut self, sight: Sight<'_>, occurrence: Occurrence<'_>) {
        match occurrence {
            Occurrence::Stored {
                effect, outcome, ..
            } => {
                self.stored(sight.now, (effect, outcome), sight.store);
            }
            Occurrence::Engine(event) => self.happened(event),
            Occurrence::EngineBack => self.recount(sight.engine),
            Occurrence::Heard { effect, outcome } => self.heard(sight.now, effect, outcome),
            Occurrence::Asked { .. }
            | Occurrence::Answered { .. }
            | Occurrence::Sent { .. }
            | Occurrence::CarriedOut { .. }
            | Occurrence::TakenIn { .. }
            | Occurrence::CarriedOutElsewhere { .. }
            | Occurrence::Frozen { .. }
            | Occurrence::StoreClockSet { .. }
            | Occurrence::StoreFailedOver
            | Occurrence::HostClockForward(_)
            | Occurrence::Closing(_)
            | Occurrence::Gone(_) => {}
        }
    }
}

impl Meter {
    /// A meter of a world in which nothing has happened yet, and freed ports rest that long.
    pub fn new(rest: Duration) -> Self {
        Self {
            rest,
            runs: BTreeSet::new(),
            started: BTreeMap::new(),
            uses: BTreeMap::new(),
            busy_users: 0,
            resting: VecDeque::new(),
            running: Level::default(),
            busy: Level::default(),
            needed: Level::default(),
            claimed: Level::default(),
            counts: Counts::default(),
        }
    }

    /// When a controller heard last that the container was started, if it was.
    pub fn started(&self, container: &ContainerId) -> Option<Instant> {
        self.started.get(container).copied()
    }

    /// A statement took hold.
    fn stored(
        &mut self,
        now: Instant,
        (effect, outcome): (&StoreEffect, &StoreOutcome),
        store: &Store,
    ) {
        match (effect, outcome) {
            (StoreEffect::Put(put), StoreOutcome::Stored { .. }) => {
                self.put(now, &put.user, put.body.intent);
            }
            (StoreEffect::Delete { user, .. }, StoreOutcome::Done) => self.set_use(user, None),
            _ => return,
        }
        self.rested(now);
        self.busy.set(self.busy_users);
        self.needed.set(self.uses.len());
        self.claimed.set(store.claimed());
    }

    fn put(&mut self, now: Instant, user: &UserId, intent: Intent) {
        let before = self.uses.get(user).copied();
        match intent {
            Intent::Starting | Intent::Running => self.set_use(user, Some(Use::Busy)),
            Intent::Stopping => {
                // In a plan nobody asks for a stop.
                self.counts.reaps += u64::from(before == Some(Use::Busy));
                self.set_use(user, Some(Use::Ending));
            }
            Intent::Removing => {
                if before.is_some() {
                    self.set_use(user, Some(Use::Ending));
                }
            }
            Intent::Stopped => match before {
                Some(Use::Busy | Use::Ending) => {
                    let until = now.after(self.rest);
                    self.resting.push_back((until, user.clone()));
                    self.set_use(user, Some(Use::Resting { until }));
                }
                Some(Use::Resting { .. }) | None => {}
            },
        }
    }

    fn set_use(&mut self, user: &UserId, to: Option<Use>) {
        let before = match to {
            Some(to) => self.uses.insert(user.clone(), to),
            None => self.uses.remove(user),
        };
        self.busy_users -= usize::from(before == Some(Use::Busy));
        self.busy_users += usize::from(to == Some(Use::Busy));
    }

    fn rested(&mut self, now: Instant) {
        while let Some((at, _)) = self.resting.front()
            && *at <= now
            && let Some((at, user)) = self.resting.pop_front()
        {
            if self.uses.get(&user) == Some(&Use::Resting { until: at }) {
                self.uses.remove(&user);
            }
        }
    }

    /// Something happened on the engine.
    fn happened(&mut self, event: &Event) {
        let Subject::Container(face) = &event.subject else {
            return;
        };
        if face.labels.told().is_none() {
            return;
        }
        match event.action {
            Action::Start => {
                self.counts.starts += 1;
                self.runs.insert(face.id.clone());
            }
            Action::Die(_) => {
                self.runs.remove(&face.id);
            }
            Action::Destroy => {
                self.counts.removals += 1;
                self.runs.remove(&face.id);
                self.started.remove(&face.id);
            }
            _ => return,
        }
        self.running.set(self.runs.len());
    }

    /// Looks at the engine anew: one that was killed tells no event of what ended with it.
    fn recount(&mut self, engine: &Engine) {
        let ours = engine
            .containers()
            .filter(|container| container.labels().is_some() && container.is_running());
        self.runs = ours.map(|container| container.id().clone()).collect();
        self.running.set(self.runs.len());
    }

    /// A controller is told what came of an effect.
    fn heard(&mut self, now: Instant, effect: &Effect, outcome: &Outcome) {
        if let Effect::Engine(EngineEffect::Start { container }) = effect {
            self.started.insert(container.clone(), now);
        }
        let again = match outcome {
            Outcome::Engine(outcome) => matches!(
                outcome,
                EngineOutcome::Unreachable(_)
                    | EngineOutcome::Unclear(_)
                    | EngineOutcome::Expired
                    | EngineOutcome::PortTaken(_)
                    | EngineOutcome::EndpointTaken(_)
                    | EngineOutcome::NetworkFull(_)
            ),
            Outcome::Store(outcome) => matches!(
                outcome,
                StoreOutcome::Unreachable(_)
                    | StoreOutcome::Unwritable(_)
                    | StoreOutcome::Unclear(_)
                    | StoreOutcome::Conflict
                    | StoreOutcome::LockHeld
            ),
            // A container that doesn't listen yet is no mishap.
            Outcome::Probe(ProbeOutcome::Passed | ProbeOutcome::Failed(_)) => false,
        };
        self.counts.retries += u64::from(again);
    }
}
