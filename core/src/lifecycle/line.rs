//! The start line: so many starts at once, first come, first served.

use alloc::collections::{BTreeSet, VecDeque};

use crate::user::UserId;

#[derive(Clone, Debug)]
pub(crate) struct StartLine {
    limit: usize,
    starting: BTreeSet<UserId>,
    waiting: VecDeque<UserId>,
}

impl StartLine {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            limit: usize::try_from(limit.max(1)).unwrap_or(usize::MAX),
            starting: BTreeSet::new(),
            waiting: VecDeque::new(),
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
        if !self.waiting.contains(user) {
            self.waiting.push_back(user.clone());
        }
        if self.waiting.front() == Some(user) && self.starting.len() < self.limit {
            self.waiting.pop_front();
            self.starting.insert(user.clone());
            return true;
        }
        false
    }

    /// Takes the user out; whoever's turn it is now is returned.
    pub(crate) fn leave(&mut self, user: &UserId) -> Option<UserId> {
        self.waiting.retain(|waiting| waiting != user);
        self.starting.remove(user);
        if self.starting.len() >= self.limit {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.starting.insert(next.clone());
        Some(next)
    }
}
