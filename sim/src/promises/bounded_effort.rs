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

const WINDOW: Duration = Duration::from_secs(60);

/// The changes that each controller has asked the engine for, for each user, within the last minute.
#[derive(Default, Debug)]
pub(super) struct Effort(BTreeMap<(usize, UserId), VecDeque<Instant>>);

impl Effort {
    /// A controller hands an effect to its driver.
    pub(super) fn sent(
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
        let changes = self.0.entry((controller, user)).or_default();
        while changes
            .front()
            .is_some_and(|sent| now.since(*sent) >= WINDOW)
        {
            changes.pop_front();
        }
        changes.push_back(now);
        if changes.len() <= MOST_CHANGES {
            return Ok(());
        }
        Err(format!(
            "controller {controller} asked the engine for {} changes within a minute, the last of \
             which is {effect:?}",
            changes.len()
        ))
    }

    /// A host was told something: what comes after a success was asked for anew.
    pub(super) fn answered(&mut self, controller: usize, command: &Command, reply: &Reply) {
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
            self.0.remove(&(controller, user.clone()));
        }
    }

    /// A controller's process has ended, and knows nothing of what it did.
    pub(super) fn gone(&mut self, controller: usize) {
        self.0.retain(|(which, _), _| *which != controller);
    }
}
