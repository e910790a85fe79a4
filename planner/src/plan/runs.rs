//! Many runs of a plan, on all processors.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::inputs::Plan;
use super::run::{Job, Kept};

impl Plan {
    /// Runs all, on as many threads as there are processors, and gives them back in order.
    pub(super) fn run_all(&self, jobs: &[Job], tell: &(dyn Fn(u64) + Sync)) -> Vec<Kept> {
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
