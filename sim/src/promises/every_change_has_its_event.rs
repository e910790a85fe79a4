//! Promise 13: a change of a user's record has its event, and an event its change; and whoever reads the event
//! log on and on misses none and is told none twice.

use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::StoreEffect;
use portreeve_core::error::Error;
use portreeve_core::event::{Change, Event, EventPage, EventsFrom, Position};
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::{Body, Intent};
use portreeve_core::user::UserId;

use super::verdict::Verdict;
use crate::store::Store;

/// Its name.
pub const PROMISE: &str = "Every change has its event";

/// The event log as it was written, with what was dropped of it since, and the records that it tells of.
#[derive(Default, Debug)]
pub(super) struct EventLog {
    log: VecDeque<Event>,
    /// What it was whenever the store lost some of it: answers may be on their way that tell of that.
    lost: Vec<VecDeque<Event>>,
    records: BTreeMap<UserId, Outline>,
}

/// So many of the last events are remembered: no storm has as many.
const REMEMBERED: usize = 10_000;

/// What of a record events tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Outline {
    intent: Intent,
    token_generation: u32,
    idle_limit: Option<Duration>,
}

impl Outline {
    fn of(body: &Body) -> Self {
        Self {
            intent: body.intent,
            token_generation: body.token_generation,
            idle_limit: body.idle_limit,
        }
    }
}

impl EventLog {
    /// A statement took hold, or was refused.
    pub(super) fn stored(
        &mut self,
        effect: &StoreEffect,
        outcome: &StoreOutcome,
        store: &Store,
    ) -> Verdict {
        let user = match (effect, outcome) {
            (StoreEffect::Put(put), _) => &put.user,
            (StoreEffect::Delete { user, .. }, _) => user,
            _ => return Ok(()),
        };
        let new = self.take_new(store);
        if let Some(other) = new.iter().find(|event| event.user != *user) {
            return Err(format!("a write of {user:?} has told {other:?}"));
        }
        let before = self.records.remove(user);
        let after = store.body(user).map(Outline::of);
        if let Some(outline) = after {
            self.records.insert(user.clone(), outline);
        }
        let told: Vec<_> = new.iter().map(|event| &event.body.change).collect();
        is_told(before, after, &told)
            .map_err(|what| format!("{what}, and a write of {user:?} has told {told:?}"))
    }

    /// What was written since the last look.
    fn take_new(&mut self, store: &Store) -> Vec<Event> {
        let known = self.newest();
        let new = store.events().rev();
        let mut new: Vec<_> = new
            .take_while(|event| event.position > known)
            .cloned()
            .collect();
        new.reverse();
        self.log.extend(new.iter().cloned());
        let many = self.log.len().saturating_sub(REMEMBERED);
        self.log.drain(..many);
        new
    }

    /// The store has lost what was written last, and is what it was before that.
    pub(super) fn failed_over(&mut self, store: &Store) {
        let known = store.events().next_back();
        let known = known.map_or(Position::START, |event| event.position);
        let left = self.log.iter().filter(|event| event.position <= known);
        let left = left.cloned().collect();
        self.lost.push(mem::replace(&mut self.log, left));
        let records = store.records();
        self.records = records
            .map(|(user, record)| (user, Outline::of(&record.body)))
            .collect();
    }

    fn newest(&self) -> Position {
        self.log
            .back()
            .map_or(Position::START, |event| event.position)
    }

    /// A controller has answered.
    pub(super) fn answered(&self, command: &Command, reply: &Reply) -> Verdict {
        let Command::Events { from, user, .. } = command else {
            return Ok(());
        };
        match reply {
            Reply::Events(page) => self.is_whole(*from, user.as_ref(), page),
            Reply::Failed(Error::EventsGone { after, .. })
                if *from != EventsFrom::After(*after) =>
            {
                Err(format!("{from:?} was answered with the loss of {after:?}"))
            }
            _ => Ok(()),
        }
    }

