//! The store's client: carries effects out on `PostgreSQL` or `SQLite`.
//!
//! What is said to the database, and what its answers mean, is [`portreeve_wire::store`]'s. Here are
//! the connections: when one is made, when it is believed lost, and what that says of the effect
//! that was under way.

mod check;
mod client;
mod error;
pub(crate) mod postgres;
pub(crate) mod sqlite;

pub use check::StoreReport;
pub use client::{StoreClient, hosts_in_clear};
pub use error::UnservedStore;
