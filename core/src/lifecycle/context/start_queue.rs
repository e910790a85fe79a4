//! The start queue: so many turns at once for the engine's work on starts.
//!
//! A turn is held while the engine works for a user's start, and while what that takes is written
//! down. Whoever waits for something else gives it back, and comes back to the place that its first
//! number gives it: before all who came later. A run makes few tries, so they don't wait for long.
//!
//! Those whose starts were set back share half of the turns, so that however many there are, and
//! however long the engine takes to refuse them, others get theirs. Where there is a single turn, the
//! two kinds take it by turns.

use alloc::collections::BTreeMap;

use super::numbers::Numbers;
use crate::projection::project;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::user::UserId;

/// How the start has gone so far that a turn is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standing {
    /// Nothing was in its way.
    Sound,
    /// An earlier start of the user's failed, or the engine hasn't done what it was asked for in this one.
    SetBack,
}

project!(
    enum Standing {
        Sound,
        SetBack,
    }
);

#[derive(Clone, Debug)]
pub(crate) struct StartQueue {
    limit: usize,
    /// Who has a turn, and what it was given for.
    turns: BTreeMap<UserId, Standing>,
    /// Who waits for one, by their numbers.
    sound: BTreeMap<u64, UserId>,
    set_back: BTreeMap<u64, UserId>,
    /// The number that each drew when it came first, which it keeps until it leaves.
    numbers: Numbers,
    /// What the last turn was given for.
    last: Standing,
}

#[cfg(feature = "model-checking")]
impl Project for StartQueue {
    fn project(&self, out: &mut Projection) {
        let Self {
            limit: _,
            turns,
            sound,
            set_back,
            numbers,
            last,
        } = self;
        out.by_user(turns, Project::project);
        // In which order they wait is told by the numbers.
        out.users(sound.values());
        out.users(set_back.values());
        numbers.project(out);
        last.project(out);
    }
}

