//! How the connection is set up, and how the tables come to be and grow.

use super::database::{Database, SqliteError, transaction};
use super::failure;
use crate::store::columns::ColumnsExt as _;
use crate::store::schema::{self, Migration};
use crate::store::statement::Statement;

/// For each new connection, after its busy timeout was set.
///
/// `synchronous = FULL`: a commit is on the disk before it is answered. In WAL mode `NORMAL` would
/// forget the last commits at a power failure, and here each of them promises something to a world
/// outside that doesn't forget: a container made for a record, a token that was handed out. Writes
/// are few (two for a cold start; one for all touches of some seconds), so the wait is bearable.
const SETUP: &str = "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;";

const STEPS: &[Migration] = &[
    Migration {
        version: 1,
        sql: include_str!("migrations/001.sql"),
    },
    Migration {
        version: 2,
        sql: include_str!("migrations/002.sql"),
    },
    Migration {
        version: 3,
        sql: include_str!("migrations/003.sql"),
    },
    Migration {
        version: 4,
        sql: include_str!("migrations/004.sql"),
    },
    Migration {
        version: 5,
        sql: include_str!("migrations/005.sql"),
    },
    Migration {
        version: 6,
        sql: include_str!("migrations/006.sql"),
    },
];

/// Makes a new connection ready for [`carry_out`](super::carry_out()): settings, WAL mode, tables.
///
/// May fail with [`BUSY`](super::BUSY) however long the busy timeout is, since `SQLite` doesn't wait
/// for the change to WAL mode: try again then.
pub fn set_up(db: &mut impl Database) -> Result<(), SqliteError> {
    db.batch(SETUP)?;
    if journal_mode(db, "PRAGMA journal_mode")? != "wal"
        && journal_mode(db, "PRAGMA journal_mode = WAL")? != "wal"
    {
        return Err(SqliteError::new(
            failure::READONLY,
            "the file system can't hold a database in WAL mode",
        ));
    }
    migrate(db)
}

fn journal_mode(db: &mut impl Database, sql: &'static str) -> Result<String, SqliteError> {
    let rows = db.query(&plain("journal mode", sql))?;
    let mode = rows
        .first()
        .and_then(|row| row.need_text("journal_mode").ok());
    Ok(mode.unwrap_or_default())
}

/// Brings the tables to this release's schema. Any number of processes may do so at once.
pub(super) fn migrate(db: &mut impl Database) -> Result<(), SqliteError> {
    // Where nothing is to be done, nobody need wait for the write lock.
    if schema::pending(STEPS, version(db)?).next().is_none() {
        return Ok(());
    }
    transaction(db, "BEGIN IMMEDIATE", |db| {
        for step in schema::pending(STEPS, version(db)?) {
            db.batch(step.sql)?;
        }
        Ok(())
    })
}

/// The schema's version; `None` where there are no tables of ours.
pub fn version(db: &mut impl Database) -> Result<Option<i64>, SqliteError> {
    const IS_THERE: &str = "SELECT 1 FROM sqlite_schema WHERE name = 'portreeve_meta'";
    const VERSION: &str = "SELECT schema_version FROM portreeve_meta";
    if db.query(&plain("tables", IS_THERE))?.is_empty() {
        return Ok(None);
    }
    let rows = db.query(&plain("schema version", VERSION))?;
    let version = rows
        .first()
        .and_then(|row| row.need_int("schema_version").ok());
    // A table without its row is not made again: the next effect tells what is wrong with it.
    Ok(Some(version.unwrap_or(i64::MAX)))
}

fn plain(name: &'static str, sql: &'static str) -> Statement {
    Statement {
        name,
        sql,
        params: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_lead_to_the_schema_this_release_writes() {
        let versions: Vec<_> = schema::pending(STEPS, None)
            .map(|step| step.version)
            .collect();
        let wanted: Vec<_> = (1..=schema::VERSION).collect();
        assert_eq!(versions, wanted);
        assert_eq!(schema::pending(STEPS, Some(schema::VERSION)).count(), 0);
    }
}
