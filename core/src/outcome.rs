//! What came of an effect: what matters to the lifecycle, never a raw status code.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::effect::Effect;
use crate::error::Error;
use crate::event::{Event, Position};
use crate::id::{ContainerId, EngineId, InstallationId, Port, Revision, Version};
use crate::label::Labelled;
use crate::network::Network;
use crate::observed::{Health, Observed};
use crate::record::{Header, Intent, Row};
use crate::spec::EnvValue;
use crate::time::Timestamp;
use crate::user::UserId;

/// What came of an effect.
///
/// Drivers make these, and whoever stands between a driver and an engine or a store (to record, to
/// fail, to count) has to tell them all apart: so they are exhaustive, as
/// [effects](crate::effect::Effect) are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Of a request to the engine.
    Engine(EngineOutcome),
    /// Of a statement to the store.
    Store(StoreOutcome),
    /// Of a look at an endpoint.
    Probe(ProbeOutcome),
}

impl Outcome {
    /// Nobody knows whether the effect was carried out.
    pub fn unclear(effect: &Effect, why: impl Into<String>) -> Self {
        match effect {
            Effect::Engine(_) => Self::Engine(EngineOutcome::Unclear(why.into())),
            Effect::Store(_) => Self::Store(StoreOutcome::Unclear(why.into())),
            Effect::Probe(_) => Self::Probe(ProbeOutcome::Failed(why.into())),
        }
    }

    /// The effect was not carried out: whom it was meant for was not reached.
    pub fn unreachable(effect: &Effect, why: impl Into<String>) -> Self {
        match effect {
            Effect::Engine(_) => Self::Engine(EngineOutcome::Unreachable(why.into())),
            Effect::Store(_) => Self::Store(StoreOutcome::Unreachable(why.into())),
            Effect::Probe(_) => Self::Probe(ProbeOutcome::Failed(why.into())),
        }
    }
}

/// What came of a request to the engine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EngineOutcome {
    /// The engine's own id.
    Identified(EngineId),
    /// The container that was looked for.
    Found(Observed),
    /// The container that was examined.
    Examined(Particulars),
    /// The containers that were listed.
    Listed(Vec<Observed>),
    /// Some of the containers that were listed: the list isn't whole. It proves nothing about whom it
    /// doesn't name.
    ListedInPart {
        /// Those that could be read.
        containers: Vec<Observed>,
        /// What couldn't be, fit to be shown.
        unread: String,
    },
    /// The networks of the name that was asked for.
    Networks(Vec<Network>),
    /// The volume is there; the installation and user that its labels name.
    Volume(Labelled<(InstallationId, UserId)>),
    /// The volumes that were listed, by their names, and whose each is.
    Volumes(Vec<(String, UserId)>),
    /// The container was made.
    Created(ContainerId),
    /// The last lines, oldest first.
    Log(Vec<String>),
    /// It was done, or it is there.
    Done,
    /// There was nothing to do: it runs already, it is stopped already, it exists already.
    AlreadyDone,
    /// The thing that was asked about, or was to be changed, doesn't exist.
    Absent,
    /// The image isn't on the engine: its words.
    NoSuchImage(String),
    /// The network that the container is to be attached to doesn't exist, or isn't the only one of its name: the
    /// engine's words.
    NoSuchNetwork(String),
    /// The container's network has no place or no address left: the engine's words.
    NetworkFull(String),
    /// The host port is in use, by a container or another process: the engine's words.
    PortTaken(String),
    /// Something of the container's name is still on its network, such as what a container of that
    /// name has left there: the engine's words.
    EndpointTaken(String),
    /// A container of that name exists: the engine's words, which may say which.
    NameTaken(String),
    /// The container is being removed; it is gone only once it can't be found.
    RemovalInProgress,
    /// The container's state doesn't allow it (it is paused, say).
    Conflict(String),
    /// The engine understood and said no, and will again: its words.
    Refused(String),
    /// The engine was not reached, so nothing was done: why.
    Unreachable(String),
    /// It was past its not-after time, so nothing was done.
    Expired,
    /// Another engine answers than the one it was for, and this is that one's id: nothing was done,
    /// and nothing was looked at.
    OtherEngine(EngineId),
    /// Nobody knows whether it was done: the text tells why.
    Unclear(String),
}

