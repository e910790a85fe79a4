//! Has a statement prepared under a name, where it may have one.

use tokio_postgres::{Error, Statement};

use super::connection::Connection;
use super::names::Names;

/// For so many effects a connection is sent statements without names. A process that does no more,
/// as a command line does, would spend more round trips on preparing them than it saves.
const UNNAMED: usize = 4;
/// One row, one text: what it bears; `NULL` where it was started without.
const BORNE: &str = "SELECT current_setting('portreeve.session', true)";

/// The statement under a name, prepared now or before; `None` where it is to go without.
pub(super) async fn prepare(
    connection: &mut impl Connection,
    names: &Names,
    sql: &'static str,
) -> Result<Option<Statement>, Error> {
    if names.are_forgone() || connection.uses() < UNNAMED {
        return Ok(None);
    }
    if !connection.has_prepared() && !is_own_session(connection, names).await? {
        return Ok(None);
    }
    connection.prepare(sql).await.map(Some)
}

/// Whether the session behind this connection was started by this client, and so is its alone.
async fn is_own_session(connection: &mut impl Connection, names: &Names) -> Result<bool, Error> {
    let rows = connection.query(BORNE, &[]).await?;
    let borne: Option<&str> = rows.first().map_or(Ok(None), |row| row.try_get(0))?;
    Ok(names.recognise(borne))
}
