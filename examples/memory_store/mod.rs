//! A store of one's own: it keeps everything in memory, for as long as the process runs.
//!
//! It shows all that a store has to do, and is played the same tests as the others. Each effect is
//! atomic, here by a lock; versions are compared before anything is written; a port is one record's
//! at a time; and leases, rests and idleness are measured by the store's clock alone.
//!
//! It isn't the simulated store of `portreeve-sim`, though both do the same: it is there to be read
//! by whoever writes a store for a host, so it needs nothing but the core and a driver, keeps real
//! time, and has no place for the mistakes that the simulation puts into its own on purpose.
//! `tests/store` plays it what every store has to do.

mod count;
mod events;
mod ports;
mod record;
mod time;

use std::collections::BTreeMap;
use std::fmt;
use std::slice;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use portreeve_core::bounds::LONGEST_LEASE;
use portreeve_core::effect::{Idle, Put, StoreEffect};
use portreeve_core::event::EventBody;
use portreeve_core::id::{
    ControllerId, EngineId, EngineName, InstallationId, PortRange, RecordId, Version,
};
use portreeve_core::outcome::{Pulse, StoreOutcome, Touch};
use portreeve_core::record::{Header, Row};
use portreeve_core::time::Timestamp;
use portreeve_core::user::UserId;
use portreeve_tokio::Underway;

use count::as_count;
use events::EventLog;
use ports::Ports;
use record::Kept;
use time::{Time, after, is_over, micros, span};

/// A store in memory. Handles that are given the same one share it, as controllers do.
pub struct MemoryStore {
    state: Mutex<State>,
    /// When it was made, on two clocks: one tells the time, the other never jumps.
    made: (SystemTime, Instant),
}

struct State {
    installation: InstallationId,
    engines: BTreeMap<EngineName, EngineId>,
    records: BTreeMap<UserId, Kept>,
    ports: Ports,
    locks: BTreeMap<String, (ControllerId, Time)>,
    events: EventLog,
}

impl MemoryStore {
    /// An empty store. The installation's id is 16 random bytes, in whatever form: containers bear it,
    /// and whose label names another one is left alone.
    pub fn new(installation: [u8; 16]) -> Self {
        Self {
            state: Mutex::new(State {
                installation: InstallationId::from_bytes(installation),
                engines: BTreeMap::new(),
                records: BTreeMap::new(),
                ports: Ports::default(),
                locks: BTreeMap::new(),
                events: EventLog::default(),
            }),
            made: (SystemTime::now(), Instant::now()),
        }
    }

    /// Carries one effect out. It waits for nothing.
    pub fn carry_out(&self, effect: &StoreEffect) -> StoreOutcome {
        // After a panic half-way nothing in it could be trusted.
        let Ok(mut state) = self.state.lock() else {
            return StoreOutcome::Refused("the store broke: start again".to_owned());
        };
        state.carry_out(effect, self.now())
    }

    fn now(&self) -> Time {
        let (at, since) = self.made;
        let now = at + since.elapsed();
        let since_1970 = now.duration_since(SystemTime::UNIX_EPOCH);
        micros(since_1970.unwrap_or_default())
    }
}

/// For hosts on tokio.
impl portreeve_tokio::Store for MemoryStore {
    fn carry_out<'a>(&'a self, effect: &'a StoreEffect, _: Duration) -> Underway<'a, StoreOutcome> {
        Box::pin(async { self.carry_out(effect) })
    }
}

/// For hosts without async.
impl portreeve_blocking::Store for MemoryStore {
    fn carry_out(&self, effect: &StoreEffect, _: Duration) -> StoreOutcome {
        self.carry_out(effect)
    }
}