impl EngineOutcome {
    /// The engine's words, where it didn't do what it was asked for, or why it wasn't reached.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::NoSuchImage(text)
            | Self::NoSuchNetwork(text)
            | Self::NetworkFull(text)
            | Self::PortTaken(text)
            | Self::EndpointTaken(text)
            | Self::NameTaken(text)
            | Self::Conflict(text)
            | Self::Refused(text)
            | Self::Unreachable(text)
            | Self::Unclear(text)
            | Self::ListedInPart { unread: text, .. } => Some(text),
            Self::Identified(_)
            | Self::Found(_)
            | Self::Examined(_)
            | Self::Listed(_)
            | Self::Networks(_)
            | Self::Volume(_)
            | Self::Volumes(_)
            | Self::Created(_)
            | Self::Log(_)
            | Self::Done
            | Self::AlreadyDone
            | Self::Absent
            | Self::RemovalInProgress
            | Self::Expired
            | Self::OtherEngine(_) => None,
        }
    }
}

/// What came of a statement to the store.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StoreOutcome {
    /// A row for each user asked for.
    Loaded {
        /// Of the whole installation.
        header: Header,
        /// In any order.
        rows: Vec<(UserId, Row)>,
    },
    /// The record was written.
    Stored {
        /// Its revision now.
        revision: Revision,
        /// The port it claims now.
        port: Option<Port>,
        /// When the user was last active.
        last_active: Option<Timestamp>,
        /// Whether another record of the engine names the same volume.
        shares_volume: bool,
    },
    /// The record wasn't in the expected state, or somebody else holds its lease.
    Conflict,
    /// No port is free.
    NoPort {
        /// How many ports of the range the store knows of.
        known: u32,
        /// How long the first of those rests that are nobody's; `None` if all are claimed.
        free_in: Option<Duration>,
    },
    /// Another record of the engine names the volume that this one was to name from now on.
    VolumeTaken,
    /// As many users are running as may.
    LimitReached,
    /// The user hasn't been idle long enough.
    Active,
    /// What became of each user's touch.
    Touched(Vec<(UserId, Touch)>),
    /// The records that were written longest ago, with how long ago, by the store's clock.
    Longest(Vec<(UserId, Row, Duration)>),
    /// A page of records.
    Scanned {
        /// Of the whole installation.
        header: Header,
        /// In user order.
        rows: Vec<(UserId, Row)>,
        /// Whether there may be more after the last one.
        more: bool,
    },
    /// Events.
    Events {
        /// In the order of the log.
        events: Vec<Event>,
        /// The newest in the log, of whichever user; the start where there never was one.
        newest: Position,
        /// The last that was dropped; the start where none was.
        dropped: Position,
        /// Whether there may be more after the last one.
        more: bool,
    },
    /// The engine that bears the name.
    Registered(EngineId),
    /// Somebody else holds the lease.
    LockHeld,
    /// It was done.
    Done,
    /// The store understood and said no, and will again: its words.
    Refused(String),
    /// The store answers and can't write: its disk is full, or it may only be read. That lasts until a
    /// person does something about it, so nobody waits for it. Nobody knows whether the effect was
    /// carried out, since a disk may fail a write after it has taken it. The text tells what can't be
    /// written, and the way out.
    Unwritable(String),
    /// The store was not reached, so nothing was done: why.
    Unreachable(String),
    /// Nobody knows whether it was done: the text tells why.
    Unclear(String),
}

/// Something that happened on the engine, told by its event stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EngineEvent {
    /// The stream is open: whatever happens from now on is told, as far as engines do.
    Opened,
    /// Something happened to a container, and it can't be told to which.
    Missed,
    /// Something happened to a container.
    Container {
        /// Which.
        id: ContainerId,
        /// Whose it is, by its labels.
        user: Option<UserId>,
        /// What.
        change: ContainerChange,
    },
}

