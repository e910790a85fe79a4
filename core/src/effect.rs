//! What the core asks a driver to do. Each effect is one request to the engine, one statement to
//! the store, or one look at an endpoint.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::event::{EventBody, EventsFrom, EventsKept};
use crate::id::{
    ContainerId, ControllerId, EffectId, EngineId, EngineName, InstallationId, Port, PortRange,
    RecordId, Version,
};
use crate::record::Body;
use crate::settings::Settings;
use crate::spec::ContainerSpec;
use crate::time::Instant;
use crate::user::UserId;

/// An effect to carry out, with the number to answer it by.
///
/// A driver heeds every field, so a new one is a breaking change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssuedEffect {
    /// The number its outcome is fed back under.
    pub id: EffectId,
    /// What to do.
    pub effect: Effect,
    /// How long it may take; after that the driver answers `Unclear`.
    pub timeout: Duration,
    /// Under which conditions alone it may be begun.
    pub fence: Fence,
}

/// When and where an effect may be begun. A driver looks right before it sends anything, and does
/// nothing where it may not.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Fence {
    /// No later than this: a driver that gets to it later answers
    /// [`Expired`](crate::outcome::EngineOutcome::Expired).
    pub not_after: Option<Instant>,
    /// On this engine alone: a driver whose connection leads to another one answers
    /// [`OtherEngine`](crate::outcome::EngineOutcome::OtherEngine). It asks anew which engine it is
    /// whenever all connections were lost, since another may answer at the same address then.
    /// `None` where it isn't known yet which engine is meant: only looks are sent then.
    pub engine: Option<EngineId>,
}

/// Something to do in the world.
///
/// This enum and those in it are exhaustive, and a new effect is a breaking change: a driver that
/// passed one over in silence would leave its request waiting. The compiler names it instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// One request to the container engine.
    Engine(EngineEffect),
    /// One statement to the store.
    Store(StoreEffect),
    /// One look at a container's endpoint.
    Probe(Probe),
}

/// One request to the container engine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EngineEffect {
    /// Which engine are you? Answered `Identified`, and by nothing else that says it was done.
    Identify,
    /// Look at one container. Answered `Found` or `Absent`. A container found by name counts only
    /// if its name is exactly that (engines match id prefixes too).
    Inspect(ContainerRef),
    /// Look at one container, and at what it was made of. Answered `Examined` or `Absent`.
    Examine(ContainerRef),
    /// List containers, running or not. Answered `Listed`, or `ListedInPart` where some of it can't be
    /// read.
    List(Scope),
    /// Tell what happens to containers that bear the installation's label, from now on, as
    /// [`EngineEvent`](crate::outcome::EngineEvent)s under this effect's number. Has no time
    /// limit. Answered only at its end: `Unreachable` if it was never open, `Unclear` after.
    Watch {
        /// Whose.
        installation: InstallationId,
    },
    /// Is the image there? Answered `Done` or `Absent`.
    InspectImage {
        /// As the template names it.
        image: String,
    },
    /// Pull the image. Answered `Done`, or `Refused` with the registry's words.
    PullImage {
        /// As the template names it.
        image: String,
    },
    /// Which networks are called exactly that? Answered `Networks`, which are none where there is none.
    FindNetworks {
        /// Their name.
        name: String,
    },
    /// Make the network. Answered `Done`, or `AlreadyDone` where it is there.
    CreateNetwork {
        /// Its name.
        name: String,
        /// Its labels.
        labels: Vec<(String, String)>,
    },
    /// Make the volume unless it is there. Answered `Volume` with the labels it bears.
    EnsureVolume {
        /// Its name.
        name: String,
        /// Its labels.
        labels: Vec<(String, String)>,
    },
    /// Is the volume there, and whose is it? Answered `Volume` or `Absent`.
    InspectVolume {
        /// Its name.
        name: String,
    },
    /// List the volumes that bear the installation's label. Answered `Volumes`.
    ListVolumes(InstallationId),
    /// Remove a volume that no container uses. Answered `Done`, `Absent`, `Conflict`.
    RemoveVolume {
        /// Its name.
        name: String,
    },
    /// Create a container. Answered `Created`, `NameTaken`, `NoSuchImage`.
    Create(Box<ContainerSpec>),
    /// Start a container. Answered `Done`, `AlreadyDone`, `PortTaken`, `NoSuchNetwork`,
    /// `NetworkFull`, `EndpointTaken`, `Absent`.
    Start {
        /// Which.
        container: ContainerId,
    },
    /// Let a paused container run on. Answered `Done`, `AlreadyDone`, `Absent`.
    Unpause {
        /// Which.
        container: ContainerId,
    },
    /// Stop a container and wait until it has. Answered `Done`, `AlreadyDone`, `Absent`.
    Stop {
        /// Which.
        container: ContainerId,
        /// How long it may take to end by itself before the engine kills it.
        grace: Duration,
    },
    /// Remove a container, running or not, with its anonymous volumes and never a named one.
    /// Answered `Done`, `Absent`, `RemovalInProgress`.
    Remove {
        /// Which.
        container: ContainerId,
    },
    /// Read the last lines a container wrote. Answered `Log`, `Absent`.
    Logs {
        /// Which.
        container: ContainerId,
        /// How many lines at most.
        lines: u32,
    },
}

