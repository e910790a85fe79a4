//! Time as the processor spends it on this thread, so that a busy machine matters little.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// How long this thread has been on a processor.
pub fn time() -> Duration {
    let spent = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(spent.tv_sec).unwrap_or(0);
    let nanoseconds = u32::try_from(spent.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanoseconds)
}