    /// Whether a part of the log leaves nothing out, of the log as it is or of one that was lost.
    fn is_whole(&self, from: EventsFrom, user: Option<&UserId>, page: &EventPage) -> Verdict {
        let mut logs = self.lost.iter().chain([&self.log]);
        if logs.any(|log| is_part_of(log, from, user, page)) {
            Ok(())
        } else {
            Err(format!(
                "from {from:?} on for {user:?}, this is not the log: {page:?}"
            ))
        }
    }
}

/// Whether a page leaves nothing out between where it begins and where it says that one is to go on. What is
/// read from the oldest on, or by age, may begin later than the log did.
fn is_part_of(
    log: &VecDeque<Event>,
    from: EventsFrom,
    user: Option<&UserId>,
    page: &EventPage,
) -> bool {
    let begin = match (from, page.events.first()) {
        (EventsFrom::After(after), _) => after,
        (EventsFrom::Oldest | EventsFrom::Since(_), Some(first)) => Position(first.position.0 - 1),
        (EventsFrom::Oldest | EventsFrom::Since(_) | EventsFrom::Now, _) => page.next,
    };
    let known = log.front().map(|first| Position(first.position.0 - 1));
    if known.is_some_and(|known| begin < known) {
        // It isn't remembered what that page had to be.
        return true;
    }
    let is_of = |event: &&Event| user.is_none_or(|user| event.user == *user);
    let wanted = log
        .iter()
        .filter(|event| event.position > begin && event.position <= page.next)
        .filter(is_of);
    wanted.eq(page.events.iter())
}

/// Whether that is told, and nothing else, of a record that was and is so.
fn is_told(
    before: Option<Outline>,
    after: Option<Outline>,
    told: &[&Change],
) -> Result<(), String> {
    let is_told = |is_it: fn(&Change) -> bool| told.iter().any(|change| is_it(change));
    let agree = |what: &str, changed: bool, told: bool| {
        if changed == told {
            Ok(())
        } else {
            Err(format!("{what}: {changed}"))
        }
    };
    let is_made = is_told(|change| matches!(change, Change::Made));
    agree("made", before.is_none() && after.is_some(), is_made)?;
    let is_purged = is_told(|change| matches!(change, Change::Purged));
    agree("purged", before.is_some() && after.is_none(), is_purged)?;
    let Some(after) = after else {
        return Ok(());
    };
    let is_limited = is_told(|change| matches!(change, Change::IdleLimited { .. }));
    let limit = before.and_then(|body| body.idle_limit);
    agree("limited", limit != after.idle_limit, is_limited)?;
    let is_rotated = is_told(|change| matches!(change, Change::Rotated { .. }));
    let generation = before.map(|body| body.token_generation);
    let rotated = generation.is_some_and(|generation| generation != after.token_generation);
    agree("rotated", rotated, is_rotated)?;
    transition(before.map(|body| body.intent), after.intent, told)
}

/// Whether what has become of the container is told, in the words that are meant for it.
fn transition(before: Option<Intent>, after: Intent, told: &[&Change]) -> Result<(), String> {
    let words: Vec<_> = told
        .iter()
        .filter(|change| {
            !matches!(
                change,
                Change::Made
                    | Change::Purged
                    | Change::IdleLimited { .. }
                    | Change::Rotated { .. }
                    | Change::Repaired { .. }
            )
        })
        .collect();
    let becomes = |change: &Change| match change {
        Change::Starting => after == Intent::Starting,
        Change::Ready { .. } | Change::FoundRunning => after == Intent::Running,
        Change::Stopping => after == Intent::Stopping,
        Change::Removing => after == Intent::Removing,
        Change::Stopped => after == Intent::Stopped,
        Change::Adopted => matches!(after, Intent::Running | Intent::Stopped),
        // Whatever may run still stays what it was called.
        Change::Failed { .. } => true,
        _ => false,
    };
    match words.as_slice() {
        [] if before == Some(after) => Ok(()),
        [word] if becomes(word) => Ok(()),
        _ => Err(format!("{before:?} became {after:?}")),
    }
}
