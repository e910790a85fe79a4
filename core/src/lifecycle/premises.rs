//! What every new container needs beforehand: that the engine is the one the store knows, that
//! the network is there, and that the image is. Asked once per controller, shared by all users.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use core::fmt;

use super::facts::PremisesFact;
use crate::effect::{Effect, EngineEffect, StoreEffect};
use crate::error::Error;
use crate::id::{ControllerId, EngineId};
use crate::label;
use crate::outcome::{EngineOutcome, Outcome, StoreOutcome};
use crate::record::Header;
use crate::settings::{PullPolicy, Settings};
use crate::time::Instant;

/// What is asked about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Inquiry {
    Engine,
    Network,
    Image(String),
}

impl fmt::Display for Inquiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine => write!(f, "the engine hasn't told its id yet"),
            Self::Network => write!(
                f,
                "the network isn't there yet: another controller may be about to make it"
            ),
            Self::Image(image) => write!(f, "the image {image:?} isn't there yet"),
        }
    }
}

/// How far one inquiry is.
#[derive(Clone, Debug)]
pub(crate) enum Premise {
    Unknown { not_before: Instant },
    UnderWay,
    Ready,
    Failed { why: Error, until: Instant },
}

/// How far all of them are.
#[derive(Clone, Default, Debug)]
pub(crate) struct Premises {
    inquiries: BTreeMap<Inquiry, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    premise: Premise,
    /// Until when we hold the installation's lease on making the network, as far as something may
    /// be begun under it.
    locked_until: Option<Instant>,
    /// Since when the engine hasn't been reached, and since when the store hasn't.
    engine_away: Option<Instant>,
    store_away: Option<Instant>,
    setbacks: u32,
}

/// What an outcome calls for.
pub(crate) enum Next {
    Send(Effect),
    Ready,
    Fail(Error),
    /// Try again later.
    Retry,
    /// Engine or store weren't reached: try again until patience runs out.
    Away(Error),
}

impl Premises {
    fn entry(&mut self, inquiry: &Inquiry) -> &mut Entry {
        self.inquiries.entry(inquiry.clone()).or_insert(Entry {
            premise: Premise::Unknown {
                not_before: Instant::ORIGIN,
            },
            locked_until: None,
            engine_away: None,
            store_away: None,
            setbacks: 0,
        })
    }

    pub(crate) fn premise(&self, inquiry: &Inquiry) -> Option<&Premise> {
        self.inquiries.get(inquiry).map(|entry| &entry.premise)
    }

    /// Whether the image isn't known to be there.
    pub(crate) fn lack_image(&self, image: &str) -> bool {
        let inquiry = Inquiry::Image(image.to_string());
        !matches!(self.premise(&inquiry), Some(Premise::Ready))
    }

    /// All that a container of `image` needs.
    pub(crate) fn needed(image: &str) -> [Inquiry; 3] {
        [
            Inquiry::Engine,
            Inquiry::Network,
            Inquiry::Image(image.to_string()),
        ]
    }

    /// Whether a container of `image` can be made.
    pub(crate) fn fact(&self, image: &str, now: Instant) -> PremisesFact {
        let mut fact = PremisesFact::Ready;
        for inquiry in &Self::needed(image) {
            match self.premise(inquiry) {
                Some(Premise::Ready) => {}
                Some(Premise::Failed { until, .. }) if now < *until => {
                    return PremisesFact::Failed;
                }
                Some(Premise::Failed { .. } | Premise::UnderWay | Premise::Unknown { .. })
                | None => fact = PremisesFact::Pending,
            }
        }
        fact
    }

    /// Why it can't.
    pub(crate) fn failure(&self, image: &str, now: Instant) -> Option<Error> {
        Self::needed(image)
            .iter()
            .find_map(|inquiry| match self.premise(inquiry) {
                Some(Premise::Failed { why, until }) if now < *until => Some(why.clone()),
                Some(
                    Premise::Failed { .. }
                    | Premise::UnderWay
                    | Premise::Unknown { .. }
                    | Premise::Ready,
                )
                | None => None,
            })
    }

