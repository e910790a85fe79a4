//! How long what was seen of a user's containers may be believed.

use crate::projection::project;
use crate::time::Instant;

/// How far the engine's events keep current what is known of it.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Currency {
    /// Since when what was seen is so, as far as it may outlast the run that it was learnt in: events
    /// that came since would have changed it.
    pub since: Option<Instant>,
    /// When an event of the user's containers came last.
    pub last_event: Option<Instant>,
    /// Something happened to the container while an effect on it was under way.
    pub disturbed: bool,
}

project!(struct Currency { since, last_event, disturbed });
