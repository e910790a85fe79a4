//! The store's client: carries effects out on `PostgreSQL` or `SQLite`.
//!
//! What is said to the database, and what its answers mean, is [`portreeve_wire::store`]'s. Here are
//! the connections: when one is made, when it is believed lost, and what that says of the effect
//! that was under way.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use portreeve_core::effect::StoreEffect;
use portreeve_core::id::EngineName;
use portreeve_core::outcome::StoreOutcome;
use portreeve_wire::store::StoreAddress;

use postgres::PostgresStore;
use sqlite::SqliteFile;

use crate::workers::{NotWorked, Workers};

/// What the threads are called that a store's blocking calls are made on.
pub const THREAD: &str = "portreeve-store";

/// A client of one store. Clones are cheap and share its connections, which end with the last one.
#[derive(Clone)]
pub struct StoreClient {
    store: Arc<Store>,
    address: Arc<str>,
}

enum Store {
    Postgres(PostgresStore),
    /// There is one connection, so one thread.
    Sqlite(Workers<SqliteFile>),
}

impl StoreClient {
    /// A client of the store at this address. Nothing is connected to, and no file is made, before
    /// the first effect.
    ///
    /// Fails where the address asks for what can't be had, which trying again won't change.
    pub fn new(address: StoreAddress) -> Result<Self, UnservedStore> {
        let shown = Arc::from(address.to_string());
        let store = match address {
            StoreAddress::Postgres(url) => Store::Postgres(PostgresStore::new(&url)?),
            StoreAddress::Sqlite(path) => {
                Store::Sqlite(Workers::new(THREAD, 1, Arc::new(SqliteFile::new(path))))
            }
        };
        Ok(Self {
            store: Arc::new(store),
            address: shown,
        })
    }

    /// Carries one effect out. Every failure is an outcome: `Unreachable` where surely nothing was
    /// done, `Unclear` where it may have been.
    ///
    /// To be called inside of a tokio runtime. It waits for a connection for some seconds at most,
    /// and for the database's answer as long as it takes: bound it from outside. When the future is
    /// dropped with a statement under way, the statement may still be carried out.
    pub async fn carry_out(&self, effect: &StoreEffect) -> StoreOutcome {
        match &*self.store {
            Store::Postgres(store) => store.carry_out(effect).await,
            Store::Sqlite(store) => {
                let (effect, asked) = (effect.clone(), Instant::now());
                let work = move |file: &SqliteFile| file.carry_out_asked(&effect, asked);
                let outcome = store.ask(work).await;
                outcome.unwrap_or_else(NotWorked::into_store_outcome)
            }
        }
    }

    /// Looks whether the store can be used, and changes nothing. The error says what is wrong, in
    /// a sentence without secrets.
    pub async fn check(&self) -> Result<StoreReport, String> {
        match &*self.store {
            Store::Postgres(store) => store.check().await,
            Store::Sqlite(store) => {
                let checked = store.ask(SqliteFile::check).await;
                checked.unwrap_or_else(|why| Err(why.to_string()))
            }
        }
    }
}

impl fmt::Debug for StoreClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreClient({})", self.address)
    }
}

/// The smallest effect that tells whether the tables can be used.
fn look() -> StoreEffect {
    StoreEffect::Load {
        engine: EngineName::new(""),
        users: Vec::new(),
    }
}

/// What went wrong, of an outcome that is a failure.
fn told(outcome: &StoreOutcome) -> String {
    outcome.trouble().map_or_else(
        || format!("an unexpected answer: {outcome:?}"),
        |trouble| trouble.text().to_owned(),
    )
}

/// What [`StoreClient::check`] found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoreReport {
    /// The database and its version, such as `PostgreSQL 15.18`.
    pub server: String,
    /// The version of its schema; `None` where there are no tables yet, which the first effect makes.
    pub schema: Option<i64>,
}

impl fmt::Display for StoreReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.schema {
            Some(version) => write!(f, "{}, schema {version}", self.server),
            None => write!(f, "{}, no tables yet (made at first use)", self.server),
        }
    }
}

/// Why a store can't be served, however often it is tried.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnservedStore {
    /// The URL wants an encrypted connection.
    #[error(
        "the store's URL asks for TLS (sslmode), which this release doesn't speak: \
         write sslmode=prefer or sslmode=disable, on a network you trust"
    )]
    Tls,
    /// The database's client doesn't understand the URL.
    #[error("the store's URL can't be used: {0}")]
    Url(String),
}