    /// Begins an inquiry, if it is time to; what to send for it.
    pub(crate) fn begin(
        &mut self,
        inquiry: &Inquiry,
        settings: &Settings,
        now: Instant,
    ) -> Option<Effect> {
        let entry = self.entry(inquiry);
        match entry.premise {
            Premise::Unknown { not_before } if not_before <= now => {}
            Premise::Failed { until, .. } if until <= now => {
                (entry.engine_away, entry.store_away) = (None, None);
            }
            Premise::Unknown { .. }
            | Premise::Failed { .. }
            | Premise::UnderWay
            | Premise::Ready => return None,
        }
        entry.premise = Premise::UnderWay;
        entry.locked_until = None;
        Some(Effect::Engine(match inquiry {
            Inquiry::Engine => EngineEffect::Identify,
            Inquiry::Network => EngineEffect::InspectNetwork {
                name: settings.network.clone(),
            },
            Inquiry::Image(image) => EngineEffect::InspectImage {
                image: image.clone(),
            },
        }))
    }

    pub(crate) fn set(&mut self, inquiry: &Inquiry, premise: Premise) {
        self.entry(inquiry).premise = premise;
    }

    /// It turned out not to hold: ask again.
    pub(crate) fn forget(&mut self, inquiry: &Inquiry) {
        let entry = self.entry(inquiry);
        if !matches!(entry.premise, Premise::UnderWay) {
            entry.premise = Premise::Unknown {
                not_before: Instant::ORIGIN,
            };
        }
    }

    pub(crate) fn set_locked(&mut self, inquiry: &Inquiry, until: Instant) {
        self.entry(inquiry).locked_until = Some(until);
    }

    /// Until when something may be begun under the lock; `None` if we don't hold it any more.
    pub(crate) fn locked_until(&self, inquiry: &Inquiry, now: Instant) -> Option<Instant> {
        let entry = self.inquiries.get(inquiry)?;
        entry.locked_until.filter(|until| now < *until)
    }

    /// Counts a try that brought nothing; how many there were in a row.
    pub(crate) fn set_back(&mut self, inquiry: &Inquiry) -> u32 {
        let entry = self.entry(inquiry);
        entry.setbacks += 1;
        entry.setbacks
    }

    /// Notes whether what was asked was reached; since when it hasn't been. An inquiry goes back
    /// and forth between engine and store, so that one is there says nothing of the other.
    pub(crate) fn note_reached(
        &mut self,
        inquiry: &Inquiry,
        outcome: &Outcome,
        now: Instant,
    ) -> Option<Instant> {
        let entry = self.entry(inquiry);
        let (away, reached) = match outcome {
            Outcome::Engine(outcome) => (
                &mut entry.engine_away,
                !matches!(outcome, EngineOutcome::Unreachable(_)),
            ),
            Outcome::Store(outcome) => (
                &mut entry.store_away,
                !matches!(outcome, StoreOutcome::Unreachable(_)),
            ),
            Outcome::Probe(_) => return None,
        };
        *away = if reached { None } else { away.or(Some(now)) };
        *away
    }

    /// All of it was found as it must be.
    pub(crate) fn found_ready(&mut self, inquiry: &Inquiry) {
        let entry = self.entry(inquiry);
        entry.setbacks = 0;
        entry.premise = Premise::Ready;
    }

    /// Whatever was put off until now may be begun again, by whoever needs it.
    pub(crate) fn come_due(&mut self, now: Instant) -> bool {
        let mut any = false;
        for entry in self.inquiries.values_mut() {
            if let Premise::Unknown { not_before } = &mut entry.premise
                && *not_before > Instant::ORIGIN
                && *not_before <= now
            {
                *not_before = Instant::ORIGIN;
                any = true;
            }
        }
        any
    }

    /// When the first inquiry that is put off is to be begun again.
    pub(crate) fn next_try(&self) -> Option<Instant> {
        let due = |entry: &Entry| match entry.premise {
            Premise::Unknown { not_before } if not_before > Instant::ORIGIN => Some(not_before),
            Premise::Unknown { .. }
            | Premise::Failed { .. }
            | Premise::UnderWay
            | Premise::Ready => None,
        };
        self.inquiries.values().filter_map(due).min()
    }
}

/// What comes after `effect` had `outcome`.
pub(crate) fn next(
    settings: &Settings,
    header: Option<&Header>,
    owner: ControllerId,
    locked: bool,
    effect: &Effect,
    outcome: Outcome,
) -> Next {
    match (effect, outcome) {
        (Effect::Engine(effect), Outcome::Engine(outcome)) => {
            after_engine(settings, header, owner, locked, effect, outcome)
        }
        (Effect::Store(effect), Outcome::Store(outcome)) => after_store(settings, effect, outcome),
        (Effect::Engine(_) | Effect::Store(_) | Effect::Probe(_), _) => Next::Retry,
    }
}

