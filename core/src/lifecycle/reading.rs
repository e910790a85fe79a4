//! Taking in what was read of a user's record.
//!
//! Statements overtake one another, and lists are read long before somebody comes to act on them.
//! So what was read is not believed just because it came last.

use super::Lifecycle;
use super::facts::{Goal, VolumeFact};
use super::knowledge::{Meant, View};
use super::tenancy::{Lease, Tenancy};
use crate::id::{ControllerId, Version};
use crate::projection::project;
use crate::record::{Intent, Record, Row};
use crate::settings::Timing;
use crate::time::Instant;
use crate::user::UserId;

/// How much of the store's word on a user was taken in: what is older is no news, even where the
/// record itself is in doubt by now.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Read {
    /// When the latest statement was sent whose answer was taken in.
    sent: Option<Instant>,
    /// The state that the record was in.
    version: Option<Version>,
}

project!(struct Read { sent, version });

impl Read {
    /// Whether a row that was asked for then may tell something newer.
    fn precedes(&self, row: &Row, sent: Instant) -> bool {
        match (self.version, row.version()) {
            (Some(known), Some(told)) if known.record == told.record => {
                known.revision <= told.revision
            }
            _ => self.sent.is_none_or(|latest| latest <= sent),
        }
    }

    /// Whether the store was asked after that.
    pub(crate) fn is_later_than(&self, asked: Instant) -> bool {
        self.sent.is_some_and(|sent| asked < sent)
    }

    /// Whether the store was last asked before that.
    pub(crate) fn is_before(&self, at: Instant) -> bool {
        self.sent.is_none_or(|sent| sent < at)
    }

    /// Takes note of an answer.
    pub(crate) fn note(&mut self, version: Option<Version>, sent: Instant) {
        self.sent = self.sent.max(Some(sent));
        self.version = version;
    }
}

impl Lifecycle {
    /// Takes in a row that was read.
    pub(super) fn learn_row(&mut self, user: &UserId, row: Row, sent: Instant) {
        let now = self.now;
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        if tenancy.store_lane.flight.is_some() || !tenancy.read.precedes(&row, sent) {
            // It is older than what is known, or than what comes of the write under way.
            return;
        }
        if let Some(run) = &mut tenancy.run {
            run.store_away = None;
            if let Row::Found(record) = &row
                && run.goal == Goal::Absent
                && run.began <= sent
            {
                // If somebody else purges this one first, who is made anew after that isn't meant.
                run.purge(record.version.record);
            }
        }
        if let Row::Found(record) = &row {
            tenancy.learn_version(record, sent, now);
            tenancy.lease =
                tenancy.lease_in(record, sent, now, self.controller, &self.settings.timing);
            tenancy.read.note(Some(record.version), sent);
        } else {
            tenancy.lease = None;
            tenancy.meant = Meant::AsRecorded;
            tenancy.doubt = false;
            tenancy.volume = VolumeFact::Unknown;
            tenancy.retry_at = None;
            tenancy.read.note(None, sent);
        }
        tenancy.store = View::of(row);
    }
}

impl Tenancy {
    fn learn_version(&mut self, record: &Record, sent: Instant, now: Instant) {
        let known = self.store.get_mut().and_then(|row| row.version());
        if known != Some(record.version) {
            if self.engine.get_mut().is_some_and(|seen| seen.asked < sent) {
                // Somebody else may have been at work since it was seen.
                self.engine.forget();
            }
            self.known_since = now;
            self.volume = VolumeFact::Unknown;
            self.meant = Meant::AsRecorded;
            // What was begun and not finished may have left a container that isn't recorded.
            self.doubt = match record.body.intent {
                Intent::Starting | Intent::Stopping | Intent::Removing => true,
                Intent::Stopped | Intent::Running => false,
            };
        }
        if record.port != self.bad_port.map(|(port, _)| port) {
            self.bad_port = None;
        }
        if record.body.names != self.names {
            self.names = record.body.names.clone();
            self.engine.forget();
        }
        let failure = record.body.failure.as_ref();
        self.retry_at = failure.map(|failure| now.after(failure.retry_in));
    }

    /// The lease, if the record says it is ours. That is believed only of what was asked for after
    /// whatever else is known: we may have given back since what an older list still tells, and
    /// who has no part of a record in mind holds no lease on it.
    fn lease_in(
        &self,
        record: &Record,
        sent: Instant,
        now: Instant,
        controller: ControllerId,
        timing: &Timing,
    ) -> Option<Lease> {
        let lease = record.lease.filter(|lease| lease.owner == controller)?;
        self.read.sent.filter(|latest| *latest <= sent)?;
        // Counted from before the question, so never longer than the store counts.
        let until = sent.after(lease.remaining);
        (now < until.before(timing.margin)).then(|| Lease {
            until,
            renew_at: sent.after(timing.renew),
        })
    }
}
