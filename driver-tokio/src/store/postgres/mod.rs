//! `PostgreSQL`: how an effect is carried out over whichever connections there are, and a pool of such
//! that are waited for without blocking.

mod config;
mod connection;
mod effect;
mod error;
mod names;
mod pool;
mod prepare;
mod row;

pub use config::{CONNECT, CONNECTIONS, WAIT, config, hosts_in_clear};
pub use connection::{Connection, Connections};
pub use effect::carry_out;
pub use error::{StatementError, unconnected};
pub use names::Names;
pub(crate) use pool::PostgresStore;
