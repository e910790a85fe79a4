//! How far the store's word on a user was taken in.

use crate::id::Version;
use crate::projection::project;
use crate::record::Row;
use crate::time::Instant;

/// How much of the store's word on a user was taken in: what is older is no news, even where the
/// record itself is in doubt by now.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Watermark {
    /// When the latest statement was sent whose answer was taken in.
    pub sent: Option<Instant>,
    /// When the latest answer was taken in.
    heard: Option<Instant>,
    /// The state that the record was in.
    version: Option<Version>,
}

// It decides where a store has lost what was written, as none does in a model.
project!(struct Watermark { sent, heard: left_out, version });

impl Watermark {
    /// Whether a row that was asked for then may tell something newer. An earlier state of the record is no
    /// news, unless it was asked for after the later one was known: then the store has lost that, as one does
    /// that fails over to a replica which lags.
    pub(crate) fn precedes(&self, row: &Row, sent: Instant) -> bool {
        self.may_follow(row.version(), sent)
    }

    fn may_follow(&self, told: Option<Version>, sent: Instant) -> bool {
        match (self.version, told) {
            (Some(known), Some(told)) if known.record == told.record => {
                known.revision <= told.revision || self.heard.is_some_and(|heard| heard < sent)
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
    pub(crate) fn note(&mut self, version: Option<Version>, sent: Instant, now: Instant) {
        self.sent = self.sent.max(Some(sent));
        self.heard = Some(now);
        self.version = version;
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::id::{RecordId, Revision};

    fn at(millis: u64) -> Instant {
        Instant::ORIGIN.after(Duration::from_millis(millis))
    }

    /// A state of one record.
    fn state(revision: u64) -> Version {
        Version {
            record: RecordId::from_bytes([1; 16]),
            revision: Revision(revision),
        }
    }

    #[test]
    fn an_earlier_state_is_believed_of_who_was_asked_after_the_later_one_was_known() {
        let mut known = Watermark::default();
        known.note(Some(state(7)), at(10), at(20));
        let believes = |revision, sent| known.may_follow(Some(state(revision)), at(sent));
        assert!(believes(7, 5));
        assert!(believes(8, 5), "lists overtake looks");
        assert!(!believes(6, 15), "it was on its way");
        assert!(!believes(6, 20), "nor can that be told");
        assert!(believes(6, 21), "the store has lost it");
    }
}
