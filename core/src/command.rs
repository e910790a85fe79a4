//! What hosts ask for, and what they are answered.
//!
//! What stands in a [`Reply`] is exhaustive: whoever shows it to people or to other programs has to
//! find a word for every case and a place for every part, and a host's tests make such answers
//! themselves. A new part is a breaking change; a new kind of reply is none.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::error::Error;
use crate::event::{EventPage, EventsFrom};
use crate::id::{ContainerId, EngineId, InstallationId, Port};
use crate::observed::Health;
use crate::record::{Failure, Lease};
use crate::time::Timestamp;
use crate::token::Token;
use crate::user::UserId;

pub use crate::problem::Problem;

/// Something a host asks for.
///
/// Hosts make these; only what records or simulates commands matches them, and it has to know every
/// one. So it is exhaustive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// The user's container is to run and be ready. Counts as activity.
    Ensure(UserId),
    /// The user's container is to be stopped.
    Stop(UserId),
    /// The user's container is to run, ready, in the current configuration: one that was made from
    /// another is made anew, any other is stopped and started. Counts as activity.
    Restart(UserId),
    /// The user was active now.
    Touch(UserId),
    /// What is known of the user? Doesn't count as activity.
    Status(UserId),
    /// From which container is the user's log to be read, and what must not be shown of it? Doesn't count
    /// as activity.
    LogSource(UserId),
    /// What is known of users, in user order, a page at a time? Doesn't count as activity.
    ///
    /// Each page is read when it is asked for. Whoever asks for one after the other, each from
    /// [`UserPage::next`] on, is told of every user who was there all the while, and of none twice.
    List {
        /// Only of users after this one.
        after: Option<UserId>,
        /// Of how many at most. No more than [`Limits::page`](crate::settings::Limits::page) are told
        /// of at once, and no fewer than one is looked for.
        limit: u32,
    },
    /// The same of those alone who aren't settled as stopped: who run, or are meant to. Reads no record of
    /// the others.
    ListRunning {
        /// As for a `List`.
        after: Option<UserId>,
        /// As for a `List`.
        limit: u32,
    },
    /// All users are to be stopped who are starting or running, as their records say, and whose
    /// idle limit has passed.
    Reap,
    /// Which of the containers that are meant to run are healthy? Reads no record of those who are
    /// settled as stopped. Doesn't count as activity.
    Health,
    /// Store and engine are to be compared, and what differs put right.
    Repair {
        /// Only tell what would be done.
        dry_run: bool,
    },
    /// The user's container, volume, port and record are to go.
    Purge(UserId),
    /// The user is to have a new token. A running container is made anew to carry it.
    Rotate(UserId),
    /// All tokens are to be sealed with the newest key.
    Rekey,
    /// A container and a volume that have the user's names and nobody's labels are to be the
    /// user's.
    Adopt(UserId),
    /// The user is to be reaped after being idle that long: `None` for the configured limit, zero
    /// for never.
    LimitIdle(UserId, Option<Duration>),
    /// What happened to users, a page at a time? Doesn't count as activity.
    Events {
        /// From where in the event log: for all pages but the first, after the last one's
        /// [`next`](EventPage::next).
        from: EventsFrom,
        /// To this user alone.
        user: Option<UserId>,
        /// How much at most; no more than [`MOST_EVENTS`] are told of at once.
        limit: u32,
    },
}

/// So many events are told of at once, at most.
pub const MOST_EVENTS: u32 = 1000;

/// The answer to a [`Command`]. Every request gets exactly one.
///
/// There will be more of them, each to a command that doesn't exist yet: whoever asks matches the
/// answer to the own command and [`Failed`](Self::Failed), and takes any other for a mistake.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Reply {
    /// To `Ensure` and `Restart`.
    Ensured(Endpoint),
    /// To `Stop`.
    Stopped(Stopped),
    /// To `Touch`.
    Touched(Touched),
    /// To `Status`.
    Status(UserStatus),
    /// To `LogSource`.
    LogSource(LogSource),
    /// To `List` and `ListRunning`.
    Listed(UserPage),
    /// To `Reap`.
    Reaped(Reaped),
    /// To `Health`, in user order.
    Health(Vec<UserHealth>),
    /// To `Repair`: what was found, in user order.
    Repaired(Vec<Finding>),
    /// To `Purge`: whether there was such a user.
    Purged(bool),
    /// To `Rotate`.
    Rotated(Rotated),
    /// To `Rekey`.
    Rekeyed(Rekeyed),
    /// To `Adopt`.
    Adopted(Adopted),
    /// To `LimitIdle`: whether there is such a user.
    IdleLimited(bool),
    /// To `Events`.
    Events(EventPage),
    /// To any of them.
    Failed(Error),
}

