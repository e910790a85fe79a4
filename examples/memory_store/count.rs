//! Counts that effects give.

pub(super) fn as_count(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
