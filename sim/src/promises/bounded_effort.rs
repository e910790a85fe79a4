//! Promise 12: whatever an engine answers, and for however long, it isn't asked for more changes for a
//! user within a minute than a few.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::Effect;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::ledger::Ledger;
use super::verdict::Verdict;

/// Its name.
pub const PROMISE: &str = "Bounded effort";

/// So many changes within a minute may be asked of the engine for a user, as long as nobody was told
/// that what they wanted is so.
pub const MOST_CHANGES: usize = 20;

/// The time in which they are counted.
pub const WINDOW: Duration = Duration::from_secs(60);

/// The changes that each controller has asked the engine for, for each user, within the last minute. It
/// goes by times: the few scenes of a model checker that are about this promise carry them in their
/// states.
#[derive(Clone, Debug)]
pub struct Effort {
    most: usize,
    changes: BTreeMap<(usize, UserId), VecDeque<Instant>>,
}

impl Default for Effort {
    fn default() -> Self {
        Self::new(MOST_CHANGES)
    }
}

impl Effort {
    /// What is checked where so many changes may be asked for.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            changes: BTreeMap::new(),
        }
    }

    /// When each controller asked for what counts for a user, oldest first.
    pub fn changes(&self) -> impl Iterator<Item = (usize, &UserId, &VecDeque<Instant>)> {
        let all = self.changes.iter();
        all.map(|((controller, user), sent)| (*controller, user, sent))
    }

    /// A controller hands an effect to its driver.
    ///
    /// # Errors
    /// If that is one change too many.
    pub fn sent(
        &mut self,
        now: Instant,
        controller: usize,
        effect: &Effect,
        ledger: &Ledger,
    ) -> Verdict {
        let Effect::Engine(effect) = effect else {
            return Ok(());
        };
        let Some(user) = ledger.user_of(effect).filter(|_| !effect.only_looks()) else {
            return Ok(());
        };
        let changes = self.changes.entry((controller, user)).or_default();
        while changes
            .front()
            .is_some_and(|sent| now.since(*sent) >= WINDOW)
        {
            changes.pop_front();
        }
        changes.push_back(now);
        if changes.len() <= self.most {
            return Ok(());
        }
        Err(format!(
            "controller {controller} asked the engine for {} changes within a minute, the last of \
             which is {effect:?}",
            changes.len()
        ))
    }

    /// A host was told something: what comes after a success was asked for anew.
    pub fn answered(&mut self, controller: usize, command: &Command, reply: &Reply) {
        let (Command::Ensure(user)
        | Command::Stop(user)
        | Command::Restart(user)
        | Command::Purge(user)
        | Command::Rotate(user)
        | Command::Adopt(user)) = command
        else {
            return;
        };
        if !matches!(reply, Reply::Failed(_)) {
            self.changes.remove(&(controller, user.clone()));
        }
    }

    /// A controller's process has ended, and knows nothing of what it did.
    pub fn gone(&mut self, controller: usize) {
        self.changes.retain(|(which, _), _| *which != controller);
    }
}
