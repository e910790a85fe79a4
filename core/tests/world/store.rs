//! What the world's store does when it is asked.

use std::time::Duration;

use portreeve_core::effect::{Expect, Idle, PortChange, Put, StoreEffect};
use portreeve_core::id::{ControllerId, EngineId, Port, Revision, Version};
use portreeve_core::outcome::{Pulse, StoreOutcome, Touch};
use portreeve_core::record::{Header, Intent, Lease, Record, Row};
use portreeve_core::time::{Instant, Timestamp};
use portreeve_core::user::UserId;

use super::{INSTALLATION, World};

impl World {
    fn header(&self) -> Header {
        Header {
            installation: INSTALLATION,
            engine: self.registered.then(|| EngineId::new("engine")),
            newest_generation: self.newest_generation,
            now: self.timestamp(),
        }
    }

    fn row(&self, user: &UserId) -> Row {
        if self.unreadable.as_ref() == Some(user) {
            return Row::Unreadable("column intent: gibberish".into());
        }
        let Some((record, lease_end, written)) = self.records.get(user) else {
            return Row::Absent;
        };
        let mut record = record.clone();
        record.shares_volume = self.is_named_by_another(user, &record.body.names.volume);
        if let Some(lease) = &mut record.lease {
            lease.remaining = lease_end.since(self.now);
        }
        if let Some(failure) = &mut record.body.failure {
            failure.retry_in = failure.retry_in.saturating_sub(self.now.since(*written));
        }
        Row::Found(record)
    }

    pub(super) fn store(&mut self, effect: &StoreEffect) -> StoreOutcome {
        match effect {
            StoreEffect::Load { users, .. } => StoreOutcome::Loaded {
                header: self.header(),
                rows: users
                    .iter()
                    .map(|user| (user.clone(), self.row(user)))
                    .collect(),
            },
            StoreEffect::Scan { after, limit, .. } => self.scan(after.as_ref(), *limit, |_| true),
            StoreEffect::ScanIdle {
                idle, after, limit, ..
            } => self.scan(after.as_ref(), *limit, |record| {
                let busy = [Intent::Starting, Intent::Running];
                busy.contains(&record.body.intent) && self.has_been_idle(record, *idle)
            }),
            StoreEffect::Touch { users } => {
                let now = self.timestamp();
                let mut touch = |user: &UserId| match self.records.get_mut(user) {
                    None => Touch::Absent,
                    Some((record, _, _)) => {
                        record.last_active = Some(now);
                        Touch::Written(Pulse {
                            version: record.version,
                            intent: record.body.intent,
                            last_active: now,
                        })
                    }
                };
                StoreOutcome::Touched(
                    users
                        .iter()
                        .map(|user| (user.clone(), touch(user)))
                        .collect(),
                )
            }
            StoreEffect::Register { id, ports, .. } => {
                self.registered = true;
                for port in ports.first().get()..=ports.last().get() {
                    self.ports.entry(port).or_insert((None, Instant::ORIGIN));
                }
                StoreOutcome::Registered(id.clone())
            }
            StoreEffect::Lock { .. } | StoreEffect::Unlock { .. } => StoreOutcome::Done,
            StoreEffect::Put(put) => self.put(put),
            StoreEffect::Delete {
                user,
                version,
                controller,
                rest,
            } => self.delete(user, *version, *controller, *rest),
            StoreEffect::LongestStopped { limit, .. } => self.longest_stopped(*limit),
        }
    }

    fn scan(
        &self,
        after: Option<&UserId>,
        limit: u32,
        wanted: impl Fn(&Record) -> bool,
    ) -> StoreOutcome {
        let limit = usize::try_from(limit).expect("small");
        let records = self.records.iter();
        let left = records.filter(|(user, _)| after.is_none_or(|after| *user > after));
        let wanted = left.filter(|(_, (record, _, _))| wanted(record));
        let users: Vec<_> = wanted.map(|(user, _)| user).take(limit + 1).collect();
        let rows = users.iter().take(limit);
        StoreOutcome::Scanned {
            header: self.header(),
            rows: rows.map(|user| ((*user).clone(), self.row(user))).collect(),
            more: users.len() > limit,
        }
    }

    fn delete(
        &mut self,
        user: &UserId,
        version: Version,
        controller: ControllerId,
        rest: Duration,
    ) -> StoreOutcome {
        match self.records.get(user) {
            Some((record, lease_end, _)) if record.version.record == version.record => {
                let theirs = record
                    .lease
                    .is_some_and(|lease| lease.owner != controller && *lease_end > self.now);
                if record.version != version || theirs {
                    return StoreOutcome::Conflict;
                }
            }
            Some(_) | None => return StoreOutcome::Done,
        }
        self.records.remove(user);
        for (owner, free_at) in self.ports.values_mut() {
            if owner.as_ref() == Some(user) {
                (*owner, *free_at) = (None, self.now.after(rest));
            }
        }
        StoreOutcome::Done
    }

    fn longest_stopped(&self, limit: u32) -> StoreOutcome {
        let mut stopped: Vec<_> = self
            .records
            .iter()
            .filter(|(_, (record, lease_end, _))| {
                record.body.intent == Intent::Stopped
                    && record.port.is_some()
                    && *lease_end <= self.now
            })
            .map(|(user, (_, _, written))| (user.clone(), self.row(user), self.now.since(*written)))
            .collect();
        stopped.sort_by_key(|(_, _, since)| std::cmp::Reverse(*since));
        stopped.truncate(usize::try_from(limit).expect("small"));
        StoreOutcome::Longest(stopped)
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::from_micros(i64::try_from(self.now.as_micros()).expect("small"))
    }

