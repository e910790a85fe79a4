//! What of a state decides how it goes on, in a form in which states that behave alike are equal:
//! for explorations that are to meet each state once.
//!
//! | in the state | in its projection |
//! |---|---|
//! | moments | how long from now, in steps of [`GRAIN`]; within one step, only their order |
//! | deadlines that have passed | that they have |
//! | ids: records, controllers, containers, effects, requests | numbered as they turn up |
//! | users, and what bears their names | numbered as [`Projection::new`] was told |
//! | tokens, nonces, the random generator | nothing |
//! | words that are only told to people | nothing |
//!
//! Two states with equal projections answer the same inputs, up to those names, with the same
//! outputs, and are equal again. What that leaves out: whether two moments that are nearly a whole
//! limit apart are a little less or a little more than that, and the order in which one call sees to
//! several users. Either may happen in any run.

mod data;
mod values;

use alloc::vec::Vec;
use core::time::Duration;

use crate::id::{ContainerId, ControllerId, EffectId, RecordId};
use crate::name::Names;
use crate::time::{Instant, Timestamp};
use crate::user::UserId;

/// The steps in which time is told apart, in microseconds. Every limit of
/// [`Timing`](crate::settings::Timing) is a multiple of it; what follows one another faster than that
/// is only in an order.
pub const GRAIN: u64 = 10_000;

/// How a moment is written before which nothing was: no number of steps.
const NEVER: u64 = 1 << 62;

/// A state in canonical form, being written.
///
/// Whoever has a state of several parts (controllers, an engine, a store) writes them all into one,
/// so that the names are the same in all of them.
#[derive(Clone, Debug)]
pub struct Projection {
    now: Instant,
    /// The same by the wall clock.
    wall: Timestamp,
    words: Vec<Word>,
    /// Users in the order in which they are numbered, and what they are called on the engine.
    users: Vec<(UserId, Names)>,
    records: Vec<RecordId>,
    controllers: Vec<ControllerId>,
    containers: Vec<ContainerId>,
    /// Effects and requests are numbered by each controller for itself.
    numbers: Vec<(u32, Number)>,
    /// Which part of the state is being written: moments of different parts are never compared.
    part: u32,
    user: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Word {
    Plain(u64),
    Moment(Clock, Instant),
}

/// Where a moment is compared with others: in one part of the state, and there for one user or for
/// none.
type Clock = (u32, Option<u32>);

/// A number that its giver counts up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Number {
    Effect(u64),
    Request(u64),
    Other(u64),
}

/// What is written into a [`Projection`].
pub trait Project {
    /// Writes it.
    fn project(&self, out: &mut Projection);
}

impl Projection {
    /// One of a state at that time, in which users are numbered in this order. `wall` is what the
    /// store's clock shows then.
    pub fn new(now: Instant, wall: Timestamp, users: Vec<(UserId, Names)>) -> Self {
        Self {
            now,
            wall,
            words: Vec::with_capacity(512),
            users,
            records: Vec::new(),
            controllers: Vec::new(),
            containers: Vec::new(),
            numbers: Vec::new(),
            part: 0,
            user: None,
        }
    }

    /// Begins another part of the state: its moments, effects and requests have nothing to do with
    /// those of the others.
    pub fn begin(&mut self, part: u32) {
        self.part = part;
        self.user = None;
        self.word(u64::from(part));
    }

    /// Writes a number that counts by itself.
    pub fn word(&mut self, word: u64) {
        self.words.push(Word::Plain(word));
    }

    /// Writes anything that is told apart by its text alone.
    pub fn text(&mut self, text: &str) {
        let named = |(_, names): &(UserId, Names)| names.container == text || names.volume == text;
        let word = match self.users.iter().position(named) {
            Some(user) => {
                let volume = self.users[user].1.volume == text;
                2 * user as u64 + u64::from(volume)
            }
            None => fnv(text.as_bytes()),
        };
        self.word(word);
    }

    /// Writes a moment that is compared with others.
    pub fn moment(&mut self, at: Instant) {
        if at == Instant::ORIGIN {
            // That stands for never.
            return self.word(NEVER);
        }
        self.words.push(Word::Moment((self.part, self.user), at));
    }

