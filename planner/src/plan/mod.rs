//! Plans: what it takes to serve a workload, found by simulating it.
//!
//! A [`Plan`] puts real lifecycles with a host's own settings into the [world](portreeve_sim::world) for
//! days of virtual time, with users who come and go as a [workload](crate::workload) has it, and
//! checks the promises all the while. [`Plan::answer`] does so several times:
//!
//! 1. without any limit, to see what is wanted (the demand);
//! 2. as it is configured;
//! 3. with as many ports and running containers as the demand came to, and start limits around the
//!    one that is expected to do, until the smallest is found that does.
//!
//! What is expected to do is the demand's starts, sent through a line with so many places
//! (`line`). That is a guess to begin with; what is answered was simulated.

mod answer;
mod line;
mod meter;
mod run;
mod series;
mod visitors;
mod weather;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use portreeve_core::id::{Port, PortRange};
use portreeve_core::settings::Settings;

use crate::workload::Workload;
use portreeve_sim::faults::Severity;

pub use answer::{Answer, Check, Enough, Stage, StartLimit, Teller};
pub use meter::Counts;
pub use run::Run;
pub use series::{Bucket, Series, Totals, Waits};

/// What is planned for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How the controllers are to behave. What they do unasked is the plan's: see
    /// [`run`](Plan::run).
    pub settings: Settings,
    /// How many controllers there are, all alike.
    pub controllers: usize,
    /// Who comes when.
    pub workload: Workload,
    /// For how many days.
    pub days: u32,
    /// What goes wrong: a good week (`Light`) or a bad day (`Heavy`), not a storm.
    pub severity: Severity,
    /// How long a container takes from its start until it answers, and its health check passes.
    pub ready_after: Duration,
    /// How long it takes to end once it is asked to.
    pub ends_after: Duration,
    /// The seeds it is run with; an answer holds for all of them. Never none.
    pub seeds: Vec<u64>,
    /// No hour's p99 of waits for a start is to be longer.
    pub wait_target: Duration,
}

/// What is there to be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Room {
    /// How many starts each controller has under way at once.
    pub starting: u32,
    /// How many users may be starting or running.
    pub running: Option<u32>,
    /// The ports to claim from.
    pub ports: PortRange,
}

/// More starts at once than any plan comes to.
const NO_LIMIT: u32 = 10_000_000;

impl Room {
    /// As it is configured.
    pub fn of(settings: &Settings) -> Self {
        Self {
            starting: settings.limits.starting,
            running: settings.limits.running,
            ports: settings.ports,
        }
    }

    /// No limit but that ports are numbers from 1024 to 65535.
    pub fn unlimited() -> Self {
        Self {
            starting: NO_LIMIT,
            running: None,
            ports: range(1024, 64_512),
        }
    }
}

/// So many ports, from `first` on where they fit there; else from as far below as it takes.
fn range(first: u16, count: u32) -> PortRange {
    let last = (u32::from(first) + count.max(1) - 1).min(u32::from(u16::MAX));
    let first = (last + 1).saturating_sub(count.max(1)).max(1);
    let port = |number: u32| u16::try_from(number).ok().and_then(Port::new);
    port(first)
        .zip(port(last))
        .and_then(|(first, last)| PortRange::new(first, last))
        .unwrap_or(PortRange::DEFAULT)
}

/// One run that is wanted.
#[derive(Clone, Copy, Debug)]
struct Job {
    seed: u64,
    room: Room,
    /// Whether to keep what people waited for.
    keep: bool,
}

impl Plan {
    /// How many minutes of virtual time one run takes.
    pub fn minutes(&self) -> u64 {
        visitors::length(self.days).as_secs() / 60
    }

    /// Runs all, on as many threads as there are processors, and gives them back in order.
    fn run_all(&self, jobs: &[Job], tell: &(dyn Fn(u64) + Sync)) -> Vec<run::Kept> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(job) = jobs.get(index) else {
                    return done;
                };
                done.push((index, self.carry_out(*job, tell)));
            }
        };
        let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let mut done = thread::scope(|scope| {
            let count = threads.min(jobs.len());
            let workers: Vec<_> = (0..count).map(|_| scope.spawn(work)).collect();
            let mut all = Vec::new();
            for worker in workers {
                match worker.join() {
                    Ok(done) => all.extend(done),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            all
        });
        done.sort_unstable_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, kept)| kept).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_as_many_ports_as_it_is_to_have() {
        for (first, count, expected) in [
            (19_000, 10, (19_000, 19_009)),
            (65_530, 6, (65_530, 65_535)),
            (65_530, 10, (65_526, 65_535)),
            (19_000, 0, (19_000, 19_000)),
        ] {
            let range = range(first, count);
            let found = (range.first().get(), range.last().get());
            assert_eq!(found, expected);
        }
    }
}
