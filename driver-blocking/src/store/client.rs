//! The client of whichever store an address names.

use std::fmt;
use std::time::Duration;

use portreeve_core::effect::StoreEffect;
use portreeve_core::outcome::StoreOutcome;
use portreeve_tokio::internals::sqlite::SqliteFile;
use portreeve_tokio::store::UnservedStore;
use portreeve_wire::store::StoreAddress;

use super::postgres::PostgresStore;
use crate::backend::Store;

/// A client of one store. The connections it keeps are its own.
///
/// A handle has one by itself; this is for hosts that drive the core by hand, or put something of
/// their own before it. Unlike a handle it is neither to be called nor to be dropped on a thread that
/// is inside of an async runtime: `PostgreSQL`'s client panics there.
pub struct StoreClient {
    store: Box<dyn Store>,
    address: String,
}

impl StoreClient {
    /// A client of the store at this address. Nothing is connected to, and no file is made, before
    /// the first effect.
    ///
    /// Fails where the address asks for what can't be had, which trying again won't change.
    pub fn new(address: StoreAddress) -> Result<Self, UnservedStore> {
        let shown = address.to_string();
        let store: Box<dyn Store> = match address {
            StoreAddress::Postgres(url) => Box::new(PostgresStore::new(&url)?),
            StoreAddress::Sqlite(path) => Box::new(SqliteFile::new(path)),
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
        self.store.carry_out(effect, limit)
    }

    /// `PostgreSQL` is called over as many connections as there are threads. One file has one writer,
    /// who takes turns.
    fn at_once(&self) -> usize {
        self.store.at_once()
    }
}

impl fmt::Debug for StoreClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreClient({})", self.address)
    }
}
