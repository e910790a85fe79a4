//! What is to go to the store for many users in one statement: loads of records, and the activity
//! of users.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::entropy::Entropy;
use crate::lifecycle::retry::{Retry, Unreachable};
use crate::projection::project;
use crate::time::Instant;
use crate::user::UserId;

/// So many loads may be under way at once: whoever comes meanwhile shares the next one.
const LOADS_AT_ONCE: u32 = 4;
/// So many users go into one statement at most.
const USERS_A_STATEMENT: usize = 1000;

/// Who is to be loaded, and whose activity is to be flushed.
#[derive(Clone, Default, Debug)]
pub(crate) struct Batches {
    pub loads: BTreeSet<UserId>,
    loads_under_way: u32,
    pub flushes: BTreeSet<UserId>,
    flush_under_way: bool,
    /// After a failure, nothing is sent before.
    not_before: Instant,
    retry: Retry,
    /// No flush has reached the store.
    pub flush_unreachable: Option<Unreachable>,
    /// When the first flush was sent since the last that the store has answered.
    pub unanswered_since: Option<Instant>,
    /// The flush under way may be the last otherwise: the next isn't held off.
    hurried: bool,
}

project!(struct Batches {
    loads: users, loads_under_way, flushes: users, flush_under_way, not_before: due, retry,
    flush_unreachable, unanswered_since, hurried,
});

impl Batches {
    pub(crate) fn next_try(&self, now: Instant) -> Option<Instant> {
        let waiting = !self.loads.is_empty() || !self.flushes.is_empty();
        (waiting && self.not_before > now).then_some(self.not_before)
    }

    /// Whether something may be sent by now.
    pub(crate) fn may_send(&self, now: Instant) -> bool {
        self.not_before <= now
    }

    /// The users of the next load, if one more may be under way.
    pub(crate) fn begin_load(&mut self) -> Option<Vec<UserId>> {
        if self.loads_under_way >= LOADS_AT_ONCE || self.loads.is_empty() {
            return None;
        }
        self.loads_under_way += 1;
        Some(take(&mut self.loads))
    }

    pub(crate) fn end_load(&mut self) {
        self.loads_under_way = self.loads_under_way.saturating_sub(1);
    }

    /// The users of the next flush, if none is under way.
    pub(crate) fn begin_flush(&mut self, now: Instant) -> Option<Vec<UserId>> {
        if self.flush_under_way || self.flushes.is_empty() {
            return None;
        }
        self.flush_under_way = true;
        self.unanswered_since.get_or_insert(now);
        Some(take(&mut self.flushes))
    }

    pub(crate) fn end_flush(&mut self) {
        self.flush_under_way = false;
    }

    /// A statement was answered.
    pub(crate) fn note_answer(&mut self) {
        self.retry.succeed();
    }

    /// A statement brought nothing: the next isn't sent before a while.
    pub(crate) fn hold_off(&mut self, now: Instant, entropy: &mut Entropy) {
        self.not_before = self.retry.set_back(now, entropy);
    }

    /// A flush brought nothing: the same, unless there may be no later.
    pub(crate) fn hold_off_flush(&mut self, now: Instant, entropy: &mut Entropy) {
        if !core::mem::take(&mut self.hurried) {
            self.hold_off(now, entropy);
        }
    }

    /// There may be no later: what is to be flushed is sent now, or as soon as the flush under way has
    /// brought nothing.
    pub(crate) fn hurry(&mut self, now: Instant) {
        self.not_before = self.not_before.min(now);
        self.hurried = self.flush_under_way;
    }
}

fn take(users: &mut BTreeSet<UserId>) -> Vec<UserId> {
    let mut taken = Vec::new();
    while taken.len() < USERS_A_STATEMENT
        && let Some(user) = users.pop_first()
    {
        taken.push(user);
    }
    taken
}
