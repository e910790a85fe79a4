//! What an error of `PostgreSQL`'s client says of the effect that was under way.

use std::error::Error as _;
use std::fmt;
use std::io;

use portreeve_core::effect::StoreEffect;
use portreeve_core::outcome::StoreOutcome;
use portreeve_wire::store::postgres::{During, failure};
use portreeve_wire::store::schema::Attempt;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, Severity, SqlState};

/// How many connections are tried in turn while they turn out to be lost.
const ATTEMPTS: u32 = 3;

/// An error while statements were under way.
pub struct StatementError {
    /// The client's error; `None` where the connection was found closed.
    error: Option<Error>,
    /// The connection is of no more use.
    lost: bool,
    /// Surely nothing was done.
    undone: bool,
}

impl StatementError {
    /// One that the client told of. `unsent`: the statement that changes something hadn't been
    /// sent, or not its commit.
    pub(super) fn new(error: Error, unsent: bool) -> Self {
        let stale = is_stale(&error);
        Self {
            lost: stale || !is_servers_word(&error),
            undone: unsent || stale,
            error: Some(error),
        }
    }

    /// The connection was found closed before what can't be taken back was sent.
    pub fn closed_before() -> Self {
        Self {
            error: None,
            lost: true,
            undone: true,
        }
    }

    /// The server's own words, where it said any.
    pub(super) fn as_db_error(&self) -> Option<&DbError> {
        self.error.as_ref().and_then(Error::as_db_error)
    }

    /// The connection is of no more use.
    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    /// Whether the effect may be tried again on another connection, after that many tries: this one
    /// was lost and nothing can have been done, since nothing was sent or the effect only looks.
    /// So nobody notices that a server was started again.
    pub(super) fn is_worth_another(&self, effect: &StoreEffect, tries: u32) -> bool {
        self.lost && (self.undone || effect.only_looks()) && tries < ATTEMPTS
    }

    /// What it says of the effect.
    pub(super) fn attempt(&self) -> Attempt {
        if self.lost && self.undone {
            return StoreOutcome::Unreachable(self.to_string()).into();
        }
        match self.as_db_error() {
            Some(error) => failure(During::Statement, error.code().code(), error.message()),
            None => StoreOutcome::Unclear(self.to_string()).into(),
        }
    }
}

impl fmt::Display for StatementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error {
            Some(error) => f.write_str(&words(error)),
            None => f.write_str("the connection to the store was closed"),
        }
    }
}

/// The server refused a statement, and goes on serving the connection.
fn is_servers_word(error: &Error) -> bool {
    error
        .as_db_error()
        .is_some_and(|error| error.parsed_severity() == Some(Severity::Error))
}

/// The statement was prepared before the tables changed, or on a connection that a proxy has since
/// given to somebody else. It wasn't begun, and a fresh connection cures it.
fn is_stale(error: &Error) -> bool {
    error.code().is_some_and(|code| {
        [
            SqlState::FEATURE_NOT_SUPPORTED,
            SqlState::INVALID_SQL_STATEMENT_NAME,
            SqlState::DUPLICATE_PSTATEMENT,
        ]
        .contains(code)
    })
}

/// What an error while connecting means: nothing was sent yet.
pub fn unconnected(error: &Error) -> StoreOutcome {
    if let Some(database) = error.as_db_error() {
        let attempt = failure(
            During::Connecting,
            database.code().code(),
            database.message(),
        );
        if let Attempt::Outcome(outcome) = attempt {
            return outcome;
        }
    }
    if error.is_closed() || has_io_error(error) {
        return StoreOutcome::Unreachable(words(error));
    }
    // Such as a password that is asked for and wasn't given.
    StoreOutcome::Refused(format!("{}: check the store's URL", words(error)))
}

fn has_io_error(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.is::<io::Error>() {
            return true;
        }
        source = cause.source();
    }
    false
}

/// An error in words: the server's, or the client's with its causes. None of them holds a
/// password or a parameter.
pub(super) fn words(error: &Error) -> String {
    if let Some(database) = error.as_db_error() {
        return database.message().to_owned();
    }
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words.push_str(": ");
        words.push_str(&cause.to_string());
        source = cause.source();
    }
    words
}

/// What is answered where a statement wants tables that were made just before.
pub(super) fn still_missing() -> StoreOutcome {
    StoreOutcome::Refused(
        "the store's tables can't be found even though they were just made: \
         does the user's search_path lead elsewhere?"
            .to_owned(),
    )
}

/// What an error while the tables were brought to this release's schema means.
pub(super) fn unmigrated(error: Error) -> StoreOutcome {
    match StatementError::new(error, false).attempt() {
        Attempt::Outcome(outcome) => outcome,
        Attempt::Migrate => StoreOutcome::Unclear(
            "the store's tables were removed while they were being made".to_owned(),
        ),
    }
}
