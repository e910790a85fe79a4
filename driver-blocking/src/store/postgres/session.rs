//! One connection to `PostgreSQL`: what is sent over it is waited for on the caller's thread.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ::postgres::types::{ToSql, Type};
use ::postgres::{Client, Error, Row, Statement};
use portreeve_tokio::internals::postgres::{Connection, StatementError};

use super::limit::Limit;

/// How long saying good-bye may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// A connection. Whatever is done with it fails, and it is lost, once its time is up.
pub(super) struct Session {
    client: Client,
    /// `None` where it keeps to none.
    limit: Option<Limit>,
    prepared: HashMap<&'static str, Statement>,
    /// For how many effects it was lent before.
    uses: usize,
}

impl Session {
    pub(super) fn new(client: Client, limit: Option<Limit>) -> Self {
        Self {
            client,
            limit,
            prepared: HashMap::new(),
            uses: 0,
        }
    }

    /// It was lent for one more effect.
    pub(super) fn count(&mut self) {
        self.uses += 1;
    }

    pub(super) fn lasts_until(&mut self, until: Instant) {
        if let Some(limit) = &self.limit {
            limit.set(until);
        }
    }
}

/// Its futures are done when they are first polled.
impl Connection for Session {
    fn uses(&self) -> usize {
        self.uses
    }

    fn has_prepared(&self) -> bool {
        !self.prepared.is_empty()
    }

    async fn prepare(&mut self, sql: &'static str) -> Result<Statement, Error> {
        if let Some(ready) = self.prepared.get(sql) {
            return Ok(ready.clone());
        }
        let ready = self.client.prepare(sql)?;
        self.prepared.insert(sql, ready.clone());
        Ok(ready)
    }

    async fn query_prepared(
        &mut self,
        statement: &Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        self.client.query(statement, params)
    }

    async fn query(
        &mut self,
        sql: &str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, Error> {
        self.client.query_typed(sql, params)
    }

    async fn batch(&mut self, sql: &str) -> Result<(), Error> {
        self.client.batch_execute(sql)
    }

    /// Whether the server has closed it is heard before the next byte is sent.
    fn begin(&mut self) -> Result<(), StatementError> {
        if let Some(limit) = &self.limit {
            limit.begin();
        }
        Ok(())
    }

    fn is_unsent(&self) -> bool {
        self.limit.as_ref().is_some_and(|limit| !limit.has_sent())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.lasts_until(Instant::now() + FAREWELL);
    }
}
