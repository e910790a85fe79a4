//! The rows, by what they are about.

pub(super) mod above_all;
pub(super) mod absent;
pub(super) mod adopted;
pub(super) mod evicted;
pub(super) mod in_the_way;
pub(super) mod nobody;
pub(super) mod renewed;
pub(super) mod repaired;
pub(super) mod running;
pub(super) mod starting;
pub(super) mod stopped;
pub(super) mod unfinished;
pub(super) mod unknown;