impl StartQueue {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            limit: usize::try_from(limit.max(1)).unwrap_or(usize::MAX),
            turns: BTreeMap::new(),
            sound: BTreeMap::new(),
            set_back: BTreeMap::new(),
            numbers: Numbers::default(),
            last: Standing::Sound,
        }
    }

    pub(crate) fn has_turn(&self, user: &UserId) -> bool {
        self.turns.contains_key(user)
    }

    /// How many of those who wait came before the user.
    pub(crate) fn before(&self, user: &UserId) -> u32 {
        let Some(number) = self.numbers.get(user) else {
            return 0;
        };
        // Who has just come is asked after most, and has few behind it, while there may be very many before.
        let before = |line: &BTreeMap<u64, UserId>| line.len() - line.range(number..).count();
        u32::try_from(before(&self.sound) + before(&self.set_back)).unwrap_or(u32::MAX)
    }

    /// Queues the user, unless it has a turn; whoever's turn it is now is returned.
    pub(crate) fn join(&mut self, user: &UserId, standing: Standing) -> Option<UserId> {
        if self.has_turn(user) {
            return Some(user.clone());
        }
        let number = self.numbers.draw(user);
        self.stop_waiting(number);
        self.line(standing).insert(number, user.clone());
        self.admit()
    }

    /// The user waits for something else than the engine, and comes back before those who came later;
    /// whoever's turn it is now is returned.
    pub(crate) fn give_back(&mut self, user: &UserId) -> Option<UserId> {
        self.turns.remove(user)?;
        self.admit()
    }

    /// The user can't use its turn now, and gives it to one who came before it, if one may have it;
    /// whoever's turn it is now is returned.
    pub(crate) fn cede(&mut self, user: &UserId) -> Option<UserId> {
        let number = self.numbers.get(user)?;
        let standing = self.turns.remove(user)?;
        let (sound, set_back) = self.firsts();
        let first = sound.into_iter().chain(set_back).min();
        if first.is_some_and(|first| *first < number) {
            return self.admit();
        }
        self.turns.insert(user.clone(), standing);
        None
    }

    /// Takes the user out; whoever's turn it is now is returned.
    pub(crate) fn leave(&mut self, user: &UserId) -> Option<UserId> {
        if let Some(number) = self.numbers.give_up(user) {
            self.stop_waiting(number);
        }
        self.give_back(user)
    }

    fn line(&mut self, standing: Standing) -> &mut BTreeMap<u64, UserId> {
        match standing {
            Standing::Sound => &mut self.sound,
            Standing::SetBack => &mut self.set_back,
        }
    }

    fn stop_waiting(&mut self, number: u64) {
        self.sound.remove(&number);
        self.set_back.remove(&number);
    }

    /// Gives a turn to whoever is next, if there is one to be given. Turns come free one at a time, and
    /// so does whoever may have one.
    fn admit(&mut self) -> Option<UserId> {
        if self.turns.len() >= self.limit {
            return None;
        }
        let standing = self.next_standing()?;
        let (_, next) = self.line(standing).pop_first()?;
        self.turns.insert(next.clone(), standing);
        self.last = standing;
        Some(next)
    }

    /// The numbers of those in either line who may have the next turn.
    fn firsts(&self) -> (Option<&u64>, Option<&u64>) {
        let set_back = self.set_back.keys().next().filter(|_| self.has_share());
        (self.sound.keys().next(), set_back)
    }

    /// Which line the next turn is for.
    fn next_standing(&self) -> Option<Standing> {
        match self.firsts() {
            (None, None) => None,
            (Some(_), None) => Some(Standing::Sound),
            (None, Some(_)) => Some(Standing::SetBack),
            (Some(sound), Some(set_back)) => {
                let is_first = sound < set_back || self.last == Standing::SetBack;
                Some(if is_first {
                    Standing::Sound
                } else {
                    Standing::SetBack
                })
            }
        }
    }

    /// Whether one more of those that were set back may have a turn.
    fn has_share(&self) -> bool {
        let standings = self.turns.values();
        let held = standings.filter(|standing| **standing == Standing::SetBack);
        held.count() < (self.limit / 2).max(1)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn user(id: &str) -> UserId {
        UserId::new(id).expect("a valid id")
    }

    /// Has them join in this order; who got a turn at once.
    fn join(queue: &mut StartQueue, ids: &[&str], standing: Standing) -> usize {
        let joined = ids.iter().map(|id| queue.join(&user(id), standing));
        joined.flatten().count()
    }

    #[test]
    fn those_that_were_set_back_share_half_of_the_turns() {
        let mut queue = StartQueue::new(4);
        let failing = ["a", "b", "c", "d"];
        assert_eq!(join(&mut queue, &failing, Standing::SetBack), 2);
        assert_eq!(join(&mut queue, &["e", "f", "g"], Standing::Sound), 2);
        // What a sound one leaves is for the next sound one, though others came before it.
        assert_eq!(queue.leave(&user("e")), Some(user("g")));
        assert_eq!(queue.leave(&user("f")), None);
        assert_eq!(queue.leave(&user("a")), Some(user("c")));
    }

    #[test]
    fn a_single_turn_goes_to_either_kind_in_turn() {
        let mut queue = StartQueue::new(1);
        assert_eq!(join(&mut queue, &["a", "b", "c"], Standing::SetBack), 1);
        assert_eq!(join(&mut queue, &["x", "y"], Standing::Sound), 0);
        let mut order = Vec::new();
        let mut next = Some(user("a"));
        while let Some(user) = next {
            next = queue.leave(&user);
            order.push(user);
        }
        assert_eq!(order, ["a", "x", "b", "y", "c"].map(user));
    }

    #[test]
    fn who_gave_its_turn_back_comes_before_those_who_came_later() {
        let mut queue = StartQueue::new(1);
        assert_eq!(join(&mut queue, &["a", "b", "c"], Standing::Sound), 1);
        assert_eq!(queue.give_back(&user("a")), Some(user("b")));
        assert_eq!(queue.join(&user("a"), Standing::Sound), None);
        assert_eq!(queue.leave(&user("b")), Some(user("a")));
        // Whoever has left comes anew.
        assert_eq!(queue.leave(&user("a")), Some(user("c")));
        assert_eq!(join(&mut queue, &["d", "a"], Standing::Sound), 0);
        assert_eq!(queue.leave(&user("c")), Some(user("d")));
    }

    #[test]
    fn a_turn_that_cannot_be_used_is_ceded_to_those_who_came_before() {
        let mut queue = StartQueue::new(1);
        assert_eq!(join(&mut queue, &["a", "b", "c"], Standing::Sound), 1);
        assert_eq!(queue.cede(&user("a")), None);
        assert!(queue.has_turn(&user("a")));
        assert_eq!(queue.give_back(&user("a")), Some(user("b")));
        assert_eq!(queue.cede(&user("b")), None);
        assert_eq!(queue.join(&user("a"), Standing::SetBack), None);
        assert_eq!(queue.cede(&user("b")), Some(user("a")));
        assert_eq!(queue.cede(&user("b")), None);
    }

    /// One who waits for something else and has no turn gives none to anybody.
    #[test]
    fn no_more_turns_are_given_than_there_are() {
        let mut queue = StartQueue::new(1);
        assert_eq!(join(&mut queue, &["a", "b"], Standing::Sound), 1);
        assert_eq!(queue.give_back(&user("b")), None);
        assert_eq!(queue.leave(&user("c")), None);
        assert!(queue.has_turn(&user("a")) && !queue.has_turn(&user("b")));
    }
}
