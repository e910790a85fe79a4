//! What hosts ask for, and what they are answered.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::Error;
use crate::id::{ContainerId, Port};
use crate::observed::Health;
use crate::record::Failure;
use crate::time::Timestamp;
use crate::token::Token;
use crate::user::UserId;

/// Something a host asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// The user's container is to run and be ready. Counts as activity.
    Ensure(UserId),
    /// The user's container is to be stopped.
    Stop(UserId),
    /// The user was active now.
    Touch(UserId),
    /// What is known of the user? Doesn't count as activity.
    Status(UserId),
    /// What is known of all users? Doesn't count as activity.
    List,
}

/// The answer to a [`Command`]. Every request gets exactly one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// To `Ensure`.
    Ensured(Endpoint),
    /// To `Stop`.
    Stopped(Stopped),
    /// To `Touch`: whether there is such a user.
    Touched(bool),
    /// To `Status`.
    Status(UserStatus),
    /// To `List`, in user order.
    Listed(Vec<UserStatus>),
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
    /// The host port.
    pub port: Port,
    /// The container's id.
    pub container: ContainerId,
    /// The container's name.
    pub container_name: String,
    /// What was done.
    pub outcome: Ensured,
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

/// What came of a `Stop`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Stopped {
    /// Whether there is such a user.
    pub known: bool,
    /// Whether anything had to be stopped.
    pub changed: bool,
}

/// What is known of a user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserStatus {
    /// Who.
    pub user: UserId,
    /// What the container is doing.
    pub status: Status,
    /// The host port claimed for it.
    pub port: Option<Port>,
    /// Where it answers, while it runs.
    pub url: Option<String>,
    /// When the user was last active.
    pub last_active: Option<Timestamp>,
    /// The current container.
    pub container: Option<ContainerId>,
    /// What its health check says.
    pub health: Health,
    /// Whether the container was made from another configuration than the current one.
    pub outdated: bool,
    /// Why the last start failed.
    pub failure: Option<Failure>,
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
