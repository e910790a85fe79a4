//! What an error of `SQLite` means, by its primary result code (<https://sqlite.org/rescode.html>).

use portreeve_core::outcome::StoreOutcome;

use super::database::SqliteError;
use crate::store::columns::ColumnError;
use crate::store::schema::Attempt;

/// `SQLITE_BUSY`: another process has been writing for longer than the busy timeout.
pub const BUSY: i32 = 5;
const PERM: i32 = 3;
const LOCKED: i32 = 6;
/// `SQLITE_READONLY`.
pub(super) const READONLY: i32 = 8;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const CONSTRAINT: i32 = 19;
const NOTADB: i32 = 26;

/// What an error means.
pub fn failure(error: &SqliteError) -> StoreOutcome {
    let way_out = match error.code {
        BUSY | LOCKED => {
            return StoreOutcome::Unreachable(format!(
                "another process holds the database: {error}"
            ));
        }
        PERM | READONLY => "let this user write the file and its directory",
        CORRUPT => "restore it from a backup",
        FULL => "make room on its disk",
        CANTOPEN => "check that its directory exists and may be written",
        CONSTRAINT => "a rule of its tables forbids it",
        NOTADB => "name another file for the store",
        _ => return StoreOutcome::Unclear(error.to_string()),
    };
    StoreOutcome::Refused(format!("{error}: {way_out}"))
}

/// Why work in a transaction came to nothing.
pub(super) enum Setback {
    /// The tables said so.
    Attempt(Attempt),
    /// The database said so.
    Failed(SqliteError),
}

impl From<Attempt> for Setback {
    fn from(attempt: Attempt) -> Self {
        Self::Attempt(attempt)
    }
}

impl From<ColumnError> for Setback {
    fn from(error: ColumnError) -> Self {
        Self::Attempt(error.into())
    }
}

impl From<SqliteError> for Setback {
    fn from(error: SqliteError) -> Self {
        Self::Failed(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_go_by_their_meaning() {
        let outcome = |code| {
            failure(&SqliteError {
                code,
                message: "words".to_owned(),
            })
        };
        for code in [BUSY, LOCKED] {
            assert!(
                matches!(outcome(code), StoreOutcome::Unreachable(_)),
                "{code}"
            );
        }
        for code in [PERM, READONLY, CORRUPT, FULL, CANTOPEN, CONSTRAINT, NOTADB] {
            assert!(matches!(outcome(code), StoreOutcome::Refused(_)), "{code}");
        }
        // An I/O error while committing.
        assert!(matches!(outcome(10), StoreOutcome::Unclear(_)));
    }
}
