//! Ids and chance, out of a seed.

use std::fmt::Write as _;

/// A generator of numbers that look random and are the same for the same seed (`SplitMix64`).
#[derive(Clone, Debug)]
pub(super) struct Ids(u64);

impl Ids {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of as many from `least` on, `most` among them.
    pub(super) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.number() % (most.saturating_sub(least) + 1)
    }

    /// 64 hexadecimal digits.
    pub(super) fn id(&mut self) -> String {
        let mut id = String::with_capacity(64);
        for _ in 0..4 {
            // A string takes whatever is written to it.
            let _ = write!(id, "{:016x}", self.number());
        }
        id
    }
}
