//! When users come.

use std::time::Duration;

use jiff::civil::{Date, Weekday};

use super::calendar::DAY;
use super::draw::{around, times};
use super::visit::Visit;
use portreeve_sim::chance::Chance;

/// When users come. All visits of drawn patterns are independent of one another.
#[derive(Clone, PartialEq, Debug)]
pub enum Pattern {
    /// On workdays, from 7:30 to 18:00 where the user is: 35 in 100 visits in the morning, most of
    /// them around 9:00; 25 after lunch, most around 13:30; 40 at any time from 8:00 to 18:00.
    OfficeHours {
        /// How many visits a user makes on a workday on the average. Some days a user makes none.
        visits: f64,
        /// How many for each of a workday's there are on a Saturday or Sunday.
        weekend: f64,
        /// How many hours the clocks of the users' offices are ahead of the platform's. Each
        /// office has as many users as any other.
        zones: Vec<i8>,
    },
    /// At any time of any day, as likely as at any other.
    Steady {
        /// How many visits a user makes in a day on the average.
        visits: f64,
    },
    /// All of them, once a day, within a short time.
    Burst {
        /// When it begins, since midnight.
        at: Duration,
        /// How long it takes until the last one has come. Each moment is as likely as any other.
        lasts: Duration,
    },
    /// As they are listed: since the beginning of the first day, and by whom, in the order of time.
    Listed(Vec<(Duration, usize)>),
}

impl Pattern {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OfficeHours { .. } => "office-hours",
            Self::Steady { .. } => "steady",
            Self::Burst { .. } => "burst",
            Self::Listed(_) => "csv",
        }
    }

    /// The visits that begin on a day, in the order of time; their lengths are drawn later.
    pub(super) fn day(&self, users: usize, first: Date, seed: u64, day: u32) -> Vec<Visit> {
        // Where it is another day than here, visits may come from there.
        let reach = match self {
            Self::OfficeHours { .. } => 1,
            Self::Steady { .. } | Self::Burst { .. } | Self::Listed(_) => 0,
        };
        let (from, until) = (DAY * day, DAY * day.saturating_add(1));
        let mut visits = Vec::new();
        for user in 0..users {
            for local in i64::from(day) - reach..=i64::from(day) + reach {
                let parts = [user as u64, local.cast_unsigned(), 2];
                let mut chance = Chance::about(seed, parts);
                let begins = self.begins(user, (first, local), &mut chance);
                let here = begins.into_iter().filter(|at| (from..until).contains(at));
                visits.extend(here.map(|at| Visit {
                    at,
                    user,
                    lasts: Duration::ZERO,
                }));
            }
        }
        visits.sort_unstable();
        visits
    }

    /// When a user's visits of a day begin that may be another one's where the platform is.
    fn begins(&self, user: usize, (first, day): (Date, i64), chance: &mut Chance) -> Vec<Duration> {
        match self {
            Self::OfficeHours {
                visits,
                weekend,
                zones,
            } => {
                let ahead = match zones.len() {
                    0 => 0,
                    count => zones[user % count],
                };
                let share = if is_weekend(first, day) {
                    *weekend
                } else {
                    1.0
                };
                (0..times(chance, visits * share))
                    .filter_map(|_| here(day, office_hour(chance), ahead))
                    .collect()
            }
            Self::Steady { visits } => (0..times(chance, *visits))
                .filter_map(|_| here(day, DAY.mul_f64(chance.fraction()), 0))
                .collect(),
            Self::Burst { at, lasts } => {
                let at = *at + lasts.mul_f64(chance.fraction());
                here(day, at, 0).into_iter().collect()
            }
            Self::Listed(_) => Vec::new(),
        }
    }
}

/// A time of day, to the second below an hour: hours and minutes.
const fn clock(hours: u64, minutes: u64) -> Duration {
    Duration::from_secs(hours * 3600 + minutes * 60)
}

fn office_hour(chance: &mut Chance) -> Duration {
    match chance.below(100) {
        ..35 => around(chance, clock(7, 30), clock(9, 0), clock(10, 30)),
        35..60 => around(chance, clock(12, 30), clock(13, 30), clock(15, 0)),
        60.. => clock(8, 0) + clock(10, 0).mul_f64(chance.fraction()),
    }
}

/// That time of that day somewhere, as it is here; `None` before the first day.
fn here(day: i64, at: Duration, hours_ahead: i8) -> Option<Duration> {
    let micros = i64::try_from(at.as_micros()).ok()?;
    let day = day.checked_mul(i64::try_from(DAY.as_micros()).ok()?)?;
    let ahead = i64::from(hours_ahead) * 3_600_000_000;
    u64::try_from(day.checked_add(micros)? - ahead)
        .ok()
        .map(Duration::from_micros)
}

fn is_weekend(first: Date, day: i64) -> bool {
    let weekday = i64::from(first.weekday().to_monday_zero_offset());
    let weekday = (weekday + day).rem_euclid(7);
    let saturday = i64::from(Weekday::Saturday.to_monday_zero_offset());
    weekday >= saturday
}
