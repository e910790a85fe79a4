//! Many trials, on as many threads as there are processors.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::promises::Violation;
use crate::script::Script;
use crate::shrink::shrink;
use crate::tally::Tally;
use crate::trial::Trial;

/// What came of many trials.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// How many there were.
    pub trials: u64,
    /// What was counted in all of them.
    pub tally: Tally,
    /// Those in which a promise was broken, by their seeds.
    pub broken: Vec<Broken>,
}

/// A trial in which a promise was broken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    /// Its seed.
    pub seed: u64,
    /// The promise, and how it was broken.
    pub violation: Violation,
}

/// Runs a trial for each of the seeds. `tell` is told how many are done, now and then, from
/// whichever thread; the outcome doesn't hang on threads.
pub fn trials(like: &Trial, seeds: Range<u64>, tell: impl Fn(u64) + Sync) -> Batch {
    let next = AtomicU64::new(seeds.start);
    let done = AtomicU64::new(0);
    let work = || {
        let mut batch = Batch::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return batch;
            }
            let trial = Trial {
                seed,
                ..like.clone()
            };
            let result = trial.run(false);
            batch.trials += 1;
            batch.tally.add(&result.tally);
            let broken = |violation| Broken { seed, violation };
            batch.broken.extend(result.violation.map(broken));
            tell(done.fetch_add(1, Ordering::Relaxed) + 1);
        }
    };
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut all = Batch::default();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            match worker.join() {
                Ok(batch) => all.add(batch),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    all.broken.sort_by_key(|broken| broken.seed);
    all
}

impl Batch {
    fn add(&mut self, other: Self) {
        self.trials += other.trials;
        self.tally.add(&other.tally);
        self.broken.extend(other.broken);
    }
}

/// The smallest script found with which the same promise is broken as in this trial, whose script
/// that was.
pub fn smallest(trial: &Trial, script: &Script, promise: &str) -> Script {
    shrink(script, |script| {
        let trial = Trial {
            script: Some(script.clone()),
            ..trial.clone()
        };
        let violation = trial.run(false).violation;
        violation.is_some_and(|violation| violation.promise == promise)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sabotage::Sabotage;

    #[test]
    fn threads_change_nothing() {
        let like = Trial {
            sabotage: Some(Sabotage::ClaimFreedTooEarly),
            ..Trial::of(0)
        };
        let [one, other] = [(); 2].map(|()| trials(&like, 0..20, |_| ()));
        assert!(!one.broken.is_empty());
        assert_eq!(one.broken, other.broken);
        assert_eq!(one.tally, other.tally);
        assert_eq!(one.trials, 20);
    }

    #[test]
    fn what_is_cut_down_breaks_the_same_promise() {
        let trial = Trial {
            sabotage: Some(Sabotage::ClaimFreedTooEarly),
            ..Trial::of(0)
        };
        let result = trial.run(false);
        let violation = result.violation.expect("the alarm rings");
        let small = smallest(&trial, &result.script, violation.promise);
        assert!(small.len() < result.script.len());
        let again = Trial {
            script: Some(small),
            ..trial
        };
        let again = again.run(false).violation.expect("still");
        assert_eq!(again.promise, violation.promise);
    }
}
