//! Workloads: who comes when, over days.
//!
//! A [`Visit`] is somebody who comes to their container (an ensure), uses it for a while (touches),
//! and leaves without a word: the container is stopped by whoever reaps. A [`Workload`] says who
//! comes on which day; a seed decides what it leaves open.

mod calendar;
mod draw;
mod pattern;
mod timestamps;
mod visit;

use std::time::Duration;

use jiff::civil::Date;
use portreeve_core::user::UserId;

use portreeve_sim::chance::Chance;

pub use calendar::{DAY, MONDAY};
pub use pattern::Pattern;
pub use timestamps::{Timestamps, Unreadable, read};
pub use visit::Visit;

/// Who comes, when, and for how long.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The users, in the order in which visits name them.
    pub users: Vec<UserId>,
    /// When they come.
    pub pattern: Pattern,
    /// The date of the first day. All times are the platform's own local ones.
    pub first_day: Date,
    /// How long they stay.
    pub session: Session,
}

/// How long a visit lasts, and how often a user's activity is told meanwhile.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Session {
    /// Half of them are shorter, half are longer: lengths are log-normal, with a deviation of
    /// [`SPREAD`] and no more than [`LONGEST`] times the median. Zero for an ensure and nothing
    /// else.
    pub median: Duration,
    /// How long from one touch to the next on the average; each differs by up to a fifth.
    pub touch: Duration,
}

/// The standard deviation of the logarithm of a session's length: one in six is more than 2.2
/// times as long as the median.
pub const SPREAD: f64 = 0.8;
/// No session is longer than so many medians.
pub const LONGEST: u32 = 8;

impl Default for Session {
    /// Twenty minutes, with a touch every five.
    fn default() -> Self {
        Self {
            median: Duration::from_secs(20 * 60),
            touch: Duration::from_secs(5 * 60),
        }
    }
}

/// `count` users who differ in their numbers alone.
pub fn users(count: usize) -> Vec<UserId> {
    let width = count.saturating_sub(1).to_string().len();
    (0..count)
        .filter_map(|index| UserId::new(format!("user-{index:0width$}")).ok())
        .collect()
}

impl Workload {
    /// Drawn users who come in this pattern, from a Monday on.
    pub fn of(count: usize, pattern: Pattern, session: Session) -> Self {
        Self {
            users: users(count),
            pattern,
            first_day: MONDAY,
            session,
        }
    }

    /// What a file of timestamps says.
    pub fn of_timestamps(timestamps: Timestamps, session: Session) -> Self {
        let Timestamps {
            users,
            visits,
            first_day,
        } = timestamps;
        Self {
            users,
            pattern: Pattern::Listed(visits),
            first_day,
            session,
        }
    }

    /// How many days it takes until the last visit has begun, where that is fixed.
    pub fn length(&self) -> Option<u32> {
        let Pattern::Listed(visits) = &self.pattern else {
            return None;
        };
        let last = visits
            .last()
            .map_or(0, |(at, _)| at.as_secs() / DAY.as_secs());
        Some(u32::try_from(last).unwrap_or(u32::MAX).saturating_add(1))
    }

    /// How many visits are fixed that begin later than so many days last.
    pub fn visits_beyond(&self, days: u32) -> usize {
        let Pattern::Listed(visits) = &self.pattern else {
            return 0;
        };
        let end = DAY.saturating_mul(days);
        visits.len() - visits.partition_point(|(at, _)| *at < end)
    }

    /// The visits that begin on a day, counted from 0, in the order of time.
    pub fn day(&self, seed: u64, day: u32) -> Vec<Visit> {
        let mut visits = match &self.pattern {
            Pattern::Listed(listed) => listed_on(listed, day),
            drawn => drawn.day(self.users.len(), self.first_day, seed, day),
        };
        for (index, visit) in visits.iter_mut().enumerate() {
            let parts = [u64::from(day), index as u64, 3];
            visit.lasts = self.session.drawn(&mut Chance::about(seed, parts));
        }
        visits
    }
}

fn listed_on(all: &[(Duration, usize)], day: u32) -> Vec<Visit> {
    let (from, until) = (DAY * day, DAY * day.saturating_add(1));
    let begin = all.partition_point(|(at, _)| *at < from);
    let end = all.partition_point(|(at, _)| *at < until);
    let visit = |(at, user): &(Duration, usize)| Visit {
        at: *at,
        user: *user,
        lasts: Duration::ZERO,
    };
    all[begin..end].iter().map(visit).collect()
}

impl Session {
    fn drawn(&self, chance: &mut Chance) -> Duration {
        let length = self.median.mul_f64((SPREAD * draw::normal(chance)).exp());
        length.min(self.median * LONGEST)
    }

    /// How long until the next touch.
    pub(crate) fn next_touch(&self, chance: &mut Chance) -> Duration {
        let fifth = self.touch / 5;
        chance.time(self.touch.saturating_sub(fifth), self.touch + fifth)
    }
}
