//! How far a reader of the event log is, a page at a time.

use std::time::{Duration, Instant};
use std::vec;

use portreeve_core::event::{Event, EventPage, EventsFrom, Position};
use portreeve_core::user::UserId;

use crate::call::{self, Call};

/// From where the next page is to be asked for, and what is left of the last one.
#[derive(Debug)]
pub struct EventPages {
    from: EventsFrom,
    user: Option<UserId>,
    page: vec::IntoIter<Event>,
    last: Option<Position>,
    /// The end of the log was met, and the next look at it is due then.
    due: Option<Instant>,
}

impl EventPages {
    /// Nothing was read yet.
    pub fn begin(from: EventsFrom) -> Self {
        Self {
            from,
            user: None,
            page: Vec::new().into_iter(),
            last: None,
            due: None,
        }
    }

    /// Of one user alone.
    pub fn of(&mut self, user: UserId) {
        self.user = Some(user);
    }

    /// The next event of the page at hand.
    pub fn take(&mut self) -> Option<Event> {
        let event = self.page.next()?;
        self.last = Some(event.position);
        Some(event)
    }

    /// The last event that was taken; or, once all that was read is taken, where the log ended.
    pub fn position(&self) -> Option<Position> {
        match self.from {
            EventsFrom::After(after) if self.page.len() == 0 => Some(after),
            _ => self.last,
        }
    }

    /// What asks for the next page. It is the same until that page is there.
    pub fn call(&self) -> Call<EventPage> {
        call::events(self.from, self.user.clone())
    }

    /// The next page is there.
    pub fn turn(&mut self, page: EventPage) {
        self.from = EventsFrom::After(page.next);
        self.due = (!page.ask_again_in.is_zero()).then(|| Instant::now() + page.ask_again_in);
        self.page = page.events.into_iter();
    }

    /// Whether all that there was has been read.
    pub fn is_at_end(&self) -> bool {
        self.due.is_some()
    }

    /// How long to wait before the log is looked at again.
    pub fn pause(&self) -> Duration {
        self.due
            .map(|due| due.saturating_duration_since(Instant::now()))
            .unwrap_or_default()
    }
}