fn after_engine(
    settings: &Settings,
    header: Option<&Header>,
    owner: ControllerId,
    locked: bool,
    effect: &EngineEffect,
    outcome: EngineOutcome,
) -> Next {
    let store = |effect| Next::Send(Effect::Store(effect));
    match (effect, outcome) {
        (_, EngineOutcome::Unreachable(text)) => Next::Away(Error::EngineUnreachable(text)),
        (EngineEffect::Identify, EngineOutcome::Identified(id)) => {
            match header.and_then(|header| header.engine.as_ref()) {
                Some(known) => same_engine(settings, &id, known),
                None => store(register(settings, id)),
            }
        }
        (EngineEffect::InspectNetwork { .. }, EngineOutcome::Done) if locked => {
            store(unlock(settings, owner))
        }
        (EngineEffect::InspectNetwork { .. }, EngineOutcome::Absent) if locked => {
            let installation = header.map(|header| header.installation.to_string());
            Next::Send(Effect::Engine(EngineEffect::CreateNetwork {
                name: settings.network.clone(),
                labels: installation
                    .map(|id| (label::INSTALLATION.to_string(), id))
                    .into_iter()
                    .collect(),
            }))
        }
        (EngineEffect::InspectNetwork { .. }, EngineOutcome::Absent) => store(StoreEffect::Lock {
            name: lock_name(settings),
            owner,
            ttl: settings.timing.lease,
        }),
        (EngineEffect::CreateNetwork { .. }, EngineOutcome::Done | EngineOutcome::AlreadyDone) => {
            store(unlock(settings, owner))
        }
        (EngineEffect::InspectImage { image }, EngineOutcome::Absent) => match settings.pull {
            PullPolicy::Missing => Next::Send(Effect::Engine(EngineEffect::PullImage {
                image: image.clone(),
            })),
            PullPolicy::Never => Next::Fail(Error::ImageMissing {
                image: image.clone(),
                why: "it is not on the engine, and the pull policy is `never`".to_string(),
            }),
        },
        (
            EngineEffect::PullImage { image },
            EngineOutcome::Refused(why) | EngineOutcome::Unclear(why),
        ) => Next::Fail(Error::ImageMissing {
            image: image.clone(),
            why,
        }),
        (_, EngineOutcome::Done) => Next::Ready,
        (_, EngineOutcome::Refused(text)) => Next::Fail(Error::EngineRefused(text)),
        (_, _) => Next::Retry,
    }
}

fn after_store(settings: &Settings, effect: &StoreEffect, outcome: StoreOutcome) -> Next {
    match (effect, outcome) {
        (_, StoreOutcome::Unreachable(text)) => Next::Away(Error::StoreUnreachable(text)),
        (_, StoreOutcome::Refused(text)) => Next::Fail(Error::StoreRefused(text)),
        (StoreEffect::Register { id, .. }, StoreOutcome::Registered(known)) => {
            same_engine(settings, id, &known)
        }
        // Somebody else may have made it just before we got the lease: look again.
        (StoreEffect::Lock { .. }, StoreOutcome::Done) => {
            Next::Send(Effect::Engine(EngineEffect::InspectNetwork {
                name: settings.network.clone(),
            }))
        }
        // The network is there; a lease that couldn't be given back runs out by itself.
        (StoreEffect::Unlock { .. }, _) => Next::Ready,
        (_, _) => Next::Retry,
    }
}

/// The statement that makes the engine and its ports known to the store.
pub(crate) fn register(settings: &Settings, id: EngineId) -> StoreEffect {
    StoreEffect::Register {
        engine: settings.engine.clone(),
        id,
        ports: settings.ports,
    }
}

fn unlock(settings: &Settings, owner: ControllerId) -> StoreEffect {
    StoreEffect::Unlock {
        name: lock_name(settings),
        owner,
    }
}

fn lock_name(settings: &Settings) -> String {
    [settings.engine.as_str(), settings.network.as_str()].join("/")
}

fn same_engine(settings: &Settings, found: &EngineId, known: &EngineId) -> Next {
    if found == known {
        return Next::Ready;
    }
    Next::Fail(Error::EngineChanged {
        name: settings.engine.clone(),
        found: found.clone(),
        known: known.clone(),
    })
}
