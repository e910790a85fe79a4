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
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const CONSTRAINT: i32 = 19;
const NOTADB: i32 = 26;

/// How the disk fails a write, by the extended result codes of `SQLITE_IOERR`.
const IOERR_WRITE: i32 = IOERR | 3 << 8;
const IOERR_FSYNC: i32 = IOERR | 4 << 8;
const IOERR_DIR_FSYNC: i32 = IOERR | 5 << 8;
const IOERR_TRUNCATE: i32 = IOERR | 6 << 8;
/// The index of the log, which every process has beside the file, can't be opened.
const IOERR_SHMOPEN: i32 = IOERR | 18 << 8;
/// It can't be given the room it needs.
const IOERR_SHMSIZE: i32 = IOERR | 19 << 8;
const IOERR_SHMMAP: i32 = IOERR | 21 << 8;

/// What an error means.
pub fn failure(error: &SqliteError) -> StoreOutcome {
    if is_of_the_disk(error) {
        return StoreOutcome::Unwritable(format!("{error}: make room on that disk, or mend it"));
    }
    let way_out = match error.code {
        BUSY | LOCKED => {
            return StoreOutcome::Unreachable(format!(
                "another process holds the database: {error}"
            ));
        }
        PERM | READONLY => {
            return StoreOutcome::Unwritable(format!(
                "{error}: let this user write the file and its directory"
            ));
        }
        CORRUPT => "restore it from a backup",
        CANTOPEN => "check that its directory exists and may be written",
        CONSTRAINT => "a rule of its tables forbids it",
        NOTADB => "name another file for the store",
        _ => return StoreOutcome::Unclear(error.to_string()),
    };
    StoreOutcome::Refused(format!("{error}: {way_out}"))
}

/// The disk takes no more, or fails what it is given: whoever tells of the error should name the disk.
pub fn is_of_the_disk(error: &SqliteError) -> bool {
    error.code == FULL
        || [IOERR_WRITE, IOERR_FSYNC, IOERR_DIR_FSYNC, IOERR_TRUNCATE]
            .contains(&error.extended_code)
        || is_of_the_index(error)
}

/// There is no room for what processes that have the file open share, so that a process can't open it
/// along with others; alone it can, and read it.
pub fn is_of_the_index(error: &SqliteError) -> bool {
    [IOERR_SHMOPEN, IOERR_SHMSIZE, IOERR_SHMMAP].contains(&error.extended_code)
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

    fn outcome(extended_code: i32) -> StoreOutcome {
        failure(&SqliteError::new(extended_code, "words"))
    }

    #[test]
    fn errors_go_by_their_meaning() {
        for code in [BUSY, LOCKED] {
            assert!(
                matches!(outcome(code), StoreOutcome::Unreachable(_)),
                "{code}"
            );
        }
        for code in [CORRUPT, CANTOPEN, CONSTRAINT, NOTADB] {
            assert!(matches!(outcome(code), StoreOutcome::Refused(_)), "{code}");
        }
        // SQLITE_IOERR_READ: nobody knows what else it is.
        for code in [IOERR, IOERR | 1 << 8] {
            assert!(matches!(outcome(code), StoreOutcome::Unclear(_)), "{code}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_told_apart() {
        let readonly_directory = READONLY | 6 << 8;
        for code in [PERM, READONLY, readonly_directory] {
            let told = outcome(code);
            assert!(
                matches!(&told, StoreOutcome::Unwritable(text) if text.contains("let this user")),
                "{code}: {told:?}"
            );
        }
        for code in [FULL, IOERR_WRITE, IOERR_FSYNC, IOERR_SHMSIZE] {
            let told = outcome(code);
            assert!(
                matches!(&told, StoreOutcome::Unwritable(text) if text.contains("make room")),
                "{code}: {told:?}"
            );
        }
    }
}
