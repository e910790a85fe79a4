//! The context itself, and what any part of the lifecycle does through it: send, reply, back off.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use super::batches::Batches;
use super::event_stream::EventStream;
use super::in_flight::{InFlight, Purpose};
use super::pending::PendingActivity;
use super::port_queue::PortQueue;
use super::prerequisites::{Prerequisite, Prerequisites};
use super::slice::Slice;
use super::start_queue::{Standing, StartQueue};
use crate::bounds::{LONGEST_LEASE, LONGEST_REST};
use crate::command::Reply;
use crate::effect::{Effect, EngineEffect, Fence, IssuedEffect, StoreEffect};
use crate::entropy::Entropy;
use crate::id::{ControllerId, EffectId, InstallationId, RequestId, Version};
use crate::lifecycle::decision::visited::Rows;
use crate::lifecycle::output::Output;
use crate::lifecycle::request::{BulkId, ItemResult};
use crate::outcome::StoreFailure;
use crate::projection::project;
use crate::record::Header;
use crate::seed::Seed;
use crate::settings::Settings;
use crate::spec::hash::Hashes;
use crate::time::Instant;
use crate::user::UserId;

/// How much longer than its own timeout an effect is waited for, before it is given up: a driver
/// that keeps to the timeout answers sooner.
const GIVE_UP_AFTER: Duration = Duration::from_secs(2);

/// So many changes within a minute may be asked of the engine for a user for whom nothing succeeds.
const MOST_CHANGES: usize = 20;

/// Where a request is waited for.
#[derive(Clone, Debug)]
pub(crate) enum AskedOf {
    User(UserId),
    Bulk(BulkId),
}

project!(
    enum AskedOf {
        User(user),
        Bulk(bulk),
    }
);

/// What a tenancy tells of its user to those who wait elsewhere in the lifecycle.
#[derive(Clone, Debug)]
pub(crate) enum Notice {
    /// The user's part of a bulk command has ended.
    ItemEnded(BulkId, UserId, ItemResult),
    /// The user has given up its port, which rests for that long.
    GaveWay(UserId, Duration),
    /// The user was to give up its port and could not, with its record in that version.
    CouldNotGiveWay(UserId, Option<Version>),
    /// The user has claimed a port that it didn't have.
    ClaimedPort(UserId),
}

/// More steps than this for a user without a wait would be a loop.
const MOST_STEPS: u32 = 64;

/// What all users share.
#[cfg_attr(feature = "model-checking", derive(Clone))]
#[derive(Debug)]
pub(crate) struct Context {
    /// Shared with its clones, since nothing ever changes them.
    pub settings: Arc<Settings>,
    pub hashes: Arc<Hashes>,
    pub entropy: Entropy,
    /// Whose leases ours are.
    pub controller: ControllerId,
    pub now: Instant,
    /// What may still be looked at within this call.
    pub slice: Slice,
    /// The host is about to end.
    pub closing: bool,
    /// How many changes may be asked of the engine within a minute for a user for whom nothing
    /// succeeds; `None` for explorations, whose states would differ by what was done long ago.
    pub most_changes: Option<usize>,
    /// How many steps may be taken for a user without a wait.
    pub most_steps: u32,
    /// What the store last said of the whole installation.
    pub header: Option<Header>,
    pub in_flight: InFlight,
    pub batches: Batches,
    pub pending: PendingActivity,
    pub start_queue: StartQueue,
    pub ports: PortQueue,
    pub prerequisites: Prerequisites,
    pub events: EventStream,
    /// Users whose container needs something that isn't known to be there.
    pub awaiting: BTreeSet<UserId>,
    /// Users for whom something is wanted or under way.
    pub active: BTreeSet<UserId>,
    /// Users whose tenancy is to be looked at again at a given time.
    pub wakes: BTreeSet<(Instant, UserId)>,
    /// Users whose tenancy is to be looked at again now.
    pub due: BTreeSet<UserId>,
    /// Where each request is waited for that hasn't been answered.
    pub asked: BTreeMap<RequestId, AskedOf>,
    /// What tenancies have told, and nobody has taken in yet.
    pub notices: Vec<Notice>,
    /// How often a tenancy took more steps without a wait than there can be.
    pub loops: u64,
    /// Rows of the decision table that have decided something; noted for model checkers alone.
    pub rows: Rows,
    pub outbox: VecDeque<Output>,
}

