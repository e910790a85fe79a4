//! `SQLite`: one connection, which does one effect after the other and blocks meanwhile.
//!
//! `SQLite` has one writer at a time however many connections there are.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use portreeve_core::effect::StoreEffect;
use portreeve_core::error;
use portreeve_core::outcome::StoreOutcome;
use portreeve_wire::store::sqlite::{self, Database, SqliteError, SqliteRow};
use portreeve_wire::store::{Statement, Value, schema};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, OpenFlags, ToSql, ffi};

use super::disk;
use crate::store::check::{StoreReport, look, told};

/// How long to wait for other processes that write, counted from when an effect was asked for: what
/// waits behind another effect waits for the same processes. Below the time an effect is given (5 s
/// by default), so that the answer is still `Unreachable`.
const BUSY: Duration = Duration::from_secs(3);
/// How long to wait at least, however long an effect waited behind another.
const TURN: Duration = Duration::from_millis(200);
/// How long to wait between two tries where `SQLite` doesn't wait by itself.
const PAUSE: Duration = Duration::from_millis(10);
/// All the statements there are, prepared once.
const STATEMENTS: usize = 32;

/// A client of a store in a file. Its calls block, one waits for the other, and nothing is opened or
/// made before the first.
pub struct SqliteFile {
    path: PathBuf,
    /// Made with the first effect, and again after a fault.
    connection: Mutex<Option<Connection>>,
}

impl SqliteFile {
    /// A client of the store at this path.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            connection: Mutex::new(None),
        }
    }

    fn connection(&self) -> MutexGuard<'_, Option<Connection>> {
        // A connection that was in use in a panic isn't there any more.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries one effect out. Every failure is an outcome.
    pub fn carry_out(&self, effect: &StoreEffect) -> StoreOutcome {
        self.carry_out_asked(effect, Instant::now())
    }

    /// The same, of an effect that was asked for then and has waited for a thread since.
    pub fn carry_out_asked(&self, effect: &StoreEffect, asked: Instant) -> StoreOutcome {
        let give_up = asked + BUSY;
        let mut kept = self.connection();
        let connection = match kept.take() {
            Some(connection) => connection,
            None => match self.open(effect, give_up) {
                Opened::ToKeep(connection) => connection,
                Opened::Alone(connection) => return self.carry_out_on(&connection, effect),
                Opened::Not(outcome) => return outcome,
            },
        };
        let patience = give_up.saturating_duration_since(Instant::now());
        if let Err(error) = connection.busy_timeout(patience.max(TURN)) {
            return sqlite::failure(&in_words(&self.path, &error));
        }
        let outcome = self.carry_out_on(&connection, effect);
        // A transaction that couldn't be ended ends with its connection.
        if connection.is_autocommit() {
            *kept = Some(connection);
        }
        outcome
    }

    fn carry_out_on(&self, connection: &Connection, effect: &StoreEffect) -> StoreOutcome {
        let mut lent = Lent {
            path: &self.path,
            connection,
        };
        sqlite::carry_out(&mut lent, effect)
    }

    /// Opens the file, and makes it where there is none.
    fn open(&self, effect: &StoreEffect, give_up: Instant) -> Opened {
        if let Err(error) = make(&self.path) {
            return Opened::Not(unmade(&self.path, &error));
        }
        match open(&self.path, give_up) {
            Ok(connection) => Opened::ToKeep(connection),
            Err(error) if effect.only_looks() && sqlite::is_of_the_index(&error) => {
                match open_alone(&self.path) {
                    Ok(connection) => Opened::Alone(connection),
                    Err(_) => Opened::Not(unopened(&error)),
                }
            }
            Err(error) => Opened::Not(unopened(&error)),
        }
    }

    pub(super) fn check(&self) -> Result<StoreReport, error::Error> {
        let server = format!("SQLite {}", rusqlite::version());
        if !self.path.exists() {
            return Ok(StoreReport {
                server,
                schema: None,
            });
        }
        let failed = |error| told(&sqlite::failure(&error));
        let mut connection = connect(&self.path, BUSY).map_err(failed)?;
        let schema = match version(&self.path, &connection) {
            Err(error) if sqlite::is_of_the_index(&error) => {
                connection = open_alone(&self.path).map_err(failed)?;
                version(&self.path, &connection)
            }
            told => told,
        };
        let schema = schema.map_err(failed)?;
        // Missing or older tables become ours with the first effect.
        if schema.is_some_and(|version| version >= schema::VERSION) {
            match self.carry_out_on(&connection, &look()) {
                StoreOutcome::Loaded { .. } => {}
                outcome => return Err(told(&outcome)),
            }
        }
        Ok(StoreReport { server, schema })
    }
}

fn version(path: &Path, connection: &Connection) -> Result<Option<i64>, SqliteError> {
    sqlite::version(&mut Lent { path, connection })
}

/// How a file was opened.
enum Opened {
    /// For all effects to come.
    ToKeep(Connection),
    /// For one effect, which keeps all others out as long as it lasts.
    Alone(Connection),
    /// It wasn't: what came of the effect.
    Not(StoreOutcome),
}

