//! `PostgreSQL`, by its client that blocks: a few connections, and a limit on each.

mod connect;
mod limit;
mod plain;
mod session;
mod store;

pub(crate) use store::PostgresStore;
