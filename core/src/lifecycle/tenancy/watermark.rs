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
    /// The state that the record was in.
    version: Option<Version>,
}

project!(struct Watermark { sent, version });

impl Watermark {
    /// Whether a row that was asked for then may tell something newer.
    pub(crate) fn precedes(&self, row: &Row, sent: Instant) -> bool {
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
