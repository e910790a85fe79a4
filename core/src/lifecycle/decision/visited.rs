//! Which rows of the decision table have decided something: for explorations, to tell how much of
//! it they saw.

/// Rows of the decision table, by their place in it, from 0.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Rows(u128);

impl Rows {
    /// Adds one.
    pub(crate) fn note(&mut self, row: usize) {
        // There are fewer than 128, which a test of the table says.
        self.0 |= 1_u128
            .checked_shl(u32::try_from(row).unwrap_or(u32::MAX))
            .unwrap_or(0);
    }
}

#[cfg(feature = "model-checking")]
impl Rows {
    /// Adds those of another.
    pub fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether none is among them.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether it is among them.
    pub fn has(self, row: usize) -> bool {
        u32::try_from(row).is_ok_and(|row| row < u128::BITS && self.0 >> row & 1 == 1)
    }
}
