//! The event log. Each effect is atomic, so an event has its position when it is written.

use std::collections::VecDeque;

use portreeve_core::event::{Event, EventBody, EventsFrom, EventsKept, Position};
use portreeve_core::id::ControllerId;
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::time::Timestamp;
use portreeve_core::user::UserId;

use super::count::as_count;
use super::time::{Time, span};

#[derive(Default)]
pub(super) struct EventLog {
    events: VecDeque<Event>,
    newest: Position,
    dropped: Position,
}

impl EventLog {
    pub(super) fn append(
        &mut self,
        user: &UserId,
        controller: ControllerId,
        bodies: &[EventBody],
        now: Time,
    ) {
        for body in bodies {
            self.newest = Position(self.newest.0 + 1);
            self.events.push_back(Event {
                position: self.newest,
                at: Timestamp::from_micros(now),
                user: user.clone(),
                controller,
                body: body.clone(),
            });
        }
    }

    pub(super) fn read(
        &self,
        from: EventsFrom,
        user: Option<&UserId>,
        limit: u32,
        now: Time,
    ) -> StoreOutcome {
        let is_before = |event: &&Event| match from {
            EventsFrom::Oldest => false,
            EventsFrom::Now => true,
            EventsFrom::After(after) => event.position <= after,
            EventsFrom::Since(age) => span(event.at.as_micros(), now) > age,
        };
        let is_of = |event: &&Event| user.is_none_or(|user| event.user == *user);
        let mut found = self.events.iter().skip_while(is_before).filter(is_of);
        let events = found.by_ref().take(as_count(limit.max(1))).cloned();
        StoreOutcome::Events {
            events: events.collect(),
            newest: self.newest,
            dropped: self.dropped,
            more: found.next().is_some(),
        }
    }

    pub(super) fn drop_old(&mut self, kept: EventsKept, now: Time) {
        let most = usize::try_from(kept.count).unwrap_or(usize::MAX);
        while let Some(oldest) = self.events.front()
            && (self.events.len() > most || span(oldest.at.as_micros(), now) > kept.age)
        {
            self.dropped = oldest.position;
            self.events.pop_front();
        }
    }
}
