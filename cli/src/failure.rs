//! What the command line says when something went wrong.

use std::fmt::Display;

use crate::codes::{self, Exit};
use crate::hint;

/// Why a command failed: a code from the closed list, a message that names the thing, and a hint
/// that names the way out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) hint: String,
    /// How the process ends after it.
    exit: Exit,
}

impl Failure {
    pub(crate) fn new(
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            code,
            message: message.into(),
            hint: hint.into(),
            exit: codes::exit(code),
        }
    }

    /// The same, after which the process ends in this way.
    pub(crate) fn ending_with(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// The configuration is wrong.
    pub(crate) fn config(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new("config_invalid", message, hint)
    }

    /// The command line is wrong, in a way that its grammar doesn't tell.
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new("usage", message, hint)
    }

    /// A file of ours couldn't be read or written.
    pub(crate) fn io(what: impl Display, error: &std::io::Error) -> Self {
        Self::new(
            "io",
            format!("{what}: {error}"),
            "check that the place exists and that you may use it",
        )
    }

    /// How the process ends after it.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

impl From<portreeve_config::Error> for Failure {
    fn from(error: portreeve_config::Error) -> Self {
        Self::new(error.code(), error.to_string(), error.hint())
    }
}

impl From<portreeve_tokio::Error> for Failure {
    fn from(error: portreeve_tokio::Error) -> Self {
        Self::new(error.code(), error.to_string(), hint::of(&error))
    }
}