    /// Writes a moment that something is due at, and that is compared with the present alone.
    pub fn due(&mut self, at: Instant) {
        if at <= self.now {
            self.word(0);
        } else {
            self.moment(at);
        }
    }

    /// Writes a moment of which only matters whether it is so long past.
    pub fn age(&mut self, at: Instant, limit: Duration) {
        if self.now.since(at) >= limit {
            self.word(0);
        } else {
            self.moment(at);
        }
    }

    /// Writes a moment that may come to be compared with those of any user.
    pub fn shared_moment(&mut self, at: Instant) {
        let before = self.user;
        for user in 0..self.users.len() {
            self.user = u32::try_from(user).ok();
            self.moment(at);
        }
        self.user = before;
    }

    /// Has what is written next concern one user.
    pub fn about(&mut self, user: &UserId, write: impl FnOnce(&mut Self)) {
        let before = self.user;
        self.user = self.position(user);
        write(self);
        self.user = before;
    }

    fn position(&self, user: &UserId) -> Option<u32> {
        let found = self.users.iter().position(|(known, _)| known == user);
        found.and_then(|at| u32::try_from(at).ok())
    }

    /// A user's place in the order of users.
    pub fn rank(&self, user: &UserId) -> u64 {
        self.position(user)
            .map_or_else(|| fnv(user.as_str().as_bytes()) | 1 << 63, u64::from)
    }

    /// Writes users of whom it doesn't matter in which order they stand.
    pub fn users<'a>(&mut self, users: impl IntoIterator<Item = &'a UserId>) {
        let mut ranks: Vec<u64> = users.into_iter().map(|user| self.rank(user)).collect();
        ranks.sort_unstable();
        ranks.project(self);
    }

    /// Writes what is kept by user.
    pub fn by_user<'a, T: 'a>(
        &mut self,
        entries: impl IntoIterator<Item = (&'a UserId, T)>,
        mut write: impl FnMut(T, &mut Self),
    ) {
        let mut entries: Vec<_> = entries
            .into_iter()
            .map(|(user, entry)| (self.rank(user), user, entry))
            .collect();
        entries.sort_by_key(|(rank, ..)| *rank);
        self.word(entries.len() as u64);
        for (rank, user, entry) in entries {
            self.word(rank);
            self.about(user, |out| write(entry, out));
        }
    }

    /// The number of something that the controller being written counts up; one more than any
    /// known where it turns up for the first time.
    fn number(&mut self, number: Number) -> u64 {
        let known = (self.part, number);
        index(&mut self.numbers, &known)
    }

    /// An effect's place among those of the controller that turned up, if it has.
    pub fn effect_rank(&self, effect: EffectId) -> Option<usize> {
        let known = (self.part, Number::Effect(effect.0));
        self.numbers.iter().position(|number| *number == known)
    }

    /// Writes a number that the part being written counts up.
    pub fn counted(&mut self, number: u64) {
        let word = self.number(Number::Other(number));
        self.word(word);
    }

    /// The containers that turned up so far, in that order.
    pub fn containers(&self) -> &[ContainerId] {
        &self.containers
    }

    /// The whole of it: equal for states that behave alike.
    pub fn finish(self) -> Vec<u64> {
        let now = i128::from(self.now.as_micros());
        let grain = i128::from(GRAIN);
        let steps = |at: Instant| {
            let from_now = i128::from(at.as_micros()) - now;
            i64::try_from((from_now + grain / 2).div_euclid(grain)).unwrap_or(i64::MAX)
        };
        let mut moments: Vec<(Clock, Instant)> = self
            .words
            .iter()
            .filter_map(|word| match word {
                Word::Plain(_) => None,
                Word::Moment(clock, at) => Some((*clock, *at)),
            })
            .collect();
        moments.sort_unstable();
        moments.dedup();
        let mut ranks = Vec::with_capacity(moments.len());
        let mut rank = 0;
        for (place, (clock, at)) in moments.iter().enumerate() {
            let begins = place == 0 || {
                let (before, earlier) = moments[place - 1];
                before != *clock || steps(earlier) != steps(*at)
            };
            rank = if begins { 0 } else { rank + 1 };
            ranks.push(rank);
        }
        let mut words = Vec::with_capacity(self.words.len() + ranks.len());
        for word in self.words {
            match word {
                Word::Plain(word) => words.push(word),
                Word::Moment(clock, at) => {
                    words.push(steps(at).cast_unsigned());
                    if let Ok(place) = moments.binary_search(&(clock, at)) {
                        words.push(ranks[place]);
                    }
                }
            }
        }
        words
    }
}

