//! What every new container needs beforehand: that the engine is the one the store knows, that
//! the network is there, and that the image is. Asked once per controller, shared by all users.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::Lifecycle;
use super::facts::PremisesFact;
use super::flight::Purpose;
use crate::effect::{Effect, EngineEffect, StoreEffect};
use crate::error::Error;
use crate::id::{ControllerId, EngineId};
use crate::label;
use crate::outcome::{EngineOutcome, Outcome, StoreOutcome};
use crate::projection::{Project, Projection, project};
use crate::record::Header;
use crate::settings::{PullPolicy, Settings};
use crate::time::Instant;
use crate::user::UserId;

/// What is asked about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Inquiry {
    Engine,
    Network,
    Image(String),
}

project!(
    enum Inquiry {
        Engine,
        Network,
        Image(name),
    }
);

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

project!(enum Premise { Unknown { not_before: due }, UnderWay, Ready, Failed { why, until: due } });

/// How far all of them are.
#[derive(Clone, Default, Debug)]
pub(crate) struct Premises {
    engine: Entry,
    proof: Proof,
    /// The id that the engine told before the store had told which one is meant.
    told: Option<EngineId>,
    network: Entry,
    /// By the image's name.
    images: BTreeMap<String, Entry>,
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

impl Project for Premises {
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
        for (image, entry) in images {
            image.project(out);
            entry.project(out);
        }
    }
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

project!(struct Entry { premise, locked_until: due, engine_away, store_away, setbacks });

impl Default for Entry {
    fn default() -> Self {
        Self {
            premise: Premise::Unknown {
                not_before: Instant::ORIGIN,
            },
            locked_until: None,
            engine_away: None,
            store_away: None,
            setbacks: 0,
        }
    }
}

/// What an outcome calls for.
pub(crate) enum Next {
    Send(Effect),
    /// This engine answers, and it isn't known yet which one is meant.
    Told(EngineId),
    Ready,
    Fail(Error),
    /// Try again later.
    Retry,
    /// Engine or store weren't reached: try again until patience runs out.
    Away(Error),
}

impl Premises {
    fn entry(&mut self, inquiry: &Inquiry) -> &mut Entry {
        match inquiry {
            Inquiry::Engine => &mut self.engine,
            Inquiry::Network => &mut self.network,
            Inquiry::Image(image) => self.images.entry(image.clone()).or_default(),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Entry> {
        [&self.engine, &self.network]
            .into_iter()
            .chain(self.images.values())
    }

    /// How far what a container of `image` needs is; the image comes last.
    fn of(&self, image: &str) -> impl Iterator<Item = &Premise> {
        const NEVER_ASKED: &Premise = &Premise::Unknown {
            not_before: Instant::ORIGIN,
        };
        let image = self.images.get(image).map(|entry| &entry.premise);
        [
            &self.engine.premise,
            &self.network.premise,
            image.unwrap_or(NEVER_ASKED),
        ]
        .into_iter()
    }

    /// Whether the engine is known, as far as can be told.
    pub(crate) fn is_engine_ready(&self) -> bool {
        matches!(self.engine.premise, Premise::Ready)
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
        match &self.engine.premise {
            Premise::Failed { why, until } if now < *until => Some(why),
            Premise::Failed { .. }
            | Premise::UnderWay
            | Premise::Unknown { .. }
            | Premise::Ready => None,
        }
    }

    /// The engine may be another by now.
    pub(crate) fn doubt_engine(&mut self) {
        let asking = matches!(self.engine.premise, Premise::UnderWay);
        self.proof = if asking { Proof::Outdated } else { Proof::None };
        if matches!(self.engine.premise, Premise::Ready) {
            self.forget(&Inquiry::Engine);
        }
    }

    /// Whether the image isn't known to be there.
    pub(crate) fn lack_image(&self, image: &str) -> bool {
        let entry = self.images.get(image);
        !entry.is_some_and(|entry| matches!(entry.premise, Premise::Ready))
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
        for premise in self.of(image) {
            match premise {
                Premise::Ready => {}
                Premise::Failed { until, .. } if now < *until => {
                    return PremisesFact::Failed;
                }
                Premise::Failed { .. } | Premise::UnderWay | Premise::Unknown { .. } => {
                    fact = PremisesFact::Pending;
                }
            }
        }
        fact
    }

    /// Why it can't.
    pub(crate) fn failure(&self, image: &str, now: Instant) -> Option<Error> {
        self.of(image).find_map(|premise| match premise {
            Premise::Failed { why, until } if now < *until => Some(why.clone()),
            Premise::Failed { .. }
            | Premise::UnderWay
            | Premise::Unknown { .. }
            | Premise::Ready => None,
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
        if *inquiry == Inquiry::Engine {
            self.proof = Proof::None;
            self.told = None;
        }
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
    pub(crate) fn locked_until(&mut self, inquiry: &Inquiry, now: Instant) -> Option<Instant> {
        let entry = self.entry(inquiry);
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

    /// Nobody waits for it any more: whoever asks next is as patient as the first.
    pub(crate) fn forget_away(&mut self, inquiry: &Inquiry) {
        let entry = self.entry(inquiry);
        (entry.engine_away, entry.store_away) = (None, None);
    }

    /// All of it was found as it must be, with that engine. Of one that may be another by now, that
    /// says nothing.
    pub(crate) fn found_ready(&mut self, inquiry: &Inquiry, engine: Option<&EngineId>) {
        let outdated = *inquiry == Inquiry::Engine && self.proof == Proof::Outdated;
        if *inquiry == Inquiry::Engine {
            self.proof = match engine {
                Some(id) if !outdated => Proof::Given(id.clone()),
                Some(_) | None => Proof::None,
            };
        }
        let entry = self.entry(inquiry);
        entry.setbacks = 0;
        entry.premise = if outdated {
            Premise::Unknown {
                not_before: Instant::ORIGIN,
            }
        } else {
            Premise::Ready
        };
    }

    /// Those that were put off until now, which may be begun again.
    pub(crate) fn come_due(&mut self, now: Instant) -> Vec<Inquiry> {
        if self.next_try().is_none_or(|due| due > now) {
            return Vec::new();
        }
        let images = self.images.iter_mut();
        let all = [
            (Inquiry::Engine, &mut self.engine),
            (Inquiry::Network, &mut self.network),
        ]
        .into_iter()
        .chain(images.map(|(image, entry)| (Inquiry::Image(image.clone()), entry)));
        let mut due = Vec::new();
        for (inquiry, entry) in all {
            if let Premise::Unknown { not_before } = &mut entry.premise
                && *not_before > Instant::ORIGIN
                && *not_before <= now
            {
                *not_before = Instant::ORIGIN;
                due.push(inquiry);
            }
        }
        due
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
        self.all().filter_map(due).min()
    }
}

impl Lifecycle {
    /// Begins whatever the user's container needs and isn't known to be there; the user is looked
    /// at again once some of it is, or can't be had.
    pub(super) fn await_premises(&mut self, user: &UserId) {
        self.awaiting.insert(user.clone());
        for inquiry in Premises::needed(&self.settings.template(user).image) {
            self.begin_inquiry(inquiry);
        }
    }

    /// Begins an inquiry, if it is time to. What may end in something that is made there is begun on
    /// the right engine alone: until that is proven, which it is is asked instead, and whoever waits
    /// is looked at again then.
    pub(super) fn begin_inquiry(&mut self, inquiry: Inquiry) {
        let inquiry = if self.is_engine_proven() {
            inquiry
        } else {
            // The store may name another by now.
            if self.premises.proven_engine().is_some() {
                self.premises.doubt_engine();
            }
            Inquiry::Engine
        };
        if let Some(effect) = self.premises.begin(&inquiry, &self.settings, self.now) {
            let timeout = self.timeout_of(&effect);
            self.send(Purpose::Premises(inquiry), effect, timeout, None);
        }
    }

    /// Begins again what was put off, if anybody still waits.
    pub(super) fn retry_premises(&mut self) {
        for inquiry in self.premises.come_due(self.now) {
            if !self.awaiting.is_empty() || self.is_awaiting_proof(&inquiry) {
                self.begin_inquiry(inquiry);
            } else {
                self.premises.forget_away(&inquiry);
            }
        }
    }

    pub(super) fn learn_of_premises(
        &mut self,
        inquiry: &Inquiry,
        effect: &Effect,
        sent: Instant,
        outcome: Outcome,
    ) {
        if let Outcome::Store(StoreOutcome::Registered(known)) = &outcome
            && let Some(header) = &mut self.header
        {
            header.engine = Some(known.clone());
        }
        let locks = matches!(effect, Effect::Store(StoreEffect::Lock { .. }));
        if locks && outcome == Outcome::Store(StoreOutcome::Done) {
            // Like any lease, counted from before it was asked for.
            let timing = &self.settings.timing;
            let until = sent.after(timing.lease).before(timing.margin);
            self.premises.set_locked(inquiry, until);
        }
        let locked_until = self.premises.locked_until(inquiry, self.now);
        let away = self.premises.note_reached(inquiry, &outcome, self.now);
        let next = next(
            &self.settings,
            self.header.as_ref(),
            self.controller,
            locked_until.is_some(),
            effect,
            outcome,
        );
        self.go_on_with(inquiry, next, locked_until, away);
    }

    /// The store has told which engine is meant, after that one had told which it is.
    pub(super) fn compare_engines(&mut self) {
        if self.header.is_none() {
            return;
        }
        if let Some(found) = self.premises.told.take() {
            let next = compared(&self.settings, self.header.as_ref(), found);
            self.go_on_with(&Inquiry::Engine, next, None, None);
        }
    }

    fn go_on_with(
        &mut self,
        inquiry: &Inquiry,
        next: Next,
        locked_until: Option<Instant>,
        away: Option<Instant>,
    ) {
        match next {
            Next::Told(found) => self.premises.told = Some(found),
            Next::Send(effect) => {
                let timeout = self.timeout_of(&effect);
                let creates = matches!(effect, Effect::Engine(EngineEffect::CreateNetwork { .. }));
                let not_after = locked_until.filter(|_| creates);
                let purpose = Purpose::Premises(inquiry.clone());
                self.send(purpose, effect, timeout, not_after);
            }
            Next::Ready => {
                let header = self.header.as_ref();
                let engine = header.and_then(|header| header.engine.as_ref());
                self.premises.found_ready(inquiry, engine);
                self.dirty.append(&mut self.awaiting);
            }
            Next::Fail(why) => self.fail_premise(inquiry, why),
            Next::Retry => {
                self.note_preparing(&inquiry.to_string());
                self.put_off_premise(inquiry);
            }
            Next::Away(why) => {
                self.note_preparing(&why.to_string());
                let patience = self.settings.timing.patience;
                if away.is_some_and(|since| self.now.since(since) >= patience) {
                    self.fail_premise(inquiry, why);
                } else {
                    self.put_off_premise(inquiry);
                }
            }
        }
    }

    /// Notes what keeps those who wait for engine, network or image.
    fn note_preparing(&mut self, last: &str) {
        for user in &self.awaiting {
            let tenancy = self.tenancies.get_mut(user);
            if let Some(run) = tenancy.and_then(|tenancy| tenancy.run.as_mut()) {
                run.last = last.to_string();
            }
        }
    }

    /// Those who wait are told; those who come later ask anew.
    pub(super) fn fail_premise(&mut self, inquiry: &Inquiry, why: Error) {
        const REMEMBERED: Duration = Duration::from_secs(2);
        let until = self.now.after(REMEMBERED);
        if *inquiry == Inquiry::Engine {
            self.premises.doubt_engine();
            self.forget_engine();
        }
        self.premises.set(inquiry, Premise::Failed { why, until });
        self.dirty.append(&mut self.awaiting);
    }

    fn put_off_premise(&mut self, inquiry: &Inquiry) {
        let setbacks = self.premises.set_back(inquiry);
        let not_before = self.now.after(self.backoff(setbacks));
        self.premises.set(inquiry, Premise::Unknown { not_before });
    }
}

/// What comes after `effect` had `outcome`.
fn next(
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
        (EngineEffect::Identify, EngineOutcome::Identified(id)) => compared(settings, header, id),
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
        (
            EngineEffect::Identify,
            EngineOutcome::Done | EngineOutcome::AlreadyDone | EngineOutcome::Absent,
        ) => Next::Fail(Error::EngineRefused(
            "the engine's client was asked which engine it is, and named none".to_string(),
        )),
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

/// What comes after the engine has told which it is. A first contact is written down.
fn compared(settings: &Settings, header: Option<&Header>, found: EngineId) -> Next {
    match header {
        None => Next::Told(found),
        Some(Header {
            engine: Some(known),
            ..
        }) => same_engine(settings, &found, known),
        Some(Header { engine: None, .. }) => Next::Send(Effect::Store(register(settings, found))),
    }
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