impl State {
    fn carry_out(&mut self, effect: &StoreEffect, now: Time) -> StoreOutcome {
        match effect {
            StoreEffect::Load { engine, users } => StoreOutcome::Loaded {
                header: self.header(engine, now),
                rows: users
                    .iter()
                    .map(|user| (user.clone(), self.row(user, engine, now)))
                    .collect(),
            },
            StoreEffect::Put(put) => self.put(put, now).unwrap_or_else(|refusal| refusal),
            StoreEffect::Delete {
                user,
                version,
                controller,
                rest,
                event,
            } => self.delete(user, *version, (*controller, event), after(now, *rest), now),
            StoreEffect::LongestStopped {
                engine,
                ports,
                limit,
            } => self.longest_stopped(engine, *ports, *limit, now),
            StoreEffect::Touch { users } => StoreOutcome::Touched(
                users
                    .iter()
                    .map(|user| (user.clone(), self.touch(user, now)))
                    .collect(),
            ),
            StoreEffect::Scan {
                engine,
                after,
                limit,
            } => self.scan(engine, after.as_ref(), *limit, |_| true, now),
            StoreEffect::ScanUnsettled {
                engine,
                after,
                limit,
            } => self.scan_unsettled(engine, after.as_ref(), *limit, now),
            StoreEffect::ScanIdle {
                engine,
                idle,
                after,
                limit,
            } => self.scan_idle(engine, *idle, after.as_ref(), *limit, now),
            StoreEffect::Register { engine, id, ports } => {
                let named = self.engines.entry(engine.clone());
                let bears_name = named.or_insert_with(|| id.clone()).clone();
                if bears_name == *id {
                    self.ports.add(engine, *ports, now);
                }
                StoreOutcome::Registered(bears_name)
            }
            StoreEffect::Lock { name, owner, ttl } => self.lock(name, *owner, *ttl, now),
            StoreEffect::Unlock { name, owner } => {
                self.locks
                    .retain(|held, (holder, _)| held != name || holder != owner);
                StoreOutcome::Done
            }
            StoreEffect::ReadEvents { from, user, limit } => {
                self.events.read(*from, user.as_ref(), *limit, now)
            }
            StoreEffect::DropEvents(kept) => {
                self.events.drop_old(*kept, now);
                StoreOutcome::Done
            }
        }
    }

    fn lock(&mut self, name: &str, owner: ControllerId, ttl: Duration, now: Time) -> StoreOutcome {
        match self.locks.get(name) {
            Some((holder, until)) if *holder != owner && !is_over(*until, now, LONGEST_LEASE) => {
                StoreOutcome::LockHeld
            }
            Some(_) | None => {
                let until = after(now, ttl);
                self.locks.insert(name.to_owned(), (owner, until));
                StoreOutcome::Done
            }
        }
    }

    fn header(&self, engine: &EngineName, now: Time) -> Header {
        let generations = self.records.values();
        Header {
            installation: self.installation,
            engine: self.engines.get(engine).cloned(),
            newest_generation: generations
                .map(|kept| kept.body.template_generation)
                .max()
                .unwrap_or(0),
            now: Timestamp::from_micros(now),
        }
    }

    fn row(&self, user: &UserId, engine: &EngineName, now: Time) -> Row {
        let Some(kept) = self.records.get(user) else {
            return Row::Absent;
        };
        if kept.engine != *engine {
            // To a controller of another engine the container would look lost.
            let lives_on = kept.engine.as_str();
            return Row::Unreadable(format!("the user lives on the engine {lives_on:?}"));
        }
        let mut record = kept.told(self.ports.claim_of(kept.version.record), now);
        record.shares_volume = self.names_volume(engine, &record.body.names.volume, user);
        Row::Found(record)
    }

    /// Whether another user's record names the volume.
    fn names_volume(&self, engine: &EngineName, volume: &str, but: &UserId) -> bool {
        self.records.iter().any(|(user, kept)| {
            user != but && kept.engine == *engine && kept.body.names.volume == volume
        })
    }

    /// Writes a record, or tells why not. Nothing is changed before all is known to be as expected.
    fn put(&mut self, put: &Put, now: Time) -> Result<StoreOutcome, StoreOutcome> {
        let old = self.records.get(&put.user);
        let version = record::next_version(put, old, now).ok_or(StoreOutcome::Conflict)?;
        let others = self.records.iter().filter(|(user, _)| **user != put.user);
        let others = others.map(|(_, kept)| kept);
        let others = others.filter(|kept| kept.engine == put.engine);
        let name = &put.body.names.container;
        if others
            .clone()
            .any(|kept| kept.body.names.container == *name)
        {
            let text = format!("the container name {name:?} stands in another user's record");
            return Err(StoreOutcome::Refused(text));
        }
        let volume = &put.body.names.volume;
        let shares_volume = self.names_volume(&put.engine, volume, &put.user);
        if shares_volume && old.is_none_or(|old| old.body.names.volume != *volume) {
            return Err(StoreOutcome::VolumeTaken);
        }
        if !put
            .idle
            .is_none_or(|idle| old.is_some_and(|old| old.is_idle(idle, now)))
        {
            return Err(StoreOutcome::Active);
        }
        let takes_room = |kept: &&Kept| kept.takes_room();
        if put
            .running_limit
            .is_some_and(|limit| others.filter(takes_room).count() >= as_count(limit))
        {
            return Err(StoreOutcome::LimitReached);
        }
        self.ports
            .change(&put.engine, version.record, put.port, now)?;
        let kept = Kept::written(put, version, old, now);
        let stored = StoreOutcome::Stored {
            revision: version.revision,
            port: self.ports.claim_of(version.record),
            last_active: kept.last_active.map(Timestamp::from_micros),
            shares_volume,
        };
        self.records.insert(put.user.clone(), kept);
        self.events
            .append(&put.user, put.controller, &put.events, now);
        Ok(stored)
    }

