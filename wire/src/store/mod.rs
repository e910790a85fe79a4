//! What is said to the store: statements, rows and migrations for `PostgreSQL` and `SQLite`, as data.
//!
//! | file | tells |
//! |---|---|
//! | [`address`] | which store: `sqlite:PATH` or `postgres://…` |
//! | [`statement`] | a statement and its values, whichever database it is for |
//! | [`columns`] | how a row is read, whichever database it came from |
//! | [`schema`] | which schema this release writes, and what to make of another one |
//! | `record`, `rows`, `put` | rows as records, pages and writes: decoded once for both databases |
//! | `params` | effects as values, for both databases too |
//! | [`postgres`] | one statement for each effect; errors by meaning; migrations |
//! | [`sqlite`] | the same effects, each in one transaction, over a connection the driver lends |
//!
//! Both databases keep the same five tables: `portreeve_meta` (one row), `portreeve_engines`,
//! `portreeve_tenancies` (one row per user), `portreeve_ports` (one row per port that may be
//! claimed) and `portreeve_locks`. All times are by the store's own clock.

pub mod address;
pub mod columns;
mod event;
mod page;
mod params;
pub mod postgres;
mod put;
mod record;
mod rows;
pub mod schema;
pub mod sqlite;
pub mod statement;

pub use address::{PostgresUrl, StoreAddress, StoreAddressError};
pub use columns::{ColumnError, Columns};
pub use statement::{Statement, Value};