/// Where a user's container answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Endpoint {
    /// Whose it is.
    pub user: UserId,
    /// Where it answers, from where the configuration says the callers are.
    pub url: String,
    /// What it wants to be shown.
    pub token: Token,
    /// The host port, if it publishes any.
    pub port: Option<Port>,
    /// The container's id.
    pub container: ContainerId,
    /// The container's name.
    pub container_name: String,
    /// What was done.
    pub outcome: Ensured,
    /// The store doesn't answer, and hasn't acknowledged yet that the user is active: it is told before
    /// anything else once it does. See [`StoreAway`](crate::settings::StoreAway).
    pub pending: bool,
}

/// What was done to get a container running.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Ensured {
    /// Nothing: it was.
    AlreadyRunning,
    /// It was there and was started.
    Started,
    /// There was none, and it was created.
    Created,
    /// There was one that wouldn't do, and a new one took its place. The volume is the same.
    Recreated,
}

/// What came of a `Touch`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Touched {
    /// Whether there is such a user.
    pub known: bool,
    /// The store doesn't answer, and hasn't acknowledged yet that the user is active: it is told before
    /// anything else once it does. See [`StoreAway`](crate::settings::StoreAway).
    pub pending: bool,
}

/// What came of a `Stop`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Stopped {
    /// Whether there is such a user.
    pub known: bool,
    /// Whether anything had to be stopped.
    pub changed: bool,
}

/// What came of a `Reap`.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Reaped {
    /// Who was stopped, in user order.
    pub stopped: Vec<UserId>,
    /// Who could not be, and why, in user order.
    pub failed: Vec<(UserId, Error)>,
}

/// Whether a container that is meant to run does, and is healthy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserHealth {
    /// Whose.
    pub user: UserId,
    /// Why it isn't healthy; `None` if it is.
    pub ailment: Option<Ailment>,
}

/// Why a container that is meant to run isn't healthy.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Ailment {
    /// It is gone.
    #[error("the container is gone")]
    Gone,
    /// The engine's list doesn't name it, and isn't whole: what of it couldn't be read.
    #[error("the container is missing in the engine's list, which can't be read whole: {0}")]
    Untold(String),
    /// It is there, and doesn't run: what it does instead.
    #[error("the container is {0}")]
    NotRunning(String),
    /// It was started, and wasn't seen to be ready: why.
    #[error("the container was never seen to be ready: {0}")]
    NeverReady(String),
    /// Its health check failed too often.
    #[error("the container's health check fails")]
    Unhealthy,
    /// The engine's list doesn't tell its health, and neither does a look at it: what was heard instead.
    #[error("the engine doesn't tell the container's health: {0}")]
    UntoldHealth(String),
    /// It was taken off the network it was made for, so nobody reaches it.
    #[error("the container is not attached to its network")]
    CutOff,
    /// The record can't be understood: why.
    #[error("the user's record can't be read: {0}")]
    Unreadable(String),
}

/// Something that store and engine don't agree on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Whom it concerns.
    pub user: UserId,
    /// What is wrong.
    pub problem: Problem,
    /// What became of it.
    pub remedy: Remedy,
    /// The volume, where the problem is one.
    pub volume: Option<String>,
    /// The container, where the problem is one that is only reported.
    pub container: Option<FoundContainer>,
}

/// A container that a [`Finding`] is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundContainer {
    /// Its id.
    pub id: ContainerId,
    /// Its name.
    pub name: String,
}

/// What became of a [`Problem`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Remedy {
    /// It was put right.
    Mended,
    /// It would be put right.
    Planned,
    /// It is for a person to put right.
    Reported,
    /// Nothing can be done before this lease ends: whose it is, and how long it lasted when the store
    /// was read. A holder that is alive renews it; what one has left that is gone is then finished.
    Awaited(Lease),
    /// Nothing goes by this time, so nobody is kept waiting by it. The record keeps it until it is written
    /// next; but a repair that isn't a dry run has an activity told anew, as one of now.
    Disregarded(TimeAhead),
    /// It could not be put right: why.
    Failed(Error),
}

/// A time of a user's record that lies ahead.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimeAhead {
    /// Which.
    pub what: RecordTime,
    /// When it is, by the store's clock.
    pub until: Timestamp,
}

/// The times of a user's record that may lie ahead.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RecordTime {
    /// Until when a lease lasts.
    Lease,
    /// Before when no start is tried, after one that failed.
    Retry,
    /// When the user was last active.
    Activity,
}

