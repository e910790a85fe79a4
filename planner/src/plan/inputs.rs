//! What is planned for, and under which conditions.

use std::time::Duration;

use portreeve_core::settings::Settings;
use portreeve_sim::faults::Severity;

use crate::workload::Workload;

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
