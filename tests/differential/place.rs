//! What a sequence has for itself on the real engine, and what its things are called there.

use std::ops::Range;

use portreeve_tests::engine::Engine;
use portreeve_tests::ports::Block;

/// A container, network, volume or port among few, so that steps meet.
pub type Which = usize;

/// How many of each there are.
pub const CONTAINERS: Range<Which> = 0..3;
pub const NETWORKS: Range<Which> = 0..2;
pub const VOLUMES: Range<Which> = 0..2;
pub const PORTS: Range<Which> = 0..2;

/// What a sequence has for itself.
pub struct Place<'a> {
    pub engine: &'a Engine,
    pub prefix: String,
    pub image: String,
    pub ports: Block,
    /// Whether the real engine is of the release whose very words the model has.
    pub words: bool,
}

impl Place<'_> {
    pub fn container(&self, which: Which) -> String {
        format!("{}-c{which}", self.prefix)
    }

    pub fn network(&self, which: Which) -> String {
        format!("{}-n{which}", self.prefix)
    }

    pub fn volume(&self, which: Which) -> String {
        format!("{}-v{which}", self.prefix)
    }

    pub fn port(&self, which: Which) -> u16 {
        self.ports.range().0 + u16::try_from(which).unwrap_or_default()
    }
}
