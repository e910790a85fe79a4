//! `PostgreSQL`'s rows and parameters, between the client's types and ours.

use std::error::Error;
use std::fmt;

use bytes::BytesMut;
use portreeve_wire::store::{ColumnError, Columns, Statement, Value};
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::error::words;

/// A row.
pub(super) struct PostgresRow(Row);

impl From<Row> for PostgresRow {
    fn from(row: Row) -> Self {
        Self(row)
    }
}

impl PostgresRow {
    fn get<'a, T: FromSql<'a>>(&'a self, column: &str) -> Result<Option<T>, ColumnError> {
        self.0
            .try_get(column)
            .map_err(|error| ColumnError::new(column, words(&error)))
    }
}

impl Columns for PostgresRow {
    fn flag(&self, column: &str) -> Result<Option<bool>, ColumnError> {
        self.get(column)
    }

    fn int(&self, column: &str) -> Result<Option<i64>, ColumnError> {
        self.get(column)
    }

    fn text(&self, column: &str) -> Result<Option<String>, ColumnError> {
        self.get(column)
    }

    fn bytes(&self, column: &str) -> Result<Option<Vec<u8>>, ColumnError> {
        self.get(column)
    }
}

/// A parameter. Its `Debug`, which the client logs, is the value's own: it shows no secret.
pub(super) struct Param<'a>(&'a Value);

impl<'a> Param<'a> {
    /// A statement's parameters.
    pub(super) fn all(statement: &'a Statement) -> Vec<Self> {
        statement.params.iter().map(Self).collect()
    }

    /// As the client takes it.
    pub(super) fn erased(&self) -> &(dyn ToSql + Sync) {
        self
    }

    /// As the client takes it, with its type, so that the server needn't be asked for that first. `NULL` has
    /// that of the cast around its placeholder.
    pub(super) fn typed(&self) -> (&(dyn ToSql + Sync), Type) {
        let ty = match self.0 {
            Value::Null => Type::UNKNOWN,
            Value::Flag(_) => Type::BOOL,
            Value::Int(_) => Type::INT8,
            Value::Text(_) => Type::TEXT,
            Value::Bytes(_) | Value::Secret(_) => Type::BYTEA,
            Value::BytesList(_) => Type::BYTEA_ARRAY,
        };
        (self, ty)
    }
}

impl fmt::Debug for Param<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Flag(flag) => flag.to_sql_checked(ty, out),
            Value::Int(int) => int.to_sql_checked(ty, out),
            Value::Text(text) => text.to_sql_checked(ty, out),
            Value::Bytes(bytes) | Value::Secret(bytes) => bytes.to_sql_checked(ty, out),
            Value::BytesList(list) => list.to_sql_checked(ty, out),
        }
    }

    /// Each value checks for itself, above.
    fn accepts(_ty: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
