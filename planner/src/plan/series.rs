//! What a plan samples, over virtual time.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::meter::Counts;

/// What happened within one stretch of virtual time. Levels are the highest within it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Bucket {
    /// Containers running.
    pub running: usize,
    /// Users starting or running, as a running limit counts them.
    pub busy: usize,
    /// Ports claimed, by stopped users among others.
    pub claimed: usize,
    /// Ports of users who are starting, running or being stopped, or were stopped less than a
    /// port's rest ago.
    pub needed: usize,
    /// Visits that began.
    pub visits: u64,
    /// Containers that the engine started.
    pub starts: u64,
    /// Users who began to be stopped since they were idle.
    pub reaps: u64,
    /// Containers that were removed.
    pub removals: u64,
    /// Effects that had to be asked for again.
    pub retries: u64,
    /// Things that went wrong on purpose: effects that were spoilt, and chaos actions.
    pub faults: u64,
    /// Commands that were answered with a failure.
    pub failures: u64,
    /// How long those waited whose container had to be started.
    pub waits: Waits,
}

/// How long people waited.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Waits {
    /// How many waited.
    pub count: u64,
    /// Half of them no longer than this.
    pub p50: Duration,
    /// Ninety-nine in a hundred no longer than this.
    pub p99: Duration,
    /// The longest.
    pub longest: Duration,
}

/// All that was sampled in one run.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Series {
    /// How long each bucket is.
    pub width: Duration,
    /// One after the other, from the beginning of the first day.
    pub buckets: Vec<Bucket>,
}

/// What a plan of this length is divided into: no more than some 300 buckets, each a length that
/// hours or days are counted in.
pub(super) fn width(days: u32) -> Duration {
    const MINUTES: [u64; 9] = [5, 10, 15, 30, 60, 120, 180, 360, 720];
    let fits = |minutes: &&u64| u64::from(days) * 24 * 60 / **minutes <= 300;
    let minutes = MINUTES.iter().find(fits).copied().unwrap_or(24 * 60);
    Duration::from_secs(minutes * 60)
}

/// Milliseconds, from 1 to an hour, to three digits.
fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, HOUR_MS, 3).expect("bounds that the crate allows")
}

const HOUR_MS: u64 = 3_600_000;

/// Waits in three stretches at once: a bucket, an hour, and all.
#[derive(Debug)]
pub(super) struct Clock {
    bucket: Histogram<u64>,
    hour: Histogram<u64>,
    all: Histogram<u64>,
    worst: Option<Duration>,
}

/// An hour in which fewer waited tells no p99 of its own: it would be the longest wait.
const TELLING: u64 = 100;

impl Clock {
    pub(super) fn new() -> Self {
        Self {
            bucket: histogram(),
            hour: histogram(),
            all: histogram(),
            worst: None,
        }
    }

    pub(super) fn waited(&mut self, wait: Duration) {
        let millis = u64::try_from(wait.as_millis()).unwrap_or(HOUR_MS);
        for histogram in [&mut self.bucket, &mut self.hour, &mut self.all] {
            histogram.saturating_record(millis.max(1));
        }
    }

    pub(super) fn end_bucket(&mut self) -> Waits {
        let waits = waits(&self.bucket);
        self.bucket.reset();
        waits
    }

    pub(super) fn end_hour(&mut self) {
        if self.hour.len() >= TELLING {
            self.worst = self.worst.max(Some(waits(&self.hour).p99));
        }
        self.hour.reset();
    }

    /// The highest p99 of any hour that tells one; of all waits where none does.
    pub(super) fn worst_hour(&self) -> Duration {
        self.worst.unwrap_or_else(|| self.all().p99)
    }

    pub(super) fn all(&self) -> Waits {
        waits(&self.all)
    }
}

fn waits(histogram: &Histogram<u64>) -> Waits {
    // Of the values that it can't tell apart, it names the highest.
    let shown = |value| Duration::from_millis(histogram.lowest_equivalent(value));
    let at = |quantile| shown(histogram.value_at_quantile(quantile));
    Waits {
        count: histogram.len(),
        p50: at(0.5),
        p99: at(0.99),
        longest: shown(histogram.max()),
    }
}

/// What one run came to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Totals {
    /// The most containers that ran at once.
    pub running: usize,
    /// The most users who were starting or running at once.
    pub busy: usize,
    /// The most ports that were claimed at once.
    pub claimed: usize,
    /// The most ports that nobody else could have had at once.
    pub needed: usize,
    /// The most containers that were started within one minute.
    pub starts_a_minute: u64,
    /// Visits that began.
    pub visits: u64,
    /// Visits whose user gave up.
    pub lost: u64,
    /// What the meter counted.
    pub counts: Counts,
    /// Things that went wrong on purpose.
    pub faults: u64,
    /// How long those waited whose container had to be started.
    pub waits: Waits,
    /// The p99 of those waits in the hour in which it was highest, of hours with at least a hundred
    /// of them; of all where there is no such hour.
    pub worst_hour: Duration,
    /// Commands that were answered with a failure, by its code.
    pub failures: BTreeMap<&'static str, u64>,
}

impl Totals {
    /// The higher of each figure: what holds for both runs.
    #[must_use]
    pub fn worst_of(mut self, other: &Self) -> Self {
        let (counts, others) = (&mut self.counts, &other.counts);
        counts.starts = counts.starts.max(others.starts);
        counts.reaps = counts.reaps.max(others.reaps);
        counts.removals = counts.removals.max(others.removals);
        counts.retries = counts.retries.max(others.retries);
        for (code, count) in &other.failures {
            let most = self.failures.entry(code).or_default();
            *most = (*most).max(*count);
        }
        Self {
            running: self.running.max(other.running),
            busy: self.busy.max(other.busy),
            claimed: self.claimed.max(other.claimed),
            needed: self.needed.max(other.needed),
            starts_a_minute: self.starts_a_minute.max(other.starts_a_minute),
            visits: self.visits.max(other.visits),
            lost: self.lost.max(other.lost),
            faults: self.faults.max(other.faults),
            waits: Waits {
                count: self.waits.count.max(other.waits.count),
                p50: self.waits.p50.max(other.waits.p50),
                p99: self.waits.p99.max(other.waits.p99),
                longest: self.waits.longest.max(other.waits.longest),
            },
            worst_hour: self.worst_hour.max(other.worst_hour),
            ..self
        }
    }
}