/// What happened to a container.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ContainerChange {
    /// It was made.
    Created,
    /// Its process began.
    Started,
    /// Its process ended.
    Died,
    /// It was frozen.
    Paused,
    /// It runs on.
    Unpaused,
    /// It was removed.
    Destroyed,
    /// Its health check says this now.
    Health(Health),
    /// Something else that may have changed its state or its name: a signal, a rename.
    Other,
}

/// What a container was made of, as far as somebody who adopts it needs to know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Particulars {
    /// The container.
    pub observed: Observed,
    /// Its environment variables.
    pub environment: Vec<(String, EnvValue)>,
    /// The volumes it mounts.
    pub volumes: Vec<MountedVolume>,
    /// The host port that each TCP port of the container is published on.
    pub ports: Vec<(u16, Port)>,
    /// Whether the engine removes it once it has ended.
    pub auto_remove: bool,
}

/// A volume that a container mounts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MountedVolume {
    /// Its name; engines make one up for those that are given none.
    pub name: String,
    /// Where the container has it.
    pub target: String,
    /// The container's own configuration names no volume there, so that it is removed along with the
    /// container.
    pub anonymous: bool,
}

/// What became of a user's touch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Touch {
    /// There is no record.
    Absent,
    /// There is one, and it can't be understood: why.
    Unreadable(String),
    /// It was written down.
    Written(Pulse),
}

/// What a touch tells of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pulse {
    /// Its state.
    pub version: Version,
    /// What is being done for the user.
    pub intent: Intent,
    /// The activity just written.
    pub last_active: Timestamp,
}

/// What came of a look at an endpoint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProbeOutcome {
    /// It answered as it should.
    Passed,
    /// It didn't: how.
    Failed(String),
}

/// What went wrong at the store, in an outcome that tells of nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StoreFailure<'a> {
    /// It understood and said no, and will again: its words.
    Refused(&'a str),
    /// It answers and can't write, and nobody knows whether it did: why.
    Unwritable(&'a str),
    /// It was not reached, so nothing was done: why.
    Unreachable(&'a str),
    /// Nobody knows whether it was done: the text tells why.
    Unclear(&'a str),
}

impl<'a> StoreFailure<'a> {
    /// What was told of it.
    pub fn text(self) -> &'a str {
        match self {
            Self::Refused(text)
            | Self::Unwritable(text)
            | Self::Unreachable(text)
            | Self::Unclear(text) => text,
        }
    }
}

impl From<StoreFailure<'_>> for Error {
    fn from(failure: StoreFailure<'_>) -> Self {
        match failure {
            StoreFailure::Refused(text) => Self::StoreRefused(text.into()),
            StoreFailure::Unwritable(text) => Self::StoreUnwritable(text.into()),
            StoreFailure::Unreachable(text) | StoreFailure::Unclear(text) => {
                Self::StoreUnreachable(text.into())
            }
        }
    }
}

impl StoreOutcome {
    /// What went wrong, if something did.
    pub fn failure(&self) -> Option<StoreFailure<'_>> {
        match self {
            Self::Refused(text) => Some(StoreFailure::Refused(text)),
            Self::Unwritable(text) => Some(StoreFailure::Unwritable(text)),
            Self::Unreachable(text) => Some(StoreFailure::Unreachable(text)),
            Self::Unclear(text) => Some(StoreFailure::Unclear(text)),
            Self::Loaded { .. }
            | Self::Events { .. }
            | Self::Stored { .. }
            | Self::Conflict
            | Self::NoPort { .. }
            | Self::VolumeTaken
            | Self::LimitReached
            | Self::Active
            | Self::Longest(_)
            | Self::Touched(_)
            | Self::Scanned { .. }
            | Self::Registered(_)
            | Self::LockHeld
            | Self::Done => None,
        }
    }
}
