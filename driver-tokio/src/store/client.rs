//! The client of whichever store an address names.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portreeve_core::effect::StoreEffect;
use portreeve_core::error::Error;
use portreeve_core::outcome::StoreOutcome;
use portreeve_wire::store::StoreAddress;

use super::check::{Check, StoreReport};
use super::error::UnservedStore;
use super::postgres::{self, PostgresStore};
use super::sqlite::SqliteStore;
use crate::backend::{Store, Underway};

/// A client of one store. Clones are cheap and share its connections, which end with the last one.
#[derive(Clone)]
pub struct StoreClient {
    store: Arc<dyn Check>,
    address: Arc<str>,
}

impl StoreClient {
    /// A client of the store at this address. Nothing is connected to, and no file is made, before
    /// the first effect.
    ///
    /// Fails where the address asks for what can't be had, which trying again won't change.
    pub fn new(address: StoreAddress) -> Result<Self, UnservedStore> {
        let shown = Arc::from(address.to_string());
        let store: Arc<dyn Check> = match address {
            StoreAddress::Postgres(url) => Arc::new(PostgresStore::new(&url)?),
            StoreAddress::Sqlite(path) => Arc::new(SqliteStore::new(path)),
        };
        Ok(Self {
            store,
            address: shown,
        })
    }

    /// Carries one effect out. Every failure is an outcome: `Unreachable` where surely nothing was
    /// done, `Unclear` and `Unwritable` where it may have been.
    ///
    /// To be called inside of a tokio runtime. It waits for a connection for some seconds at most,
    /// and for the database's answer as long as it takes: bound it from outside. When the future is
    /// dropped with a statement under way, the statement may still be carried out.
    pub async fn carry_out(&self, effect: &StoreEffect) -> StoreOutcome {
        self.store.carry_out(effect, Duration::MAX).await
    }

    /// Looks whether the store can be used, and changes nothing. The error says what is wrong, in
    /// a sentence without secrets.
    pub async fn check(&self) -> Result<StoreReport, Error> {
        self.store.check().await
    }
}

/// The servers that a client of the store at this address speaks to in clear text over a network. There
/// are none of a file, of a Unix socket and of this machine's loopback address.
pub fn hosts_in_clear(address: &StoreAddress) -> Result<Vec<String>, UnservedStore> {
    match address {
        StoreAddress::Postgres(url) => postgres::hosts_in_clear(url),
        StoreAddress::Sqlite(_) => Ok(Vec::new()),
    }
}

impl Store for StoreClient {
    fn carry_out<'a>(
        &'a self,
        effect: &'a StoreEffect,
        limit: Duration,
    ) -> Underway<'a, StoreOutcome> {
        self.store.carry_out(effect, limit)
    }
}

impl fmt::Debug for StoreClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreClient({})", self.address)
    }
}
