//! The conditional write of one record.

use std::time::Duration;

use portreeve_core::effect::{Expect, Idle, PortChange, Put};
use portreeve_core::id::{Port, PortRange, RecordId, Revision, Version};
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::time::Instant;

use super::table::Entry;
use super::{Steps, Store};
use crate::sabotage::Sabotage;

/// What a write does about the port, once it is sure to be done.
#[derive(Clone, Copy)]
enum Move {
    /// The record has the port it has, or none.
    Keep,
    /// It gives its port up, which then rests.
    Free { rest: Duration },
    /// It claims that one; the one it had, if any, rests.
    Claim { port: Port, rest: Duration },
}

impl Store {
    /// The questions are asked in the order in which the statements' answers are read.
    pub(super) fn put(&mut self, put: &Put) -> StoreOutcome {
        let Some(version) = self.next_version(put) else {
            return StoreOutcome::Conflict;
        };
        let named = self.tenancies.named(&put.engine, &put.body.names.container);
        if named.is_some_and(|owner| *owner != put.user) {
            return StoreOutcome::Refused(format!(
                "the container name {} is another user's",
                put.body.names.container
            ));
        }
        if self.is_volume_taken(put) {
            return StoreOutcome::VolumeTaken;
        }
        if put.idle.is_some_and(|idle| !self.may_be_reaped(put, idle)) {
            return StoreOutcome::Active;
        }
        if put
            .running_limit
            .is_some_and(|limit| self.others(put) >= limit as usize)
        {
            return StoreOutcome::LimitReached;
        }
        let Some(change) = self.plan_move(put, version.record) else {
            return self.no_port(put);
        };
        self.move_claim(put, version.record, change);
        self.write(put, version)
    }

    /// The record's state after the write, if it is in the state that was expected.
    fn next_version(&mut self, put: &Put) -> Option<Version> {
        match (put.expect, self.tenancies.get(&put.user)) {
            (Expect::Absent(record), None) => Some(Version {
                record,
                revision: Revision(1),
            }),
            (Expect::At(expected), Some(entry)) => {
                let same_record = entry.version.record == expected.record
                    || self.sabotage == Some(Sabotage::RecordIdIgnored);
                let free = same_record
                    && entry.version.revision == expected.revision
                    && entry.engine == put.engine
                    && !self.is_leased_to_another(entry, put.controller);
                let record = entry.version.record;
                free.then(|| Version {
                    record,
                    revision: Revision(expected.revision.0 + self.step()),
                })
            }
            (Expect::Absent(_), Some(_)) | (Expect::At(_), None) => None,
        }
    }

    fn step(&mut self) -> u64 {
        match &mut self.steps {
            Steps::Random(_) if self.sabotage.is_some_and(Sabotage::counts_writes) => 1,
            Steps::Random(chance) => 1 + (chance.number() >> 33),
            Steps::One => 1,
        }
    }

    /// Whether the record is to name a volume from now on that another record names.
    fn is_volume_taken(&self, put: &Put) -> bool {
        let volume = &put.body.names.volume;
        let known = self.body(&put.user);
        self.sabotage != Some(Sabotage::VolumeNotUnique)
            && known.is_none_or(|body| body.names.volume != *volume)
            && self
                .tenancies
                .is_named_by_another(&put.user, &put.engine, volume)
    }

    /// A user without a record has not been idle: the record would be made now.
    fn may_be_reaped(&self, put: &Put, idle: Idle) -> bool {
        self.sabotage == Some(Sabotage::TouchNotRechecked)
            || self
                .tenancies
                .get(&put.user)
                .is_some_and(|entry| self.is_idle(entry, idle))
    }

    pub(super) fn is_idle(&self, entry: &Entry, idle: Idle) -> bool {
        let limit = entry.body.idle_limit.unwrap_or(idle.limit);
        let slack = match self.sabotage {
            Some(Sabotage::SlackLeftOut) => Duration::ZERO,
            Some(_) | None => idle.slack,
        };
        let last = entry.last_active.unwrap_or(entry.created_at);
        !limit.is_zero() && self.timestamp().since(last) > limit.saturating_add(slack)
    }