    fn put(&mut self, put: &Put) -> StoreOutcome {
        let Some(version) = self.next_version(put) else {
            return StoreOutcome::Conflict;
        };
        let volume = &put.body.names.volume;
        let names_it = |(record, _, _): &(Record, _, _)| record.body.names.volume == *volume;
        let shares_volume = self.is_named_by_another(&put.user, volume);
        if shares_volume && !self.records.get(&put.user).is_some_and(names_it) {
            return StoreOutcome::VolumeTaken;
        }
        if !self.is_idle(put) {
            return StoreOutcome::Active;
        }
        if self.is_full && put.running_limit.is_some() {
            return StoreOutcome::LimitReached;
        }
        if !self.move_claim(put) {
            let known = u32::try_from(self.ports.len()).expect("few");
            let resting = self.ports.values().filter(|(owner, _)| owner.is_none());
            let free_in = resting.map(|(_, rests)| rests.since(self.now)).min();
            return StoreOutcome::NoPort { known, free_in };
        }
        let port = self.claim_of(&put.user).and_then(Port::new);
        let known = self.records.get(&put.user);
        let last_active = known.and_then(|(record, _, _)| record.last_active);
        let last_active = if put.touch {
            Some(self.timestamp())
        } else {
            last_active
        };
        let record = Record {
            version,
            port,
            lease: put.lease.map(|remaining| Lease {
                owner: put.controller,
                remaining,
            }),
            last_active,
            shares_volume,
            body: put.body.clone(),
        };
        let lease_end = self.now.after(put.lease.unwrap_or_default());
        self.records
            .insert(put.user.clone(), (record, lease_end, self.now));
        StoreOutcome::Stored {
            revision: version.revision,
            port,
            last_active,
            shares_volume,
        }
    }

    fn is_named_by_another(&self, user: &UserId, volume: &str) -> bool {
        self.records
            .iter()
            .any(|(other, (record, _, _))| other != user && record.body.names.volume == volume)
    }

    /// The record's state after the write, if it is in the state that was expected.
    fn next_version(&self, put: &Put) -> Option<Version> {
        match (put.expect, self.records.get(&put.user)) {
            (Expect::Absent(record), None) => Some(Version {
                record,
                revision: Revision(1),
            }),
            (Expect::At(expected), Some((record, lease_end, _)))
                if record.version == expected
                    && record.lease.is_none_or(|lease| {
                        lease.owner == put.controller || *lease_end <= self.now
                    }) =>
            {
                Some(Version {
                    record: expected.record,
                    revision: Revision(expected.revision.0 + 1),
                })
            }
            (Expect::Absent(_) | Expect::At(_), _) => None,
        }
    }

    /// Whether the user has been idle for as long as the write asks.
    fn is_idle(&self, put: &Put) -> bool {
        let (Some(idle), Some((record, _, _))) = (put.idle, self.records.get(&put.user)) else {
            return true;
        };
        if !self.has_been_idle(record, idle) {
            return false;
        }
        // No active user is reaped.
        let limit = record.body.idle_limit.unwrap_or(idle.limit);
        if let Some(active) = self.acknowledged.get(&put.user) {
            assert!(self.now.since(*active) >= limit, "{} is active", put.user);
        }
        true
    }

    fn has_been_idle(&self, record: &Record, idle: Idle) -> bool {
        let limit = record.body.idle_limit.unwrap_or(idle.limit);
        let idle_for = record
            .last_active
            .map_or(Duration::MAX, |last| self.timestamp().since(last));
        !limit.is_zero() && idle_for >= limit + idle.slack
    }

    fn claim_of(&self, user: &UserId) -> Option<u16> {
        let mine =
            |(_, (owner, _)): &(&u16, &(Option<UserId>, Instant))| owner.as_ref() == Some(user);
        self.ports.iter().find(mine).map(|(port, _)| *port)
    }

    /// Does what a write wants done about the port; false if none is free.
    fn move_claim(&mut self, put: &Put) -> bool {
        let held = self.claim_of(&put.user);
        let free = self
            .ports
            .iter()
            .find(|(_, (owner, rests))| owner.is_none() && *rests <= self.now)
            .map(|(port, _)| *port);
        let (wanted, rest) = match put.port {
            PortChange::Keep => return true,
            PortChange::Claim(_) if held.is_some() => return true,
            PortChange::Free { rest } => (None, Some(rest)),
            PortChange::Claim(_) => (Some(free), None),
            PortChange::Replace { quarantine, .. } => (Some(free), Some(quarantine)),
            PortChange::Take(port) => (Some(Some(port.get())), Some(Duration::ZERO)),
        };
        let owner = |port| self.ports.get(port).and_then(|(owner, _)| owner.as_ref());
        let anothers = |port| owner(port).is_some_and(|owner| *owner != put.user);
        if wanted == Some(None) || wanted.flatten().as_ref().is_some_and(anothers) {
            return false;
        }
        if let (Some(rest), Some(port)) = (rest, held) {
            self.ports.insert(port, (None, self.now.after(rest)));
        }
        if let Some(port) = wanted.flatten() {
            let claim = (Some(put.user.clone()), Instant::ORIGIN);
            self.ports.insert(port, claim);
        }
        true
    }
}
