//! The drivers that the suite is run through.

mod answers;
mod blocking;
mod kind;
mod tokio;

pub use answers::config;
pub use kind::Driver;

use crate::answer::Failure;
use crate::host::Host;
use crate::plan::Plan;

impl Driver {
    /// Opens a host that behaves as planned.
    pub fn open(self, plan: &Plan) -> Result<Box<dyn Host>, Failure> {
        match self {
            Self::Tokio => Ok(Box::new(tokio::TokioHost::open(plan)?)),
            Self::Blocking => Ok(Box::new(blocking::BlockingHost::open(plan)?)),
        }
    }
}
