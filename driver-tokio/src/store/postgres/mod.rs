//! `PostgreSQL`: a pool of connections, and what becomes of an effect when one is lost.

pub mod config;
pub mod row;
pub mod trouble;

use deadpool_postgres::{
    ClientWrapper, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
    TimeoutType,
};
use portreeve_core::effect::StoreEffect;
use portreeve_core::outcome::StoreOutcome;
use portreeve_wire::store::schema::Answer;
use portreeve_wire::store::{PostgresUrl, Statement, postgres};
use tokio_postgres::types::FromSqlOwned;
use tokio_postgres::{Error, GenericClient, IsolationLevel, NoTls, Statement as PreparedStatement};

use super::{StoreReport, UnservedStore, look, told};
use config::{CONNECT, CONNECTIONS, WAIT};
use row::{Param, PostgresRow};
use trouble::{Trouble, still_missing, unconnected, unmigrated, words};

/// The oldest release that has all that the statements use, as `server_version_num` tells it.
const OLDEST_SERVER: i64 = 130_000;

pub(super) struct PostgresStore {
    pool: Pool,
}

impl PostgresStore {
    pub(super) fn new(url: &PostgresUrl) -> Result<Self, UnservedStore> {
        let manager = ManagerConfig {
            // A lost connection is noticed by its own task; to ask each time would cost a statement.
            recycling_method: RecyclingMethod::Fast,
        };
        let pool = Pool::builder(Manager::from_config(config::config(url)?, NoTls, manager))
            .max_size(CONNECTIONS)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(CONNECT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| UnservedStore::Url(error.to_string()))?;
        Ok(Self { pool })
    }

    pub(super) async fn carry_out(&self, effect: &StoreEffect) -> StoreOutcome {
        if let Answer::Outcome(outcome) = self.attempt(effect).await {
            return outcome;
        }
        if let Err(outcome) = self.migrate().await {
            return outcome;
        }
        match self.attempt(effect).await {
            Answer::Outcome(outcome) => outcome,
            Answer::Migrate => still_missing(),
        }
    }

    /// Carries an effect out on the tables as they are.
    async fn attempt(&self, effect: &StoreEffect) -> Answer {
        let statements = postgres::statements(effect);
        let mut tries = 1;
        loop {
            let mut connection = match self.connection().await {
                Ok(connection) => connection,
                Err(outcome) => return outcome.into(),
            };
            let trouble = match run(connection.client(), &statements).await {
                Ok(rows) => {
                    connection.give_back();
                    return postgres::outcome(effect, &rows);
                }
                Err(trouble) => trouble,
            };
            if !trouble.is_lost() {
                connection.give_back();
                return trouble.answer();
            }
            if !trouble.is_worth_another(effect, tries) {
                return trouble.answer();
            }
            tracing::debug!(%trouble, "a connection was lost, trying another");
            tries += 1;
        }
    }

    async fn connection(&self) -> Result<Borrowed, StoreOutcome> {
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

    /// Brings the tables to this release's schema.
    async fn migrate(&self) -> Result<(), StoreOutcome> {
        let mut connection = self.connection().await?;
        match migrate(connection.client()).await {
            Ok(()) => {
                connection.give_back();
                Ok(())
            }
            Err(error) => Err(unmigrated(error)),
        }
    }

    pub(super) async fn check(&self) -> Result<StoreReport, String> {
        let mut connection = self.connection().await.map_err(|outcome| told(&outcome))?;
        let server = server(connection.client()).await?;
        match self.attempt(&look()).await {
            // Missing or older tables become ours with the first effect.
            Answer::Outcome(StoreOutcome::Loaded { .. }) | Answer::Migrate => {}
            Answer::Outcome(outcome) => return Err(told(&outcome)),
        }
        let schema = schema(&**connection.client()).await;
        let schema = schema.map_err(|error| words(&error))?;
        connection.give_back();
        Ok(StoreReport { server, schema })
    }
}

/// A connection out of the pool. Dropped before it is given back it is closed: a statement may
/// be under way on it, and the next effect must not wait behind that.
struct Borrowed(Option<Object>);

impl Borrowed {
    fn client(&mut self) -> &mut ClientWrapper {
        self.0
            .as_mut()
            .expect("it is there until it is given back, and that takes `self`")
    }

    fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(Object::take(object));
        }
    }
}

/// Sends the statements, and returns the last one's rows.
async fn run(
    client: &mut ClientWrapper,
    statements: &[Statement],
) -> Result<Vec<PostgresRow>, Trouble> {
    let mut prepared = Vec::with_capacity(statements.len());
    for statement in statements {
        let ready = client.prepare_cached(statement.sql).await;
        prepared.push((ready.map_err(|error| Trouble::new(error, true))?, statement));
    }
    if let [(ready, statement)] = prepared.as_slice() {
        if client.is_closed() {
            return Err(Trouble::closed_before());
        }
        let rows = query(&**client, ready, statement).await;
        return rows.map_err(|error| Trouble::new(error, false));
    }
    // Until the commit is sent, losing the connection undoes everything.
    let undone = |error| Trouble::new(error, true);
    let transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::ReadCommitted)
        .start()
        .await
        .map_err(undone)?;
    let mut rows = Vec::new();
    for (ready, statement) in &prepared {
        rows = query(&*transaction, ready, statement)
            .await
            .map_err(undone)?;
    }
    let committed = transaction.commit().await;
    committed.map_err(|error| Trouble::new(error, false))?;
    Ok(rows)
}

async fn query(
    client: &impl GenericClient,
    ready: &PreparedStatement,
    statement: &Statement,
) -> Result<Vec<PostgresRow>, Error> {
    tracing::debug!(statement = statement.name, "sent");
    let params = Param::all(statement);
    let params: Vec<_> = params.iter().map(Param::erased).collect();
    let rows = client.query(ready, &params).await?;
    tracing::trace!(statement = statement.name, rows = rows.len(), "answered");
    Ok(rows.into_iter().map(PostgresRow::from).collect())
}

async fn migrate(client: &mut ClientWrapper) -> Result<(), Error> {
    let transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::ReadCommitted)
        .start()
        .await?;
    transaction.batch_execute(postgres::LOCK).await?;
    for step in postgres::pending(schema(&*transaction).await?) {
        tracing::info!(
            version = step.version,
            "bringing the store's tables to a newer schema"
        );
        transaction.batch_execute(step.sql).await?;
    }
    transaction.commit().await
}

/// The database and its version, if it isn't too old.
async fn server(client: &mut ClientWrapper) -> Result<String, String> {
    const NAME: &str = "SELECT current_setting('server_version')";
    const NUMBER: &str = "SELECT current_setting('server_version_num')::bigint";
    let asked = async {
        let name: String = value(&**client, NAME).await?;
        let number: i64 = value(&**client, NUMBER).await?;
        Ok::<_, Error>((name, number))
    };
    let (name, number) = asked.await.map_err(|error| words(&error))?;
    let name = format!("PostgreSQL {name}");
    if number < OLDEST_SERVER {
        let oldest = OLDEST_SERVER / 10_000;
        return Err(format!(
            "{name} is too old: portreeve needs PostgreSQL {oldest} or newer"
        ));
    }
    Ok(name)
}

/// The schema's version; `None` where there are no tables of ours.
async fn schema(client: &impl GenericClient) -> Result<Option<i64>, Error> {
    if !value(client, postgres::IS_THERE).await? {
        return Ok(None);
    }
    // Without its row the table is not made again: the next effect tells what is wrong with it.
    let row = client.query_opt(postgres::VERSION, &[]).await?;
    row.map_or(Ok(i64::MAX), |row| row.try_get(0)).map(Some)
}

/// The one value that a statement without parameters answers.
async fn value<T: FromSqlOwned>(client: &impl GenericClient, sql: &str) -> Result<T, Error> {
    client.query_one(sql, &[]).await?.try_get(0)
}
