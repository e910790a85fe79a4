//! What came of giving a user a new token.

use portreeve_core::command;

use crate::endpoint::Endpoint;

/// What came of giving a user a new token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rotated {
    generation: u32,
    endpoint: Option<Endpoint>,
}

impl Rotated {
    /// Counts the user's tokens, the new one included: the first one is 1.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Where the container answers that carries the new token; `None` if the user was stopped.
    pub fn endpoint(&self) -> Option<&Endpoint> {
        self.endpoint.as_ref()
    }
}

impl From<command::Rotated> for Rotated {
    fn from(told: command::Rotated) -> Self {
        Self {
            generation: told.generation,
            endpoint: told.endpoint.map(Endpoint::from),
        }
    }
}
