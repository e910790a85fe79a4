//! What is reported of a plan.

use crate::plan::{Answer, Plan};

/// What is told of a plan. Nothing in it hangs on the machine or on the time.
#[derive(Debug)]
pub struct PlanReport {
    /// What was planned for.
    pub plan: Plan,
    /// What it takes.
    pub answer: Answer,
    /// How much memory a container takes, in bytes, if anybody said.
    pub memory: Option<u64>,
    /// The command that gives the same again.
    pub again: String,
}
