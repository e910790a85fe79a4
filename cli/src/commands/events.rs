//! What happened to users is told as it is read: what was printed is held no longer.

use portreeve_api::Event;
use portreeve_tokio::{EventReader, EventsFrom, Portreeve, Position};

use crate::args::EventsFlags;
use crate::failure::Failure;
use crate::output::{Events, Output};

/// The event log from where it was asked for, up to its end or, followed, until the command is interrupted.
pub(super) async fn events(
    portreeve: &Portreeve,
    flags: &EventsFlags,
    output: Output,
) -> Result<(), Failure> {
    let from = match (flags.after, flags.since) {
        (Some(after), _) => EventsFrom::After(Position(after)),
        (None, Some(since)) => EventsFrom::Since(since),
        // Who follows wants to see what comes.
        (None, None) if flags.follow => EventsFrom::Now,
        (None, None) => EventsFrom::Oldest,
    };
    let mut reader = portreeve.events(from);
    if let Some(user) = &flags.user {
        reader = reader.of(user)?;
    }
    let nothing = "Nothing has happened.\n";
    let mut events = Events::new(output, flags.user.is_none(), nothing);
    if !print_kept(&mut reader, &mut events).await? {
        return Ok(());
    }
    if !flags.follow {
        return events.end();
    }
    loop {
        let event = reader.next_event().await?;
        if events.show(&[Event::from(&event)])?.is_break() {
            return Ok(());
        }
    }
}

/// All that is known to have happened to a user, who needn't be known any more.
pub(super) async fn history(
    portreeve: &Portreeve,
    user: &str,
    output: Output,
) -> Result<(), Failure> {
    let mut reader = portreeve.events(EventsFrom::Oldest).of(user)?;
    let nothing = "Nothing has happened to that user, as far as events are kept.\n";
    let mut events = Events::new(output, false, nothing);
    if print_kept(&mut reader, &mut events).await? {
        events.end()?;
    }
    Ok(())
}

/// So many are shown at once, so that their columns are aligned.
const AT_ONCE: usize = 100;

/// Prints what there is; false once nobody reads it.
async fn print_kept(reader: &mut EventReader, events: &mut Events) -> Result<bool, Failure> {
    let mut some = Vec::new();
    while let Some(event) = reader.next_kept_event().await? {
        some.push(Event::from(&event));
        if some.len() >= AT_ONCE {
            if events.show(&some)?.is_break() {
                return Ok(false);
            }
            some.clear();
        }
    }
    Ok(!events.show(&some)?.is_break())
}
