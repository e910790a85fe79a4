//! The records, with the indexes that the statements need.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::time::Duration;

use portreeve_core::bounds::{LONGEST_BACKOFF, LONGEST_LEASE, TOLERANCE};
use portreeve_core::id::{ControllerId, EngineName, Port, RecordId, Version};
use portreeve_core::record::{Ahead, Body, Intent, Lease, Record};
use portreeve_core::time::{Instant, Timestamp};
use portreeve_core::user::UserId;

use crate::engine::Engine;

/// One row.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Whose it is.
    pub user: UserId,
    /// Which record, in which state.
    pub version: Version,
    /// The engine's name.
    pub engine: EngineName,
    /// Who holds the lease, and until when by the store's clock.
    pub lease: Option<(ControllerId, Instant)>,
    /// When the user was last active.
    pub last_active: Option<Timestamp>,
    /// When the record was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub changed_at: Instant,
    /// When the next start may be tried, after one that failed.
    pub retry_at: Option<Instant>,
    /// What the last writer wrote.
    pub body: Body,
}

impl Entry {
    /// As a statement reads it, with what other rows say of it.
    pub(super) fn read(&self, port: Option<Port>, shares_volume: bool, now: Instant) -> Record {
        let mut body = self.body.clone();
        if let (Some(failure), Some(at)) = (&mut body.failure, self.retry_at) {
            failure.retry_in = left(at, now, LONGEST_BACKOFF);
        }
        Record {
            version: self.version,
            port,
            lease: self.lease.map(|(owner, until)| Lease {
                owner,
                remaining: left(until, now, LONGEST_LEASE),
            }),
            last_active: self.last_active,
            shares_volume,
            ahead: Ahead {
                lease: self
                    .lease
                    .and_then(|(_, until)| beyond(until, now, LONGEST_LEASE)),
                retry: self
                    .retry_at
                    .and_then(|at| beyond(at, now, LONGEST_BACKOFF)),
            },
            body,
        }
    }

    /// When the user was last active; now where the clock ran ahead when that was written, or when
    /// the record was made.
    pub(super) fn last_known(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_active_ahead(now) {
            Some(now)
        } else {
            self.last_active
        }
    }

    /// Whether the user's last activity lies ahead.
    pub(super) fn is_active_ahead(&self, now: Timestamp) -> bool {
        let last = self.last_active.unwrap_or(self.created_at);
        last.since(now) > TOLERANCE
    }

    /// Whether it is stopped, under nobody's lease, and not being purged.
    pub(super) fn is_settled(&self) -> bool {
        self.body.intent == Intent::Stopped && self.lease.is_none() && !self.body.purging
    }

    /// Whether its container may take memory: it isn't known to be down.
    pub(super) fn takes_room(&self) -> bool {
        self.body.intent != Intent::Stopped
    }
}

/// Whether what was to last until then, and for `longest` at most, is over.
pub(super) fn is_over(until: Instant, now: Instant, longest: Duration) -> bool {
    left(until, now, longest).is_zero()
}

/// That time, if it lies further ahead than what is to last for `longest` at most.
fn beyond(until: Instant, now: Instant, longest: Duration) -> Option<Timestamp> {
    (until.since(now) > longest).then(|| Engine::wall(until))
}

/// How long what was to last until then, and for `longest` at most, lasts yet.
fn left(until: Instant, now: Instant, longest: Duration) -> Duration {
    let left = until.since(now);
    if left > longest { Duration::ZERO } else { left }
}

/// All rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    rows: BTreeMap<UserId, Entry>,
    by_record: BTreeMap<RecordId, UserId>,
    by_name: BTreeMap<(EngineName, String), UserId>,
    by_volume: BTreeMap<(EngineName, String), BTreeSet<UserId>>,
    /// Of those that are stopped and claim a port, when they were last written.
    stopped: BTreeSet<(Instant, UserId)>,
    generations: BTreeMap<u64, usize>,
    busy: BTreeSet<UserId>,
    unsettled: BTreeSet<UserId>,
}

impl Table {
    pub(super) fn get(&self, user: &UserId) -> Option<&Entry> {
        self.rows.get(user)
    }

    pub(super) fn by_record(&self, record: RecordId) -> Option<&Entry> {
        self.rows.get(self.by_record.get(&record)?)
    }

