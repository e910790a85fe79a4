//! The event log, read and followed.

use portreeve_core::event::{Event, EventsFrom, Position};
use portreeve_core::user::UserId;

use super::open::Portreeve;
use crate::error::Error;
use crate::event_pages::EventPages;

/// The event log, as [`events`](Portreeve::events) tells of it: in its order, each event once, and without
/// end.
///
/// It is read a page at a time, of which no more than one is held. What is dropped or fails loses nothing:
/// asked again, it goes on where it was. So does another reader, in another process too, that begins
/// [after](EventsFrom::After) this one's [`position`](Self::position).
///
/// As a [`Stream`](futures_util::stream::Stream), where that is wanted:
///
/// ```
/// # use portreeve_tokio::{Error, EventReader, portreeve_core::Event};
/// use futures_util::stream::{Stream, try_unfold};
///
/// fn stream(reader: EventReader) -> impl Stream<Item = Result<Event, Error>> {
///     try_unfold(reader, async |mut reader| {
///         Ok(Some((reader.next_event().await?, reader)))
///     })
/// }
/// ```
#[derive(Debug)]
#[must_use = "nothing is told of before somebody asks for the next event"]
pub struct EventReader {
    portreeve: Portreeve,
    pages: EventPages,
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
    pub async fn next_event(&mut self) -> Result<Event, Error> {
        loop {
            if let Some(event) = self.next_of_page().await? {
                return Ok(event);
            }
            tokio::time::sleep(self.pages.pause()).await;
            self.turn_page().await?;
        }
    }

    /// The next event that there is already; `None` at the end of the log, for now.
    pub async fn next_kept_event(&mut self) -> Result<Option<Event>, Error> {
        let next = self.next_of_page().await?;
        if next.is_none() && self.pages.pause().is_zero() {
            self.turn_page().await?;
            return self.next_of_page().await;
        }
        Ok(next)
    }

    /// The last event that was told of; `None` where none was, and it isn't known yet where the log ends.
    pub fn position(&self) -> Option<Position> {
        self.pages.position()
    }

    /// The next event of the page at hand, or of the one after it where that is known to be there.
    async fn next_of_page(&mut self) -> Result<Option<Event>, Error> {
        loop {
            if let Some(event) = self.pages.take() {
                return Ok(Some(event));
            }
            if self.pages.is_at_end() {
                return Ok(None);
            }
            self.turn_page().await?;
        }
    }

    async fn turn_page(&mut self) -> Result<(), Error> {
        let page = self.portreeve.call(self.pages.call()).await?;
        self.pages.turn(page);
        Ok(())
    }
}
