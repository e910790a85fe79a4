//! The simulated store: what the statements of `portreeve-wire` do in a database, without one.
//!
//! Records with their revisions, ports with their claims and rests, leases and locks by the store's
//! own clock, unique names. Each effect is one transaction. Whether an effect reaches the store,
//! and its answer the controller, is the [world](crate::world)'s affair.

mod event_log;
mod ports;
#[cfg(feature = "model-checking")]
mod projection;
mod put;
mod table;

use std::collections::BTreeMap;
use std::time::Duration;

use portreeve_core::bounds::LONGEST_LEASE;
use portreeve_core::effect::StoreEffect;
use portreeve_core::event::{Change, Event, EventBody};
use portreeve_core::id::{
    ControllerId, EngineId, EngineName, InstallationId, Port, PortRange, Version,
};
use portreeve_core::outcome::{Pulse, StoreOutcome, Touch};
use portreeve_core::record::{Body, Header, Record, Row};
use portreeve_core::time::{Instant, Timestamp};
use portreeve_core::user::UserId;

use event_log::EventLog;
use ports::Ports;
use table::{Entry, Table, is_over};

use crate::chance::Chance;
use crate::engine::Engine;
use crate::sabotage::Sabotage;

/// One database, with the tables of one installation.
#[derive(Clone, Debug)]
pub struct Store {
    installation: InstallationId,
    now: Instant,
    ahead: Duration,
    engines: BTreeMap<EngineName, EngineId>,
    tenancies: Table,
    ports: BTreeMap<EngineName, Ports>,
    locks: BTreeMap<String, Lock>,
    events: EventLog,
    steps: Steps,
    sabotage: Option<Sabotage>,
}

/// By how much revisions grow.
#[derive(Clone, Debug)]
enum Steps {
    /// By chance, so that none that was lost comes again.
    Random(Chance),
    /// By one.
    One,
}

#[derive(Clone, Debug)]
struct Lock {
    owner: ControllerId,
    until: Instant,
}

impl Store {
    /// An empty store, right after its migrations.
    pub fn new(installation: InstallationId) -> Self {
        Self {
            installation,
            now: Instant::ORIGIN,
            ahead: Duration::ZERO,
            engines: BTreeMap::new(),
            tenancies: Table::default(),
            ports: BTreeMap::new(),
            locks: BTreeMap::new(),
            events: EventLog::default(),
            steps: Steps::Random(Chance::of(0)),
            sabotage: None,
        }
    }

    /// The same, with something wrong: see [`Sabotage`].
    #[must_use]
    pub fn with_sabotage(mut self, sabotage: Option<Sabotage>) -> Self {
        self.sabotage = sabotage;
        self
    }

    /// The same, whose revisions grow by one: explorations in which nothing is lost that was written meet
    /// the same states again.
    #[must_use]
    pub fn with_steps_of_one(mut self) -> Self {
        self.steps = Steps::One;
        self
    }

    /// A replica takes over that had the state `behind` of it: what was written since is lost. The clock
    /// goes on, and what is drawn by chance doesn't come again.
    pub(crate) fn fail_over(&mut self, behind: Self) {
        let lost = std::mem::replace(self, behind);
        self.now = lost.now;
        self.ahead = lost.ahead;
        self.steps = lost.steps;
    }

    /// From now on something else is wrong with it, or nothing.
    pub fn set_sabotage(&mut self, sabotage: Option<Sabotage>) {
        self.sabotage = sabotage;
    }

    /// Whose things are in it.
    pub fn installation(&self) -> InstallationId {
        self.installation
    }

    /// Lets its clock go on to `now`, which is never earlier than before; it shows as much more as it
    /// [runs ahead](Self::run_ahead).
    pub fn advance(&mut self, now: Instant) {
        self.now = now.after(self.ahead);
    }

    /// From the next advance on its clock is ahead by that, until it is set right (zero): then it goes back.
    pub fn run_ahead(&mut self, by: Duration) {
        self.ahead = by;
    }

    /// Its clock is set forward.
    pub(crate) fn set_forward(&mut self, by: Duration) {
        self.ahead += by;
        self.now = self.now.after(by);
    }

    /// Its clock is set back, by as much as it is ahead at most.
    pub(crate) fn set_back(&mut self, by: Duration) {
        let by = by.min(self.ahead);
        self.ahead -= by;
        self.now = self.now.before(by);
    }

    /// Whether something that was to last until then, and for `longest` at most, is over: also
    /// where it lies beyond that, since the clock ran ahead when it was written.
    fn is_over(&self, until: Instant, longest: Duration) -> bool {
        is_over(until, self.now, longest)
    }

    /// What its clock shows: the same as the engine's.
    pub fn timestamp(&self) -> Timestamp {
        Engine::wall(self.now)
    }

