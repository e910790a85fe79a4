//! What the containers take of all users who run.

use super::open::Portreeve;
use crate::error::Error;
use crate::usage::{self, UserUsage};

impl Portreeve {
    /// Tells what the containers take of the machine of all users who run, reading by reading. Doesn't
    /// count as activity.
    pub fn usage(&self) -> Usages {
        Usages(usage::Usages::new(&self.driver))
    }
}

/// What the containers take of the machine, as [`usage`](Portreeve::usage) tells it.
#[derive(Debug)]
#[must_use = "nothing is read before somebody asks for the next reading"]
pub struct Usages(usage::Usages);

impl Usages {
    /// Takes a reading now, in user order: of those who run, since nobody else takes anything. Processor
    /// time is a share of the time since the reading before; the first one takes a second longer, since it
    /// is made of two.
    pub async fn next_reading(&mut self) -> Result<Vec<UserUsage>, Error> {
        self.0.next_reading().await
    }
}
