//! Following the engine's events, so that what is known of containers stays current.
//!
//! Whether a container runs is only ever known from a look, a list, or what we did ourselves.
//! Events never make it better known: one that fits what is known changes nothing, any other makes
//! it unknown. A list may be behind the events, so for a moment after one it vouches for nothing. Engines drop events in silence, so all this is believed only for a while past the
//! last list, and a list that tells what no event told has the stream opened anew.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use super::Lifecycle;
use super::Output;
use super::flight::Purpose;
use super::knowledge::{Seen, View};
use super::premises::Inquiry;
use super::tenancy::Tenancy;
use crate::effect::{Effect, EngineEffect, Scope};
use crate::id::{ContainerId, EffectId};
use crate::observed::{ContainerState, Observed};
use crate::outcome::{Change, EngineEvent, EngineOutcome, StoreOutcome};
use crate::projection::{Project, Projection};
use crate::time::Instant;
use crate::user::UserId;

/// After so many lists in a row that told what no event told, the stream is opened anew: one event
/// may be on its way while a list is.
const SURPRISES: u32 = 2;

/// For that long a list may not show yet what an event has told. Docker 20.10 tells of a death, takes
/// the container off its network, and only then has lists show it, 0.05 to 0.12 s later; a look at
/// the container itself waits for all of that.
const LAG: Duration = Duration::from_secs(1);

/// How far the event stream is.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    stream: Stream,
    /// When the last list was asked for that was answered.
    listed: Option<Instant>,
    listing: bool,
    next_list: Instant,
    surprises: u32,
    setbacks: u32,
}

impl Project for Watch {
    fn project(&self, out: &mut Projection) {
        let Self {
            stream,
            listed,
            listing,
            next_list,
            surprises,
            setbacks,
        } = self;
        stream.project(out);
        listed.project(out);
        listing.project(out);
        // Never looked at where nothing is followed.
        if !matches!(stream, Stream::Off) {
            out.due(*next_list);
        }
        surprises.project(out);
        setbacks.project(out);
    }
}

