//! A client over a pool of connections that are waited for without blocking.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    ClientWrapper, ConfigConnectImpl, Connect, Manager, ManagerConfig, Object, Pool, PoolError,
    RecyclingMethod, Runtime, TimeoutType,
};
use futures_util::future::BoxFuture;
use portreeve_core::effect::StoreEffect;
use portreeve_core::error;
use portreeve_core::outcome::StoreOutcome;
use portreeve_wire::store::PostgresUrl;
use portreeve_wire::store::schema::Attempt;
use tokio::task::JoinHandle;
use tokio_postgres::types::{FromSqlOwned, ToSql, Type};
use tokio_postgres::{Client, Config, Error, NoTls, Row, Statement};

use super::config::{CONNECT, CONNECTIONS, WAIT, config};
use super::connection::{Connection, Connections};
use super::effect::{attempt, carry_out, schema};
use super::error::{StatementError, unconnected, words};
use super::names::Names;
use crate::backend::{Store, Underway};
use crate::store::check::{Check, StoreReport, look, told};
use crate::store::error::UnservedStore;

/// The oldest release that has all that the statements use, as `server_version_num` tells it.
const OLDEST_SERVER: i64 = 130_000;

/// A client of a store on a server.
pub(crate) struct PostgresStore {
    pool: Pool,
    names: Arc<Names>,
}

impl PostgresStore {
    pub(crate) fn new(url: &PostgresUrl) -> Result<Self, UnservedStore> {
        let manager = ManagerConfig {
            // A lost connection is noticed by its own task; to ask each time would cost a statement.
            recycling_method: RecyclingMethod::Fast,
        };
        let names = Arc::new(Names::of_a_new_client());
        let marking = Marking(Arc::clone(&names));
        let pool = Pool::builder(Manager::from_connect(config(url)?, marking, manager))
            .max_size(CONNECTIONS)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(CONNECT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| UnservedStore::Url(error.to_string()))?;
        Ok(Self { pool, names })
    }

    async fn look(&self) -> Result<StoreReport, error::Error> {
        let mut connection = self.take().await.map_err(|outcome| told(&outcome))?;
        let server = server(connection.client()).await?;
        match attempt(self, &look()).await {
            // Missing or older tables become ours with the first effect.
            Attempt::Outcome(StoreOutcome::Loaded { .. }) | Attempt::Migrate => {}
            Attempt::Outcome(outcome) => return Err(told(&outcome)),
        }
        let schema = schema(&mut connection).await;
        let schema = schema.map_err(|error| error::Error::StoreUnreachable(words(&error)))?;
        self.give_back(connection);
        Ok(StoreReport { server, schema })
    }
}

impl Store for PostgresStore {
    fn carry_out<'a>(
        &'a self,
        effect: &'a StoreEffect,
        _limit: Duration,
    ) -> Underway<'a, StoreOutcome> {
        Box::pin(carry_out(self, effect))
    }
}

impl Check for PostgresStore {
    fn check(&self) -> Underway<'_, Result<StoreReport, error::Error>> {
        Box::pin(self.look())
    }
}

impl Connections for PostgresStore {
    type Connection = Borrowed;

    fn names(&self) -> &Names {
        &self.names
    }

    async fn take(&self) -> Result<Borrowed, StoreOutcome> {
        let unreachable = match self.pool.get().await {
            Ok(object) => return Ok(Borrowed(Some(object))),
            Err(PoolError::Backend(error)) => return Err(unconnected(&error)),
            Err(PoolError::Timeout(TimeoutType::Wait)) => {
                format!("all {CONNECTIONS} connections to the store are busy")
            }
            Err(PoolError::Timeout(TimeoutType::Create | TimeoutType::Recycle)) => {
                format!("the store took no connection within {CONNECT:?}")
            }
            Err(error) => error.to_string(),
        };
        Err(StoreOutcome::Unreachable(unreachable))
    }

    fn give_back(&self, mut connection: Borrowed) {
        drop(connection.0.take());
    }

    /// The pool notices by itself which of the others are.
    fn lose(&self, connection: Borrowed) {
        drop(connection);
    }
}

/// Makes connections whose sessions bear the client's mark, where that can be had.
struct Marking(Arc<Names>);

impl Connect for Marking {
    fn connect(&self, config: &Config) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), Error>> {
        let config = config.clone();
        let connector = ConfigConnectImpl { tls: NoTls };
        Box::pin(async move {
            if let Some(marked) = self.0.marked(&config) {
                match connector.connect(&marked).await {
                    Err(error) if self.0.refused(&error) => {}
                    made_or_failed => return made_or_failed,
                }
            }
            connector.connect(&config).await
        })
    }
}

/// A connection out of the pool. Dropped before it is given back it is closed.
pub(crate) struct Borrowed(Option<Object>);

impl Borrowed {
    fn client(&mut self) -> &mut ClientWrapper {
        self.0
            .as_mut()
            .expect("it is there until it is given back, and that takes it away")
    }
}

impl Connection for Borrowed {
    fn uses(&self) -> usize {
        self.0
            .as_ref()
            .map_or(0, |object| Object::metrics(object).recycle_count)
    }

    fn has_prepared(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|object| object.statement_cache.size() > 0)
    }

    async fn prepare(&mut self, sql: &'static str) -> Result<Statement, Error> {
        self.client().prepare_cached(sql).await
    }

    async fn query_prepared(
        &mut self,
        statement: &Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Error> {
        self.client().query(statement, params).await
    }

    async fn query(
        &mut self,
        sql: &str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, Error> {
        self.client().query_typed(sql, params).await
    }

    async fn batch(&mut self, sql: &str) -> Result<(), Error> {
        self.client().batch_execute(sql).await
    }

    fn begin(&mut self) -> Result<(), StatementError> {
        if self.client().is_closed() {
            return Err(StatementError::closed_before());
        }
        Ok(())
    }

    /// What the client's own task has sent isn't known.
    fn is_unsent(&self) -> bool {
        false
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(Object::take(object));
        }
    }
}

/// The database and its version, if it isn't too old.
async fn server(client: &Client) -> Result<String, error::Error> {
    const NAME: &str = "SELECT current_setting('server_version')";
    const NUMBER: &str = "SELECT current_setting('server_version_num')::bigint";
    let asked = async {
        let name: String = value(client, NAME).await?;
        let number: i64 = value(client, NUMBER).await?;
        Ok::<_, Error>((name, number))
    };
    let asked = asked.await;
    let (name, number) = asked.map_err(|error| error::Error::StoreUnreachable(words(&error)))?;
    let name = format!("PostgreSQL {name}");
    if number < OLDEST_SERVER {
        let oldest = OLDEST_SERVER / 10_000;
        return Err(error::Error::StoreRefused(format!(
            "{name} is too old: portreeve needs PostgreSQL {oldest} or newer"
        )));
    }
    Ok(name)
}

/// The one value that a statement without parameters answers.
async fn value<T: FromSqlOwned>(client: &Client, sql: &str) -> Result<T, Error> {
    client.query_typed_one(sql, &[]).await?.try_get(0)
}
