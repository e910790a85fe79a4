//! The event log: what happened to users, as the writes that recorded it tell.
//!
//! A [`Put`](crate::effect::Put) or [`Delete`](crate::effect::StoreEffect::Delete) carries what it changes
//! of the user, why, and who asked; the store keeps that in the same statement. So nothing is told that
//! didn't happen, and nothing that happened is left out, whichever controller did it. (What the
//! container engine tells of its containers is something else: an
//! [`EngineEvent`](crate::outcome::EngineEvent).)
//!
//! Whoever follows the log asks for what came after a [`Position`], which no later event can slip behind.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::id::ControllerId;
use crate::problem::Problem;
use crate::time::Timestamp;
use crate::user::UserId;

/// A place in the event log. Later events have greater ones; there may be gaps between them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Position(pub u64);

impl Position {
    /// Before all events.
    pub const START: Self = Self(0);
}

/// Something that happened to a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Its place in the log.
    pub position: Position,
    /// When it was written down, by the store's clock. Events of different users that were written at
    /// nearly the same time may be in another order than these times.
    pub at: Timestamp,
    /// To whom.
    pub user: UserId,
    /// Which controller wrote it.
    pub controller: ControllerId,
    /// What the controller told.
    pub body: EventBody,
}

/// What a controller tells of a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventBody {
    /// What has changed.
    pub change: Change,
    /// Why.
    pub cause: Cause,
    /// Who asked for it, where whoever asked said so.
    pub actor: Option<Actor>,
}

/// Who asks for something: a person or a program, by the name that a host gives them. A clone shares the
/// bytes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Actor(Arc<str>);

impl Actor {
    /// The longest name that is taken, in bytes.
    pub const MAX_BYTES: usize = 256;

    /// Takes a name as the host gives it.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidActor> {
        let name = name.into();
        match name.len() {
            0 => Err(InvalidActor::Empty),
            bytes if bytes > Self::MAX_BYTES => Err(InvalidActor::TooLong { bytes }),
            _ => Ok(Self(name.into())),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Why a name can't be an actor's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidActor {
    /// It has no bytes.
    #[error("an actor's name can't be empty")]
    Empty,
    /// It is longer than [`Actor::MAX_BYTES`].
    #[error("an actor's name has at most {max} bytes, this one has {bytes}", max = Actor::MAX_BYTES)]
    TooLong {
        /// How long it is, in bytes.
        bytes: usize,
    },
}

/// What has changed of a user. There will be more.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Change {
    /// The user has a record now.
    Made,
    /// The container is being created or started.
    Starting,
    /// The container runs, and is ready.
    Ready {
        /// How long that took since it was asked for.
        took: Duration,
    },
    /// The container was found running, which the record didn't say.
    FoundRunning,
    /// The container is being stopped.
    Stopping,
    /// The container is being removed.
    Removing,
    /// No container of the user runs.
    Stopped,
    /// A start has failed.
    Failed {
        /// The [code](crate::error::Error::code) of the error.
        code: String,
        /// What happened.
        reason: String,
        /// The container's exit code, if it exited.
        exit_code: Option<i64>,
        /// The last lines it wrote, without the user's token.
        log: Vec<String>,
    },
    /// What was found under the user's names is the user's.
    Adopted,
    /// The user has another token.
    Rotated {
        /// Tells it apart from earlier ones.
        generation: u32,
    },
    /// How long the user may be idle was changed: `None` for the configured limit, zero for ever.
    IdleLimited {
        /// It.
        limit: Option<Duration>,
    },
    /// Store and engine didn't agree, and do now.
    Repaired {
        /// What was wrong.
        problem: Problem,
    },
    /// The user's container, volume, port and record are gone.
    Purged,
    /// Something that a newer release tells of, and this one doesn't know.
    Unknown {
        /// What it is called there.
        kind: String,
    },
}

impl Change {
    /// What has changed, in one word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Made => "made",
            Self::Starting => "starting",
            Self::Ready { .. } => "ready",
            Self::FoundRunning => "found_running",
            Self::Stopping => "stopping",
            Self::Removing => "removing",
            Self::Stopped => "stopped",
            Self::Failed { .. } => "failed",
            Self::Adopted => "adopted",
            Self::Rotated { .. } => "rotated",
            Self::IdleLimited { .. } => "idle_limited",
            Self::Repaired { .. } => "repaired",
            Self::Purged => "purged",
            Self::Unknown { kind } => kind,
        }
    }
}

/// Why something was changed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Cause {
    /// The user's container was to run.
    Ensure,
    /// A restart was asked for.
    Restart,
    /// A new token was asked for.
    Rotate,
    /// A stop was asked for.
    Stop,
    /// The user was idle.
    Idle,
    /// Its port was needed for another user.
    Evicted,
    /// A purge was asked for.
    Purge,
    /// An adoption was asked for.
    Adopt,
    /// Store and engine didn't agree.
    Repair,
    /// Another idle limit was asked for.
    Limit,
    /// The container was made from another configuration than the current one.
    Drift,
    /// The container couldn't serve.
    Unusable,
    /// A stop or removal that another controller had begun was finished first.
    Superseded,
    /// Something that a newer release knows, and this one doesn't.
    Unknown,
}

impl Cause {
    /// All that this release knows.
    pub const ALL: [Self; 13] = [
        Self::Ensure,
        Self::Restart,
        Self::Rotate,
        Self::Stop,
        Self::Idle,
        Self::Evicted,
        Self::Purge,
        Self::Adopt,
        Self::Repair,
        Self::Limit,
        Self::Drift,
        Self::Unusable,
        Self::Superseded,
    ];

    /// The cause, in one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ensure => "ensure",
            Self::Restart => "restart",
            Self::Rotate => "rotate",
            Self::Stop => "stop",
            Self::Idle => "idle",
            Self::Evicted => "evicted",
            Self::Purge => "purge",
            Self::Adopt => "adopt",
            Self::Repair => "repair",
            Self::Limit => "limit",
            Self::Drift => "drift",
            Self::Unusable => "unusable",
            Self::Superseded => "superseded",
            Self::Unknown => "unknown",
        }
    }

    /// The cause of that word.
    pub fn of(word: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|cause| cause.as_str() == word)
            .unwrap_or(Self::Unknown)
    }
}

/// From where the event log is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EventsFrom {
    /// From the oldest event that is kept.
    Oldest,
    /// From now on: no event that is in the log already.
    Now,
    /// What came after this one.
    After(Position),
    /// What is no older than that, by the store's clock.
    Since(Duration),
}

/// A part of the event log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventPage {
    /// In the order of the log.
    pub events: Vec<Event>,
    /// After which to ask for what comes next.
    pub next: Position,
    /// When to ask for it: at once where there is more already.
    pub ask_again_in: Duration,
}

/// How long events are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventsKept {
    /// Older ones are dropped.
    pub age: Duration,
    /// So many of the newest are kept at most.
    pub count: u64,
}

impl Default for EventsKept {
    fn default() -> Self {
        Self {
            age: Duration::from_secs(90 * 24 * 60 * 60),
            count: 1_000_000,
        }
    }
}
