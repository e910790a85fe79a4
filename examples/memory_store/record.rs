//! One record, as it is kept.

use portreeve_core::bounds::{LONGEST_BACKOFF, LONGEST_LEASE, TOLERANCE};
use portreeve_core::effect::{Expect, Idle, Put};
use portreeve_core::id::{ControllerId, EngineName, Port, Revision, Version};
use portreeve_core::record::{Ahead, Body, Intent, Lease, Record};
use portreeve_core::time::Timestamp;

use super::time::{Time, after, beyond, is_over, left, micros, span};

/// What is kept of a user: times where the core is told spans.
pub(super) struct Kept {
    pub(super) engine: EngineName,
    pub(super) version: Version,
    /// Who holds the lease, and until when.
    lease: Option<(ControllerId, Time)>,
    pub(super) last_active: Option<Time>,
    created: Time,
    pub(super) changed: Time,
    pub(super) body: Body,
}

impl Kept {
    /// What is kept after a write that holds.
    pub(super) fn written(put: &Put, version: Version, old: Option<&Self>, now: Time) -> Self {
        let before = old.and_then(|old| old.last_known(now));
        let touched = before.map_or(now, |before| before.max(now));
        Self {
            engine: put.engine.clone(),
            version,
            lease: put.lease.map(|lease| (put.controller, after(now, lease))),
            last_active: if put.touch { Some(touched) } else { before },
            created: old.map_or(now, |old| old.created),
            changed: now,
            body: put.body.clone(),
        }
    }

    /// The record, as it stands now.
    pub(super) fn told(&self, port: Option<Port>, now: Time) -> Record {
        let mut body = self.body.clone();
        let mut ahead = Ahead {
            lease: self
                .lease
                .and_then(|(_, until)| beyond(until, now, LONGEST_LEASE)),
            retry: None,
        };
        if let Some(failure) = &mut body.failure {
            // Counted from the write when written, from the answer when read.
            let retry_at = after(self.changed, failure.retry_in);
            failure.retry_in = left(retry_at, now, LONGEST_BACKOFF);
            ahead.retry = beyond(retry_at, now, LONGEST_BACKOFF);
        }
        Record {
            version: self.version,
            port,
            lease: self.lease.map(|(owner, until)| Lease {
                owner,
                remaining: left(until, now, LONGEST_LEASE),
            }),
            last_active: self.last_active.map(Timestamp::from_micros),
            // The store knows, which has all of them.
            shares_volume: false,
            ahead,
            body,
        }
    }

    /// Whether nobody else holds a live lease on it.
    pub(super) fn is_free_for(&self, controller: ControllerId, now: Time) -> bool {
        self.lease
            .is_none_or(|(owner, until)| owner == controller || is_over(until, now, LONGEST_LEASE))
    }

    /// Whether the user has been idle for long enough.
    pub(super) fn is_idle(&self, idle: Idle, now: Time) -> bool {
        let limit = self.body.idle_limit.unwrap_or(idle.limit);
        let since = self.last_active.unwrap_or(self.created);
        let until = after(after(since, limit), idle.slack);
        micros(limit) > 0 && until < now
    }

    /// When the user was last active; now where the clock ran ahead when that was written, or when
    /// the record was made.
    pub(super) fn last_known(&self, now: Time) -> Option<Time> {
        if self.is_active_ahead(now) {
            Some(now)
        } else {
            self.last_active
        }
    }

    /// Whether the user's last activity lies ahead.
    pub(super) fn is_active_ahead(&self, now: Time) -> bool {
        let last = self.last_active.unwrap_or(self.created);
        span(now, last) > TOLERANCE
    }

    /// Whether its user is starting or running.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self.body.intent, Intent::Starting | Intent::Running)
    }

    /// Whether it is stopped, under nobody's lease, and not being purged.
    pub(super) fn is_settled(&self) -> bool {
        self.body.intent == Intent::Stopped && self.lease.is_none() && !self.body.purging
    }

    /// Whether its container may take memory: it isn't known to be down.
    pub(super) fn takes_room(&self) -> bool {
        self.body.intent != Intent::Stopped
    }

    /// Whether it is stopped, and nobody sees to it.
    pub(super) fn rests(&self, now: Time) -> bool {
        let is_free = self
            .lease
            .is_none_or(|(_, until)| is_over(until, now, LONGEST_LEASE));
        self.body.intent == Intent::Stopped && !self.body.purging && is_free
    }
}

/// The version that a write makes, if the record is in the state that it expects.
pub(super) fn next_version(put: &Put, old: Option<&Kept>, now: Time) -> Option<Version> {
    match (put.expect, old) {
        (Expect::Absent(record), None) => Some(Version {
            record,
            revision: Revision(1),
        }),
        (Expect::At(expected), Some(old))
            if old.version == expected
                && old.engine == put.engine
                && old.is_free_for(put.controller, now) =>
        {
            // Nothing that was written is ever lost here, so no number comes again. A store that may lose
            // its last writes takes random steps.
            Some(Version {
                record: expected.record,
                revision: Revision(expected.revision.0 + 1),
            })
        }
        (Expect::Absent(_) | Expect::At(_), Some(_) | None) => None,
    }
}
