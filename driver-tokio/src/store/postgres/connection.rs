//! What an effect needs of connections, however they are waited for.

use std::future::Future;

use portreeve_core::outcome::StoreOutcome;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};

use super::error::StatementError;

/// One connection to the server, lent for one effect. Where it is dropped with a transaction open, the
/// server undoes that.
pub trait Connection: Send {
    /// Has the server prepare a statement, unless it has before.
    fn prepare(
        &mut self,
        sql: &'static str,
    ) -> impl Future<Output = Result<Statement, Error>> + Send;

    /// Sends a prepared statement, and returns its rows.
    fn query(
        &mut self,
        statement: &Statement,
        params: &[&(dyn ToSql + Sync)],
    ) -> impl Future<Output = Result<Vec<Row>, Error>> + Send;

    /// Sends a statement that isn't worth preparing, and returns its rows.
    fn query_once(&mut self, sql: &str) -> impl Future<Output = Result<Vec<Row>, Error>> + Send;

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

    /// A connection that nobody else uses.
    fn take(&self) -> impl Future<Output = Result<Self::Connection, StoreOutcome>> + Send;

    /// Another effect may use it. One that isn't given back is closed: a statement may be under way on
    /// it, and the next effect must not wait behind that.
    fn give_back(&self, connection: Self::Connection);

    /// It turned out to be lost; others that nobody uses may be, too.
    fn lose(&self, connection: Self::Connection);
}
