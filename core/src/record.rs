//! What the store says of a user.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::id::{ContainerId, ControllerId, EngineId, InstallationId, Port, RecordId, Version};
use crate::name::Names;
use crate::time::Timestamp;
use crate::token::{SealedToken, TokenOf};
use crate::user::UserId;

/// Tokens are counted from here; it is also the one that a container was adopted with.
pub(crate) const FIRST_TOKEN_GENERATION: u32 = 1;

/// One user's record: what controllers wrote ([`Body`]) and what the store keeps beside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Record {
    /// Which record this is, and in which state.
    pub version: Version,
    /// The host port claimed for it, if any: before its first start it has none, nor where containers
    /// publish none.
    pub port: Option<Port>,
    /// Who may change the user's things on the engine now, if anybody.
    pub lease: Option<Lease>,
    /// When the user was last active, by the store's clock.
    pub last_active: Option<Timestamp>,
    /// Whether another record of the engine names the same volume. Only stores that were written
    /// before that was refused have such records.
    pub shares_volume: bool,
    /// Which of its times lie further ahead than they can be written.
    pub ahead: Ahead,
    /// What the last writer wrote.
    pub body: Body,
}

impl Record {
    /// Which token the record of this user holds, for opening it.
    pub fn token_of<'a>(&self, user: &'a UserId) -> TokenOf<'a> {
        self.body.token_of(user, self.version.record)
    }
}

/// What a controller writes: all of it, each time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Body {
    /// The names of the user's things on the engine.
    pub names: Names,
    /// The user's token, sealed.
    pub token: SealedToken,
    /// Tells the user's tokens apart, from 1 on by random steps: a container's label says which one it carries.
    pub token_generation: u32,
    /// What is being done, or was done last.
    pub intent: Intent,
    /// The current container, once it is known.
    pub container: Option<ContainerId>,
    /// The generation of the template its container was made from.
    pub template_generation: u64,
    /// How long the user may be idle before being stopped: `None` for the configured limit, zero
    /// for never.
    pub idle_limit: Option<Duration>,
    /// Why the last start failed, and how often in a row.
    pub failure: Option<Failure>,
    /// Whether container and volume were adopted: they bear no labels of ours.
    pub adopted: bool,
    /// Whether a purge has begun: container, volume and record are to go before anything else is
    /// done for the user.
    pub purging: bool,
}

impl Body {
    /// Which token stands in it, where it is written into this record of this user.
    pub fn token_of<'a>(&self, user: &'a UserId, record: RecordId) -> TokenOf<'a> {
        TokenOf {
            user,
            record,
            generation: self.token_generation,
        }
    }
}

/// What is being done for a user (under a lease), or was done last (without one).
///
/// An `-ing` intent without a live lease was left behind by a controller that is gone.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Intent {
    /// Not running, and not meant to.
    Stopped,
    /// Being created or started.
    Starting,
    /// Running and ready.
    Running,
    /// Being stopped.
    Stopping,
    /// The container is being removed; the volume stays.
    Removing,
}

/// The right to change a user's things on the engine, as the store tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lease {
    /// Whose it is.
    pub owner: ControllerId,
    /// How long it still runs, by the store's clock when it answered; zero if it has expired.
    pub remaining: Duration,
}

/// Times of a record that lie further ahead than they can be written (see [`bounds`](crate::bounds)): the
/// store's clock ran ahead when they were. They count as over.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Ahead {
    /// Until when the lease would last.
    pub lease: Option<Timestamp>,
    /// Before when no start would be tried, after one that failed.
    pub retry: Option<Timestamp>,
}

/// A start that failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// How many starts failed in a row, this one included.
    pub count: u32,
    /// What happened.
    pub reason: String,
    /// The container's exit code, if it exited.
    pub exit_code: Option<i64>,
    /// The last lines it wrote, without the user's token.
    pub log: Vec<String>,
    /// How long until the next start is tried, by the store's clock: counted from the write when
    /// written, from the answer when read.
    pub retry_in: Duration,
}

/// What one look at the store told of one user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Row {
    /// There is no record.
    Absent,
    /// There is one.
    Found(Record),
    /// There is one, and it can't be understood: why.
    Unreadable(String),
}

impl Row {
    /// Which state of which record it is, if there is one that can be understood.
    pub fn version(&self) -> Option<Version> {
        match self {
            Self::Found(record) => Some(record.version),
            Self::Absent | Self::Unreadable(_) => None,
        }
    }
}

/// What the store says of the whole installation, with every look.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
    /// Whose things these are.
    pub installation: InstallationId,
    /// The engine that bears the asked name in this store, once one was registered.
    pub engine: Option<EngineId>,
    /// The newest template generation any record was written with; 0 if there is none.
    pub newest_generation: u64,
    /// What time it is, by the store's clock.
    pub now: Timestamp,
}
