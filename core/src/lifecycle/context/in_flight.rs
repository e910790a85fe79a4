//! Effects that were handed out and not answered yet.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::prerequisites::Prerequisite;
use crate::effect::{Effect, EngineEffect, StoreEffect};
use crate::id::EffectId;
use crate::lifecycle::request::BulkId;
use crate::outcome::{EngineOutcome, Outcome, StoreOutcome};
use crate::projection::project;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::time::Instant;
use crate::user::UserId;

/// Whom an effect's outcome concerns.
#[derive(Clone, Debug)]
pub(crate) enum Purpose {
    /// One user's container, or its endpoint.
    Container(UserId),
    /// One user's record.
    Record(UserId),
    /// Several users' records.
    Load(Vec<UserId>),
    /// Several users' activity.
    Flush(Vec<UserId>),
    /// What a new container needs.
    Prerequisite(Prerequisite),
    /// A command that concerns many users.
    Bulk(BulkId),
    /// The search for containers that can give way.
    PortSearch,
    /// The engine's events, and what goes with following them.
    Events,
    /// Dropping what is too old in the event log: nobody waits for it.
    EventLog,
}

project!(enum Purpose {
    Container(user), Record(user), Load(users: users), Flush(users: users), Prerequisite(which),
    Bulk(bulk), PortSearch, Events, EventLog,
});

/// One of them.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub purpose: Purpose,
    pub effect: Effect,
    pub at: Instant,
    deadline: Option<Instant>,
}

#[cfg(feature = "model-checking")]
impl Project for Sent {
    fn project(&self, out: &mut Projection) {
        let Self {
            purpose,
            effect,
            at,
            deadline,
        } = self;
        purpose.project(out);
        effect.project(out);
        match purpose {
            Purpose::Container(user) | Purpose::Record(user) => {
                out.about(user, |out| at.project(out));
            }
            // Of several users, in whose view what is told will be as old as that.
            Purpose::Load(_) | Purpose::Flush(_) | Purpose::Bulk(_) | Purpose::Events => {
                out.shared_moment(*at);
            }
            Purpose::Prerequisite(_) | Purpose::PortSearch | Purpose::EventLog => at.project(out),
        }
        deadline.project(out);
    }
}

/// All effects under way.
#[derive(Clone, Default, Debug)]
pub(crate) struct InFlight {
    next: u64,
    under_way: BTreeMap<EffectId, Sent>,
    deadlines: BTreeSet<(Instant, EffectId)>,
    /// Given up or abandoned by us; their outcomes may still come, and are ignored then.
    overdue: BTreeSet<EffectId>,
}

#[cfg(feature = "model-checking")]
impl Project for InFlight {
    fn project(&self, out: &mut Projection) {
        let Self {
            next: _,
            under_way,
            // Told by the effects themselves.
            deadlines: _,
            // What comes of them is ignored.
            overdue: _,
        } = self;
        // Those first that users wait for, who have been written.
        let mut all: Vec<_> = under_way.iter().collect();
        all.sort_by_key(|(id, _)| out.effect_rank(**id).unwrap_or(usize::MAX));
        out.word(all.len() as u64);
        for (id, sent) in all {
            id.project(out);
            sent.project(out);
        }
    }
}

/// What is under a number.
pub(crate) enum Completion {
    Expected(Sent),
    Overdue,
    Misuse,
    Unknown,
}

/// What is under the number that an event is told under.
pub(crate) enum EventsUnder {
    Open,
    Over,
    Misuse,
    Unknown,
}

impl InFlight {
    /// Numbers an effect. If nothing is heard by the deadline it may have, it is given up.
    pub(crate) fn send(
        &mut self,
        purpose: Purpose,
        effect: Effect,
        at: Instant,
        deadline: Option<Instant>,
    ) -> EffectId {
        self.next += 1;
        let id = EffectId(self.next);
        let one = Sent {
            purpose,
            effect,
            at,
            deadline,
        };
        self.under_way.insert(id, one);
        self.deadlines
            .extend(deadline.map(|deadline| (deadline, id)));
        id
    }

    /// Takes out the effect that `outcome` belongs to.
    pub(crate) fn complete(&mut self, id: EffectId, outcome: &Outcome) -> Completion {
        match self.under_way.get(&id) {
            Some(sent) if fits(&sent.effect, outcome) => {
                if let Some(deadline) = sent.deadline {
                    self.deadlines.remove(&(deadline, id));
                }
                self.under_way
                    .remove(&id)
                    .map_or(Completion::Unknown, Completion::Expected)
            }
            Some(_) => Completion::Misuse,
            None if self.overdue.remove(&id) => Completion::Overdue,
            None => Completion::Unknown,
        }
    }

    /// Gives up one effect whose deadline has passed.
    pub(crate) fn give_up(&mut self, now: Instant) -> Option<(EffectId, Sent)> {
        let &(deadline, id) = self.deadlines.first()?;
        if deadline > now {
            return None;
        }
        self.deadlines.pop_first();
        self.overdue.insert(id);
        self.under_way.remove(&id).map(|sent| (id, sent))
    }

