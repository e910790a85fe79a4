//! Users who wait for a port while none is free.
//!
//! When ports are given up, or have rested, as many are called as there may be ports for, in the order in
//! which they came; each who gets one has the next called. All of them at once would ask the store for
//! a few ports in vain, over and over.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::time::Duration;

use super::numbers::Numbers;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::time::Instant;
use crate::user::UserId;

/// For so long at most nobody else's ports are looked for while somebody who was called hasn't asked the
/// store: it may wait for its turn, or for something else by now.
const CALLED: Duration = Duration::from_secs(1);

/// Who waits, and when something becomes free by itself.
#[derive(Clone, Default, Debug)]
pub(crate) struct PortQueue {
    /// By their numbers.
    waiting: BTreeMap<u64, UserId>,
    /// The number that each drew when it came first, which it keeps until it leaves.
    numbers: Numbers,
    /// Those who were called, and haven't got a port yet, nor been told again that there is none.
    called: BTreeSet<UserId>,
    /// When somebody was called last.
    called_at: Instant,
    /// When the first of the ports has rested that are nobody's, as far as was told.
    pub rested: Option<Instant>,
}

#[cfg(feature = "model-checking")]
impl Project for PortQueue {
    fn project(&self, out: &mut Projection) {
        let Self {
            waiting,
            numbers,
            called,
            called_at,
            rested,
        } = self;
        // In which order they wait is told by the numbers.
        out.users(waiting.values());
        numbers.project(out);
        out.users(called);
        if !called.is_empty() {
            out.age(*called_at, CALLED);
        }
        rested.project(out);
    }
}

impl PortQueue {
    /// The user was told that no port is free.
    pub(crate) fn join(&mut self, user: &UserId) {
        let number = self.numbers.draw(user);
        self.called.remove(user);
        self.waiting.insert(number, user.clone());
    }

    /// The user has a port, or waits for none any more.
    pub(crate) fn leave(&mut self, user: &UserId) {
        self.called.remove(user);
        if let Some(number) = self.numbers.give_up(user) {
            self.waiting.remove(&number);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether somebody was called of whom it isn't known yet whether a port was free.
    pub(crate) fn awaits_called(&self) -> bool {
        !self.called.is_empty()
    }

    /// From when on others' ports are looked for, if anybody waits.
    pub(crate) fn next_search(&self) -> Option<Instant> {
        if self.waiting.is_empty() {
            None
        } else if self.called.is_empty() {
            Some(Instant::ORIGIN)
        } else {
            Some(self.called_at.after(CALLED))
        }
    }

    /// Calls so many of those who came first.
    pub(crate) fn call(&mut self, count: usize, now: Instant) -> Vec<UserId> {
        let first = (0..count).map_while(|_| self.waiting.pop_first());
        let called: Vec<_> = first.map(|(_, user)| user).collect();
        if !called.is_empty() {
            self.called.extend(called.iter().cloned());
            self.called_at = now;
        }
        called
    }

    /// Takes all of them out who wait.
    pub(crate) fn take(&mut self) -> Vec<UserId> {
        let waiting = core::mem::take(&mut self.waiting);
        let users: Vec<_> = waiting.into_values().collect();
        for user in &users {
            self.numbers.give_up(user);
        }
        users
    }
}

/// What a model checker tells states apart by. It is looked at beside the code, since no test from outside compares two states
/// that differ in these alone.
#[cfg(all(test, feature = "model-checking"))]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::name::Naming;
    use crate::time::Timestamp;

    const NOW: Instant = Instant::from_micros(60_000_000);

    fn user(id: &str) -> UserId {
        UserId::new(id).expect("a valid id")
    }

    fn projected(queue: &PortQueue) -> Vec<u64> {
        let users = ["alice", "bob"].map(|id| (user(id), Naming::default().names(&user(id))));
        let mut out = Projection::new(NOW, Timestamp::from_micros(0), users.to_vec());
        queue.project(&mut out);
        out.finish()
    }

    fn joined(ids: [&str; 2]) -> PortQueue {
        let mut queue = PortQueue::default();
        for id in ids {
            queue.join(&user(id));
        }
        queue
    }

    #[test]
    fn who_came_first_matters() {
        let [one, other] = [joined(["alice", "bob"]), joined(["bob", "alice"])];
        assert_ne!(projected(&one), projected(&other));
    }

    #[test]
    fn when_somebody_was_called_matters_while_it_is_awaited_what_comes_of_it() {
        let called = |ago| {
            let mut queue = joined(["alice", "bob"]);
            let at = Instant::from_micros(NOW.as_micros() - ago);
            assert_eq!(queue.call(1, at), vec![user("alice")]);
            queue
        };
        let [one, other] = [100_000, 900_000].map(called);
        assert_ne!(projected(&one), projected(&other));
        let [one, other] = [one, other].map(|mut queue| {
            queue.leave(&user("alice"));
            projected(&queue)
        });
        assert_eq!(one, other);
    }
}
