//! What a plan of capacity came to.
//!
//! Times are those of the simulated days. Where a plan was run with several seeds, each figure is
//! the highest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a plan came to. Nothing in it hangs on the machine or the time.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// The pattern in which users came, by its name.
    pub workload: String,
    /// How many users there were.
    pub users: usize,
    /// How many days it went on.
    pub days: u32,
    /// When the first day began, by the platform's own clock: a date and a time without a zone.
    pub begins: String,
    /// The seeds it was run with.
    pub seeds: Vec<u64>,
    /// How many controllers there were.
    pub controllers: usize,
    /// How much went wrong: `none`, `light` or `heavy`.
    pub faults: String,
    /// How long 99 in 100 starts are to take at most, in seconds.
    pub wait_target_seconds: f64,
    /// How much memory a container takes, in bytes, if anybody said.
    pub memory_per_container_bytes: Option<u64>,
    /// What is enough; `None` where that can't be told.
    pub enough: Option<Enough>,
    /// What was seen with room for everything.
    pub without_limits: Figures,
    /// What was seen with the configured limits.
    pub as_configured: Figures,
    /// The limits that were tried.
    pub tried: Vec<Tried>,
    /// What was seen over time, as configured, with the first seed.
    pub series: Series,
    /// Each promise that was broken.
    pub broken: Vec<BrokenPromise>,
    /// The command that gives the same again.
    pub again: String,
}

/// What is enough.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Enough {
    /// How many ports are.
    pub ports: u32,
    /// With how many everybody keeps theirs.
    pub ports_for_all: u32,
    /// How many containers run at once.
    pub running_limit: u32,
    /// How much memory they take, in bytes, where it is known how much each takes.
    pub memory_bytes: Option<u64>,
    /// For how many starts one controller has to have the engine work at once; `None` where no limit
    /// would meet the target.
    pub start_limit: Option<u32>,
    /// Whether the start limit was simulated, or is only expected to do.
    pub simulated: bool,
}

/// What was seen with some limits.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Figures {
    /// Which limits.
    pub room: Room,
    /// How many containers ran at most.
    pub running_peak: usize,
    /// How many starts and stops were under way at most.
    pub busy_peak: usize,
    /// How many ports were claimed at most.
    pub ports_claimed_peak: usize,
    /// How many ports would have been needed at most.
    pub ports_needed_peak: usize,
    /// How many starts there were in a minute at most.
    pub starts_a_minute_peak: u64,
    /// How many visits there were.
    pub visits: u64,
    /// How many of them were given up.
    pub visits_given_up: u64,
    /// How many containers were started.
    pub starts: u64,
    /// How many were stopped for being idle.
    pub reaps: u64,
    /// How many were removed to free a port.
    pub removals: u64,
    /// How often something was tried again.
    pub retries: u64,
    /// How many faults there were.
    pub faults: u64,
    /// How long starts took.
    pub waits: Waits,
    /// How long 99 in 100 starts took at most in the worst hour, in seconds.
    pub worst_hour_p99_seconds: f64,
    /// How many commands failed, by the error's code.
    pub failures: BTreeMap<String, u64>,
}

/// The limits that something was run with.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Room {
    /// For how many starts one controller may have the engine work at once; `None` for any number.
    pub start_limit: Option<u32>,
    /// How many users may be starting or running; `None` for any number.
    pub running_limit: Option<u32>,
    /// The lowest port to claim.
    pub first_port: u16,
    /// The highest port to claim.
    pub last_port: u16,
}

/// How long starts took.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Waits {
    /// How many there were.
    pub count: u64,
    /// How long half of them took at most, in seconds.
    pub p50_seconds: f64,
    /// How long 99 in 100 took at most, in seconds.
    pub p99_seconds: f64,
    /// How long the longest took, in seconds.
    pub longest_seconds: f64,
}

/// Limits that were tried.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Tried {
    /// For how many starts one controller could have the engine work at once.
    pub start_limit: u32,
    /// How many users might be starting or running; `None` for any number.
    pub running_limit: Option<u32>,
    /// How many ports there were.
    pub ports: u32,
    /// How long 99 in 100 starts took at most in the worst hour, in seconds.
    pub worst_hour_p99_seconds: f64,
    /// How many users were turned away.
    pub turned_away: u64,
    /// Whether the target was met.
    pub met: bool,
}

/// What was seen over time: column by column, each with one number for each bucket.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Series {
    /// How long each bucket is, in seconds.
    pub bucket_seconds: u64,
    /// How many containers ran.
    pub running: Vec<usize>,
    /// How many ports were claimed.
    pub ports_claimed: Vec<usize>,
    /// How many ports were needed.
    pub ports_needed: Vec<usize>,
    /// How many visits there were.
    pub visits: Vec<u64>,
    /// How many containers were started.
    pub starts: Vec<u64>,
    /// How long half of the starts took at most, in seconds; `None` where nobody waited.
    pub wait_p50_seconds: Vec<Option<f64>>,
    /// How long 99 in 100 starts took at most, in seconds; `None` where nobody waited.
    pub wait_p99_seconds: Vec<Option<f64>>,
    /// How many were stopped for being idle.
    pub reaps: Vec<u64>,
    /// How many were removed to free a port.
    pub removals: Vec<u64>,
    /// How often something was tried again.
    pub retries: Vec<u64>,
    /// How many commands failed.
    pub failures: Vec<u64>,
    /// How many faults there were.
    pub faults: Vec<u64>,
}

/// A promise that was broken in a plan.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BrokenPromise {
    /// The seed it was run with.
    pub seed: u64,
    /// Which promise, in a sentence.
    pub promise: String,
    /// When, in seconds of the simulated time.
    pub at_seconds: f64,
    /// What was seen.
    pub text: String,
}

#[cfg(test)]
mod tests;
