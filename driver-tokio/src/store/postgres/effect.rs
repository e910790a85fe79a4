//! How an effect is carried out: its statements, sent over a connection that may turn out to be lost,
//! on tables that may have to be made first.

use portreeve_core::effect::StoreEffect;
use portreeve_core::outcome::StoreOutcome;
use portreeve_wire::store::schema::Attempt;
use portreeve_wire::store::{Statement, postgres};
use tokio_postgres::Error;

use super::connection::{Connection, Connections};
use super::error::{StatementError, still_missing, unmigrated};
use super::names::Names;
use super::prepare::prepare;
use super::row::{Param, PostgresRow};

/// The level that the statements expect.
const BEGIN: &str = "START TRANSACTION ISOLATION LEVEL READ COMMITTED";

/// Carries an effect out. Where the connections never keep anybody waiting but by blocking, this is
/// done when it is first polled.
pub async fn carry_out(connections: &impl Connections, effect: &StoreEffect) -> StoreOutcome {
    if let Attempt::Outcome(outcome) = attempt(connections, effect).await {
        return outcome;
    }
    if let Err(outcome) = make_tables(connections).await {
        return outcome;
    }
    match attempt(connections, effect).await {
        Attempt::Outcome(outcome) => outcome,
        Attempt::Migrate => still_missing(),
    }
}

/// Carries an effect out on the tables as they are.
pub(super) async fn attempt(connections: &impl Connections, effect: &StoreEffect) -> Attempt {
    let statements = postgres::statements(effect);
    let mut tries = 1;
    loop {
        let mut connection = match connections.take().await {
            Ok(connection) => connection,
            Err(outcome) => return outcome.into(),
        };
        let names = connections.names();
        let error = match run(&mut connection, names, &statements).await {
            Ok(rows) => {
                connections.give_back(connection);
                return postgres::outcome(effect, &rows);
            }
            Err(error) => error,
        };
        error.as_db_error().inspect(|error| names.learn(error));
        if !error.is_lost() {
            connections.give_back(connection);
            return error.attempt();
        }
        connections.lose(connection);
        if !error.is_worth_another(effect, tries) {
            return error.attempt();
        }
        tracing::debug!(%error, "a connection was lost, trying another");
        tries += 1;
    }
}

/// Sends the statements, and returns the last one's rows.
async fn run(
    connection: &mut impl Connection,
    names: &Names,
    statements: &[Statement],
) -> Result<Vec<PostgresRow>, StatementError> {
    let mut prepared = Vec::with_capacity(statements.len());
    for statement in statements {
        let ready = prepare(connection, names, statement.sql).await;
        prepared.push((
            ready.map_err(|error| StatementError::new(error, true))?,
            statement,
        ));
    }
    if let [(ready, statement)] = prepared.as_slice() {
        connection.begin()?;
        let rows = query(connection, ready.as_ref(), statement).await;
        return rows.map_err(|error| StatementError::new(error, connection.is_unsent()));
    }
    // Until the commit is sent, losing the connection undoes everything.
    let undone = |error| StatementError::new(error, true);
    connection.batch(BEGIN).await.map_err(undone)?;
    let mut rows = Vec::new();
    for (ready, statement) in &prepared {
        rows = match query(connection, ready.as_ref(), statement).await {
            Ok(rows) => rows,
            Err(error) => return Err(roll_back(connection, undone(error)).await),
        };
    }
    connection.begin()?;
    let committed = connection.batch("COMMIT").await;
    committed.map_err(|error| StatementError::new(error, connection.is_unsent()))?;
    Ok(rows)
}

/// Has the transaction end in which this went wrong. A connection that it can't be ended on is lost.
async fn roll_back(connection: &mut impl Connection, error: StatementError) -> StatementError {
    if error.is_lost() {
        return error;
    }
    match connection.batch("ROLLBACK").await {
        Ok(()) => error,
        Err(error) => StatementError::new(error, true),
    }
}

async fn query(
    connection: &mut impl Connection,
    ready: Option<&tokio_postgres::Statement>,
    statement: &Statement,
) -> Result<Vec<PostgresRow>, Error> {
    tracing::debug!(statement = statement.name, "sent");
    let params = Param::all(statement);
    let rows = if let Some(ready) = ready {
        let params: Vec<_> = params.iter().map(Param::erased).collect();
        connection.query_prepared(ready, &params).await?
    } else {
        let params: Vec<_> = params.iter().map(Param::typed).collect();
        connection.query(statement.sql, &params).await?
    };
    tracing::trace!(statement = statement.name, rows = rows.len(), "answered");
    Ok(rows.into_iter().map(PostgresRow::from).collect())
}

/// Brings the tables to this release's schema.
async fn make_tables(connections: &impl Connections) -> Result<(), StoreOutcome> {
    let mut connection = connections.take().await?;
    migrate(&mut connection).await.map_err(unmigrated)?;
    connections.give_back(connection);
    Ok(())
}

/// The same, on a connection that is not to be used again where this fails.
async fn migrate(connection: &mut impl Connection) -> Result<(), Error> {
    connection.batch(BEGIN).await?;
    connection.batch(postgres::LOCK).await?;
    for step in postgres::pending(schema(connection).await?) {
        tracing::info!(
            version = step.version,
            "bringing the store's tables to a newer schema"
        );
        connection.batch(step.sql).await?;
    }
    connection.batch("COMMIT").await
}

/// The schema's version; `None` where there are no tables of ours.
pub(super) async fn schema(connection: &mut impl Connection) -> Result<Option<i64>, Error> {
    let answer = connection.query(postgres::IS_THERE, &[]).await?;
    let there = answer.first().map_or(Ok(false), |row| row.try_get(0))?;
    if !there {
        return Ok(None);
    }
    // Without its row the table is not made again: the next effect tells what is wrong with it.
    let answer = connection.query(postgres::VERSION, &[]).await?;
    let version = answer.first().map_or(Ok(i64::MAX), |row| row.try_get(0))?;
    Ok(Some(version))
}
