//! Chance that can be repeated.

/// A sequence of numbers that its seed determines (splitmix64).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The sequence of a seed, or one of the many that belong to it.
    pub fn new(seed: u64, which: u64) -> Self {
        let mut chance = Self(seed ^ which.wrapping_mul(0xd134_2543_de82_ef95));
        chance.next();
        chance
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below the limit.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).expect("it fits");
        usize::try_from(self.next() % limit).expect("it fits")
    }

    /// One of them, by their weights.
    pub fn weighed<T: Copy>(&mut self, all: &[(T, usize)]) -> T {
        let mut drawn = self.below(all.iter().map(|(_, weight)| weight).sum());
        for (one, weight) in all {
            match drawn.checked_sub(*weight) {
                Some(rest) => drawn = rest,
                None => return *one,
            }
        }
        unreachable!("it is below the sum of all weights")
    }
}