    fn delete(
        &mut self,
        user: &UserId,
        version: Version,
        (controller, event): (ControllerId, &EventBody),
        rests_until: Time,
        now: Time,
    ) -> StoreOutcome {
        let mut records = self.records.iter();
        let found = records.find(|(_, kept)| kept.version.record == version.record);
        let Some((whose, kept)) = found else {
            // Such as after an earlier delete whose answer was lost on its way.
            return StoreOutcome::Done;
        };
        if whose != user || kept.version != version || !kept.is_free_for(controller, now) {
            return StoreOutcome::Conflict;
        }
        self.ports.drop_claim(version.record, rests_until);
        self.records.remove(user);
        self.events
            .append(user, controller, slice::from_ref(event), now);
        StoreOutcome::Done
    }

    fn touch(&mut self, user: &UserId, now: Time) -> Touch {
        let Some(kept) = self.records.get_mut(user) else {
            return Touch::Absent;
        };
        let last_active = kept.last_known(now).map_or(now, |before| before.max(now));
        kept.last_active = Some(last_active);
        Touch::Written(Pulse {
            version: kept.version,
            intent: kept.body.intent,
            last_active: Timestamp::from_micros(last_active),
        })
    }

    fn scan(
        &self,
        engine: &EngineName,
        after: Option<&UserId>,
        limit: u32,
        which: impl Fn(&Kept) -> bool,
        now: Time,
    ) -> StoreOutcome {
        let mut users = self
            .records
            .iter()
            .filter(|(user, kept)| {
                kept.engine == *engine && after.is_none_or(|after| *user > after) && which(kept)
            })
            .map(|(user, _)| user);
        // A page of none would never end.
        let page: Vec<_> = users.by_ref().take(as_count(limit.max(1))).collect();
        StoreOutcome::Scanned {
            header: self.header(engine, now),
            more: users.next().is_some(),
            rows: page
                .into_iter()
                .map(|user| (user.clone(), self.row(user, engine, now)))
                .collect(),
        }
    }

    fn scan_unsettled(
        &self,
        engine: &EngineName,
        after: Option<&UserId>,
        limit: u32,
        now: Time,
    ) -> StoreOutcome {
        self.scan(engine, after, limit, |kept| !kept.is_settled(), now)
    }

    fn scan_idle(
        &self,
        engine: &EngineName,
        idle: Idle,
        after: Option<&UserId>,
        limit: u32,
        now: Time,
    ) -> StoreOutcome {
        let which =
            |kept: &Kept| kept.is_busy() && (kept.is_idle(idle, now) || kept.is_active_ahead(now));
        self.scan(engine, after, limit, which, now)
    }

    fn longest_stopped(
        &self,
        engine: &EngineName,
        range: PortRange,
        limit: u32,
        now: Time,
    ) -> StoreOutcome {
        let has_port = |record: RecordId| {
            let port = self.ports.claim_of(record);
            port.is_some_and(|port| range.first() <= port && port <= range.last())
        };
        let mut stopped: Vec<_> = self
            .records
            .iter()
            .filter(|(_, kept)| kept.engine == *engine && kept.rests(now))
            .filter(|(_, kept)| has_port(kept.version.record))
            .collect();
        stopped.sort_by_key(|(user, kept)| (kept.changed, *user));
        stopped.truncate(as_count(limit));
        let told = |(user, kept): (&UserId, &Kept)| {
            let unchanged = span(kept.changed, now);
            (user.clone(), self.row(user, engine, now), unchanged)
        };
        StoreOutcome::Longest(stopped.into_iter().map(told).collect())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        write!(f, "MemoryStore({} records)", state.records.len())
    }
}
