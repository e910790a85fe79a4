//! What every new container needs beforehand: that the engine is the one the store knows, that
//! the network is there, and that the image is. Asked once per controller, shared by all users.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::effect::{Effect, EngineEffect};
use crate::entropy::Entropy;
use crate::error::Error;
use crate::id::EngineId;
use crate::lifecycle::decision::facts::PrerequisitesFact;
use crate::lifecycle::retry::{Retry, Unreachable};
use crate::outcome::{EngineOutcome, Outcome, StoreOutcome};
use crate::projection::project;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::settings::Settings;
use crate::time::Instant;

/// One of them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Prerequisite {
    Engine,
    Network,
    Image(String),
}

project!(
    enum Prerequisite {
        Engine,
        Network,
        Image(name),
    }
);

impl fmt::Display for Prerequisite {
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

/// How far one which is.
#[derive(Clone, Debug)]
pub(crate) enum CheckState {
    Unknown { not_before: Instant },
    UnderWay,
    Ready,
    Failed { why: Error, until: Instant },
}

project!(enum CheckState { Unknown { not_before: due }, UnderWay, Ready, Failed { why, until: due } });

/// How far all of them are.
#[derive(Clone, Default, Debug)]
pub(crate) struct Prerequisites {
    engine: Check,
    proof: Proof,
    /// The id that the engine told before the store had told which one is meant.
    told: Option<EngineId>,
    network: Check,
    /// By the image's name.
    images: BTreeMap<String, Check>,
}

/// Whether the engine has told the id that the store knows.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
enum Proof {
    #[default]
    None,
    /// It is being asked, and may have changed since it was: it is to be asked again.
    Outdated,
    /// By this one.
    Given(EngineId),
}

project!(
    enum Proof {
        None,
        Outdated,
        Given(id),
    }
);

#[cfg(feature = "model-checking")]
impl Project for Prerequisites {
    fn project(&self, out: &mut Projection) {
        let Self {
            engine,
            proof,
            told,
            network,
            images,
        } = self;
        engine.project(out);
        proof.project(out);
        told.project(out);
        network.project(out);
        out.word(images.len() as u64);
        for (image, check) in images {
            image.project(out);
            check.project(out);
        }
    }
}

#[derive(Clone, Debug)]
struct Check {
    state: CheckState,
    /// Until when we hold the installation's lease on making the network, as far as something may
    /// be begun under it.
    locked_until: Option<Instant>,
    engine_unreachable: Option<Unreachable>,
    store_unreachable: Option<Unreachable>,
    retry: Retry,
}

project!(struct Check { state, locked_until: due, engine_unreachable, store_unreachable, retry });

impl Default for Check {
    fn default() -> Self {
        Self {
            state: CheckState::Unknown {
                not_before: Instant::ORIGIN,
            },
            locked_until: None,
            engine_unreachable: None,
            store_unreachable: None,
            retry: Retry::default(),
        }
    }
}

impl Prerequisites {
    fn check(&mut self, which: &Prerequisite) -> &mut Check {
        match which {
            Prerequisite::Engine => &mut self.engine,
            Prerequisite::Network => &mut self.network,
            Prerequisite::Image(image) => self.images.entry(image.clone()).or_default(),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Check> {
        [&self.engine, &self.network]
            .into_iter()
            .chain(self.images.values())
    }

    /// How far what a container of `image` needs is; the image comes last.
    fn of(&self, image: &str) -> impl Iterator<Item = &CheckState> {
        const NEVER_ASKED: &CheckState = &CheckState::Unknown {
            not_before: Instant::ORIGIN,
        };
        let image = self.images.get(image).map(|check| &check.state);
        [
            &self.engine.state,
            &self.network.state,
            image.unwrap_or(NEVER_ASKED),
        ]
        .into_iter()
    }

    /// Whether the engine is known, as far as can be told.
    pub(crate) fn is_engine_ready(&self) -> bool {
        matches!(self.engine.state, CheckState::Ready)
    }

    /// The engine that was proven to be the one that the store knows, unless something has happened
    /// since after which another may answer.
    pub(crate) fn proven_engine(&self) -> Option<&EngineId> {
        match &self.proof {
            Proof::Given(id) => Some(id),
            Proof::None | Proof::Outdated => None,
        }
    }

    /// Why the engine can't be told to be the right one.
    pub(crate) fn engine_failure(&self, now: Instant) -> Option<&Error> {
        match &self.engine.state {
            CheckState::Failed { why, until } if now < *until => Some(why),
            CheckState::Failed { .. }
            | CheckState::UnderWay
            | CheckState::Unknown { .. }
            | CheckState::Ready => None,
        }
    }

    /// The engine may be another by now.
    pub(crate) fn doubt_engine(&mut self) {
        let asking = matches!(self.engine.state, CheckState::UnderWay);
        self.proof = if asking { Proof::Outdated } else { Proof::None };
        if matches!(self.engine.state, CheckState::Ready) {
            self.forget(&Prerequisite::Engine);
        }
    }

    /// Whether the image isn't known to be there.
    pub(crate) fn lack_image(&self, image: &str) -> bool {
        let check = self.images.get(image);
        !check.is_some_and(|check| matches!(check.state, CheckState::Ready))
    }

    /// All that a container of `image` needs.
    pub(crate) fn needed(image: &str) -> [Prerequisite; 3] {
        [
            Prerequisite::Engine,
            Prerequisite::Network,
            Prerequisite::Image(image.to_string()),
        ]
    }

    /// Whether a container of `image` can be made.
    pub(crate) fn fact(&self, image: &str, now: Instant) -> PrerequisitesFact {
        let mut fact = PrerequisitesFact::Ready;
        for state in self.of(image) {
            match state {
                CheckState::Ready => {}
                CheckState::Failed { until, .. } if now < *until => {
                    return PrerequisitesFact::Failed;
                }
                CheckState::Failed { .. } | CheckState::UnderWay | CheckState::Unknown { .. } => {
                    fact = PrerequisitesFact::Pending;
                }
            }
        }
        fact
    }

    /// Why it can't.
    pub(crate) fn failure(&self, image: &str, now: Instant) -> Option<Error> {
        self.of(image).find_map(|state| match state {
            CheckState::Failed { why, until } if now < *until => Some(why.clone()),
            CheckState::Failed { .. }
            | CheckState::UnderWay
            | CheckState::Unknown { .. }
            | CheckState::Ready => None,
        })
    }

    /// Begins the check of one of them, if it is time to; what to send for it.
    pub(crate) fn begin(
        &mut self,
        which: &Prerequisite,
        settings: &Settings,
        now: Instant,
    ) -> Option<Effect> {
        let check = self.check(which);
        match check.state {
            CheckState::Unknown { not_before } if not_before <= now => {}
            CheckState::Failed { until, .. } if until <= now => {
                (check.engine_unreachable, check.store_unreachable) = (None, None);
            }
            CheckState::Unknown { .. }
            | CheckState::Failed { .. }
            | CheckState::UnderWay
            | CheckState::Ready => return None,
        }
        check.state = CheckState::UnderWay;
        check.locked_until = None;
        if *which == Prerequisite::Engine {
            self.proof = Proof::None;
            self.told = None;
        }
        Some(Effect::Engine(match which {
            Prerequisite::Engine => EngineEffect::Identify,
            Prerequisite::Network => EngineEffect::FindNetworks {
                name: settings.network.clone(),
            },
            Prerequisite::Image(image) => EngineEffect::InspectImage {
                image: image.clone(),
            },
        }))
    }

    pub(crate) fn set(&mut self, which: &Prerequisite, state: CheckState) {
        self.check(which).state = state;
    }

    /// It turned out not to hold: ask again.
    pub(crate) fn forget(&mut self, which: &Prerequisite) {
        let check = self.check(which);
        if !matches!(check.state, CheckState::UnderWay) {
            check.state = CheckState::Unknown {
                not_before: Instant::ORIGIN,
            };
        }
    }

    pub(crate) fn set_locked(&mut self, which: &Prerequisite, until: Instant) {
        self.check(which).locked_until = Some(until);
    }

    /// Until when something may be begun under the lock; `None` if we don't hold it any more.
    pub(crate) fn locked_until(&mut self, which: &Prerequisite, now: Instant) -> Option<Instant> {
        let check = self.check(which);
        check.locked_until.filter(|until| now < *until)
    }

    /// This engine answers, and it isn't known yet which one is meant.
    pub(crate) fn note_told(&mut self, engine: EngineId) {
        self.told = Some(engine);
    }

    pub(crate) fn take_told(&mut self) -> Option<EngineId> {
        self.told.take()
    }

    /// A try brought nothing: it is made again after a while.
    pub(crate) fn put_off(&mut self, which: &Prerequisite, now: Instant, entropy: &mut Entropy) {
        let check = self.check(which);
        let not_before = check.retry.set_back(now, entropy);
        check.state = CheckState::Unknown { not_before };
    }

    /// Notes that what was asked was reached, if it was. A check goes back and forth between engine
    /// and store, so that one is there says nothing of the other.
    pub(crate) fn note_reached(&mut self, which: &Prerequisite, outcome: &Outcome) {
        let check = self.check(which);
        match outcome {
            Outcome::Engine(EngineOutcome::Unreachable(_))
            | Outcome::Store(StoreOutcome::Unreachable(_))
            | Outcome::Probe(_) => {}
            Outcome::Engine(_) => check.engine_unreachable = None,
            Outcome::Store(_) => check.store_unreachable = None,
        }
    }

    /// Notes that engine or store weren't reached; why the check fails, if that has lasted for longer
    /// than anybody has patience.
    pub(crate) fn note_unreachable(
        &mut self,
        which: &Prerequisite,
        why: Error,
        now: Instant,
        patience: Duration,
    ) -> Option<Error> {
        let check = self.check(which);
        let known = match why {
            Error::StoreUnreachable(_) => &mut check.store_unreachable,
            _ => &mut check.engine_unreachable,
        };
        Unreachable::note(known, now, why);
        known.as_ref()?.verdict(now, patience).cloned()
    }

    /// Nobody waits for it any more: whoever asks next is as patient as the first.
    pub(crate) fn forget_unreachable(&mut self, which: &Prerequisite) {
        let check = self.check(which);
        (check.engine_unreachable, check.store_unreachable) = (None, None);
    }

    /// All of it was found as it must be, with that engine. Of one that may be another by now, that
    /// says nothing.
    pub(crate) fn found_ready(&mut self, which: &Prerequisite, engine: Option<&EngineId>) {
        let outdated = *which == Prerequisite::Engine && self.proof == Proof::Outdated;
        if *which == Prerequisite::Engine {
            self.proof = match engine {
                Some(id) if !outdated => Proof::Given(id.clone()),
                Some(_) | None => Proof::None,
            };
        }
        let check = self.check(which);
        check.retry.succeed();
        check.state = if outdated {
            CheckState::Unknown {
                not_before: Instant::ORIGIN,
            }
        } else {
            CheckState::Ready
        };
    }

    /// Those that were put off until now, which may be begun again.
    pub(crate) fn come_due(&mut self, now: Instant) -> Vec<Prerequisite> {
        if self.next_try().is_none_or(|due| due > now) {
            return Vec::new();
        }
        let images = self.images.iter_mut();
        let all = [
            (Prerequisite::Engine, &mut self.engine),
            (Prerequisite::Network, &mut self.network),
        ]
        .into_iter()
        .chain(images.map(|(image, check)| (Prerequisite::Image(image.clone()), check)));
        let mut due = Vec::new();
        for (which, check) in all {
            if let CheckState::Unknown { not_before } = &mut check.state
                && *not_before > Instant::ORIGIN
                && *not_before <= now
            {
                *not_before = Instant::ORIGIN;
                due.push(which);
            }
        }
        due
    }

    /// When the first which that is put off is to be begun again.
    pub(crate) fn next_try(&self) -> Option<Instant> {
        let due = |check: &Check| match check.state {
            CheckState::Unknown { not_before } if not_before > Instant::ORIGIN => Some(not_before),
            CheckState::Unknown { .. }
            | CheckState::Failed { .. }
            | CheckState::UnderWay
            | CheckState::Ready => None,
        };
        self.all().filter_map(due).min()
    }
}
