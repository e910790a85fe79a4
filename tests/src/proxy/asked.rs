//! What was asked over a relay.

use std::time::Instant;

/// Something that was asked, and when it passed.
#[derive(Clone, Debug)]
pub struct Asked {
    /// When.
    pub at: Instant,
    /// What: `METHOD TARGET` of a request, or the text of a statement.
    pub what: String,
    /// Over which of the relay's connections, counted from 0.
    pub connection: usize,
    /// How many were asked before it over the same connection.
    pub before: usize,
}
