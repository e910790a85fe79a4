//! Another engine that answers at the engine's address for a while: somebody has mistyped the address, a
//! tunnel leads elsewhere, a virtual machine was made anew. It has the image and the network, and nothing of
//! anybody's. The installation's own engine goes on meanwhile, with all that is there, and nobody reaches it.

use portreeve_core::time::Instant;

use crate::engine::Engine;

/// The engine that answers, and until when.
#[derive(Debug)]
pub(super) struct Impostor {
    pub engine: Engine,
    pub until: Instant,
}
