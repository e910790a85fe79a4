//! Why a call failed, by whose doing.

use std::time::Duration;

use portreeve_core::error::{self, ApiMisuse};
use portreeve_core::user::InvalidUserId;

use crate::engine::UnservedAddress;
use crate::store::UnservedStore;

/// Why a call failed.
///
/// Each has a [`code`](Error::code) from a closed list, a message that names the thing, and a
/// [`hint`](Error::hint) that names the way out. None holds a secret.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller's: that can't be a user's id.
    #[error(transparent)]
    InvalidUser(#[from] InvalidUserId),
    /// The world's: what was asked could not be done.
    #[error(transparent)]
    Command(#[from] error::Error),
    /// The caller's: that engine can't be connected to.
    #[error(transparent)]
    Engine(#[from] UnservedAddress),
    /// The caller's: that store can't be used.
    #[error(transparent)]
    Store(#[from] UnservedStore),
    /// The host's: there is no tokio runtime to carry effects out on.
    #[error("there is no tokio runtime here")]
    NoRuntime,
    /// The operating system's: it gave no thread to work from.
    #[error("the operating system gave no thread: {0}")]
    NoThread(String),
    /// The caller's: it didn't want to wait any longer, and the call was taken back.
    #[error("there was no answer within {0:?}, so the call was taken back")]
    TakenBack(Duration),
    /// The operating system's: it has no randomness to make tokens from.
    #[error("the operating system gave no randomness: {0}")]
    NoRandomness(String),
    /// The host's: it forked after it had opened the handle, and this is the copy.
    #[error("this handle was opened before a fork, in another process")]
    Forked,
    /// Ours: a fault in Portreeve itself.
    #[error("a fault in portreeve: {0}")]
    Internal(String),
}

impl Error {
    /// The kind of failure, in one word from a closed list.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidUser(_) => "invalid_user",
            Self::Command(error) => error.code(),
            Self::Engine(_) => "engine_unserved",
            Self::Store(_) => "store_unserved",
            Self::TakenBack(_) => "taken_back",
            Self::Forked => "forked",
            Self::NoRuntime | Self::NoThread(_) | Self::NoRandomness(_) | Self::Internal(_) => {
                "internal"
            }
        }
    }

    /// The way out, in a sentence that speaks of calls and settings. A program whose users know neither,
    /// such as a command line, has sentences of its own for the [`code`](Self::code).
    pub fn hint(&self) -> &'static str {
        match self {
            Self::InvalidUser(_) => "a user id is any non-empty text of at most 256 bytes",
            Self::Command(error) => error.hint(),
            Self::Engine(_) => "open it with another address of the engine",
            Self::Store(_) => "name another store, or change the options in its URL",
            Self::NoRuntime => "open the handle inside of `tokio::main` or `Runtime::enter`",
            Self::NoThread(_) => "raise the limit on the processes and threads of this user",
            Self::TakenBack(_) => "ask again: what was begun goes on, and the next call joins it",
            Self::NoRandomness(_) => "give the process access to the system's random generator",
            Self::Forked => "open a handle in each process, after the fork",
            Self::Internal(_) => "please report it, with what was being done",
        }
    }
}

/// Of a driver that was gone before it answered.
pub fn unanswered() -> Error {
    Error::Internal("the request was dropped without an answer".to_owned())
}

impl From<ApiMisuse> for Error {
    fn from(misuse: ApiMisuse) -> Self {
        Self::Internal(misuse.to_string())
    }
}
