//! What it takes: the demand, and the smallest start limit with which it is met.

use std::time::Duration;

use super::inputs::Plan;
use super::line::fewest_places;
use super::room::{Room, range};
use super::run::{Job, Kept, Run};
use portreeve_sim::promises::Violation;

/// What came of a plan.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// Without limits, for each seed.
    pub demand: Vec<Run>,
    /// As configured, for each seed.
    pub configured: Vec<Run>,
    /// What would be enough; `None` where a promise was broken.
    pub enough: Option<Enough>,
    /// What was tried, in that order.
    pub checks: Vec<Check>,
}

/// What would be enough, for every seed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Enough {
    /// A running limit that holds nobody up: the most users who were starting or running at once.
    pub running: u32,
    /// The fewest ports with which nobody is turned away: users who have been stopped for longer
    /// than a port rests give theirs up, and get a new container when they come back.
    pub ports: u32,
    /// The ports with which everybody keeps theirs.
    pub ports_for_all: u32,
    /// For how many starts each controller needs to have the engine work at once.
    pub start_limit: StartLimit,
}

/// For how many starts each controller needs to have the engine work at once: a container that was started
/// and isn't ready yet doesn't count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StartLimit {
    /// Simulated: with that many the target is met, with one fewer it isn't.
    Enough(u32),
    /// Not simulated: the demand's starts in a line.
    Expected(u32),
    /// The target is missed without any limit: this was the worst hour's p99.
    OutOfReach(Duration),
}

/// A start limit that was tried.
#[derive(Clone, PartialEq, Debug)]
pub struct Check {
    /// What was there to be used.
    pub room: Room,
    /// With each seed.
    pub runs: Vec<Run>,
    /// The worst hour's p99, of all seeds.
    pub worst_hour: Duration,
    /// Requests that were turned away for want of a place, a port or room, over all seeds.
    pub turned_away: u64,
    /// Whether it met the target.
    pub met: bool,
}

/// Failures that more room would spare.
const WANT_OF_ROOM: [&str; 2] = ["limit_reached", "ports_exhausted"];
/// The failure that a higher start limit would spare.
const WANT_OF_TURN: &str = "busy";
/// So often room is made for what starting in a line changes.
const GROWTHS: u32 = 6;
/// So many pairs of start limits are tried before the best so far is taken.
const ROUNDS: u32 = 12;

/// Told how many more minutes of virtual time are done, from whichever thread.
pub type Teller = Box<dyn Fn(u64) + Sync>;
/// Told before each stage what is done in it, and how many minutes of virtual time that takes.
pub type Stage<'a> = &'a dyn Fn(&str, u64) -> Teller;

impl Plan {
    /// Finds out what it takes. `quick` leaves out the checks: the start limit is what is expected
    /// then. Stops at the first promise that is broken.
    pub fn answer(&self, quick: bool, stage: Stage<'_>) -> Answer {
        let seeds = self.seeds.len() as u64;
        let tell = stage("the demand, and as configured", 2 * seeds * self.minutes());
        let job = |room, keep| {
            let of = move |seed: &u64| Job {
                seed: *seed,
                room,
                keep,
            };
            self.seeds.iter().map(of)
        };
        let jobs: Vec<_> = job(Room::unlimited(), true)
            .chain(job(Room::of(&self.settings), false))
            .collect();
        let mut demand = self.run_all(&jobs, &*tell);
        drop(tell);
        let configured: Vec<_> = demand
            .split_off(self.seeds.len())
            .into_iter()
            .map(|kept| kept.run)
            .collect();
        let broken = demand.iter().any(|kept| kept.run.violation.is_some())
            || configured.iter().any(|run| run.violation.is_some());
        let mut checks = Vec::new();
        let enough = (!broken).then(|| self.enough(&mut demand, quick, stage, &mut checks));
        Answer {
            demand: demand.into_iter().map(|kept| kept.run).collect(),
            configured,
            enough: enough.flatten(),
            checks,
        }
    }

    fn enough(
        &self,
        demand: &mut [Kept],
        quick: bool,
        stage: Stage<'_>,
        checks: &mut Vec<Check>,
    ) -> Option<Enough> {
        let most = |of: fn(&Run) -> usize| {
            let peaks = demand.iter().map(|kept| of(&kept.run));
            u32::try_from(peaks.max().unwrap_or(0)).unwrap_or(u32::MAX)
        };
        let mut enough = Enough {
            running: most(|run| run.totals.busy).max(1),
            ports: most(|run| run.totals.needed).max(1),
            ports_for_all: most(|run| run.totals.claimed).max(1),
            start_limit: StartLimit::Expected(1),
        };
        let expected = demand
            .iter_mut()
            .map(|kept| fewest_places(&mut kept.starts, self.wait_target))
            .try_fold(1, |most, places| Some(most.max(places?)));
        let Some(expected) = expected else {
            let worst = demand.iter().map(|kept| kept.run.totals.worst_hour).max();
            enough.start_limit = StartLimit::OutOfReach(worst.unwrap_or_default());
            return Some(enough);
        };
        enough.start_limit = StartLimit::Expected(expected);
        if quick {
            return Some(enough);
        }
        let mut search = Search {
            plan: self,
            stage,
            checks,
            enough,
        };
        search.run(expected)
    }
}

