//! `PostgreSQL`: a few connections, and what becomes of an effect when one is lost.

mod limit;
mod plain;
mod session;

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portreeve_core::effect::StoreEffect;
use portreeve_core::outcome::StoreOutcome;
use portreeve_tokio::parts::store::{CONNECT, config, still_missing, unconnected, unmigrated};
use portreeve_wire::store::schema::Answer;
use portreeve_wire::store::{PostgresUrl, postgres};

use session::{Connector, Session};

use super::UnservedStore;

/// A client of a store on a server. Each thread that calls it uses a connection of its own meanwhile.
pub(super) struct PostgresStore {
    connector: Connector,
    /// Connections nobody uses, the one used last at the end.
    idle: Mutex<Vec<Session>>,
}

impl PostgresStore {
    pub(super) fn new(url: &PostgresUrl) -> Result<Self, UnservedStore> {
        Ok(Self {
            connector: Connector::new(config(url)?),
            idle: Mutex::default(),
        })
    }

    pub(super) fn carry_out(&self, effect: &StoreEffect, limit: Duration) -> StoreOutcome {
        let until = Instant::now() + limit;
        if let Answer::Outcome(outcome) = self.attempt(effect, until) {
            return outcome;
        }
        if let Err(outcome) = self.migrate(until) {
            return outcome;
        }
        match self.attempt(effect, until) {
            Answer::Outcome(outcome) => outcome,
            Answer::Migrate => still_missing(),
        }
    }

    /// Carries an effect out on the tables as they are.
    fn attempt(&self, effect: &StoreEffect, until: Instant) -> Answer {
        let statements = postgres::statements(effect);
        let mut tries = 1;
        loop {
            let mut session = match self.session(until) {
                Ok(session) => session,
                Err(outcome) => return outcome.into(),
            };
            let trouble = match session.run(&statements) {
                Ok(rows) => {
                    self.give_back(session);
                    return postgres::outcome(effect, &rows);
                }
                Err(trouble) => trouble,
            };
            if !trouble.is_lost() {
                self.give_back(session);
                return trouble.answer();
            }
            // It was hardly the only one.
            drop(session);
            let others = mem::take(&mut *self.idle());
            drop(others);
            if !trouble.is_worth_another(effect, tries) {
                return trouble.answer();
            }
            tracing::debug!(%trouble, "a connection was lost, trying another");
            tries += 1;
        }
    }

    /// Brings the tables to this release's schema.
    fn migrate(&self, until: Instant) -> Result<(), StoreOutcome> {
        let mut session = self.session(until)?;
        session.migrate().map_err(unmigrated)?;
        self.give_back(session);
        Ok(())
    }

    /// A connection, which is closed unless it is given back.
    fn session(&self, until: Instant) -> Result<Session, StoreOutcome> {
        if let Some(mut session) = self.idle().pop() {
            session.lasts_until(until);
            return Ok(session);
        }
        let connected = self.connector.connect(until.min(Instant::now() + CONNECT));
        let mut session = connected.map_err(|error| unconnected(&error))?;
        session.lasts_until(until);
        Ok(session)
    }

    fn give_back(&self, session: Session) {
        self.idle().push(session);
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Session>> {
        // Nothing that could panic is done under this lock.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
