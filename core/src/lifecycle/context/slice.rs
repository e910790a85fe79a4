//! How much of something large is looked at within one call.
//!
//! A driver serves all users under one lock, so whoever comes while a call is under way waits for it. What
//! concerns very many containers or users is therefore taken a slice at a time: each call does as much
//! as fits into a fraction of a millisecond, and the next is due at once.

/// So many containers or users at most are looked at within one call, by all that is sliced together.
const MOST: usize = 200;

/// What is left of this call's slice.
#[derive(Clone, Debug)]
pub(crate) struct Slice {
    left: usize,
}

impl Slice {
    /// One of which nothing was taken.
    pub(crate) fn whole() -> Self {
        Self { left: MOST }
    }

    /// Whether one more may be looked at.
    pub(crate) fn take(&mut self) -> bool {
        let any = self.left > 0;
        self.left = self.left.saturating_sub(1);
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_looked_at_and_no_more() {
        let mut slice = Slice::whole();
        assert_eq!((0..2 * MOST).filter(|_| slice.take()).count(), MOST);
        assert!(!slice.take());
    }
}
