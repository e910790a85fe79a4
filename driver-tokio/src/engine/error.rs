//! What can go wrong on the way to the engine and back.

use std::error::Error as _;
use std::io;

use portreeve_core::id::EngineId;
use portreeve_core::outcome::EngineOutcome;
use portreeve_wire::docker::version::VersionError;
use portreeve_wire::docker::{EngineAddress, TooLarge};

use super::proof::NotProven;

/// Why there is no answer from the engine, or none that can be used. Holds no secret.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EngineError {
    /// The engine wasn't reached, so nothing was done.
    #[error("{0}")]
    Unreachable(String),
    /// The connection was lost after the request was sent: nobody knows whether it was done.
    #[error("the connection to the engine at {address} was lost: {why}")]
    Lost {
        /// Where the engine is.
        address: EngineAddress,
        /// What was seen of it.
        why: String,
    },
    /// It was past its not-after time before it had a connection, so nothing was sent.
    #[error("the request came too late to be sent")]
    Expired,
    /// Another engine answers than the one it was for, so nothing was sent.
    #[error("another engine answers: {0}")]
    OtherEngine(EngineId),
    /// The answer is larger than any that is expected.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// There is no version of the API that both sides speak.
    #[error(transparent)]
    Version(#[from] VersionError),
    /// The engine understood and said no.
    #[error("the engine refused: {0}")]
    Refused(String),
    /// The request can't be put into words.
    #[error("no request can be made of the path {path:?}: {why}")]
    Path {
        /// The path.
        path: String,
        /// What is wrong with it.
        why: String,
    },
}

impl From<EngineError> for EngineOutcome {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Unreachable(why) => Self::Unreachable(why),
            EngineError::Lost { .. } | EngineError::TooLarge(_) => Self::Unclear(error.to_string()),
            EngineError::Version(_) | EngineError::Path { .. } => Self::Refused(error.to_string()),
            EngineError::Refused(words) => Self::Refused(words),
            EngineError::Expired => Self::Expired,
            EngineError::OtherEngine(found) => Self::OtherEngine(found),
        }
    }
}

impl EngineError {
    /// Of a request that got no answer.
    pub(super) fn of_request(
        address: &EngineAddress,
        error: &hyper_util::client::legacy::Error,
    ) -> Self {
        if let Some(not_proven) = cause(error) {
            return match not_proven {
                NotProven::OtherEngine(found) => Self::OtherEngine(found.clone()),
                silent @ NotProven::Silent(_) => Self::Unreachable(silent.to_string()),
            };
        }
        if error.is_connect() {
            return Self::Unreachable(not_reached(address, cause(error)));
        }
        Self::Lost {
            address: address.clone(),
            why: innermost(error),
        }
    }

    /// Of an answer that broke off.
    pub(super) fn of_answer(
        address: &EngineAddress,
        error: &(dyn std::error::Error + 'static),
    ) -> Self {
        Self::Lost {
            address: address.clone(),
            why: innermost(error),
        }
    }

    /// The same failure, of a request that only prepares for another: that one wasn't sent.
    pub(super) fn before_sending(self) -> Self {
        match self {
            Self::Lost { .. } | Self::TooLarge(_) => Self::Unreachable(self.to_string()),
            other => other,
        }
    }
}

/// Where the engine wasn't found, why, and what to do about it.
fn not_reached(address: &EngineAddress, error: Option<&io::Error>) -> String {
    let Some(error) = error else {
        return format!("no connection to {address}");
    };
    match error.kind() {
        io::ErrorKind::NotFound => {
            format!("there is no {address}: is the engine running, and does DOCKER_HOST name it?")
        }
        io::ErrorKind::PermissionDenied => format!(
            "no permission to use {address}: join the group that owns the socket (often `docker`), or run as a user who may"
        ),
        io::ErrorKind::ConnectionRefused => {
            format!("nothing listens at {address}: start the engine, or set DOCKER_HOST")
        }
        _ => format!("no connection to {address}: {error}"),
    }
}

/// The error of that kind that lies below.
fn cause<E: std::error::Error + 'static>(error: &hyper_util::client::legacy::Error) -> Option<&E> {
    std::iter::successors(error.source(), |error| (*error).source())
        .find_map(|error| error.downcast_ref())
}

/// What lies at the bottom of an error: the layers above only say that a request failed.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| (*error).source())
        .last()
        .map_or_else(String::new, ToString::to_string)
}

/// An engine's address that this driver can't connect to.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UnservedAddress {
    /// Over TLS.
    #[error(
        "engines over TLS are not served yet ({0}): forward the engine's socket instead, as in `ssh -nNTL /tmp/engine.sock:/var/run/docker.sock HOST`, and set DOCKER_HOST=unix:///tmp/engine.sock"
    )]
    Tls(EngineAddress),
    /// Through `ssh`.
    #[error(
        "engines over ssh are not served yet ({0}): forward the engine's socket instead, as in `ssh -nNTL /tmp/engine.sock:/var/run/docker.sock HOST`, and set DOCKER_HOST=unix:///tmp/engine.sock"
    )]
    Ssh(EngineAddress),
    /// A socket's path that is longer than the system allows.
    #[error(
        "the path of the engine's socket is too long ({length} bytes, {limit} are allowed): make a shorter symbolic link to it, and let DOCKER_HOST name that"
    )]
    LongSocketPath {
        /// Its length in bytes.
        length: usize,
        /// The most that is allowed.
        limit: usize,
    },
}