    /// An effect that was held back is sent now, and has a deadline from now on.
    pub(crate) fn send_late(&mut self, id: EffectId, at: Instant, deadline: Instant) {
        if let Some(sent) = self.under_way.get_mut(&id) {
            sent.at = at;
            sent.deadline = Some(deadline);
            self.deadlines.insert((deadline, id));
        }
    }

    /// Takes an effect back that was held back, and never sent.
    pub(crate) fn turn_back(&mut self, id: EffectId) -> Option<Sent> {
        self.under_way.remove(&id)
    }

    /// Takes an effect back that has no deadline.
    pub(crate) fn abandon(&mut self, id: EffectId) {
        if self.under_way.remove(&id).is_some() {
            self.overdue.insert(id);
        }
    }

    /// What is under the number that an event is told under. Of those that were taken back, it isn't
    /// known any more what they were.
    pub(crate) fn events_under(&self, id: EffectId) -> EventsUnder {
        match self.under_way.get(&id) {
            Some(sent) => match sent.effect {
                Effect::Engine(EngineEffect::Watch { .. }) => EventsUnder::Open,
                Effect::Engine(_) | Effect::Store(_) | Effect::Probe(_) => EventsUnder::Misuse,
            },
            None if self.overdue.contains(&id) => EventsUnder::Over,
            None => EventsUnder::Unknown,
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|&(deadline, _)| deadline)
    }
}

/// Whether an effect can have that outcome at all.
fn fits(effect: &Effect, outcome: &Outcome) -> bool {
    match (effect, outcome) {
        (Effect::Engine(effect), Outcome::Engine(outcome)) => fits_engine(effect, outcome),
        (Effect::Store(effect), Outcome::Store(outcome)) => fits_store(effect, outcome),
        (Effect::Probe(_), Outcome::Probe(_)) => true,
        (Effect::Engine(_) | Effect::Store(_) | Effect::Probe(_), _) => false,
    }
}

fn fits_engine(effect: &EngineEffect, outcome: &EngineOutcome) -> bool {
    match outcome {
        EngineOutcome::Identified(_) => matches!(effect, EngineEffect::Identify),
        EngineOutcome::Found(_) => matches!(effect, EngineEffect::Inspect(_)),
        EngineOutcome::Examined(_) => matches!(effect, EngineEffect::Examine(_)),
        EngineOutcome::Listed(_) | EngineOutcome::ListedInPart { .. } => {
            matches!(effect, EngineEffect::List(_))
        }
        EngineOutcome::Networks(_) => matches!(effect, EngineEffect::FindNetworks { .. }),
        EngineOutcome::Volume(_) => matches!(
            effect,
            EngineEffect::EnsureVolume { .. } | EngineEffect::InspectVolume { .. }
        ),
        EngineOutcome::Volumes(_) => matches!(effect, EngineEffect::ListVolumes(_)),
        EngineOutcome::Created(_) => matches!(effect, EngineEffect::Create(_)),
        EngineOutcome::Log(_) => matches!(effect, EngineEffect::Logs { .. }),
        EngineOutcome::Done
        | EngineOutcome::AlreadyDone
        | EngineOutcome::Absent
        | EngineOutcome::NoSuchImage(_)
        | EngineOutcome::NoSuchNetwork(_)
        | EngineOutcome::NetworkFull(_)
        | EngineOutcome::PortTaken(_)
        | EngineOutcome::EndpointTaken(_)
        | EngineOutcome::NameTaken(_)
        | EngineOutcome::RemovalInProgress
        | EngineOutcome::Conflict(_)
        | EngineOutcome::Refused(_)
        | EngineOutcome::Unreachable(_)
        | EngineOutcome::Expired
        | EngineOutcome::OtherEngine(_)
        | EngineOutcome::Unclear(_) => true,
    }
}

fn fits_store(effect: &StoreEffect, outcome: &StoreOutcome) -> bool {
    match outcome {
        StoreOutcome::Loaded { .. } => matches!(effect, StoreEffect::Load { .. }),
        StoreOutcome::Conflict => {
            matches!(effect, StoreEffect::Put(_) | StoreEffect::Delete { .. })
        }
        StoreOutcome::Stored { .. }
        | StoreOutcome::NoPort { .. }
        | StoreOutcome::VolumeTaken
        | StoreOutcome::LimitReached
        | StoreOutcome::Active => matches!(effect, StoreEffect::Put(_)),
        StoreOutcome::Longest(_) => matches!(effect, StoreEffect::LongestStopped { .. }),
        StoreOutcome::Touched(_) => matches!(effect, StoreEffect::Touch { .. }),
        StoreOutcome::Scanned { .. } => matches!(
            effect,
            StoreEffect::Scan { .. }
                | StoreEffect::ScanUnsettled { .. }
                | StoreEffect::ScanIdle { .. }
        ),
        StoreOutcome::Events { .. } => matches!(effect, StoreEffect::ReadEvents { .. }),
        StoreOutcome::Registered(_) => matches!(effect, StoreEffect::Register { .. }),
        StoreOutcome::LockHeld => matches!(effect, StoreEffect::Lock { .. }),
        StoreOutcome::Done
        | StoreOutcome::Refused(_)
        | StoreOutcome::Unwritable(_)
        | StoreOutcome::Unreachable(_)
        | StoreOutcome::Unclear(_) => true,
    }
}