/// Opens a file that is there and makes it ready.
fn open(path: &Path, give_up: Instant) -> Result<Connection, SqliteError> {
    // It takes several statements, so none of them may wait for all of the time.
    let connection = connect(path, PAUSE)?;
    let mut lent = Lent {
        path,
        connection: &connection,
    };
    loop {
        match sqlite::set_up(&mut lent) {
            Ok(()) => return Ok(connection),
            Err(error) if error.code == sqlite::BUSY && Instant::now() < give_up => {
                thread::sleep(PAUSE);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Opens a file to be read by nobody else meanwhile: on a disk without room for the log's index, which
/// processes share, it is kept in this one's memory. Where another process has the file open, it has an
/// index already, and this isn't needed.
fn open_alone(path: &Path) -> Result<Connection, SqliteError> {
    let connection = connect(path, TURN)?;
    connection
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE")
        .map_err(|error| in_words(path, &error))?;
    Ok(connection)
}

/// What it means that the file isn't there and can't be made.
fn unmade(path: &Path, error: &io::Error) -> StoreOutcome {
    let shown = path.display();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            let words = format!("{shown}{} can't be made: {error}", disk::named(path));
            StoreOutcome::Unwritable(format!("{words}: make room on that disk"))
        }
        _ => StoreOutcome::Unreachable(format!(
            "{shown} can't be made: {error}: name another file for the store"
        )),
    }
}

/// What an error before the first statement means. A file that can't be opened is no answer of the
/// store's, but a store that isn't reached.
fn unopened(error: &SqliteError) -> StoreOutcome {
    match (error.code, sqlite::failure(error)) {
        (
            ffi::SQLITE_CANTOPEN | ffi::SQLITE_PERM,
            StoreOutcome::Refused(words) | StoreOutcome::Unwritable(words),
        ) => StoreOutcome::Unreachable(words),
        (_, outcome) => outcome,
    }
}

/// The file holds who has which container, and sealed tokens: it is its owner's alone. What `SQLite`
/// puts beside it gets the same rights.
fn make(path: &Path) -> io::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let mut directories = DirBuilder::new();
    directories.recursive(true);
    let mut file = OpenOptions::new();
    file.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        directories.mode(0o700);
        file.mode(0o600);
    }
    if let Some(parent) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        directories.create(parent)?;
    }
    match file.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        // Another process was faster.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Connects to a file that is there. Its path is taken as it is, never as a URI.
fn connect(path: &Path, busy: Duration) -> Result<Connection, SqliteError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(path, flags).map_err(|error| in_words(path, &error))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection
        .busy_timeout(busy)
        .map_err(|error| in_words(path, &error))?;
    Ok(connection)
}

/// The connection as `wire` speaks to it.
struct Lent<'a> {
    path: &'a Path,
    connection: &'a Connection,
}

impl Lent<'_> {
    fn run(&self, statement: &Statement) -> rusqlite::Result<Vec<SqliteRow>> {
        let mut prepared = self.connection.prepare_cached(statement.sql)?;
        for (index, value) in statement.params.iter().enumerate() {
            prepared.raw_bind_parameter(index + 1, Param(value))?;
        }
        let names: Vec<String> = prepared
            .column_names()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let mut found = prepared.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            let mut columns = Vec::with_capacity(names.len());
            for (index, name) in names.iter().enumerate() {
                columns.push((name.clone(), owned(row.get_ref(index)?)));
            }
            rows.push(SqliteRow::new(columns));
        }
        Ok(rows)
    }
}

impl Database for Lent<'_> {
    fn query(&mut self, statement: &Statement) -> Result<Vec<SqliteRow>, SqliteError> {
        tracing::trace!(statement = statement.name, "run");
        self.run(statement)
            .map_err(|error| in_words(self.path, &error))
    }

    fn batch(&mut self, sql: &str) -> Result<(), SqliteError> {
        let done = self.connection.execute_batch(sql);
        done.map_err(|error| in_words(self.path, &error))
    }
}

/// A parameter.
struct Param<'a>(&'a Value);

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self.0 {
            Value::Null => ValueRef::Null,
            Value::Flag(flag) => ValueRef::Integer(i64::from(*flag)),
            Value::Int(int) => ValueRef::Integer(*int),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) | Value::Secret(bytes) => ValueRef::Blob(bytes),
            Value::BytesList(_) => {
                return Err(Error::ToSqlConversionFailure("SQLite has no lists".into()));
            }
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

fn owned(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(int) => Value::Int(int),
        ValueRef::Real(real) => Value::Text(real.to_string()),
        // Text that isn't UTF-8 is no text: its column says so when it is read.
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => Value::Bytes(text.to_vec()),
        },
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

/// An error with its result code and the file it is about; where the disk is to blame, with that.
fn in_words(path: &Path, error: &Error) -> SqliteError {
    let code = match error {
        Error::SqliteFailure(failure, _) => failure.extended_code,
        _ => 0,
    };
    let about = |disk: &str| SqliteError::new(code, format!("{}{disk}: {error}", path.display()));
    let told = about("");
    if sqlite::is_of_the_disk(&told) {
        return about(&disk::named(path));
    }
    told
}