impl Context {
    pub(crate) fn new(mut settings: Settings, seed: Seed, now: Instant) -> Self {
        let timing = &mut settings.timing;
        timing.lease = timing.lease.min(LONGEST_LEASE);
        timing.rest = timing.rest.min(LONGEST_REST);
        timing.quarantine = timing.quarantine.min(LONGEST_REST);
        let mut entropy = Entropy::from_seed(seed);
        let controller = entropy.controller_id();
        Self {
            start_queue: StartQueue::new(settings.limits.starting),
            events: EventStream::new(settings.maintenance.watch, now),
            hashes: Arc::new(Hashes::new(&settings)),
            settings: Arc::new(settings),
            entropy,
            controller,
            now,
            slice: Slice::whole(),
            closing: false,
            most_changes: Some(MOST_CHANGES),
            most_steps: MOST_STEPS,
            header: None,
            in_flight: InFlight::default(),
            batches: Batches::default(),
            pending: PendingActivity::default(),
            ports: PortQueue::default(),
            prerequisites: Prerequisites::default(),
            awaiting: BTreeSet::new(),
            active: BTreeSet::new(),
            wakes: BTreeSet::new(),
            due: BTreeSet::new(),
            asked: BTreeMap::new(),
            notices: Vec::new(),
            loops: 0,
            rows: Rows::default(),
            outbox: VecDeque::new(),
        }
    }

    /// Whose labels ours are, once the store has told.
    pub(crate) fn installation(&self) -> Option<InstallationId> {
        self.header.as_ref().map(|header| header.installation)
    }

    /// Sends an effect on its way, with the timeout that is usual for it. What is for the store waits
    /// until that has been told of what is pending.
    pub(crate) fn send(
        &mut self,
        purpose: Purpose,
        effect: Effect,
        not_after: Option<Instant>,
    ) -> EffectId {
        let timeout = self.timeout_of(&effect);
        let endless = matches!(effect, Effect::Engine(EngineEffect::Watch { .. }));
        let held_back = matches!(effect, Effect::Store(_))
            && !matches!(purpose, Purpose::Flush(_))
            && self.pending.holds_back();
        let deadline = (!endless && !held_back).then(|| self.give_up_at(timeout));
        let engine = match effect {
            // Whichever it is, that is what is to be told.
            Effect::Engine(EngineEffect::Identify) | Effect::Store(_) | Effect::Probe(_) => None,
            Effect::Engine(_) => self.known_engine().cloned(),
        };
        let id = self
            .in_flight
            .send(purpose, effect.clone(), self.now, deadline);
        let issued = IssuedEffect {
            id,
            effect,
            timeout,
            fence: Fence { not_after, engine },
        };
        if held_back {
            self.pending.hold_back(issued);
        } else {
            self.outbox.push_back(Output::Effect(issued));
        }
        id
    }

    /// When an effect is given up that is sent now, and of which nothing is heard.
    fn give_up_at(&self, timeout: Duration) -> Instant {
        self.now.after(timeout.saturating_add(GIVE_UP_AFTER))
    }

    /// Sends a flush, and right after it what was held back until then.
    pub(crate) fn send_flush(&mut self, users: Vec<UserId>) {
        let effect = StoreEffect::Touch {
            users: users.clone(),
        };
        self.send(Purpose::Flush(users), Effect::Store(effect), None);
        let held_back = self.pending.begin_flush();
        self.let_go(held_back);
    }

    /// A flush was answered, or given up: what was held back for it is sent, unless the store wasn't
    /// reached.
    pub(crate) fn end_flush(&mut self, failure: Option<StoreFailure<'_>>) {
        let held_back = self.pending.end_flush(failure);
        self.let_go(held_back);
    }