/// How a container is looked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ContainerRef {
    /// By its exact name.
    Name(String),
    /// By its id.
    Id(ContainerId),
}

/// Which containers are listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Those that bear the installation's label.
    Installation(InstallationId),
    /// Those of them that were made for this user, whatever their names and records.
    User(InstallationId, UserId),
    /// Those with these ids, whatever labels they bear. Never none, and no more than
    /// [`MOST_IDS`](Self::MOST_IDS).
    Ids(Vec<ContainerId>),
}

impl Scope {
    /// For so many ids an engine is asked at most at once. So many fit into a request's first line; for more
    /// it would be asked for all of its containers, to pick them out.
    pub const MOST_IDS: usize = 200;
}

/// One statement to the store. All are atomic.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StoreEffect {
    /// Read the records of these users. Answered `Loaded`, a row for each.
    Load {
        /// Whose engine id the header is to tell.
        engine: EngineName,
        /// Whose records.
        users: Vec<UserId>,
    },
    /// Write one record. Answered `Stored`, `Conflict`, `VolumeTaken`, `NoPort`, `LimitReached`,
    /// `Active`.
    Put(Box<Put>),
    /// Delete a record in exactly this state, unless somebody else holds a live lease on it, and
    /// free its port. Answered `Done` (also where there is no such record) or `Conflict`.
    ///
    /// The record's end goes into the event log in the same statement, if there was one.
    Delete {
        /// Whose record.
        user: UserId,
        /// Which record, in which state.
        version: Version,
        /// Who deletes.
        controller: ControllerId,
        /// How long nobody is to claim its port.
        rest: Duration,
        /// What is told of it.
        event: EventBody,
    },
    /// Read the records that hold a port of the range, are stopped and under nobody's live lease:
    /// those that were written longest ago first. Answered `Longest`.
    LongestStopped {
        /// The engine's name.
        engine: EngineName,
        /// The ports.
        ports: PortRange,
        /// How many at most.
        limit: u32,
    },
    /// Users were active: their last activity becomes the store's now, unless it is later.
    /// Changes no revision. Answered `Touched`.
    Touch {
        /// Who.
        users: Vec<UserId>,
    },
    /// Read all records of an engine in user order, a page at a time. Answered `Scanned`.
    Scan {
        /// Whose.
        engine: EngineName,
        /// Only users after this one.
        after: Option<UserId>,
        /// How many at most.
        limit: u32,
    },
    /// Read the records of those who aren't settled, in user order, a page at a time. Settled is who is
    /// stopped, under nobody's lease (one that has run out included), and not being purged: nothing of
    /// them runs, as far as the store knows, and nothing was begun and not finished. Answered `Scanned`.
    ScanUnsettled {
        /// Whose.
        engine: EngineName,
        /// Only users after this one.
        after: Option<UserId>,
        /// How many at most.
        limit: u32,
    },
    /// Read the records of those who are starting or running, and have been idle for that long by
    /// the store's clock, in user order, a page at a time. Answered `Scanned`.
    ScanIdle {
        /// Whose.
        engine: EngineName,
        /// How long.
        idle: Idle,
        /// Only users after this one.
        after: Option<UserId>,
        /// How many at most.
        limit: u32,
    },
    /// Write down which engine bears this name (unless one does), and add the ports of the range
    /// that aren't there yet. Answered `Registered` with the engine that bears the name now.
    Register {
        /// The engine's name in the configuration.
        engine: EngineName,
        /// The id it says it has.
        id: EngineId,
        /// The ports that may be claimed on it.
        ports: PortRange,
    },
    /// Take an installation-wide lease. Answered `Done` or `LockHeld`.
    Lock {
        /// What it guards.
        name: String,
        /// Who takes it.
        owner: ControllerId,
        /// For how long.
        ttl: Duration,
    },
    /// Give an installation-wide lease back, if it is still ours. Answered `Done`.
    Unlock {
        /// What it guards.
        name: String,
        /// Who held it.
        owner: ControllerId,
    },
    /// Read events, those that were written first first. Answered `Events`.
    ///
    /// Events are in an order of the store's choice, in which those of one user are as they were written.
    /// Whatever the store answers with, no event may come to stand before the last of it later on: one
    /// whose statement isn't committed yet has no position.
    ReadEvents {
        /// From where.
        from: EventsFrom,
        /// Of this user alone.
        user: Option<UserId>,
        /// How many at most.
        limit: u32,
    },
    /// Drop events that needn't be kept any longer; a store may drop them by and by. Answered `Done`.
    DropEvents(EventsKept),
}

