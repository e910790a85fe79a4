//! The event log, read and followed.

use std::thread;

use portreeve_core::event::{Event, EventsFrom, Position};
use portreeve_core::user::UserId;
use portreeve_tokio::Error;
use portreeve_tokio::internals::EventPages;

use super::open::Portreeve;

/// The event log, as [`events`](Portreeve::events) tells of it: in its order, each event once, and without
/// end.
///
/// It is read a page at a time, of which no more than one is held. So another reader, in another process
/// too, that begins [after](EventsFrom::After) this one's [`position`](Self::position) goes on where
/// this one was.
///
/// As an iterator it waits for each event, and ends with the first error, so that no loop over it goes on
/// failing. [`next_event`](Self::next_event) goes on after one where it was.
#[derive(Debug)]
#[must_use = "nothing is told of before somebody asks for the next event"]
pub struct EventReader {
    portreeve: Portreeve,
    pages: EventPages,
    failed: bool,
}

impl Portreeve {
    /// Tells what happened to users, and goes on as it happens. Doesn't count as activity.
    ///
    /// Fails with `events_gone` where what comes after the given position isn't kept any more
    /// ([`Settings::events`](crate::Settings::events)), or that position isn't of this log.
    pub fn events(&self, from: EventsFrom) -> EventReader {
        EventReader {
            portreeve: self.clone(),
            pages: EventPages::begin(from),
            failed: false,
        }
    }
}

impl EventReader {
    /// The same, of one user alone.
    pub fn of(mut self, user: &str) -> Result<Self, Error> {
        self.pages.of(UserId::new(user)?);
        Ok(self)
    }

    /// The next event, for which it waits.
    pub fn next_event(&mut self) -> Result<Event, Error> {
        loop {
            if let Some(event) = self.next_of_page()? {
                return Ok(event);
            }
            thread::sleep(self.pages.pause());
            self.turn_page()?;
        }
    }

    /// The next event that there is already; `None` at the end of the log, for now.
    pub fn next_kept_event(&mut self) -> Result<Option<Event>, Error> {
        let next = self.next_of_page()?;
        if next.is_none() && self.pages.pause().is_zero() {
            self.turn_page()?;
            return self.next_of_page();
        }
        Ok(next)
    }

    /// The last event that was told of; `None` where none was, and it isn't known yet where the log ends.
    pub fn position(&self) -> Option<Position> {
        self.pages.position()
    }

    /// The next event of the page at hand, or of the one after it where that is known to be there.
    fn next_of_page(&mut self) -> Result<Option<Event>, Error> {
        loop {
            if let Some(event) = self.pages.take() {
                return Ok(Some(event));
            }
            if self.pages.is_at_end() {
                return Ok(None);
            }
            self.turn_page()?;
        }
    }

    fn turn_page(&mut self) -> Result<(), Error> {
        let page = self.portreeve.call(&self.pages.call())?;
        self.pages.turn(page);
        Ok(())
    }
}

impl Iterator for EventReader {
    type Item = Result<Event, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.next_event();
        self.failed = next.is_err();
        Some(next)
    }
}
