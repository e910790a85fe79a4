//! What an effect needs of connections, however they are waited for.

use std::future::Future;

use portreeve_core::outcome::StoreOutcome;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row, Statement};

use super::error::StatementError;
use super::names::Names;

/// One connection to the server, lent for one effect. Where it is dropped with a transaction open, the
/// server undoes that.
pub trait Connection: Send {
    /// For how many effects it was lent before.
    fn uses(&self) -> usize;

    /// Whether it has ever prepared a statement.
    fn has_prepared(&self) -> bool;

    /// Has the server prepare a statement under a name, unless it has before.
    fn prepare(
        &mut self,
        sql: &'static str,
    ) -> impl Future<Output = Result<Statement, Error>> + Send;

    /// Sends a prepared statement, and returns its rows.
    fn query_prepared(
        &mut self,
        statement: &Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<Vec<Row>, Error>> + Send;

    /// Sends a statement without a name and in one group of messages, and returns its rows. Nothing of it stays
    /// with the server.
    fn query(
        &mut self,
        sql: &str,
        params: &[(&(dyn ToSql + Sync), Type)],
    ) -> impl Future<Output = Result<Vec<Row>, Error>> + Send;

    /// Sends statements that have no parameters, and whose rows nobody wants.
    fn batch(&mut self, sql: &str) -> impl Future<Output = Result<(), Error>> + Send;

    /// What can't be taken back is sent next. Fails where the connection is known to be closed.
    fn begin(&mut self) -> Result<(), StatementError>;

    /// Whether surely nothing was sent of what was [begun](Self::begin) last.
    fn is_unsent(&self) -> bool;
}

/// Where connections come from, and where they go.
pub trait Connections: Sync {
    /// What they are.
    type Connection: Connection;

    /// Whether their statements may have names.
    fn names(&self) -> &Names;

    /// A connection that nobody else uses.
    fn take(&self) -> impl Future<Output = Result<Self::Connection, StoreOutcome>> + Send;

    /// Another effect may use it. One that isn't given back is closed: a statement may be under way on
    /// it, and the next effect must not wait behind that.
    fn give_back(&self, connection: Self::Connection);

    /// It turned out to be lost; others that nobody uses may be, too.
    fn lose(&self, connection: Self::Connection);
}
