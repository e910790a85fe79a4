//! The clock that the lifecycle is told the time by.

use portreeve_core::time::Instant;

/// What time it is, on a clock that counts the time the machine was suspended: a controller that
/// slept through its lease must know that it has lost it.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn now() -> Instant {
    use rustix::time::{ClockId, clock_gettime};

    let time = clock_gettime(ClockId::Boottime);
    // Neither is ever negative on this clock, which starts with the machine.
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanos = u64::try_from(time.tv_nsec).unwrap_or(0);
    Instant::from_micros(
        seconds
            .saturating_mul(1_000_000)
            .saturating_add(nanos / 1_000),
    )
}

/// What time it is, on the clock that comes nearest to one that counts suspend. Where it stands
/// still while the machine sleeps, the store's compare-and-set still rules out lost writes, and a
/// taken-over container gets a new id, which late calls by id can't hit.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn now() -> Instant {
    use std::sync::LazyLock;
    use std::time;

    static ORIGIN: LazyLock<time::Instant> = LazyLock::new(time::Instant::now);
    Instant::ORIGIN.after(ORIGIN.elapsed())
}