impl Project for Stream {
    fn project(&self, out: &mut Projection) {
        match self {
            Self::Off => out.word(0),
            Self::Waiting { not_before } => {
                out.word(1);
                out.due(*not_before);
            }
            Self::Asking => out.word(2),
            Self::Opening(watch) => {
                out.word(3);
                watch.project(out);
            }
            Self::Open { watch, since } => {
                out.word(4);
                watch.project(out);
                // What users' containers were seen is compared with it.
                out.shared_moment(*since);
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Stream {
    Off,
    /// Whose installation this is isn't known yet, or the stream was lost.
    Waiting {
        not_before: Instant,
    },
    Asking,
    Opening(EffectId),
    Open {
        watch: EffectId,
        since: Instant,
    },
}

impl Watch {
    pub(crate) fn new(wanted: bool, now: Instant) -> Self {
        Self {
            stream: if wanted {
                Stream::Waiting { not_before: now }
            } else {
                Stream::Off
            },
            listed: None,
            listing: false,
            next_list: now,
            surprises: 0,
            setbacks: 0,
        }
    }

    /// Since when events have told what happened; `None` while they don't.
    fn open_since(&self) -> Option<Instant> {
        match self.stream {
            Stream::Open { since, .. } => Some(since),
            Stream::Off | Stream::Waiting { .. } | Stream::Asking | Stream::Opening(_) => None,
        }
    }

    pub(crate) fn next_try(&self) -> Option<Instant> {
        match self.stream {
            Stream::Waiting { not_before } => Some(not_before),
            Stream::Open { .. } if !self.listing => Some(self.next_list),
            Stream::Off | Stream::Asking | Stream::Opening(_) | Stream::Open { .. } => None,
        }
    }
}

impl Lifecycle {
    /// Whether what is known of the user's container is as good as a look at it now.
    pub(super) fn is_current(&self, user: &UserId) -> bool {
        let tenancy = self.tenancies.get(user);
        tenancy.is_some_and(|tenancy| self.is_kept_current(tenancy))
    }

    /// The same, of what is at hand.
    pub(super) fn is_kept_current(&self, tenancy: &Tenancy) -> bool {
        let trust = self.settings.timing.trust;
        let (Some(since), Some(listed)) = (self.watch.open_since(), self.watch.listed) else {
            return false;
        };
        // Events tell of what bears our labels: neither of one that was adopted, nor of somebody
        // else's that has the name.
        let told = |observed: &Observed| {
            let labels = observed.labels.told();
            labels.is_some_and(|labels| {
                Some(labels.installation) == self.installation() && labels.user == tenancy.user
            })
        };
        self.is_identity_proven()
            && tenancy.seen().all(told)
            && self.now < listed.after(trust)
            && tenancy.looked.is_some_and(|looked| looked >= since)
    }

    /// Notes since when the outcome of an effect tells what is so.
    pub(super) fn note_looked(&mut self, user: &UserId, looked: bool, sent: Instant) {
        let open = self.watch.open_since();
        if let Some(tenancy) = self.tenancies.get_mut(user) {
            let seen = if looked { Some(sent) } else { tenancy.looked };
            let disturbed = tenancy.disturbed;
            tenancy.looked = seen.filter(|at| !disturbed && open.is_some_and(|since| since <= *at));
        }
    }

    /// Opens the stream, and lists containers, when that is due.
    pub(super) fn run_watch(&mut self) {
        if self.watch.next_try().is_none_or(|at| at > self.now) {
            return;
        }
        let installation = self.header.as_ref().map(|header| header.installation);
        let effect = match (&self.watch.stream, installation) {
            (Stream::Waiting { .. }, None) => {
                self.watch.stream = Stream::Asking;
                Effect::Store(crate::effect::StoreEffect::Load {
                    engine: self.settings.engine.clone(),
                    users: Vec::new(),
                })
            }
            (Stream::Waiting { .. }, Some(installation)) => {
                let effect = Effect::Engine(EngineEffect::Watch { installation });
                let timeout = self.timeout_of(&effect);
                let id = self.send(Purpose::Watch, effect, timeout, None);
                self.watch.stream = Stream::Opening(id);
                return;
            }
            (Stream::Open { .. }, Some(installation)) => {
                self.watch.listing = true;
                if !self.is_identity_proven() {
                    self.begin_inquiry(Inquiry::Engine);
                }
                Effect::Engine(EngineEffect::List(Scope::Installation(installation)))
            }
            (Stream::Off | Stream::Asking | Stream::Opening(_) | Stream::Open { .. }, _) => return,
        };
        let timeout = self.timeout_of(&effect);
        self.send(Purpose::Watch, effect, timeout, None);
    }

    /// The store was asked whose installation this is.
    pub(super) fn learn_of_installation(&mut self, outcome: StoreOutcome) {
        if !matches!(self.watch.stream, Stream::Asking) {
            return;
        }
        if let StoreOutcome::Loaded { header, .. } = outcome {
            self.header = Some(header);
            self.watch.stream = Stream::Waiting {
                not_before: self.now,
            };
        } else {
            self.reopen_later();
        }
    }

    /// The stream has ended, or a list has come.
    pub(super) fn learn_of_watch(&mut self, id: EffectId, sent: Instant, outcome: EngineOutcome) {
        let ended = match self.watch.stream {
            Stream::Opening(watch) | Stream::Open { watch, .. } => watch == id,
            Stream::Off | Stream::Waiting { .. } | Stream::Asking => false,
        };
        if ended {
            self.lose_stream();
            return;
        }
        self.watch.listing = false;
        let since = self.watch.open_since();
        match outcome {
            EngineOutcome::Listed(listed) if since.is_some_and(|since| since <= sent) => {
                self.watch.setbacks = 0;
                self.watch.listed = Some(sent);
                self.watch.next_list = sent.after(self.settings.timing.resync);
                // What was told just before the stream was there.
                match since.map(|since| since.after(LAG)) {
                    Some(shown) if sent < shown => {
                        self.watch.next_list = shown.min(self.watch.next_list);
                    }
                    Some(_) | None => self.resync(&listed, sent),
                }
            }
            _ => {
                self.watch.setbacks += 1;
                let wait = self.backoff(self.watch.setbacks);
                self.watch.next_list = self.now.after(wait);
            }
        }
    }

    /// Takes what was listed for what is so, of all users for whom nothing is being done.
    fn resync(&mut self, listed: &[Observed], sent: Instant) {
        let mut by_user: BTreeMap<&UserId, Vec<&Observed>> = BTreeMap::new();
        for observed in listed {
            if let Some(labels) = observed.labels.told() {
                by_user.entry(&labels.user).or_default().push(observed);
            }
        }
        let since = self.watch.open_since();
        let mut surprised = false;
        for (user, tenancy) in &mut self.tenancies {
            let older = tenancy.looked.is_none_or(|looked| looked < sent);
            let adopted = tenancy
                .record(self.now)
                .is_some_and(|record| record.body.adopted);
            let behind = tenancy.told.is_some_and(|told| sent < told.after(LAG));
            if adopted
                || !older
                || behind
                || tenancy.run.is_some()
                || tenancy.engine_lane.flight.is_some()
            {
                continue;
            }
            let theirs = by_user.get(user).map_or(&[][..], Vec::as_slice);
            let followed = tenancy.looked.is_some_and(|looked| Some(looked) >= since);
            surprised |= followed && tenancy.is_surprised(theirs, self.now);
            tenancy.engine = View::of(Seen::listed(theirs, sent));
            tenancy.looked = Some(sent);
        }
        self.watch.surprises = if surprised {
            self.watch.surprises + 1
        } else {
            0
        };
        if self.watch.surprises >= SURPRISES {
            self.abandon_stream();
        }
    }

    /// Something happened on the engine.
    pub(super) fn learn_of_event(&mut self, watch: EffectId, event: EngineEvent) {
        match (event, &self.watch.stream) {
            (EngineEvent::Opened, Stream::Opening(_)) => {
                self.watch.stream = Stream::Open {
                    watch,
                    since: self.now,
                };
                self.watch.listed = None;
                self.watch.surprises = 0;
                self.watch.next_list = self.now;
                // It took a new connection.
                self.premises.doubt_engine();
                self.begin_inquiry(Inquiry::Engine);
            }
            (EngineEvent::Container { id, user, change }, Stream::Open { .. }) => {
                self.learn_of_change(&id, user, change);
            }
            // Told at another time than events are.
            (EngineEvent::Opened | EngineEvent::Container { .. }, _) => {}
        }
    }

    fn learn_of_change(&mut self, id: &ContainerId, user: Option<UserId>, change: Change) {
        let Some(user) = user else {
            return;
        };
        let now = self.now;
        let beside = self
            .tenancies
            .get(&user)
            .is_some_and(|tenancy| self.is_beside(tenancy, id));
        let Some(tenancy) = self.tenancies.get_mut(&user) else {
            return;
        };
        if beside {
            // Who needs to know of all there are lists them again.
            if let Some(seen) = tenancy.engine.get_mut()
                && !seen.containers.iter().any(|known| known.id == *id)
            {
                seen.complete = false;
            }
            return;
        }
        tenancy.told = Some(now);
        if tenancy.engine_lane.flight.is_some() {
            // It may be our own doing, or not. What is being done ends in a look where it matters.
            tenancy.disturbed = true;
            return;
        }
        if tenancy.expected(id, change) {
            return;
        }
        tenancy.engine.forget();
        tenancy.looked = None;
        if tenancy.run.is_some() {
            self.dirty.insert(user);
        }
    }

    /// Whether the event is of a container that only bears the user's labels, as copies do, beside
    /// the one that is known to be the user's: whatever it does, that one is as it was.
    fn is_beside(&self, tenancy: &Tenancy, id: &ContainerId) -> bool {
        let Some(current) = self.current(tenancy) else {
            return false;
        };
        let theirs = [self.surplus(tenancy), self.unseen(tenancy)];
        let mut theirs = theirs.into_iter().flatten();
        current.id != *id && !theirs.any(|known| known.id == *id)
    }

    /// The stream is gone: nothing that it kept current is believed any more.
    fn lose_stream(&mut self) {
        self.premises.doubt_engine();
        // What was seen of all others is older than the next stream, and so isn't current.
        for user in &self.stirring {
            let Some(tenancy) = self.tenancies.get_mut(user) else {
                continue;
            };
            if tenancy.looked.take().is_some() && tenancy.engine_lane.flight.is_none() {
                tenancy.engine.forget();
                if tenancy.run.is_some() {
                    self.dirty.insert(user.clone());
                }
            }
        }
        self.reopen_later();
    }

    fn abandon_stream(&mut self) {
        if let Stream::Opening(watch) | Stream::Open { watch, .. } = self.watch.stream {
            self.flights.abandon(watch);
            self.outbox.push_back(Output::Abandon(watch));
            self.lose_stream();
        }
    }

    fn reopen_later(&mut self) {
        self.watch.setbacks += 1;
        let wait = self.backoff(self.watch.setbacks);
        self.watch.listed = None;
        self.watch.stream = Stream::Waiting {
            not_before: self.now.after(wait),
        };
    }

    /// Follows events no longer.
    pub(super) fn end_watch(&mut self) {
        self.abandon_stream();
        self.watch.stream = Stream::Off;
    }
}

impl Tenancy {
    /// Whether the event tells what is known already.
    fn expected(&mut self, id: &ContainerId, change: Change) -> bool {
        let Some(seen) = self.engine.get_mut() else {
            return false;
        };
        let known = seen.containers.iter().find(|known| known.id == *id);
        let Some(known) = known else {
            return change == Change::Destroyed;
        };
        match change {
            Change::Created => true,
            Change::Started | Change::Unpaused => known.state == ContainerState::Running,
            Change::Died => matches!(known.state, ContainerState::Exited { .. }),
            Change::Paused => known.state == ContainerState::Paused,
            Change::Health(health) => known.health == health,
            Change::Destroyed | Change::Other => false,
        }
    }

    /// Whether a list tells of another container, or another state, than events did. What only bears
    /// the user's labels, as copies do, isn't compared: a look by name sees nothing of it.
    fn is_surprised(&self, listed: &[&Observed], now: Instant) -> bool {
        let View::Known { what: seen, .. } = &self.engine else {
            return false;
        };
        let record = self.record(now);
        let recorded = record.and_then(|record| self.meant.resolve(record));
        let runs = |container: &Observed| {
            let theirs = match recorded {
                Some(id) => container.id == *id,
                None => container.name == self.names.container,
            };
            theirs && container.state == ContainerState::Running
        };
        let running = seen.containers.iter().filter(|known| runs(known));
        let mut known: Vec<_> = running.map(|known| &known.id).collect();
        let mut told: Vec<_> = listed
            .iter()
            .filter(|observed| runs(observed))
            .map(|observed| &observed.id)
            .collect();
        known.sort();
        told.sort();
        known != told
    }
}
