//! Time on the processor as what is measured.

use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use portreeve_benches::processor::time;

/// Measures it, and tells it like any time.
pub struct Processor(WallTime);

impl Default for Processor {
    fn default() -> Self {
        Self(WallTime)
    }
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
