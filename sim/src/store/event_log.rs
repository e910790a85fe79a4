//! The event log. Each statement is one transaction here, so a position is given when it is written.

use std::collections::VecDeque;

use portreeve_core::event::{Event, EventBody, EventsFrom, EventsKept, Position};
use portreeve_core::id::ControllerId;
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::time::Timestamp;
use portreeve_core::user::UserId;

/// What is kept of it, and how far it goes.
#[derive(Clone, Debug, Default)]
pub(super) struct EventLog {
    events: VecDeque<Event>,
    newest: Position,
    dropped: Position,
    keeps_none: bool,
}

impl EventLog {
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter()
    }

    pub(super) fn keep_none(&mut self) {
        self.keeps_none = true;
    }

    pub(super) fn append(
        &mut self,
        at: Timestamp,
        user: &UserId,
        controller: ControllerId,
        body: &EventBody,
    ) {
        if self.keeps_none {
            return;
        }
        self.newest = Position(self.newest.0 + 1);
        self.events.push_back(Event {
            position: self.newest,
            at,
            user: user.clone(),
            controller,
            body: body.clone(),
        });
    }

    pub(super) fn read(
        &self,
        from: EventsFrom,
        user: Option<&UserId>,
        limit: u32,
        now: Timestamp,
    ) -> StoreOutcome {
        let limit = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
        let is_before = |event: &&Event| match from {
            EventsFrom::Oldest => false,
            EventsFrom::Now => true,
            EventsFrom::After(after) => event.position <= after,
            EventsFrom::Since(age) => now.since(event.at) > age,
        };
        let is_of = |event: &&Event| user.is_none_or(|user| event.user == *user);
        let mut found = self.events.iter().skip_while(is_before).filter(is_of);
        let events: Vec<_> = found.by_ref().take(limit).cloned().collect();
        StoreOutcome::Events {
            events,
            newest: self.newest,
            dropped: self.dropped,
            more: found.next().is_some(),
        }
    }

    pub(super) fn drop_old(&mut self, kept: EventsKept, now: Timestamp) {
        let is_old =
            |event: &Event, len: usize| len as u64 > kept.count || now.since(event.at) > kept.age;
        while let Some(event) = self.events.front()
            && is_old(event, self.events.len())
        {
            self.dropped = event.position;
            self.events.pop_front();
        }
    }
}
