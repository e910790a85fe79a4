//! The world's store, which is the simulated one, with the faults that tests plant in its answers.

use std::time::Duration;

use portreeve_core::effect::{Expect, PortChange, Put, StoreEffect};
use portreeve_core::event::{Cause, Change, EventBody};
use portreeve_core::id::ControllerId;
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::{Body, Header, Row};
use portreeve_core::time::Timestamp;
use portreeve_core::user::UserId;
use portreeve_sim::sabotage::Sabotage;

use super::{Fault, World};

/// Whoever changes a record behind the controllers' back: the holder of its lease, or anybody.
const SOMEBODY: ControllerId = ControllerId::from_bytes([99; 16]);

impl World {
    /// What the store's clock shows.
    pub fn store_clock(&self) -> Timestamp {
        self.database.timestamp()
    }

    /// The store's clock is ahead by that from now on, and set right by zero.
    pub fn run_store_ahead(&mut self, by: Duration) {
        self.database.run_ahead(by);
    }

    /// Carries out an effect, and falsifies what the tests want falsified.
    pub(super) fn store(&mut self, effect: &StoreEffect) -> StoreOutcome {
        self.database.advance(self.now);
        let mut outcome = match effect {
            StoreEffect::Put(put) => self.put(put),
            _ => self.database.carry_out(effect),
        };
        match &mut outcome {
            StoreOutcome::Loaded { header, rows } | StoreOutcome::Scanned { header, rows, .. } => {
                self.falsify_header(header);
                self.rows_read += rows.len();
                for (user, row) in rows {
                    self.falsify_row(user, row);
                }
            }
            StoreOutcome::Longest(rows) => {
                for (user, row, _) in rows {
                    self.falsify_row(user, row);
                }
            }
            _ => {}
        }
        outcome
    }

    fn falsify_header(&self, header: &mut Header) {
        header.newest_generation = header.newest_generation.max(self.newest_generation);
    }

    fn falsify_row(&self, user: &UserId, row: &mut Row) {
        if self.unreadable.as_ref() == Some(user) {
            *row = Row::Unreadable("column intent: gibberish".into());
        }
    }

    fn put(&mut self, put: &Put) -> StoreOutcome {
        let mut put = put.clone();
        if self.has(Fault::EngineFull) {
            put.running_limit = put.running_limit.map(|_| 0);
        }
        let outcome = self
            .database
            .carry_out(&StoreEffect::Put(Box::new(put.clone())));
        if matches!(outcome, StoreOutcome::Stored { .. }) {
            self.check_idle(&put);
        }
        outcome
    }

    /// No active user is reaped.
    fn check_idle(&self, put: &Put) {
        if let (Some(idle), Some(active)) = (put.idle, self.acknowledged.get(&put.user)) {
            let limit = put.body.idle_limit.unwrap_or(idle.limit);
            assert!(self.now.since(*active) >= limit, "{} is active", put.user);
        }
    }

    /// The record names another user's volume, as stores let it before.
    pub fn give_volume_of(&mut self, other: &str, user: &str) {
        let volume = self.record(other).expect("it is there").body.names.volume;
        self.database.set_sabotage(Some(Sabotage::VolumeNotUnique));
        self.edit(user, |body| body.names.volume = volume);
        self.database.set_sabotage(None);
    }

    /// Somebody changes what the record says.
    pub fn edit(&mut self, user: &str, edit: impl FnOnce(&mut Body)) {
        let record = self.record(user).expect("it is there");
        let mut body = record.body;
        edit(&mut body);
        self.database.advance(self.now);
        let put = Put {
            user: UserId::new(user).expect("valid"),
            engine: self.lifecycle.settings().engine.clone(),
            controller: record.lease.map_or(SOMEBODY, |lease| lease.owner),
            expect: Expect::At(record.version),
            lease: record.lease.map(|lease| lease.remaining),
            touch: false,
            idle: None,
            running_limit: None,
            port: PortChange::Keep,
            body,
            events: Vec::new(),
        };
        let outcome = self.database.carry_out(&StoreEffect::Put(Box::new(put)));
        assert!(
            matches!(outcome, StoreOutcome::Stored { .. }),
            "{outcome:?}"
        );
    }

    /// The record is lost.
    pub fn lose_record(&mut self, user: &str) {
        let record = self.record(user).expect("it is there");
        self.database.advance(self.now);
        let lost = self.database.carry_out(&StoreEffect::Delete {
            user: UserId::new(user).expect("valid"),
            version: record.version,
            controller: record.lease.map_or(SOMEBODY, |lease| lease.owner),
            rest: Duration::ZERO,
            event: EventBody {
                change: Change::Purged,
                cause: Cause::Purge,
                actor: None,
            },
        });
        assert_eq!(lost, StoreOutcome::Done);
    }
}