    /// Sends what was held back.
    fn let_go(&mut self, held_back: Vec<IssuedEffect>) {
        for issued in held_back {
            let deadline = self.give_up_at(issued.timeout);
            self.in_flight.send_late(issued.id, self.now, deadline);
            self.outbox.push_back(Output::Effect(issued));
        }
    }

    /// How long one effect may take.
    fn timeout_of(&self, effect: &Effect) -> Duration {
        let timing = &self.settings.timing;
        match effect {
            Effect::Engine(EngineEffect::PullImage { .. }) => timing.pull,
            Effect::Engine(EngineEffect::Stop { grace, .. }) => grace.saturating_add(timing.engine),
            Effect::Engine(_) => timing.engine,
            Effect::Store(_) => timing.store,
            Effect::Probe(_) => timing.probe,
        }
    }

    pub(crate) fn reply(&mut self, request: RequestId, reply: Reply) {
        self.asked.remove(&request);
        self.outbox.push_back(Output::Reply(request, reply));
    }

    /// Has a user's tenancy looked at again at once.
    pub(crate) fn look_again(&mut self, user: &UserId) {
        self.due.insert(user.clone());
    }

    /// Has those looked at again that wait for something that a container needs beforehand.
    pub(crate) fn look_again_at_awaiting(&mut self) {
        self.due.append(&mut self.awaiting);
    }

    /// The user waits for its turn to be started; true if that has come already.
    pub(crate) fn join_start_queue(&mut self, user: &UserId, standing: Standing) -> bool {
        let next = self.start_queue.join(user, standing);
        let has_come = next.as_ref() == Some(user);
        self.due.extend(next.filter(|_| !has_come));
        has_come
    }

    /// The user waits for something else than the engine. Whoever's turn it is then is looked at again.
    pub(crate) fn give_turn_back(&mut self, user: &UserId) {
        self.due.extend(self.start_queue.give_back(user));
    }

    /// The user has no use for its turn now. Whoever came before it and has got it is looked at.
    pub(crate) fn cede_turn(&mut self, user: &UserId) {
        self.due.extend(self.start_queue.cede(user));
    }

    /// The user waits for nothing any more: neither in the start queue, nor for a port, nor for what
    /// its container needs beforehand. Whoever's turn it is then is looked at again.
    pub(crate) fn leave_queues(&mut self, user: &UserId) {
        self.ports.leave(user);
        self.awaiting.remove(user);
        self.due.extend(self.start_queue.leave(user));
    }

    /// Until when an answer may wait for the record to be put right.
    pub(crate) fn answer_by(&self) -> Instant {
        self.now.after(self.settings.timing.store)
    }

    /// Has what is needed beforehand checked, if it is time to. What may end in something that is made
    /// there is begun on the right engine alone: until that is proven, which it is is asked instead,
    /// and whoever waits is looked at again then.
    pub(crate) fn begin_check(&mut self, which: Prerequisite) {
        let which = if self.is_engine_proven() {
            which
        } else {
            // The store may name another by now.
            if self.prerequisites.proven_engine().is_some() {
                self.prerequisites.doubt_engine();
            }
            Prerequisite::Engine
        };
        if let Some(effect) = self.prerequisites.begin(&which, &self.settings, self.now) {
            self.send(Purpose::Prerequisite(which), effect, None);
        }
    }

    /// Begins whatever the user's container needs and isn't known to be there; the user is looked
    /// at again once some of it is, or can't be had.
    pub(crate) fn await_prerequisites(&mut self, user: &UserId) {
        self.awaiting.insert(user.clone());
        for which in Prerequisites::needed(&self.settings.template(user).image) {
            self.begin_check(which);
        }
    }

    /// Has the store drop what needn't be kept of the event log.
    pub(crate) fn drop_old_events(&mut self) {
        let drop = StoreEffect::DropEvents(self.settings.events);
        self.send(Purpose::EventLog, Effect::Store(drop), None);
    }

    /// Asks the engine which it is, unless that is known.
    pub(crate) fn begin_proof(&mut self) {
        if !self.is_identity_proven() {
            self.begin_check(Prerequisite::Engine);
        }
    }
}
