//! Effects that were handed out and not answered yet.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::premises::Inquiry;
use super::survey::SurveyId;
use crate::effect::{Effect, EngineEffect, StoreEffect};
use crate::id::EffectId;
use crate::outcome::{EngineOutcome, Outcome, StoreOutcome};
use crate::projection::{Project, Projection, project};
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
    Premises(Inquiry),
    /// A survey.
    Survey(SurveyId),
    /// The search for containers that can give way.
    Ports,
    /// The engine's events, and what goes with following them.
    Watch,
}

project!(enum Purpose {
    Container(user), Record(user), Load(users: users), Flush(users: users), Premises(inquiry),
    Survey(survey), Ports, Watch,
});

#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub purpose: Purpose,
    pub effect: Effect,
    pub sent: Instant,
    deadline: Option<Instant>,
}

impl Project for Flight {
    fn project(&self, out: &mut Projection) {
        let Self {
            purpose,
            effect,
            sent,
            deadline,
        } = self;
        purpose.project(out);
        effect.project(out);
        match purpose {
            Purpose::Container(user) | Purpose::Record(user) => {
                out.about(user, |out| sent.project(out));
            }
            // Of several users, in whose view what is told will be as old as that.
            Purpose::Load(_) | Purpose::Flush(_) | Purpose::Survey(_) | Purpose::Watch => {
                out.shared_moment(*sent);
            }
            Purpose::Premises(_) | Purpose::Ports => sent.project(out),
        }
        deadline.project(out);
    }
}

/// All effects under way.
#[derive(Clone, Default, Debug)]
pub(crate) struct Flights {
    next: u64,
    under_way: BTreeMap<EffectId, Flight>,
    deadlines: BTreeSet<(Instant, EffectId)>,
    /// Given up or abandoned by us; their outcomes may still come, and are ignored then.
    overdue: BTreeSet<EffectId>,
}

impl Project for Flights {
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
        let mut flights: Vec<_> = under_way.iter().collect();
        flights.sort_by_key(|(id, _)| out.effect_rank(**id).unwrap_or(usize::MAX));
        out.word(flights.len() as u64);
        for (id, flight) in flights {
            id.project(out);
            flight.project(out);
        }
    }
}

/// What is under a number.
pub(crate) enum Landing {
    Expected(Flight),
    Overdue,
    Misuse,
    Unknown,
}

/// What is under the number that an event is told under.
pub(crate) enum Watching {
    Open,
    Over,
    Misuse,
    Unknown,
}

impl Flights {
    /// Numbers an effect. If nothing is heard by the deadline it may have, it is given up.
    pub(crate) fn depart(
        &mut self,
        purpose: Purpose,
        effect: Effect,
        sent: Instant,
        deadline: Option<Instant>,
    ) -> EffectId {
        self.next += 1;
        let id = EffectId(self.next);
        let flight = Flight {
            purpose,
            effect,
            sent,
            deadline,
        };
        self.under_way.insert(id, flight);
        self.deadlines
            .extend(deadline.map(|deadline| (deadline, id)));
        id
    }

    /// Takes out the effect that `outcome` belongs to.
    pub(crate) fn land(&mut self, id: EffectId, outcome: &Outcome) -> Landing {
        match self.under_way.get(&id) {
            Some(flight) if fits(&flight.effect, outcome) => {
                if let Some(deadline) = flight.deadline {
                    self.deadlines.remove(&(deadline, id));
                }
                self.under_way
                    .remove(&id)
                    .map_or(Landing::Unknown, Landing::Expected)
            }
            Some(_) => Landing::Misuse,
            None if self.overdue.remove(&id) => Landing::Overdue,
            None => Landing::Unknown,
        }
    }

    /// Gives up one effect whose deadline has passed.
    pub(crate) fn give_up(&mut self, now: Instant) -> Option<(EffectId, Flight)> {
        let &(deadline, id) = self.deadlines.first()?;
        if deadline > now {
            return None;
        }
        self.deadlines.pop_first();
        self.overdue.insert(id);
        self.under_way.remove(&id).map(|flight| (id, flight))
    }

    /// Takes an effect back that has no deadline.
    pub(crate) fn abandon(&mut self, id: EffectId) {
        if self.under_way.remove(&id).is_some() {
            self.overdue.insert(id);
        }
    }

    /// What is under the number that an event is told under. Of those that were taken back, it isn't
    /// known any more what they were.
    pub(crate) fn watch(&self, id: EffectId) -> Watching {
        match self.under_way.get(&id) {
            Some(flight) => match flight.effect {
                Effect::Engine(EngineEffect::Watch { .. }) => Watching::Open,
                Effect::Engine(_) | Effect::Store(_) | Effect::Probe(_) => Watching::Misuse,
            },
            None if self.overdue.contains(&id) => Watching::Over,
            None => Watching::Unknown,
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
        EngineOutcome::Listed(_) => matches!(effect, EngineEffect::List(_)),
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
        | EngineOutcome::NoSuchImage
        | EngineOutcome::NoSuchNetwork
        | EngineOutcome::PortTaken
        | EngineOutcome::EndpointTaken(_)
        | EngineOutcome::NameTaken
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
            StoreEffect::Scan { .. } | StoreEffect::ScanIdle { .. }
        ),
        StoreOutcome::Registered(_) => matches!(effect, StoreEffect::Register { .. }),
        StoreOutcome::LockHeld => matches!(effect, StoreEffect::Lock { .. }),
        StoreOutcome::Done
        | StoreOutcome::Refused(_)
        | StoreOutcome::Unreachable(_)
        | StoreOutcome::Unclear(_) => true,
    }
}
