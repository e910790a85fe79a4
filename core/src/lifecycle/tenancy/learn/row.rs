//! Taking in what was read of a user's record.
//!
//! Statements overtake one another, and lists are read long before somebody comes to act on them.
//! So what was read is not believed just because it came last.

use crate::id::ControllerId;
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::VolumeFact;
use crate::lifecycle::tenancy::current::CurrentContainer;
use crate::lifecycle::tenancy::knowledge::View;
use crate::lifecycle::tenancy::lease::HeldLease;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::record::{Intent, Record, Row};
use crate::settings::Timing;
use crate::time::Instant;

impl Tenancy {
    /// Takes in a row that was read.
    pub(crate) fn learn_row(&mut self, cx: &Context, row: Row, sent: Instant) {
        let now = cx.now;
        if self.store_slot.is_taken() || !self.watermark.precedes(&row, sent) {
            // It is older than what is known, or than what comes of the write under way.
            return;
        }
        if let Some(run) = &mut self.run {
            run.store_unreachable = None;
            if let Row::Found(record) = &row
                && run.began <= sent
                && let Some(purge) = run.aim.purge()
            {
                // If somebody else purges this one first, who is made anew after that isn't meant.
                purge.meet(record.version.record);
            }
        }
        if let Row::Found(record) = &row {
            self.learn_version(record, sent, now);
            self.lease = self.lease_in(record, sent, now, cx.controller, &cx.settings.timing);
            self.watermark.note(Some(record.version), sent, now);
        } else {
            self.lease = None;
            self.current_container = CurrentContainer::AsRecorded;
            self.doubt = false;
            self.volume = VolumeFact::Unknown;
            self.retry_at = None;
            self.watermark.note(None, sent, now);
        }
        self.store = View::of(row);
    }

    fn learn_version(&mut self, record: &Record, sent: Instant, now: Instant) {
        let known = self.store.get_mut().and_then(|row| row.version());
        if known != Some(record.version) {
            if self.engine.get_mut().is_some_and(|seen| seen.asked < sent) {
                // Somebody else may have been at work since it was seen.
                self.engine.forget();
            }
            self.known_since = now;
            self.volume = VolumeFact::Unknown;
            self.current_container = CurrentContainer::AsRecorded;
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
    ) -> Option<HeldLease> {
        let lease = record.lease.filter(|lease| lease.owner == controller)?;
        self.watermark.sent.filter(|latest| *latest <= sent)?;
        // Counted from before the question, so never longer than the store counts.
        let until = sent.after(lease.remaining);
        (now < until.before(timing.margin)).then(|| HeldLease {
            until,
            renew_at: sent.after(timing.renew),
        })
    }
}
