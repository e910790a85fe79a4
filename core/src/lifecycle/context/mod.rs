//! What all users share: settings, time, chance, what the store said of the installation, effects
//! in flight, queues. [`Context`] lends it to one user's tenancy for one step.

pub(crate) mod batches;
mod drift;
pub(crate) mod event_stream;
pub(crate) mod identity;
pub(crate) mod in_flight;
mod lent;
pub(crate) mod listing;
pub(crate) mod next;
mod numbers;
pub(crate) mod pending;
pub(crate) mod port_queue;
pub(crate) mod prerequisites;
pub(crate) mod slice;
pub(crate) mod start_queue;

pub(crate) use lent::{AskedOf, Context, Notice};
