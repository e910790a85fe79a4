//! What the store says, as a fact.

use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::{Hold, IdentityFact, RecordFact};
use crate::lifecycle::decision::goal::Goal;
use crate::lifecycle::tenancy::run::Run;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::record::{Record, Row};

impl Tenancy {
    pub(crate) fn record_fact(&self, cx: &Context) -> RecordFact {
        match self.store.get(cx.now) {
            None => RecordFact::Unknown,
            Some(Row::Unreadable(_)) => RecordFact::Unreadable,
            // A container is nobody's only if there was no record after it had been seen: the one it
            // was made for is gone then, and never comes back.
            Some(Row::Absent) if self.is_seen_since(cx) => RecordFact::Unknown,
            Some(Row::Absent) => RecordFact::Absent,
            // It may have been adopted since the record was read.
            Some(Row::Found(_)) if self.is_to_be_read_again(cx) => RecordFact::Unknown,
            // Somebody else has finished the purge, and the user was made anew since: that one is
            // not to be purged.
            Some(Row::Found(record)) if self.is_another(record) => RecordFact::Absent,
            Some(Row::Found(record)) => {
                RecordFact::Present(record.body.intent, self.hold(cx, record))
            }
        }
    }

    /// Whether somebody else's container has the user's name, by a record from before it was asked
    /// for.
    fn is_to_be_read_again(&self, cx: &Context) -> bool {
        let run = self.run.as_ref();
        run.is_some_and(|run| self.watermark.is_before(run.began)) && {
            let seen = self.proven(cx);
            seen.foreign.is_some() && seen.current.is_none()
        }
    }

    /// Whether a container that is to be looked after was seen no earlier than the store was asked.
    fn is_seen_since(&self, cx: &Context) -> bool {
        let seen = self.engine.get(cx.now);
        self.is_repaired()
            && seen.is_some_and(|seen| {
                !seen.containers.is_empty() && !self.watermark.is_later_than(seen.asked)
            })
    }

    fn hold(&self, cx: &Context, record: &Record) -> Hold {
        if self.lease.is_some() {
            return Hold::Mine;
        }
        match record.lease {
            None => Hold::Nobody,
            Some(lease) if lease.remaining.is_zero() => Hold::Expired,
            // One under our own name that we know nothing of any more is nobody's.
            Some(lease) if lease.owner == cx.controller => Hold::Nobody,
            Some(_) => Hold::Theirs,
        }
    }

    /// Whether it isn't the record that the run has begun to purge.
    fn is_another(&self, record: &Record) -> bool {
        let purges = self.run.as_ref().and_then(Run::purged_record);
        purges.is_some_and(|purges| purges != record.version.record)
    }

    /// Whether the engine that answers is the one that is meant, for what is wanted of this user. What
    /// is adopted, or found without a record, was there before anything was made.
    pub(crate) fn identity(&self, cx: &Context) -> IdentityFact {
        let looks_for_more = self
            .run
            .as_ref()
            .is_some_and(|run| matches!(run.goal(), Goal::Adopted | Goal::Repaired));
        if looks_for_more || self.record(cx.now).is_some() {
            cx.identity()
        } else {
            cx.identity_where_nothing_is_recorded()
        }
    }
}
