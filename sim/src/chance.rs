//! Chance that a seed decides: the same seed gives the same numbers, on every machine.

use std::time::Duration;

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Chance(fastrand::Rng);

impl Chance {
    /// The stream of a seed.
    pub fn of(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(mixed(seed)))
    }

    /// A stream of its own for something that goes by these numbers: how much is drawn from one
    /// stream has no effect on another.
    pub fn about(seed: u64, parts: [u64; 3]) -> Self {
        let start = mixed(seed);
        Self::of(parts.into_iter().fold(start, |sum, part| mixed(sum ^ part)))
    }

    /// Whether something happens that has this probability, from 0 to 1.
    pub fn happens(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.0.f64() < probability
    }

    /// A number below `limit`; 0 where that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { self.0.usize(..limit) }
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// A number from 0 to 1, without 1.
    pub fn fraction(&mut self) -> f64 {
        self.0.f64()
    }

    /// 32 random bytes.
    pub fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill(&mut bytes);
        bytes
    }

    /// A time between these two, to the microsecond.
    pub fn time(&mut self, from: Duration, to: Duration) -> Duration {
        let span = to.saturating_sub(from).as_micros();
        let span = u64::try_from(span).unwrap_or(u64::MAX - 1);
        from + Duration::from_micros(self.0.u64(..=span))
    }

    /// How long until something happens next that happens every `mean` on the average, at any
    /// moment as likely as at any other.
    pub fn wait(&mut self, mean: Duration) -> Duration {
        let fraction = 1.0 - self.0.f64();
        mean.mul_f64(-fraction.ln())
    }

    /// One of them; they are never none.
    pub fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

/// Scatters a number's bits (the finalizer of `SplitMix64`), so that seeds that differ little give
/// streams that don't resemble each other.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
