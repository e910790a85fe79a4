//! Whether a container carries the token that stands in its user's record.

use crate::observed::Observed;
use crate::record::{FIRST_TOKEN_GENERATION, Record};

/// Whether the container carries another of the user's tokens than the record has. One that was
/// adopted carries the one that was adopted with it, unless that was replaced since.
pub(crate) fn carries_other_token(record: &Record, observed: &Observed) -> bool {
    let carried = observed
        .labels
        .told()
        .map_or(FIRST_TOKEN_GENERATION, |labels| labels.token_generation);
    carried != record.body.token_generation
}
