//! A page of the event log.

use alloc::vec::Vec;
use core::time::Duration;

use super::command::BulkCommand;
use super::kind::BulkKind;
use crate::command::Reply;
use crate::error::Error;
use crate::event::{Event, EventPage, EventsFrom, Position};

/// So long after the end of the log was met, whoever follows it looks again.
const ASK_AGAIN: Duration = Duration::from_secs(1);

impl BulkCommand {
    /// The store has told of events: that is the answer.
    pub(crate) fn learn_events(
        &mut self,
        events: Vec<Event>,
        newest: Position,
        dropped: Position,
        more: bool,
    ) {
        let BulkKind::Events { from, .. } = self.kind else {
            return;
        };
        let after = match from {
            EventsFrom::After(after) => Some(after),
            EventsFrom::Oldest | EventsFrom::Now | EventsFrom::Since(_) => None,
        };
        if let Some(after) = after
            && (after < dropped || after > newest)
        {
            // What came next isn't there any more, or what that position was of isn't this log.
            self.end(Reply::Failed(Error::EventsGone {
                after,
                dropped,
                newest,
            }));
            return;
        }
        let last = events.last().map(|event| event.position);
        self.end(Reply::Events(EventPage {
            next: last.filter(|_| more).unwrap_or(newest),
            ask_again_in: if more { Duration::ZERO } else { ASK_AGAIN },
            events,
        }));
    }
}
