//! The store's client, by calls that block: carries effects out on `PostgreSQL` or `SQLite`.
//!
//! What is said to the database, and what its answers mean, is [`portreeve_wire::store`]'s.

mod postgres;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portreeve_core::effect::StoreEffect;
use portreeve_core::outcome::StoreOutcome;
use portreeve_tokio::Error;
use portreeve_tokio::parts::Workers;
use portreeve_tokio::parts::store::{CONNECTIONS, SqliteFile, THREAD, WAIT};
use portreeve_wire::store::StoreAddress;

use crate::backend::{Backend, Store};
use postgres::PostgresStore;

pub use portreeve_tokio::store::UnservedStore;

/// A client of one store. The connections it keeps are its own.
///
/// A handle has one by itself; this is for hosts that drive the core by hand, or put something of
/// their own before it. Unlike a handle it is neither to be called nor to be dropped on a thread that
/// is inside of an async runtime: `PostgreSQL`'s client panics there.
pub struct StoreClient {
    store: Kind,
    address: String,
}

enum Kind {
    Postgres(PostgresStore),
    Sqlite(SqliteFile),
}

impl StoreClient {
    /// A client of the store at this address. Nothing is connected to, and no file is made, before
    /// the first effect.
    ///
    /// Fails where the address asks for what can't be had, which trying again won't change.
    pub fn new(address: StoreAddress) -> Result<Self, UnservedStore> {
        let shown = address.to_string();
        let store = match address {
            StoreAddress::Postgres(url) => Kind::Postgres(PostgresStore::new(&url)?),
            StoreAddress::Sqlite(path) => Kind::Sqlite(SqliteFile::new(path)),
        };
        Ok(Self {
            store,
            address: shown,
        })
    }
}

impl Store for StoreClient {
    /// The limit holds but for a server behind a Unix socket, whose answer is waited for however long
    /// that takes. `SQLite` waits for other processes that write for 3 s.
    fn carry_out(&self, effect: &StoreEffect, limit: Duration) -> StoreOutcome {
        match &self.store {
            Kind::Postgres(store) => store.carry_out(effect, limit),
            Kind::Sqlite(file) => file.carry_out(effect),
        }
    }

    /// `PostgreSQL` is called over as many connections as there are threads. One file has one writer,
    /// who takes turns.
    fn at_once(&self) -> usize {
        match &self.store {
            Kind::Postgres(_) => CONNECTIONS,
            Kind::Sqlite(_) => 1,
        }
    }
}

impl fmt::Debug for StoreClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreClient({})", self.address)
    }
}

/// The threads that a store is called from. They start with the first effect.
pub(crate) fn workers(
    store: Backend<StoreAddress, dyn Store>,
) -> Result<Workers<dyn Store>, Error> {
    let store = match store {
        Backend::At(address) => Arc::new(StoreClient::new(address)?),
        Backend::Own(store) => store,
    };
    let threads = store.at_once();
    let workers = Workers::new(THREAD, threads, store);
    // Who is one of a long line is served later; with several threads, what they wait for is stuck.
    Ok(if threads > 1 {
        workers.waiting_at_most(WAIT)
    } else {
        workers
    })
}
