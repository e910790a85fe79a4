//! Promises 5 and 10: no active user is reaped, and shutting down stops nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::{Effect, Put, StoreEffect};
use portreeve_core::record::Intent;
use portreeve_core::settings::Settings;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::Verdict;
use crate::world::Asked;

/// So long after it was answered a command may still be what something is done for: a write that
/// was sent for it, and its process then stood still.
const LASTING: Duration = Duration::from_secs(90);

/// Who was active, who may be stopped, and who says so.
#[derive(Debug)]
pub(super) struct Activity {
    default_limit: Duration,
    users: BTreeMap<UserId, Known>,
    /// Controllers that are being closed.
    closing: BTreeSet<usize>,
}

#[derive(Default, Debug)]
struct Known {
    /// When the last activity was asked for that was answered.
    active: Option<Instant>,
    /// The idle limits the user may have.
    limits: BTreeSet<Duration>,
    /// Which controllers were asked for something that may stop the user's container.
    leave: BTreeMap<usize, Leave>,
    /// Which were asked to have it run.
    ensured: BTreeMap<usize, Leave>,
    /// Whether the user's token was ever to be replaced, so that an ensure may stop a container.
    rotated: bool,
    /// What the record says is being done.
    intent: Option<Intent>,
}

/// Whether a controller does something because it was asked to.
#[derive(Default, Debug)]
struct Leave {
    /// How many questions wait for their answers.
    pending: usize,
    /// When one was answered last, or given up.
    until: Instant,
}

impl Leave {
    fn asked(&mut self) {
        self.pending += 1;
    }

    fn over(&mut self, now: Instant) {
        self.pending = self.pending.saturating_sub(1);
        self.until = now.after(LASTING);
    }

    fn given(&self, now: Instant) -> bool {
        self.pending > 0 || now < self.until
    }
}

impl Activity {
    pub(super) fn new(controllers: &[Settings]) -> Self {
        let limits = controllers.iter().map(|settings| settings.idle_limit);
        Self {
            default_limit: limits.min().unwrap_or_default(),
            users: BTreeMap::new(),
            closing: BTreeSet::new(),
        }
    }

    pub(super) fn asked(&mut self, controller: usize, command: &Command) {
        if let Some(leave) = self.leave(controller, command) {
            leave.asked();
        }
        match command {
            Command::Rotate(user) => self.known(user).rotated = true,
            Command::LimitIdle(user, limit) => {
                let limit = limit.unwrap_or(self.default_limit);
                self.known(user).limits.insert(limit);
            }
            _ => {}
        }
    }

    /// What a controller may do because it is asked for this.
    fn leave(&mut self, controller: usize, command: &Command) -> Option<&mut Leave> {
        let given = match command {
            Command::Stop(user)
            | Command::Restart(user)
            | Command::Purge(user)
            | Command::Rotate(user) => &mut self.known(user).leave,
            Command::Ensure(user) | Command::Adopt(user) => &mut self.known(user).ensured,
            Command::LimitIdle(..)
            | Command::Touch(_)
            | Command::Status(_)
            | Command::List
            | Command::Reap
            | Command::Health
            | Command::Repair { .. }
            | Command::Rekey => return None,
        };
        Some(given.entry(controller).or_default())
    }

    fn known(&mut self, user: &UserId) -> &mut Known {
        let limit = self.default_limit;
        let known = self.users.entry(user.clone()).or_default();
        known.limits.insert(limit);
        known
    }

    /// A question is answered. Only activity that was answered is promised.
    pub(super) fn answered(
        &mut self,
        now: Instant,
        controller: usize,
        asked: &Asked,
        reply: &Reply,
    ) {
        if let Some(leave) = self.leave(controller, &asked.command) {
            leave.over(now);
        }
        let ((Command::Ensure(user), Reply::Ensured(_))
        | (Command::Touch(user), Reply::Touched(true))) = (&asked.command, reply)
        else {
            return;
        };
        let known = self.known(user);
        known.active = known.active.max(Some(asked.at));
    }

    /// A record was written. One that begins to say that its container is being stopped, and that
    /// nobody asked this controller for, is a reap.
    pub(super) fn put(&mut self, now: Instant, controller: usize, put: &Put) -> Verdict {
        let known = self.known(&put.user);
        let before = known.intent.replace(put.body.intent);
        let begins = put.body.intent == Intent::Stopping && before != Some(Intent::Stopping);
        let given = |leave: &Leave| leave.given(now);
        let leave = known.leave.get(&controller);
        // A container that carries an old token is stopped for the sake of a new one.
        let ensured = known.ensured.get(&controller).filter(|_| known.rotated);
        let asked_for = leave.is_some_and(given) || ensured.is_some_and(given);
        if !begins || asked_for || before == Some(Intent::Removing) {
            return Ok(());
        }
        let Some(active) = known.active else {
            return Ok(());
        };
        let least = known.limits.iter().filter(|limit| !limit.is_zero()).min();
        let idle = now.since(active);
        match least {
            Some(limit) if idle >= *limit => Ok(()),
            Some(limit) => Err(format!(
                "{:?} was active {} ms ago, and is reaped; the limit is {} ms",
                put.user,
                idle.as_millis(),
                limit.as_millis()
            )),
            None => Err(format!("{:?} is never to be reaped, and is", put.user)),
        }
    }

    pub(super) fn deleted(&mut self, user: &UserId) {
        if let Some(known) = self.users.get_mut(user) {
            known.active = None;
            known.intent = None;
        }
    }

    pub(super) fn closing(&mut self, controller: usize) {
        self.closing.insert(controller);
    }

    pub(super) fn gone(&mut self, now: Instant, controller: usize) {
        self.closing.remove(&controller);
        for known in self.users.values_mut() {
            let leave = known.leave.get_mut(&controller);
            for leave in leave.into_iter().chain(known.ensured.get_mut(&controller)) {
                leave.pending = 0;
                leave.until = now.after(LASTING);
            }
        }
    }

    /// A controller that is being closed begins to stop nobody.
    pub(super) fn launched(&self, controller: usize, effect: &Effect) -> Verdict {
        let Effect::Store(StoreEffect::Put(put)) = effect else {
            return Ok(());
        };
        if !self.closing.contains(&controller) || put.body.intent != Intent::Stopping {
            return Ok(());
        }
        let before = self.users.get(&put.user).and_then(|known| known.intent);
        match before {
            Some(Intent::Stopping) => Ok(()),
            _ => Err(format!(
                "{:?} is stopped by a controller that is being closed",
                put.user
            )),
        }
    }
}