/// Looks for the smallest start limit that does.
struct Search<'a> {
    plan: &'a Plan,
    stage: Stage<'a>,
    checks: &'a mut Vec<Check>,
    enough: Enough,
}

impl Search<'_> {
    /// Tries what is expected and one fewer, and goes on from there. `None` where a promise was
    /// broken.
    fn run(&mut self, expected: u32) -> Option<Enough> {
        let (mut fails, mut does) = (0, None);
        let mut step = 1;
        let mut pair = [expected.saturating_sub(1), expected];
        for _ in 0..ROUNDS {
            for (limit, met) in self.round(pair)? {
                if met {
                    does = Some(does.map_or(limit, |least: u32| least.min(limit)));
                } else if does.is_none_or(|least| limit < least) {
                    fails = fails.max(limit);
                }
            }
            pair = match does {
                Some(does) if does - fails <= 1 => break,
                // It is further down: in ever longer steps, until one fails.
                Some(does) if fails == 0 => {
                    [does - (2 * step).min(does - 1), does - step.min(does - 1)]
                }
                Some(does) => {
                    let third = ((does - fails) / 3).max(1);
                    [fails + third, does - third]
                }
                None => [fails + step, fails + 2 * step],
            };
            step *= 2;
        }
        if let Some(limit) = does {
            self.enough.start_limit = StartLimit::Enough(limit);
        }
        Some(self.enough)
    }

    /// Tries two start limits, or one where both are the same; room is made where either was short
    /// of it. `None` where a promise was broken.
    fn round(&mut self, pair: [u32; 2]) -> Option<Vec<(u32, bool)>> {
        let mut limits: Vec<u32> = pair.into_iter().filter(|limit| *limit > 0).collect();
        limits.dedup();
        for growth in 0..=GROWTHS {
            let checks: Vec<_> = self.simulate(&limits);
            self.checks
                .extend(checks.iter().map(|(check, _)| check.clone()));
            if checks.iter().any(|(check, _)| check.is_broken()) {
                return None;
            }
            // The higher limit alone tells: with fewer, others wait for longer anyway.
            let short = checks.last().is_some_and(|(_, short)| *short);
            if !short || growth == GROWTHS {
                let met = checks
                    .iter()
                    .map(|(check, _)| (check.room.starting, check.met));
                return Some(met.collect());
            }
            self.enough.running += 1 + self.enough.running / 50;
            self.enough.ports += 1 + self.enough.ports / 50;
        }
        None
    }

    /// Runs each limit with all seeds; says of each whether it was short of ports or room.
    fn simulate(&self, limits: &[u32]) -> Vec<(Check, bool)> {
        let ports = range(self.plan.settings.ports.first().get(), self.enough.ports);
        let room = |starting| Room {
            starting,
            running: Some(self.enough.running),
            ports,
        };
        let seeds = &self.plan.seeds;
        let jobs: Vec<_> = limits
            .iter()
            .flat_map(|limit| seeds.iter().map(move |seed| (*limit, *seed)))
            .map(|(limit, seed)| Job {
                seed,
                room: room(limit),
                keep: false,
            })
            .collect();
        let words: Vec<_> = limits.iter().map(u32::to_string).collect();
        let what = format!("start limits {}", words.join(" and "));
        let tell = (self.stage)(&what, jobs.len() as u64 * self.plan.minutes());
        let mut runs = self.plan.run_all(&jobs, &*tell).into_iter();
        let judged = |limit: &u32| {
            let runs = runs.by_ref().take(seeds.len()).map(|kept| kept.run);
            judge(room(*limit), runs.collect(), self.plan.wait_target)
        };
        limits.iter().map(judged).collect()
    }
}

fn judge(room: Room, runs: Vec<Run>, target: Duration) -> (Check, bool) {
    let failures = |code: &str| -> u64 {
        let each = runs.iter().map(|run| run.totals.failures.get(code));
        each.flatten().sum()
    };
    let short: u64 = WANT_OF_ROOM.iter().map(|code| failures(code)).sum();
    let worst_hour = runs.iter().map(|run| run.totals.worst_hour).max();
    let worst_hour = worst_hour.unwrap_or_default();
    let turned_away = short + failures(WANT_OF_TURN);
    let check = Check {
        room,
        worst_hour,
        turned_away,
        met: turned_away == 0 && worst_hour <= target,
        runs,
    };
    (check, short > 0)
}

impl Answer {
    /// The promises that were broken, with the seeds of the runs in which they were.
    pub fn broken(&self) -> Vec<(u64, &Violation)> {
        let runs = self.demand.iter().chain(&self.configured);
        let checked = self.checks.iter().flat_map(|check| &check.runs);
        let runs = runs.chain(checked);
        runs.filter_map(|run| Some((run.seed, run.violation.as_ref()?)))
            .collect()
    }

    /// The check that found what is enough, if the start limit was simulated.
    pub fn decisive(&self) -> Option<&Check> {
        let StartLimit::Enough(limit) = self.enough?.start_limit else {
            return None;
        };
        let mut checks = self.checks.iter().rev();
        checks.find(|check| check.met && check.room.starting == limit)
    }
}

impl Check {
    fn is_broken(&self) -> bool {
        self.runs.iter().any(|run| run.violation.is_some())
    }
}
