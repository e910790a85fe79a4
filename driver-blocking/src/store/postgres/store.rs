//! A client of a store on a server. Each thread that calls it uses a connection of its own meanwhile.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use portreeve_core::effect::StoreEffect;
use portreeve_core::outcome::StoreOutcome;
use portreeve_tokio::internals::postgres::{
    CONNECT, CONNECTIONS, Connections, Names, carry_out, config, unconnected,
};
use portreeve_tokio::store::UnservedStore;
use portreeve_wire::store::PostgresUrl;

use super::connect::Connector;
use super::session::Session;
use crate::backend::Store;

/// A client of a store on a server.
pub(crate) struct PostgresStore {
    connector: Connector,
    /// Connections nobody uses, the one used last at the end.
    idle: Mutex<Vec<Session>>,
}

impl PostgresStore {
    pub(crate) fn new(url: &PostgresUrl) -> Result<Self, UnservedStore> {
        Ok(Self {
            connector: Connector::new(config(url)?),
            idle: Mutex::default(),
        })
    }

    fn connect(&self, until: Instant) -> Result<Session, StoreOutcome> {
        let until = until.min(Instant::now() + CONNECT);
        let connected = self.connector.connect(until);
        connected.map_err(|error| unconnected(&error))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Session>> {
        // Nothing that could panic is done under this lock.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for PostgresStore {
    fn carry_out(&self, effect: &StoreEffect, limit: Duration) -> StoreOutcome {
        let in_time = InTime {
            store: self,
            until: Instant::now() + limit,
        };
        carry_out(&in_time, effect)
            .now_or_never()
            .expect("whoever blocks until it is done is never found waiting")
    }

    fn at_once(&self) -> usize {
        CONNECTIONS
    }
}

/// The store's connections, for one effect.
struct InTime<'a> {
    store: &'a PostgresStore,
    /// When its time is up.
    until: Instant,
}

impl Connections for InTime<'_> {
    type Connection = Session;

    fn names(&self) -> &Names {
        self.store.connector.names()
    }

    async fn take(&self) -> Result<Session, StoreOutcome> {
        let idle = self.store.idle().pop();
        let mut session = idle.map_or_else(|| self.store.connect(self.until), Ok)?;
        session.lasts_until(self.until);
        Ok(session)
    }

    fn give_back(&self, mut session: Session) {
        session.count();
        self.store.idle().push(session);
    }

    /// It was hardly the only one.
    fn lose(&self, session: Session) {
        drop(session);
        let others = mem::take(&mut *self.store.idle());
        drop(others);
    }
}