    /// Carries one statement out. Never fails by itself: whether it is reached is not its affair.
    pub fn carry_out(&mut self, effect: &StoreEffect) -> StoreOutcome {
        match effect {
            StoreEffect::Load { engine, users } => StoreOutcome::Loaded {
                header: self.header(engine),
                rows: users
                    .iter()
                    .map(|user| (user.clone(), self.row(engine, user)))
                    .collect(),
            },
            StoreEffect::Put(put) => self.put(put),
            StoreEffect::Delete {
                user,
                version,
                controller,
                rest,
                event,
            } => self.delete(user, *version, *controller, *rest, event),
            StoreEffect::LongestStopped {
                engine,
                ports,
                limit,
            } => self.longest_stopped(engine, *ports, *limit),
            StoreEffect::Touch { users } => StoreOutcome::Touched(
                users
                    .iter()
                    .map(|user| (user.clone(), self.touch(user)))
                    .collect(),
            ),
            StoreEffect::Scan {
                engine,
                after,
                limit,
            } => {
                let all = self.tenancies.after(after.as_ref());
                self.scan(engine, all, *limit)
            }
            StoreEffect::ScanUnsettled {
                engine,
                after,
                limit,
            } => self.scan_unsettled(engine, after.as_ref(), *limit),
            StoreEffect::ScanIdle {
                engine,
                idle,
                after,
                limit,
            } => {
                let busy = self.tenancies.busy_after(after.as_ref());
                let idle = busy.filter(|entry| {
                    self.is_idle(entry, *idle) || entry.is_active_ahead(self.timestamp())
                });
                self.scan(engine, idle, *limit)
            }
            StoreEffect::Register { engine, id, ports } => {
                StoreOutcome::Registered(self.register(engine, id, *ports))
            }
            StoreEffect::Lock { name, owner, ttl } => self.lock(name, *owner, *ttl),
            StoreEffect::Unlock { name, owner } => self.unlock(name, *owner),
            StoreEffect::ReadEvents { from, user, limit } => {
                self.events
                    .read(*from, user.as_ref(), *limit, self.timestamp())
            }
            StoreEffect::DropEvents(kept) => {
                self.events.drop_old(*kept, self.timestamp());
                StoreOutcome::Done
            }
        }
    }

    fn unlock(&mut self, name: &str, owner: ControllerId) -> StoreOutcome {
        if self.locks.get(name).is_some_and(|lock| lock.owner == owner) {
            self.locks.remove(name);
        }
        StoreOutcome::Done
    }

    /// One user's record as a statement would read it now.
    pub fn record(&self, user: &UserId) -> Option<Record> {
        let entry = self.tenancies.get(user)?;
        Some(self.read(entry))
    }

    /// All records as statements would read them now, by their users.
    pub fn records(&self) -> impl Iterator<Item = (UserId, Record)> {
        let all = self.tenancies.after(None);
        all.map(|entry| (entry.user.clone(), self.read(entry)))
    }

    /// Which state a user's record is in.
    pub fn version(&self, user: &UserId) -> Option<Version> {
        Some(self.tenancies.get(user)?.version)
    }

    /// What was last written in a user's record.
    pub fn body(&self, user: &UserId) -> Option<&Body> {
        Some(&self.tenancies.get(user)?.body)
    }

    /// Whether another user's record names that volume of that engine.
    pub fn is_volume_of_another(&self, user: &UserId, engine: &EngineName, volume: &str) -> bool {
        self.tenancies.is_named_by_another(user, engine, volume)
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.tenancies.len()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.tenancies.len() == 0
    }