impl EngineEffect {
    /// Whether it only looks: it changes nothing on the engine.
    pub fn only_looks(&self) -> bool {
        match self {
            Self::Identify
            | Self::Inspect(_)
            | Self::Examine(_)
            | Self::List(_)
            | Self::Watch { .. }
            | Self::InspectImage { .. }
            | Self::FindNetworks { .. }
            | Self::InspectVolume { .. }
            | Self::ListVolumes(_)
            | Self::Logs { .. } => true,
            Self::PullImage { .. }
            | Self::CreateNetwork { .. }
            | Self::EnsureVolume { .. }
            | Self::RemoveVolume { .. }
            | Self::Create(_)
            | Self::Start { .. }
            | Self::Unpause { .. }
            | Self::Stop { .. }
            | Self::Remove { .. } => false,
        }
    }
}

impl StoreEffect {
    /// Whether it only looks: it changes nothing, and may be carried out twice.
    pub fn only_looks(&self) -> bool {
        match self {
            Self::Load { .. }
            | Self::LongestStopped { .. }
            | Self::Scan { .. }
            | Self::ScanUnsettled { .. }
            | Self::ScanIdle { .. }
            | Self::ReadEvents { .. } => true,
            Self::Put(_)
            | Self::Delete { .. }
            | Self::Touch { .. }
            | Self::Register { .. }
            | Self::Lock { .. }
            | Self::Unlock { .. }
            | Self::DropEvents(_) => false,
        }
    }
}

/// A conditional write of one record. It takes hold only if the record is in the expected state
/// and nobody else holds a live lease on it.
///
/// A write that makes a record, or has it name another volume than before, is refused with
/// `VolumeTaken` where another record of the engine names that volume: a volume is one user's. A
/// write that leaves the volume as it is isn't refused for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Put {
    /// Whose record.
    pub user: UserId,
    /// The engine its container lives on.
    pub engine: EngineName,
    /// What must be there before.
    pub expect: Expect,
    /// Who writes.
    pub controller: ControllerId,
    /// Hold the lease for this long from the store's now; `None` gives it back.
    pub lease: Option<Duration>,
    /// What to do about the port, in the same statement.
    pub port: PortChange,
    /// Whether this counts as activity of the user.
    pub touch: bool,
    /// Refuse with `LimitReached` if that many other users of the engine are starting, running, or
    /// being stopped or removed: a container takes memory until it is known to be down.
    pub running_limit: Option<u32>,
    /// Refuse with `Active` unless the user has been idle, by the store's clock.
    pub idle: Option<Idle>,
    /// What to write.
    pub body: Body,
    /// What is told of it: goes into the event log in the same statement, if the record is written.
    pub events: Vec<EventBody>,
}

/// How long a user must have been idle: longer than the record's own limit (the given one where
/// it has none; never idle where that is zero) and the slack together, since the last activity
/// (since the record was made where there was none).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Idle {
    /// For users whose record has no limit of its own.
    pub limit: Duration,
    /// For how long a touch may have been answered from memory.
    pub slack: Duration,
}

impl Idle {
    /// As it is configured.
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            limit: settings.idle_limit,
            slack: settings.timing.slack,
        }
    }
}

/// What a [`Put`] expects to find.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expect {
    /// No record of the user; the new one gets this id and revision 1.
    Absent(RecordId),
    /// The record in exactly this state; its revision then grows.
    At(Version),
}

impl Expect {
    /// Which record is written.
    pub fn record(self) -> RecordId {
        match self {
            Self::Absent(record) => record,
            Self::At(version) => version.record,
        }
    }
}

/// What a [`Put`] does about the record's port.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PortChange {
    /// Nothing.
    Keep,
    /// Claim the lowest port that is neither claimed nor resting, unless the record has one.
    Claim(PortRange),
    /// Claim exactly this port, resting or not, known to the store or not, in place of the one the
    /// record may have; `NoPort` if another record claims it.
    Take(Port),
    /// The claimed port was found taken by somebody else: let it rest for `quarantine`, and claim
    /// another.
    Replace {
        /// Where to claim from.
        range: PortRange,
        /// How long nobody is to claim the old one.
        quarantine: Duration,
    },
    /// Free the claimed port after it rested.
    Free {
        /// How long nobody is to claim it.
        rest: Duration,
    },
}

/// One look at whether a container answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Probe {
    /// The host to connect to: a name, an IPv4 address, or an IPv6 address without brackets.
    pub host: String,
    /// The port to connect to.
    pub port: u16,
    /// What counts as an answer.
    pub kind: ProbeKind,
}

/// What counts as an answer to a [`Probe`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProbeKind {
    /// The connection is made, and is still open after `hold` (the engine's own proxy accepts
    /// connections for a container that doesn't listen, and then drops them).
    Tcp {
        /// How long it must stay open.
        hold: Duration,
    },
    /// `GET path` is answered with a status from 200 to 399.
    Http {
        /// The path, from its slash on.
        path: String,
    },
}
