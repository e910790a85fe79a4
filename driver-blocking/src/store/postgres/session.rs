//! One connection to `PostgreSQL`: statements are sent and waited for.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ::postgres::config::{Host, SslMode, SslNegotiation};
use ::postgres::{Client, Config, Error, GenericClient, IsolationLevel, NoTls};
use portreeve_tokio::parts::store::{Param, PostgresRow, Trouble};
use portreeve_wire::store::{Statement, postgres};

use super::limit::{Limit, Limited};
use super::plain::Plain;

/// How long saying good-bye may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// Makes connections.
pub(super) struct Connector {
    config: Config,
    /// Whether their time can be limited.
    limits: bool,
}

impl Connector {
    pub(super) fn new(mut config: tokio_postgres::Config) -> Self {
        if config.get_hosts().is_empty() {
            for address in config.get_hostaddrs().to_vec() {
                config.host(address.to_string());
            }
        }
        // The client has no TLS made for those behind Unix sockets, whatever it is told: see `limit`.
        let limits = config
            .get_hosts()
            .iter()
            .all(|host| matches!(host, Host::Tcp(_)));
        if limits {
            // So that the client neither says nor hears a word before its stream is limited.
            config.ssl_mode(SslMode::Require);
            config.ssl_negotiation(SslNegotiation::Direct);
        }
        Self {
            config: config.into(),
            limits,
        }
    }

    pub(super) fn connect(&self, until: Instant) -> Result<Session, Error> {
        let limit = Limit::default();
        limit.set(until);
        let client = if self.limits {
            self.config.connect(Limited::new(limit.clone(), Plain))?
        } else {
            self.config.connect(NoTls)?
        };
        Ok(Session {
            client,
            limit,
            limits: self.limits,
            prepared: HashMap::new(),
        })
    }
}

/// A connection. Whatever is done with it fails, and it is lost, once its time is up.
pub(super) struct Session {
    client: Client,
    limit: Limit,
    /// Whether it keeps to the limit.
    limits: bool,
    prepared: HashMap<&'static str, ::postgres::Statement>,
}

impl Session {
    pub(super) fn lasts_until(&mut self, until: Instant) {
        self.limit.set(until);
    }

    /// Sends the statements, and returns the last one's rows.
    pub(super) fn run(&mut self, statements: &[Statement]) -> Result<Vec<PostgresRow>, Trouble> {
        let mut prepared = Vec::with_capacity(statements.len());
        for statement in statements {
            let ready = self.prepared(statement.sql);
            prepared.push((ready.map_err(|error| Trouble::new(error, true))?, statement));
        }
        if let [(ready, statement)] = prepared.as_slice() {
            self.limit.begin();
            let rows = query(&mut self.client, ready, statement);
            return rows.map_err(|error| Trouble::new(error, self.is_unsent()));
        }
        // Until the commit is sent, losing the connection undoes everything.
        let undone = |error| Trouble::new(error, true);
        let mut transaction = self
            .client
            .build_transaction()
            .isolation_level(IsolationLevel::ReadCommitted)
            .start()
            .map_err(undone)?;
        let mut rows = Vec::new();
        for (ready, statement) in &prepared {
            rows = query(&mut transaction, ready, statement).map_err(undone)?;
        }
        self.limit.begin();
        let committed = transaction.commit();
        committed.map_err(|error| Trouble::new(error, self.is_unsent()))?;
        Ok(rows)
    }

    /// Whether surely nothing was sent of what was begun last.
    fn is_unsent(&self) -> bool {
        self.limits && !self.limit.has_sent()
    }

    fn prepared(&mut self, sql: &'static str) -> Result<::postgres::Statement, Error> {
        if let Some(ready) = self.prepared.get(sql) {
            return Ok(ready.clone());
        }
        let ready = self.client.prepare(sql)?;
        self.prepared.insert(sql, ready.clone());
        Ok(ready)
    }

    /// Brings the tables to this release's schema.
    pub(super) fn migrate(&mut self) -> Result<(), Error> {
        let mut transaction = self
            .client
            .build_transaction()
            .isolation_level(IsolationLevel::ReadCommitted)
            .start()?;
        transaction.batch_execute(postgres::LOCK)?;
        let version = schema(&mut transaction)?;
        for step in postgres::pending(version) {
            tracing::info!(
                version = step.version,
                "bringing the store's tables to a newer schema"
            );
            transaction.batch_execute(step.sql)?;
        }
        transaction.commit()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.limit.set(Instant::now() + FAREWELL);
    }
}

fn query(
    client: &mut impl GenericClient,
    ready: &::postgres::Statement,
    statement: &Statement,
) -> Result<Vec<PostgresRow>, Error> {
    tracing::debug!(statement = statement.name, "sent");
    let params = Param::all(statement);
    let params: Vec<_> = params.iter().map(Param::erased).collect();
    let rows = client.query(ready, &params)?;
    tracing::trace!(statement = statement.name, rows = rows.len(), "answered");
    Ok(rows.into_iter().map(PostgresRow::from).collect())
}

/// The schema's version; `None` where there are no tables of ours.
fn schema(client: &mut impl GenericClient) -> Result<Option<i64>, Error> {
    if !client.query_one(postgres::IS_THERE, &[])?.try_get(0)? {
        return Ok(None);
    }
    // Without its row the table is not made again: the next effect tells what is wrong with it.
    let row = client.query_opt(postgres::VERSION, &[])?;
    row.map_or(Ok(i64::MAX), |row| row.try_get(0)).map(Some)
}