    /// The event log, as far as it is kept.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter()
    }

    /// Keeps no events: what is explored doesn't go by them.
    pub fn keep_no_events(&mut self) {
        self.events.keep_none();
    }

    /// Writes down what a write has told.
    fn note(&mut self, user: &UserId, controller: ControllerId, body: &EventBody) {
        if self.sabotage == Some(Sabotage::LosesEvents) && body.change == Change::Stopped {
            return;
        }
        let at = self.timestamp();
        self.events.append(at, user, controller, body);
    }

    /// How many ports are claimed.
    pub fn claimed(&self) -> usize {
        self.ports.values().map(Ports::claimed).sum()
    }

    /// The engine that is known, once one is.
    pub fn known_engine(&self) -> Option<&EngineId> {
        self.engines.values().next()
    }

    fn header(&self, engine: &EngineName) -> Header {
        Header {
            installation: self.installation,
            engine: self.engines.get(engine).cloned(),
            newest_generation: self.tenancies.newest_generation(),
            now: self.timestamp(),
        }
    }

    fn row(&self, engine: &EngineName, user: &UserId) -> Row {
        match self.tenancies.get(user) {
            None => Row::Absent,
            Some(entry) if entry.engine != *engine => {
                let other = entry.engine.as_str();
                Row::Unreadable(format!("the user lives on the engine {other:?}"))
            }
            Some(entry) => self.row_of(entry),
        }
    }

    fn row_of(&self, entry: &Entry) -> Row {
        let mut record = self.read(entry);
        if let Some(sabotage) = self.sabotage {
            sabotage.falsify(&mut record);
        }
        Row::Found(record)
    }

    fn read(&self, entry: &Entry) -> Record {
        entry.read(self.claim_of(entry), self.shares_volume(entry), self.now)
    }

    fn shares_volume(&self, entry: &Entry) -> bool {
        let volume = &entry.body.names.volume;
        self.tenancies
            .is_named_by_another(&entry.user, &entry.engine, volume)
    }

    fn claim_of(&self, entry: &Entry) -> Option<Port> {
        self.ports.get(&entry.engine)?.of(entry.version.record)
    }

    fn delete(
        &mut self,
        user: &UserId,
        version: Version,
        controller: ControllerId,
        rest: Duration,
        event: &EventBody,
    ) -> StoreOutcome {
        let Some(entry) = self.tenancies.by_record(version.record) else {
            return StoreOutcome::Done;
        };
        let expected = entry.user == *user
            && entry.version == version
            && !self.is_leased_to_another(entry, controller);
        if !expected {
            return StoreOutcome::Conflict;
        }
        let engine = entry.engine.clone();
        if let Some(ports) = self.ports.get_mut(&engine) {
            ports.free(version.record, self.now.after(rest));
        }
        self.tenancies.remove(user);
        self.note(user, controller, event);
        StoreOutcome::Done
    }

    /// Whether somebody else holds a live lease on it.
    fn is_leased_to_another(&self, entry: &Entry, controller: ControllerId) -> bool {
        let live = entry.lease.is_some_and(|(owner, until)| {
            owner != controller && !self.is_over(until, LONGEST_LEASE)
        });
        live && self.sabotage != Some(Sabotage::LeaseIgnored)
    }

    fn longest_stopped(&self, engine: &EngineName, range: PortRange, limit: u32) -> StoreOutcome {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let gives_way = |entry: &&Entry| {
            entry.engine == *engine
                && !entry.body.purging
                && entry
                    .lease
                    .is_none_or(|(_, until)| self.is_over(until, LONGEST_LEASE))
                && self
                    .claim_of(entry)
                    .is_some_and(|port| range.contains(port))
        };
        let found = self
            .tenancies
            .stopped()
            .filter(gives_way)
            .take(limit)
            .map(|entry| {
                let since = self.now.since(entry.changed_at);
                (entry.user.clone(), self.row_of(entry), since)
            });
        StoreOutcome::Longest(found.collect())
    }

    fn touch(&mut self, user: &UserId) -> Touch {
        let now = self.timestamp();
        let Some(entry) = self.tenancies.touch(user, now) else {
            return Touch::Absent;
        };
        Touch::Written(Pulse {
            version: entry.version,
            intent: entry.body.intent,
            last_active: entry.last_active.unwrap_or(now),
        })
    }

    fn scan_unsettled(
        &self,
        engine: &EngineName,
        after: Option<&UserId>,
        limit: u32,
    ) -> StoreOutcome {
        self.scan(engine, self.tenancies.unsettled_after(after), limit)
    }

    fn scan<'a>(
        &self,
        engine: &EngineName,
        entries: impl Iterator<Item = &'a Entry>,
        limit: u32,
    ) -> StoreOutcome {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let rows: Vec<_> = entries
            .filter(|entry| entry.engine == *engine)
            .take(limit)
            .map(|entry| (entry.user.clone(), self.row_of(entry)))
            .collect();
        StoreOutcome::Scanned {
            header: self.header(engine),
            more: rows.len() == limit,
            rows,
        }
    }

    fn register(&mut self, engine: &EngineName, id: &EngineId, range: PortRange) -> EngineId {
        let known = self
            .engines
            .entry(engine.clone())
            .or_insert_with(|| id.clone());
        if known == id {
            let now = self.now;
            self.ports
                .entry(engine.clone())
                .or_default()
                .add(range, now);
        }
        known.clone()
    }

    fn lock(&mut self, name: &str, owner: ControllerId, ttl: Duration) -> StoreOutcome {
        let now = self.now;
        let held = self
            .locks
            .get(name)
            .is_some_and(|lock| lock.owner != owner && !self.is_over(lock.until, LONGEST_LEASE));
        if held {
            return StoreOutcome::LockHeld;
        }
        let until = now.after(ttl);
        self.locks.insert(name.to_owned(), Lock { owner, until });
        StoreOutcome::Done
    }
}
