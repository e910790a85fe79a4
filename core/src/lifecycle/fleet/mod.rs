//! All users' tenancies together: what concerns several of them at once.

mod batches;
pub(crate) mod events;
pub(crate) mod eviction;
pub(crate) mod prerequisites;
mod resync;
pub(crate) mod tenancies;
