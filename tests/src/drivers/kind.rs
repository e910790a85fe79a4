//! Which drivers there are.

use serde::{Deserialize, Serialize};

/// A driver.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Driver {
    /// `portreeve-tokio`.
    Tokio,
    /// `portreeve-blocking`.
    Blocking,
}

impl Driver {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Tokio, Self::Blocking];

    /// The driver in one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tokio => "tokio",
            Self::Blocking => "blocking",
        }
    }
}