    /// How many other users of the engine take room: their containers aren't known to be down.
    fn others(&self, put: &Put) -> usize {
        let own = self.tenancies.get(&put.user).is_some_and(Entry::takes_room);
        self.tenancies.busy() - usize::from(own)
    }

    fn plan_move(&mut self, put: &Put, record: RecordId) -> Option<Move> {
        let now = self.now;
        let shared = self.sabotage == Some(Sabotage::PortClaimNotUnique);
        let ports = self.ports.entry(put.engine.clone()).or_default();
        let held = ports.of(record);
        let claim = |port, rest| Some(Move::Claim { port, rest });
        match put.port {
            PortChange::Keep => Some(Move::Keep),
            PortChange::Free { rest } => Some(Move::Free { rest }),
            PortChange::Claim(_) if held.is_some() => Some(Move::Keep),
            PortChange::Claim(range) if shared => claim(range.first(), Duration::ZERO),
            PortChange::Claim(range) => claim(ports.lowest(range, now)?, Duration::ZERO),
            PortChange::Replace { range, quarantine } => {
                claim(ports.lowest(range, now)?, quarantine)
            }
            PortChange::Take(port) => {
                let anothers = ports.claimant(port).is_some_and(|other| other != record);
                if anothers {
                    None
                } else {
                    claim(port, Duration::ZERO)
                }
            }
        }
    }

    fn move_claim(&mut self, put: &Put, record: RecordId, change: Move) {
        let now = self.now;
        let ports = self.ports.entry(put.engine.clone()).or_default();
        match change {
            Move::Keep => {}
            Move::Free { rest } => ports.free(record, now.after(rest)),
            Move::Claim { port, rest } => {
                if ports.of(record) != Some(port) {
                    ports.free(record, now.after(rest));
                }
                ports.claim(record, port);
            }
        }
    }

    fn no_port(&self, put: &Put) -> StoreOutcome {
        let range = match put.port {
            PortChange::Claim(range) | PortChange::Replace { range, .. } => Some(range),
            PortChange::Take(port) => PortRange::new(port, port),
            PortChange::Keep | PortChange::Free { .. } => None,
        };
        let found = range.zip(self.ports.get(&put.engine));
        let until = |at: Instant| at.since(self.now);
        StoreOutcome::NoPort {
            known: found.map_or(0, |(range, ports)| ports.known_in(range)),
            free_in: found
                .and_then(|(range, ports)| ports.next_free(range))
                .map(until),
        }
    }

    fn write(&mut self, put: &Put, version: Version) -> StoreOutcome {
        let now = self.timestamp();
        let before = self.tenancies.get(&put.user);
        let last_active = before.and_then(|entry| entry.last_known(now));
        let entry = Entry {
            user: put.user.clone(),
            version,
            engine: put.engine.clone(),
            lease: put.lease.map(|ttl| (put.controller, self.now.after(ttl))),
            last_active: if put.touch {
                last_active.max(Some(now))
            } else {
                last_active
            },
            created_at: before.map_or(now, |entry| entry.created_at),
            changed_at: self.now,
            retry_at: put
                .body
                .failure
                .as_ref()
                .map(|failure| self.now.after(failure.retry_in)),
            body: put.body.clone(),
        };
        let port = self.claim_of(&entry);
        let last_active = entry.last_active;
        let shares_volume =
            self.sabotage != Some(Sabotage::VolumeNotUnique) && self.shares_volume(&entry);
        self.tenancies.insert(entry, port.is_some());
        for event in &put.events {
            self.note(&put.user, put.controller, event);
        }
        StoreOutcome::Stored {
            revision: version.revision,
            port,
            last_active,
            shares_volume,
        }
    }
}
