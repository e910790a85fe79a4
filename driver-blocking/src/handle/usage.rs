//! What the containers take of all users who run.

use portreeve_tokio::internals;
use portreeve_tokio::{Error, UserUsage};

use super::open::Portreeve;
use super::turns::Turns;

impl Portreeve {
    /// Tells what the containers take of the machine of all users who run, reading by reading. Doesn't
    /// count as activity.
    pub fn usage(&self) -> Usages {
        Usages(Turns::of(
            self.clone(),
            internals::Usages::new(&self.driver()),
        ))
    }
}

/// What the containers take of the machine, as [`usage`](Portreeve::usage) tells it. As an iterator it never
/// ends: each step takes a reading.
#[derive(Debug)]
#[must_use = "nothing is read before somebody asks for the next reading"]
pub struct Usages(Turns<internals::Usages, Result<Vec<UserUsage>, Error>>);

impl Usages {
    /// Takes a reading now, in user order: of those who run, since nobody else takes anything. Processor
    /// time is a share of the time since the reading before; the first one takes a second longer, since it
    /// is made of two.
    pub fn next_reading(&mut self) -> Result<Vec<UserUsage>, Error> {
        self.0.next(|mut usages| {
            Box::pin(async move {
                let reading = usages.next_reading().await;
                (usages, reading)
            })
        })?
    }
}

impl Iterator for Usages {
    type Item = Result<Vec<UserUsage>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.next_reading())
    }
}
