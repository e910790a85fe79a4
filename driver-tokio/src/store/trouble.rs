//! What an error of `PostgreSQL`'s client says of the effect that was under way.

use std::error::Error as _;
use std::fmt;
use std::io;

use portreeve_core::outcome::StoreOutcome;
use portreeve_wire::store::postgres::{Moment, failure};
use portreeve_wire::store::schema::Answer;
use tokio_postgres::Error;
use tokio_postgres::error::{Severity, SqlState};

/// An error while statements were under way.
pub(super) struct Trouble {
    /// The client's error; `None` where the connection was found closed.
    error: Option<Error>,
    /// The connection is of no more use.
    pub(super) lost: bool,
    /// Surely nothing was done.
    pub(super) undone: bool,
}

impl Trouble {
    /// `unsent`: the statement that changes something hadn't been sent, or not its commit.
    pub(super) fn new(error: Error, unsent: bool) -> Self {
        let stale = is_stale(&error);
        Self {
            lost: stale || !is_servers_word(&error),
            undone: unsent || stale,
            error: Some(error),
        }
    }

    /// The connection was closed before anything was sent.
    pub(super) fn closed_before() -> Self {
        Self {
            error: None,
            lost: true,
            undone: true,
        }
    }

    pub(super) fn answer(&self) -> Answer {
        if self.lost && self.undone {
            return StoreOutcome::Unreachable(self.to_string()).into();
        }
        let database = self.error.as_ref().and_then(Error::as_db_error);
        match database {
            Some(error) => failure(Moment::Running, error.code().code(), error.message()),
            None => StoreOutcome::Unclear(self.to_string()).into(),
        }
    }
}

impl fmt::Display for Trouble {
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
        ]
        .contains(code)
    })
}

/// What an error while connecting means: nothing was sent yet.
pub(super) fn unconnected(error: &Error) -> StoreOutcome {
    if let Some(database) = error.as_db_error() {
        let answer = failure(
            Moment::Connecting,
            database.code().code(),
            database.message(),
        );
        if let Answer::Outcome(outcome) = answer {
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

/// What went wrong, of an outcome that is a failure.
pub(super) fn told(outcome: &StoreOutcome) -> String {
    outcome.trouble().map_or_else(
        || format!("an unexpected answer: {outcome:?}"),
        |trouble| trouble.text().to_owned(),
    )
}