/// Where something is in a list, which it is added to if it isn't there.
fn index<T: PartialEq + Clone>(known: &mut Vec<T>, one: &T) -> u64 {
    let at = known.iter().position(|other| other == one);
    at.unwrap_or_else(|| {
        known.push(one.clone());
        known.len() - 1
    }) as u64
}

/// FNV-1a: short texts told apart, the same on every machine.
const fn fnv(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut rest = bytes;
    while let [byte, after @ ..] = rest {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
        rest = after;
    }
    hash
}

/// What a variant's name is written as.
pub(crate) const fn tag(name: &str) -> u64 {
    fnv(name.as_bytes())
}

/// Implements [`Project`] for a struct or an enum, by naming all of its fields: one that is added
/// and not named here doesn't compile. A field is written as what it is, or as told after a colon:
/// `left_out` where it decides nothing, `due` for moments, `users` and `by_user` where users are in no
/// order.
macro_rules! project {
    (struct $name:ident { $($field:ident $(: $how:ident)?),* $(,)? }) => {
        impl $crate::projection::Project for $name {
            fn project(&self, out: &mut $crate::projection::Projection) {
                let Self { $($field),* } = self;
                $( $crate::projection::project!(@ out $field $($how)?); )*
            }
        }
    };
    (enum $name:ident { $(
        $variant:ident
        $( ( $($item:ident $(: $item_how:ident)?),* ) )?
        $( { $($field:ident $(: $how:ident)?),* } )?
    ),* $(,)? }) => {
        impl $crate::projection::Project for $name {
            fn project(&self, out: &mut $crate::projection::Projection) {
                match self { $(
                    Self::$variant $( ( $($item),* ) )? $( { $($field),* } )? => {
                        const TAG: u64 = $crate::projection::tag(stringify!($variant));
                        out.word(TAG);
                        $( $( $crate::projection::project!(@ out $item $($item_how)?); )* )?
                        $( $( $crate::projection::project!(@ out $field $($how)?); )* )?
                    }
                )* }
            }
        }
    };
    (@ $out:ident $field:ident) => { $crate::projection::Project::project($field, $out) };
    (@ $out:ident $field:ident left_out) => { let _ = $field; };
    (@ $out:ident $field:ident due) => { $crate::projection::Due::due($field, $out) };
    (@ $out:ident $field:ident volume_owner) => {
        $crate::projection::Project::project(&$field.as_ref().map(|(_, user)| user), $out)
    };
    (@ $out:ident $field:ident users) => { $out.users($field) };
    (@ $out:ident $field:ident by_user) => {
        $out.by_user(
            $field.iter().map($crate::projection::ByUser::entry),
            |entry, out| $crate::projection::Project::project(entry, out),
        )
    };
}
pub(crate) use project;

/// What maps and lists by user consist of.
pub(crate) trait ByUser<'a> {
    type Entry;

    fn entry(self) -> (&'a UserId, Self::Entry);
}

impl<'a, T> ByUser<'a> for &'a (UserId, T) {
    type Entry = &'a T;

    fn entry(self) -> (&'a UserId, &'a T) {
        (&self.0, &self.1)
    }
}

impl<'a, T> ByUser<'a> for (&'a UserId, &'a T) {
    type Entry = &'a T;

    fn entry(self) -> Self {
        self
    }
}

/// Moments that are compared with the present alone.
pub(crate) trait Due {
    fn due(&self, out: &mut Projection);
}

impl Due for Instant {
    fn due(&self, out: &mut Projection) {
        out.due(*self);
    }
}

impl Due for Option<Instant> {
    fn due(&self, out: &mut Projection) {
        out.word(u64::from(self.is_some()));
        if let Some(at) = self {
            out.due(*at);
        }
    }
}
