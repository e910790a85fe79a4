//! Promise 5: no active user is reaped.
//!
//! It holds from when the store knows of the activity. Where a controller answers that the activity is
//! pending, since it doesn't reach the store, it promises less: that it reaps the user itself only after
//! the store was told, and that it does tell it once the store is back, unless it ends before. Meanwhile
//! another controller may reap the user, who was idle by what the store knows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::{Effect, Put, StoreEffect};
use portreeve_core::outcome::Touch;
use portreeve_core::record::Intent;
use portreeve_core::settings::Settings;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::verdict::Verdict;
use crate::store::Store;

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

/// Whose activity this answer acknowledges, if it does. One that says that it is pending doesn't.
pub fn activity<'a>(command: &'a Command, reply: &Reply) -> Option<&'a UserId> {
    match (command, reply) {
        (Command::Ensure(user) | Command::Restart(user), Reply::Ensured(endpoint)) => {
            (!endpoint.pending).then_some(user)
        }
        (Command::Touch(user), Reply::Touched(touched)) => {
            (touched.known && !touched.pending).then_some(user)
        }
        _ => None,
    }
}

/// Whose activity this answer says is pending, if it does.
pub fn pending<'a>(command: &'a Command, reply: &Reply) -> Option<&'a UserId> {
    match (command, reply) {
        (Command::Ensure(user) | Command::Restart(user), Reply::Ensured(endpoint)) => {
            endpoint.pending.then_some(user)
        }
        (Command::Touch(user), Reply::Touched(touched)) => touched.pending.then_some(user),
        _ => None,
    }
}

/// So long after it reaches the store again a controller may take to tell it of what is pending.
pub const TOLD_WITHIN: Duration = Duration::from_secs(60);

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
    /// What is answered before may be answered by what the store has lost.
    lost_until: Instant,
    users: BTreeMap<UserId, Known>,
}

#[derive(Default, Debug)]
struct Known {
    /// When the last activity was asked for that was answered.
    active: Option<Instant>,
    /// When the last activity was asked for that each controller has answered as pending, and that the
    /// store wasn't told of since.
    pending: BTreeMap<usize, Instant>,
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
            lost_until: Instant::ORIGIN,
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
            | Command::LogSource(_)
            | Command::List { .. }
            | Command::ListRunning { .. }
            | Command::Reap
            | Command::Health
            | Command::Repair { .. }
            | Command::Rekey
            | Command::Events { .. } => return None,
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
        if let Some(user) = activity(command, reply).filter(|_| now >= self.lost_until) {
            let known = self.known(user);
            known.active = known.active.max(Some(asked_at));
        }
        if let Some(user) = pending(command, reply) {
            self.known(user).pending.insert(controller, asked_at);
        }
    }

    /// A controller sends an effect. It is not to reap anybody whose activity it has answered as pending.
    pub(super) fn sent(&self, controller: usize, effect: &Effect) -> Verdict {
        let Effect::Store(StoreEffect::Put(put)) = effect else {
            return Ok(());
        };
        let known = self.users.get(&put.user);
        let pending = known.is_some_and(|known| known.pending.contains_key(&controller));
        if put.idle.is_some() && pending {
            return Err(format!(
                "controller {controller} reaps {:?}, and has not told the store of activity that it answered",
                put.user
            ));
        }
        Ok(())
    }

    /// The store has written down that users were active, or knows of none of the name.
    pub(super) fn touched<'a>(
        &mut self,
        touches: impl IntoIterator<Item = (&'a UserId, &'a Touch)>,
    ) {
        for (user, touch) in touches {
            match touch {
                Touch::Written(_) => self.flushed(user),
                Touch::Absent => self.known(user).pending.clear(),
                Touch::Unreadable(_) => {}
            }
        }
    }

    /// What was pending is what the store knows by now.
    fn flushed(&mut self, user: &UserId) {
        let known = self.known(user);
        let pending = std::mem::take(&mut known.pending);
        known.active = known.active.max(pending.into_values().max());
    }

    /// All controllers have reached the store for a while.
    pub(super) fn when_told(&self) -> Verdict {
        let forgotten = |(user, known): (&UserId, &Known)| {
            let (controller, at) = known.pending.first_key_value()?;
            Some(format!(
                "controller {controller} answered that activity of {user:?} at {at:?} is pending, and never told the store"
            ))
        };
        self.users.iter().find_map(forgotten).map_or(Ok(()), Err)
    }

    /// A record was written. One that begins to say that its container is being stopped, and that
    /// nobody asked this controller for, is a reap.
    pub(super) fn put(&mut self, now: Instant, controller: usize, put: &Put) -> Verdict {
        if put.touch {
            self.flushed(&put.user);
        }
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

    /// The store has lost what was written last, and who was active by it. Each controller may answer from
    /// memory for a while that it was told to the store.
    pub(super) fn failed_over(&mut self, now: Instant, store: &Store) {
        self.lost_until = now.after(self.slack);
        for (user, known) in &mut self.users {
            known.active = None;
            known.intent = store.body(user).map(|body| body.intent);
        }
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
            known.pending.clear();
            known.intent = None;
        }
    }

    pub(super) fn gone(&mut self, now: Instant, controller: usize) {
        for known in self.users.values_mut() {
            known.pending.remove(&controller);
            let leave = known.leave.get_mut(&controller);
            for leave in leave.into_iter().chain(known.ensured.get_mut(&controller)) {
                leave.pending = 0;
                leave.until = now.after(LASTING);
            }
        }
    }
}
