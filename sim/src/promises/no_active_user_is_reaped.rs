//! Promise 5: no active user is reaped.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::Put;
use portreeve_core::record::Intent;
use portreeve_core::settings::Settings;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::verdict::Verdict;

/// Its name.
pub const PROMISE: &str = "No active user is reaped";

/// A write that took hold begins to say that its container is being stopped.
pub fn begins_to_stop(put: &Put, before: Option<Intent>) -> bool {
    put.body.intent == Intent::Stopping && before != Some(Intent::Stopping)
}

/// A user is being stopped, and nobody asked for it: so it is a reap. `idle` is how long ago the last
/// activity was asked for that was answered, by the store's clock, and `limit` how long the user may be
/// idle at least, or zero for ever.
///
/// # Errors
/// If the user wasn't idle for that long.
pub fn reaped(user: &UserId, idle: Option<Duration>, limit: Duration) -> Verdict {
    let Some(idle) = idle else {
        return Ok(());
    };
    if limit.is_zero() {
        return Err(format!("{user:?} is never to be reaped, and is"));
    }
    if idle >= limit {
        return Ok(());
    }
    Err(format!(
        "{user:?} was active {} ms ago, and is reaped; the limit is {} ms",
        idle.as_millis(),
        limit.as_millis()
    ))
}

/// Whose activity this answer acknowledges, if it does.
pub fn activity<'a>(command: &'a Command, reply: &Reply) -> Option<&'a UserId> {
    match (command, reply) {
        (Command::Ensure(user) | Command::Restart(user), Reply::Ensured(_))
        | (Command::Touch(user), Reply::Touched(true)) => Some(user),
        _ => None,
    }
}

/// So long after it was answered a command may still be what something is done for: a write that
/// was sent for it, and its process then stood still.
const LASTING: Duration = Duration::from_secs(90);

/// Who was active, who may be stopped, and who says so. It goes by times, which no two states of a model
/// checker share: that has a smaller memory of its own, and the same rule.
#[derive(Debug)]
pub(super) struct Activity {
    default_limit: Duration,
    /// How long after an activity was told to the store others of the same user may be answered from memory.
    slack: Duration,
    /// When the store's clock was set forward, and by how much.
    steps: Vec<(Instant, Duration)>,
    users: BTreeMap<UserId, Known>,
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
        let slacks = controllers.iter().map(|settings| settings.timing.slack);
        Self {
            default_limit: limits.min().unwrap_or_default(),
            slack: slacks.max().unwrap_or_default(),
            steps: Vec::new(),
            users: BTreeMap::new(),
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
        (command, asked_at): (&Command, Instant),
        reply: &Reply,
    ) {
        if let Some(leave) = self.leave(controller, command) {
            leave.over(now);
        }
        if let Some(user) = activity(command, reply) {
            let known = self.known(user);
            known.active = known.active.max(Some(asked_at));
        }
    }

    /// A record was written. One that begins to say that its container is being stopped, and that
    /// nobody asked this controller for, is a reap.
    pub(super) fn put(&mut self, now: Instant, controller: usize, put: &Put) -> Verdict {
        let known = self.known(&put.user);
        let before = known.intent.replace(put.body.intent);
        let begins = begins_to_stop(put, before);
        let given = |leave: &Leave| leave.given(now);
        let leave = known.leave.get(&controller);
        // A container that carries an old token is stopped for the sake of a new one.
        let ensured = known.ensured.get(&controller).filter(|_| known.rotated);
        let asked_for = leave.is_some_and(given) || ensured.is_some_and(given);
        if !begins || asked_for || before == Some(Intent::Removing) {
            return Ok(());
        }
        let least = known.limits.iter().filter(|limit| !limit.is_zero()).min();
        let least = least.copied().unwrap_or_default();
        let active = known.active;
        let idle = active.map(|active| self.idle_since(active, now));
        reaped(&put.user, idle, least)
    }

    /// The store's clock is set forward: nothing tells that from a time in which nobody came.
    pub(super) fn clock_set_forward(&mut self, now: Instant, by: Duration) {
        self.steps.push((now, by));
    }

    /// How long it is, by the store's clock, since an activity was told to it that was asked for at that
    /// time: at the earliest a slack before.
    fn idle_since(&self, active: Instant, now: Instant) -> Duration {
        let told = active.before(self.slack);
        let since = self.steps.iter().filter(|(at, _)| *at >= told);
        now.since(active) + since.map(|(_, by)| *by).sum::<Duration>()
    }

    pub(super) fn deleted(&mut self, user: &UserId) {
        if let Some(known) = self.users.get_mut(user) {
            known.active = None;
            known.intent = None;
        }
    }

    pub(super) fn gone(&mut self, now: Instant, controller: usize) {
        for known in self.users.values_mut() {
            let leave = known.leave.get_mut(&controller);
            for leave in leave.into_iter().chain(known.ensured.get_mut(&controller)) {
                leave.pending = 0;
                leave.until = now.after(LASTING);
            }
        }
    }
}
