//! Why a request isn't carried out.

use crate::engine::Failure;

/// Why a request isn't carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Refusal {
    /// The engine's reason.
    Engine(Failure),
    /// The request itself.
    Request(u16, String),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Engine(failure)
    }
}

impl Refusal {
    pub(super) fn bad(why: impl Into<String>) -> Self {
        Self::Request(400, why.into())
    }

    /// The status and the message that a client is answered with.
    pub(super) fn answer(&self) -> (u16, String) {
        match self {
            Self::Engine(failure) => (failure.status(), failure.text()),
            Self::Request(status, message) => (*status, message.clone()),
        }
    }
}
