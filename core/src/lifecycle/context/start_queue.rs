//! The start queue: so many starts at once, first come, first served.

use alloc::collections::{BTreeMap, BTreeSet};

#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::user::UserId;

#[derive(Clone, Debug)]
pub(crate) struct StartQueue {
    limit: usize,
    starting: BTreeSet<UserId>,
    /// By the number they drew.
    waiting: BTreeMap<u64, UserId>,
    numbers: BTreeMap<UserId, u64>,
    drawn: u64,
}

#[cfg(feature = "model-checking")]
impl Project for StartQueue {
    fn project(&self, out: &mut Projection) {
        let Self {
            limit: _,
            starting,
            waiting,
            // Told by those who wait, in the order of their numbers.
            numbers: _,
            drawn: _,
        } = self;
        out.users(starting);
        out.word(waiting.len() as u64);
        for user in waiting.values() {
            user.project(out);
        }
    }
}

impl StartQueue {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            limit: usize::try_from(limit.max(1)).unwrap_or(usize::MAX),
            starting: BTreeSet::new(),
            waiting: BTreeMap::new(),
            numbers: BTreeMap::new(),
            drawn: 0,
        }
    }

    pub(crate) fn has_turn(&self, user: &UserId) -> bool {
        self.starting.contains(user)
    }

    /// Queues the user, unless it is queued; true if it is its turn now.
    pub(crate) fn join(&mut self, user: &UserId) -> bool {
        if self.has_turn(user) {
            return true;
        }
        if !self.numbers.contains_key(user) {
            self.drawn += 1;
            self.numbers.insert(user.clone(), self.drawn);
            self.waiting.insert(self.drawn, user.clone());
        }
        let is_first = self.waiting.values().next() == Some(user);
        is_first && self.admit().is_some()
    }

    /// Takes the user out; whoever's turn it is now is returned.
    pub(crate) fn leave(&mut self, user: &UserId) -> Option<UserId> {
        if let Some(number) = self.numbers.remove(user) {
            self.waiting.remove(&number);
        }
        self.starting.remove(user);
        self.admit()
    }

    /// Lets the first in the queue start, if one more may.
    fn admit(&mut self) -> Option<UserId> {
        if self.starting.len() >= self.limit {
            return None;
        }
        let (_, next) = self.waiting.pop_first()?;
        self.numbers.remove(&next);
        self.starting.insert(next.clone());
        Some(next)
    }
}
