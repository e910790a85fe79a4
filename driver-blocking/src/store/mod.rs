//! The stores' clients, by calls that block: what is said to the database, and what its answers mean,
//! is [`portreeve_wire::store`]'s.

mod limit;
mod postgres;
mod session;

use std::sync::Arc;
use std::time::Duration;

use portreeve_core::effect::StoreEffect;
use portreeve_core::outcome::StoreOutcome;
use portreeve_tokio::parts::store::{SqliteFile, WAIT};
use portreeve_tokio::parts::{Workers, store};
use portreeve_tokio::{Backend, Error, StoreAddress};

use crate::backend::Store;
use postgres::PostgresStore;

/// The threads that a store is called from. They start with the first effect.
pub(crate) fn workers(
    store: Backend<StoreAddress, dyn Store>,
) -> Result<Workers<dyn Store>, Error> {
    let store: Arc<dyn Store> = match store {
        // One file has one writer, who takes turns.
        Backend::At(StoreAddress::Sqlite(path)) => {
            let file = Sqlite(SqliteFile::new(path));
            return Ok(Workers::new(store::THREAD, 1, Arc::new(file)));
        }
        Backend::At(StoreAddress::Postgres(url)) => Arc::new(PostgresStore::new(&url)?),
        Backend::Own(store) => store,
    };
    let threads = store.at_once();
    Ok(Workers::new(store::THREAD, threads, store).waiting_at_most(WAIT))
}

struct Sqlite(SqliteFile);

impl Store for Sqlite {
    /// It waits for other processes for less than any limit.
    fn carry_out(&self, effect: &StoreEffect, _limit: Duration) -> StoreOutcome {
        self.0.carry_out(effect)
    }
}
