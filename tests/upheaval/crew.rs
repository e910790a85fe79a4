//! Several processes with several handles each, any of which may be asked, and may be gone.

use std::sync::RwLock;

use portreeve_tests::answer::Failure;
use portreeve_tests::plan::Plan;
use portreeve_tests::process::{Order, Process};
use serde_json::Value;

/// Controllers to choose from.
pub struct Crew {
    plans: Vec<Plan>,
    handles: usize,
    processes: Vec<RwLock<Process>>,
}

impl Crew {
    /// Starts a process for each plan, with that many handles.
    pub fn start(plans: Vec<Plan>, handles: usize) -> Self {
        let processes = plans
            .iter()
            .map(|plan| RwLock::new(Process::start_many(plan, handles)))
            .collect();
        Self {
            plans,
            handles,
            processes,
        }
    }

    /// How many controllers there are.
    pub fn size(&self) -> usize {
        self.processes.len() * self.handles
    }

    /// Asks one of them; `None` if it was killed before it answered.
    pub fn ask(&self, controller: usize, order: Order) -> Option<Result<Value, Failure>> {
        let (process, handle) = (controller / self.handles, controller % self.handles);
        let pending = {
            let process = self.processes[process].read().expect("no panic");
            process.handle(handle).begin(order)
        };
        pending.wait()
    }

    /// Kills a process and starts another in its place.
    pub fn replace(&self, process: usize) {
        let mut place = self.processes[process].write().expect("no panic");
        *place = Process::start_many(&self.plans[process], self.handles);
    }
}
