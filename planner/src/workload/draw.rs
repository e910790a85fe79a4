//! Distributions.

use std::time::Duration;

use portreeve_sim::chance::Chance;

/// A number of the standard normal distribution.
pub(super) fn normal(chance: &mut Chance) -> f64 {
    // Box and Muller's way; the logarithm is of no 0.
    let radius = (-2.0 * (1.0 - chance.fraction()).ln()).sqrt();
    radius * (std::f64::consts::TAU * chance.fraction()).cos()
}

/// How often something happens that happens `mean` times on the average (Poisson).
pub(super) fn times(chance: &mut Chance, mean: f64) -> u32 {
    // Counts how many waits of an average of 1 fit in.
    let mut left = mean;
    let mut count = 0;
    loop {
        left += (1.0 - chance.fraction()).ln();
        if left < 0.0 {
            return count;
        }
        count += 1;
    }
}

/// A time between two, most likely around `peak` and ever less likely towards both ends
/// (triangular).
pub(super) fn around(
    chance: &mut Chance,
    from: Duration,
    peak: Duration,
    until: Duration,
) -> Duration {
    let whole = until.saturating_sub(from).as_secs_f64();
    let rise = peak.saturating_sub(from).as_secs_f64();
    let fraction = chance.fraction();
    let seconds = if fraction * whole < rise {
        (fraction * whole * rise).sqrt()
    } else {
        whole - ((1.0 - fraction) * whole * (whole - rise)).sqrt()
    };
    from + Duration::from_secs_f64(seconds.clamp(0.0, whole))
}
