//! The connection that a driver lends: two verbs over owned rows.

use std::fmt;

use crate::store::columns::{ColumnError, Columns};
use crate::store::statement::{Statement, Value};

/// A connection to a `SQLite` database.
pub trait Database {
    /// Runs one statement to its end and returns all its rows.
    fn query(&mut self, statement: &Statement) -> Result<Vec<SqliteRow>, SqliteError>;

    /// Runs statements that take no parameters, and passes over what they return.
    fn batch(&mut self, sql: &str) -> Result<(), SqliteError>;
}

/// Does work in a transaction; whatever fails in it undoes all of it.
pub(super) fn transaction<D: Database, T, E: From<SqliteError>>(
    db: &mut D,
    begin: &str,
    work: impl FnOnce(&mut D) -> Result<T, E>,
) -> Result<T, E> {
    db.batch(begin)?;
    let done = work(db).and_then(|done| {
        db.batch("COMMIT")?;
        Ok(done)
    });
    if done.is_err() {
        // SQLite rolls back by itself after some errors, and then there is nothing to undo.
        let _ = db.batch("ROLLBACK");
    }
    done
}

/// What `SQLite` said no with.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message} (SQLite error {extended_code})")]
pub struct SqliteError {
    /// The primary result code, such as 5 for `SQLITE_BUSY`.
    pub code: i32,
    /// The extended result code, whose last byte is the primary one.
    pub extended_code: i32,
    /// In words.
    pub message: String,
}

impl SqliteError {
    /// An error by its extended result code; 0 where `SQLite` itself told none.
    pub fn new(extended_code: i32, message: impl Into<String>) -> Self {
        Self {
            code: extended_code & 0xff,
            extended_code,
            message: message.into(),
        }
    }
}

/// A row, taken out of the database. `Debug` shows the names of its columns alone.
#[derive(Clone)]
pub struct SqliteRow(Vec<(String, Value)>);

impl SqliteRow {
    /// A row of named values.
    pub fn new(columns: Vec<(String, Value)>) -> Self {
        Self(columns)
    }

    fn value(&self, column: &str) -> Result<&Value, ColumnError> {
        self.0
            .iter()
            .find(|(name, _)| name == column)
            .map(|(_, value)| value)
            .ok_or_else(|| ColumnError::new(column, "no such column"))
    }
}

impl fmt::Debug for SqliteRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

impl Columns for SqliteRow {
    fn flag(&self, column: &str) -> Result<Option<bool>, ColumnError> {
        Ok(self.int(column)?.map(|int| int != 0))
    }

    fn int(&self, column: &str) -> Result<Option<i64>, ColumnError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Int(int) => Ok(Some(*int)),
            _ => Err(ColumnError::new(column, "not an integer")),
        }
    }

    fn text(&self, column: &str) -> Result<Option<String>, ColumnError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text.clone())),
            _ => Err(ColumnError::new(column, "not UTF-8 text")),
        }
    }

    fn bytes(&self, column: &str) -> Result<Option<Vec<u8>>, ColumnError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Bytes(bytes) => Ok(Some(bytes.clone())),
            _ => Err(ColumnError::new(column, "not a BLOB")),
        }
    }
}
