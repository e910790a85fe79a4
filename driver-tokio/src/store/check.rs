//! Looking whether a store can be used.

use std::fmt;

use portreeve_core::effect::StoreEffect;
use portreeve_core::error::Error;
use portreeve_core::id::EngineName;
use portreeve_core::outcome::StoreOutcome;

use crate::backend::{Store, Underway};

/// A store's client that can also tell whether its store can be used.
pub(super) trait Check: Store {
    /// Looks, and changes nothing. The error says what is wrong, in a sentence without secrets.
    fn check(&self) -> Underway<'_, Result<StoreReport, Error>>;
}

/// What [`StoreClient::check`](super::StoreClient::check) found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoreReport {
    /// The database and its version, such as `PostgreSQL 15.18`.
    pub server: String,
    /// The version of its schema; `None` where there are no tables yet, which the first effect makes.
    pub schema: Option<i64>,
}

impl fmt::Display for StoreReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.schema {
            Some(version) => write!(f, "{}, schema {version}", self.server),
            None => write!(f, "{}, no tables yet (made at first use)", self.server),
        }
    }
}

/// The smallest effect that tells whether the tables can be used.
pub(super) fn look() -> StoreEffect {
    StoreEffect::Load {
        engine: EngineName::new(""),
        users: Vec::new(),
    }
}

/// What went wrong, of an outcome that is a failure.
pub(super) fn told(outcome: &StoreOutcome) -> Error {
    outcome.failure().map_or_else(
        || Error::StoreRefused(format!("an unexpected answer: {outcome:?}")),
        Error::from,
    )
}
