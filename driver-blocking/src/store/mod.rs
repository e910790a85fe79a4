//! The store's client, by calls that block: carries effects out on `PostgreSQL` or `SQLite`.
//!
//! What is said to the database, and what its answers mean, is [`portreeve_wire::store`]'s. In which
//! order it is said, and what is done where a connection is lost, is the same as over `tokio`.

mod client;
mod postgres;
mod sqlite;

pub use client::StoreClient;
pub use portreeve_tokio::store::UnservedStore;
