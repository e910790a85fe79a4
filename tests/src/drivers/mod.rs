//! The drivers that the suite is run through.

mod answers;
mod blocking;
mod tokio;

use serde::{Deserialize, Serialize};

pub use answers::config;

use crate::answer::Failure;
use crate::host::Host;
use crate::plan::Plan;

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

    /// Opens a host that behaves as planned.
    pub fn open(self, plan: &Plan) -> Result<Box<dyn Host>, Failure> {
        match self {
            Self::Tokio => Ok(Box::new(tokio::TokioHost::open(plan)?)),
            Self::Blocking => Ok(Box::new(blocking::BlockingHost::open(plan)?)),
        }
    }
}
