//! How long a page is.

/// So many rows: at least one, since a page of none would never end.
pub(super) fn page_length(limit: u32) -> i64 {
    i64::from(limit.max(1))
}