    /// Who has that container name on that engine.
    pub(super) fn named(&self, engine: &EngineName, name: &str) -> Option<&UserId> {
        self.by_name.get(&(engine.clone(), name.to_owned()))
    }

    /// Whether another user's record names that volume of that engine.
    pub(super) fn is_named_by_another(
        &self,
        user: &UserId,
        engine: &EngineName,
        volume: &str,
    ) -> bool {
        let named = self.by_volume.get(&(engine.clone(), volume.to_owned()));
        named.is_some_and(|users| users.iter().any(|other| other != user))
    }

    pub(super) fn after(&self, user: Option<&UserId>) -> impl Iterator<Item = &Entry> {
        let from = user.map_or(Bound::Unbounded, Bound::Excluded);
        self.rows
            .range::<UserId, _>((from, Bound::Unbounded))
            .map(|(_, entry)| entry)
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many are starting or running.
    pub(super) fn busy(&self) -> usize {
        self.busy.len()
    }

    /// Those who are starting or running.
    pub(super) fn busy_after(&self, user: Option<&UserId>) -> impl Iterator<Item = &Entry> {
        let from = user.map_or(Bound::Unbounded, Bound::Excluded);
        self.busy
            .range::<UserId, _>((from, Bound::Unbounded))
            .filter_map(|user| self.rows.get(user))
    }

    /// Those who aren't settled.
    pub(super) fn unsettled_after(&self, user: Option<&UserId>) -> impl Iterator<Item = &Entry> {
        let from = user.map_or(Bound::Unbounded, Bound::Excluded);
        self.unsettled
            .range::<UserId, _>((from, Bound::Unbounded))
            .filter_map(|user| self.rows.get(user))
    }

    pub(super) fn newest_generation(&self) -> u64 {
        self.generations
            .last_key_value()
            .map_or(0, |(newest, _)| *newest)
    }

    /// Those that are stopped and claim a port, the one first that was written longest ago.
    pub(super) fn stopped(&self) -> impl Iterator<Item = &Entry> {
        self.stopped
            .iter()
            .filter_map(|(_, user)| self.rows.get(user))
    }

    pub(super) fn touch(&mut self, user: &UserId, now: Timestamp) -> Option<&Entry> {
        let entry = self.rows.get_mut(user)?;
        entry.last_active = Some(entry.last_known(now).map_or(now, |last| last.max(now)));
        Some(entry)
    }

    /// Puts a row in the place of the one that the user may have.
    pub(super) fn insert(&mut self, entry: Entry, claims: bool) {
        self.remove(&entry.user);
        let user = &entry.user;
        self.by_record.insert(entry.version.record, user.clone());
        let name = (entry.engine.clone(), entry.body.names.container.clone());
        self.by_name.insert(name, user.clone());
        let volume = (entry.engine.clone(), entry.body.names.volume.clone());
        let naming = self.by_volume.entry(volume).or_default();
        naming.insert(user.clone());
        if claims && entry.body.intent == Intent::Stopped {
            self.stopped.insert((entry.changed_at, user.clone()));
        }
        *self
            .generations
            .entry(entry.body.template_generation)
            .or_default() += 1;
        if entry.takes_room() {
            self.busy.insert(user.clone());
        }
        if !entry.is_settled() {
            self.unsettled.insert(user.clone());
        }
        self.rows.insert(user.clone(), entry);
    }

    pub(super) fn remove(&mut self, user: &UserId) {
        let Some(entry) = self.rows.remove(user) else {
            return;
        };
        self.by_record.remove(&entry.version.record);
        let generation = entry.body.template_generation;
        if let Some(count) = self.generations.get_mut(&generation) {
            *count -= 1;
            if *count == 0 {
                self.generations.remove(&generation);
            }
        }
        self.busy.remove(user);
        self.unsettled.remove(user);
        self.stopped.remove(&(entry.changed_at, user.clone()));
        let volume = (entry.engine.clone(), entry.body.names.volume);
        if let Some(naming) = self.by_volume.get_mut(&volume) {
            naming.remove(user);
            if naming.is_empty() {
                self.by_volume.remove(&volume);
            }
        }
        self.by_name
            .remove(&(entry.engine, entry.body.names.container));
    }
}
