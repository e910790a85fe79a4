//! How a row is read, whichever database it came from.

use std::time::Duration;

/// A row, read by the names of its columns.
///
/// Each driver implements it for its client's row, so that rows are decoded in one place.
pub trait Columns {
    /// A boolean (in `SQLite` an integer, true unless 0).
    fn flag(&self, column: &str) -> Result<Option<bool>, ColumnError>;
    /// A 64-bit integer.
    fn int(&self, column: &str) -> Result<Option<i64>, ColumnError>;
    /// Text.
    fn text(&self, column: &str) -> Result<Option<String>, ColumnError>;
    /// Bytes.
    fn bytes(&self, column: &str) -> Result<Option<Vec<u8>>, ColumnError>;
}

/// Why a column can't be understood.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("column {column}: {problem}")]
pub struct ColumnError {
    /// Which.
    pub column: String,
    /// What is wrong with it. Doesn't show secret bytes.
    pub problem: String,
}

impl ColumnError {
    /// Names the column and the problem.
    pub fn new(column: &str, problem: impl Into<String>) -> Self {
        Self {
            column: column.to_owned(),
            problem: problem.into(),
        }
    }
}

/// The readings that records need, over those that every row has.
pub(super) trait ColumnsExt: Columns {
    fn need_flag(&self, column: &str) -> Result<bool, ColumnError> {
        self.flag(column)?.ok_or_else(|| missing(column))
    }

    fn need_int(&self, column: &str) -> Result<i64, ColumnError> {
        self.int(column)?.ok_or_else(|| missing(column))
    }

    fn need_text(&self, column: &str) -> Result<String, ColumnError> {
        self.text(column)?.ok_or_else(|| missing(column))
    }

    fn need_bytes(&self, column: &str) -> Result<Vec<u8>, ColumnError> {
        self.bytes(column)?.ok_or_else(|| missing(column))
    }

    /// A count: an integer that fits `N`.
    fn count<N: TryFrom<i64>>(&self, column: &str) -> Result<Option<N>, ColumnError> {
        self.int(column)?
            .map(|int| N::try_from(int).map_err(|_| out_of_range(column, int)))
            .transpose()
    }

    fn need_count<N: TryFrom<i64>>(&self, column: &str) -> Result<N, ColumnError> {
        self.count(column)?.ok_or_else(|| missing(column))
    }

    /// A span in microseconds.
    fn span(&self, column: &str) -> Result<Option<Duration>, ColumnError> {
        Ok(self.count(column)?.map(Duration::from_micros))
    }

    /// An id of 16 bytes.
    fn id(&self, column: &str) -> Result<Option<[u8; 16]>, ColumnError> {
        self.bytes(column)?
            .map(|bytes| {
                <[u8; 16]>::try_from(bytes.as_slice()).map_err(|_| {
                    ColumnError::new(column, format!("{} bytes where 16 belong", bytes.len()))
                })
            })
            .transpose()
    }

    fn need_id(&self, column: &str) -> Result<[u8; 16], ColumnError> {
        self.id(column)?.ok_or_else(|| missing(column))
    }
}

impl<C: Columns + ?Sized> ColumnsExt for C {}

fn missing(column: &str) -> ColumnError {
    ColumnError::new(column, "nothing where a value belongs")
}

fn out_of_range(column: &str, int: i64) -> ColumnError {
    ColumnError::new(column, format!("{int} is out of range"))
}
