//! The numbers that an engine counts containers and requests by.

/// A container's number: they are counted in the order in which they were made, and none is used
/// twice.
pub type No = u64;

/// The number of a request that is answered later.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ticket(pub u64);