/// What came of a `Rotate`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rotated {
    /// Tells the new one apart from all others that the user had, of which the first is 1.
    pub generation: u32,
    /// Where the container answers that carries the new token; `None` if the user was stopped.
    pub endpoint: Option<Endpoint>,
}

/// What came of a `Rekey`.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Rekeyed {
    /// How many tokens were sealed anew.
    pub sealed: u32,
    /// How many were sealed with the newest key before.
    pub current: u32,
    /// Whose could not be, and why, in user order.
    pub failed: Vec<(UserId, Error)>,
}

/// What came of an `Adopt`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Adopted {
    /// Whose it is now.
    pub user: UserId,
    /// The container, if there was one.
    pub container: Option<ContainerId>,
    /// The volume.
    pub volume: String,
    /// The host port, if a container is bound to one.
    pub port: Option<Port>,
    /// Whether it was the user's before.
    pub already: bool,
}

/// How far a command is. What one for a single user is doing, or waiting for, is told when that
/// changes, and what lasts isn't told twice; not every command comes by each of them.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Progress {
    /// It concerns many users.
    Users {
        /// With how many it is done.
        done: u32,
        /// How many there are.
        total: u32,
    },
    /// It waits for another controller to be done with the user: whose lease it is, and how long it still
    /// lasts. A holder that is alive gives it back or renews it, which is told as well; after one
    /// that is gone, this goes on at the lease's end.
    AwaitingLease(Lease),
    /// It waits for a turn in the start queue, where so many users came before, and wait as well.
    Queued {
        /// How many.
        before: u32,
    },
    /// It waits for the image: the engine is asked for it, and pulls it where that is wanted.
    AwaitingImage {
        /// Its name.
        image: String,
    },
    /// The container is being created.
    Creating,
    /// The container is being started.
    Starting,
    /// The container runs, and isn't ready yet.
    AwaitingReadiness,
}

/// What is known of some users, and how to go on.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct UserPage {
    /// They, in user order.
    pub users: Vec<UserStatus>,
    /// After whom there may be more; `None` where there are none.
    pub next: Option<UserId>,
}

/// What is known of a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserStatus {
    /// Who.
    pub user: UserId,
    /// What the container is doing.
    pub status: Status,
    /// The host port claimed for it, if any.
    pub port: Option<Port>,
    /// Where it answers, while it runs.
    pub url: Option<String>,
    /// When the user was last active.
    pub last_active: Option<Timestamp>,
    /// The current container.
    pub container: Option<ContainerId>,
    /// Its name.
    pub container_name: Option<String>,
    /// The code that its process ended with; `None` where it has one, or never had.
    pub exit_code: Option<i64>,
    /// What its health check says.
    pub health: Health,
    /// Whether the container was made from another configuration than the current one.
    pub outdated: bool,
    /// Why the last start failed.
    pub failure: Option<Failure>,
}

/// From where a user's log is to be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogSource {
    /// Whose log.
    pub user: UserId,
    /// The installation, under which the engine tells what happens to the user's containers.
    pub installation: InstallationId,
    /// The engine, which has told that it is the one that is meant: no other is to be asked.
    pub engine: EngineId,
    /// The current container, which is the user's.
    pub container: ContainerId,
    /// Its name.
    pub container_name: String,
    /// What is to be blotted out wherever it was printed: the user's token, and the one that the container
    /// carries where that is an earlier one.
    pub secrets: Vec<Token>,
}

/// What a user's container is doing.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Status {
    /// There is a record and no container runs.
    Stopped,
    /// It is being created or started.
    Starting,
    /// It runs.
    Running,
    /// It is frozen.
    Paused,
    /// It is being stopped.
    Stopping,
    /// It is being removed.
    Removing,
    /// The last start failed.
    Failed,
    /// The record can't be understood: why.
    Unreadable(String),
}

impl Status {
    /// The status in one word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopping => "stopping",
            Self::Removing => "removing",
            Self::Failed => "failed",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

impl Ensured {
    /// What was done, in one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlreadyRunning => "already_running",
            Self::Started => "started",
            Self::Created => "created",
            Self::Recreated => "recreated",
        }
    }
}

impl Remedy {
    /// What became of the problem, in one word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Mended => "mended",
            Self::Planned => "planned",
            Self::Reported => "reported",
            Self::Awaited(_) => "awaited",
            Self::Disregarded(_) => "disregarded",
            Self::Failed(_) => "failed",
        }
    }
}
