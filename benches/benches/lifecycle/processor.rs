//! Time as the processor spends it on this thread.

use std::fs;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use criterion::measurement::{Measurement, ValueFormatter, WallTime};

/// Measures it, and tells it like any time.
pub struct Processor(WallTime);

impl Default for Processor {
    fn default() -> Self {
        Self(WallTime)
    }
}

/// How long this thread has been on a processor; how long it has been there at all where the system
/// doesn't tell.
pub fn time() -> Duration {
    static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
    on_processor().unwrap_or_else(|| BEGUN.elapsed())
}

/// Linux tells it in nanoseconds, as the first of three numbers.
fn on_processor() -> Option<Duration> {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = told.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

impl Measurement for Processor {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        time()
    }

    fn end(&self, began: Duration) -> Duration {
        time().saturating_sub(began)
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        self.0.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self.0.formatter()
    }
}
