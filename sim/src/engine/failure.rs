//! What the engine answers when it doesn't do what it was asked: a meaning, from which come the
//! status and Docker's words for whoever speaks HTTP, and the outcome for the lifecycle.

use std::net::{IpAddr, SocketAddr};

use portreeve_core::id::{ContainerId, Port};
use portreeve_core::outcome::EngineOutcome;

use super::request::Asked;

/// The longest text that is kept of the engine's words, in bytes.
const LONGEST: usize = 1000;

/// Why the engine didn't do what it was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// There is no container of that name or id.
    NoSuchContainer(String),
    /// More than one container's id begins like that.
    AmbiguousId(String),
    /// The engine doesn't have the image.
    NoSuchImage(String),
    /// No network is called that.
    NoSuchNetwork(String),
    /// Several networks are called that.
    AmbiguousNetwork {
        /// What.
        name: String,
        /// How many.
        count: usize,
    },
    /// The bridge of the network of that name, which a container was to be attached to, has no port left.
    BridgeFull(String),
    /// No volume is called that.
    NoSuchVolume(String),
    /// A container has the name.
    NameTaken {
        /// The name.
        name: String,
        /// The container that has it.
        by: ContainerId,
    },
    /// No container can be called that.
    InvalidName(String),
    /// A container is to be called what it is called.
    SameName,
    /// Another running container has the host's port.
    PortAllocated(Clash),
    /// Another process has the host's port.
    PortInUse(Clash),
    /// A paused container was to be started.
    StartPaused,
    /// A container that is being removed was to be started.
    MarkedForRemoval,
    /// A container that isn't paused was to run on.
    NotPaused(ContainerId),
    /// A paused container was to be paused.
    AlreadyPaused(ContainerId),
    /// A container that doesn't run was to be paused.
    NotRunning(ContainerId),
    /// A container that is between two runs was to be paused.
    BetweenRuns(ContainerId),
    /// A running container was to be removed without force.
    StillRuns {
        /// Which.
        id: ContainerId,
        /// Whether it is paused.
        paused: bool,
    },
    /// The container is being removed already.
    RemovalInProgress(String),
    /// Containers, running or not, have the volume mounted.
    VolumeInUse {
        /// Its name.
        name: String,
        /// Which containers.
        by: Vec<ContainerId>,
    },
    /// A network has the name.
    NetworkExists(String),
    /// Running containers are attached to the network.
    NetworkInUse {
        /// Its name.
        name: String,
        /// Its id.
        id: String,
    },
    /// The network is one of the engine's own.
    PredefinedNetwork(String),
    /// The registry doesn't have the image, or doesn't give it to us.
    PullDenied(String),
    /// The engine can't make the container's process: the runtime's words.
    CannotRun(String),
    /// The engine lost sight of the container's last run, and can't begin another.
    TaskExists(ContainerId),
    /// Something failed on the way to something else.
    During(Doing, Box<Failure>),
    /// The engine isn't there.
    Down,
}

/// What a container was to have done to it, where Docker's words begin with that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Doing {
    /// It was to be sent a signal, by that name or id.
    Kill(String),
    /// It was to be stopped and started, by that name or id.
    Restart(String),
    /// It was to have another name.
    Rename,
}

impl Doing {
    /// Why it failed.
    pub(super) fn failed(self, why: Failure) -> Failure {
        Failure::During(self, Box::new(why))
    }

    fn text(&self) -> String {
        match self {
            Self::Kill(asked) => format!("Cannot kill container: {asked}"),
            Self::Restart(asked) => format!("Cannot restart container {asked}"),
            Self::Rename => "Error when allocating new name".to_owned(),
        }
    }
}

/// A host port that a container couldn't have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Clash {
    /// The container's name.
    pub name: String,
    /// The address it was to have.
    pub address: IpAddr,
    /// The port.
    pub port: Port,
}

impl Clash {
    fn socket(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.port.get())
    }

    fn text(&self, why: &str) -> String {
        // The endpoint's id is made up anew at each start, and means nothing to anybody.
        format!(
            "driver failed programming external connectivity on endpoint {} ({:064x}): {why}",
            self.name,
            self.port.get()
        )
    }
}

impl Failure {
    /// The status it is answered with over HTTP.
    pub fn status(&self) -> u16 {
        match self {
            Self::NoSuchContainer(_)
            | Self::NoSuchImage(_)
            | Self::NoSuchNetwork(_)
            | Self::NoSuchVolume(_)
            | Self::PullDenied(_) => 404,
            Self::AmbiguousNetwork { .. }
            | Self::InvalidName(_)
            | Self::SameName
            | Self::CannotRun(_) => 400,
            Self::NameTaken { .. }
            | Self::StartPaused
            | Self::MarkedForRemoval
            | Self::AlreadyPaused(_)
            | Self::NotRunning(_)
            | Self::BetweenRuns(_)
            | Self::StillRuns { .. }
            | Self::RemovalInProgress(_)
            | Self::VolumeInUse { .. }
            | Self::NetworkExists(_) => 409,
            Self::NetworkInUse { .. } | Self::PredefinedNetwork(_) => 403,
            Self::AmbiguousId(_)
            | Self::BridgeFull(_)
            | Self::PortAllocated(_)
            | Self::PortInUse(_)
            | Self::NotPaused(_)
            | Self::During(Doing::Restart(_), _)
            | Self::TaskExists(_) => 500,
            Self::During(Doing::Kill(_) | Doing::Rename, why) => why.status(),
            Self::Down => 503,
        }
    }

    /// Docker's words for it.
    pub fn text(&self) -> String {
        match self {
            Self::NoSuchContainer(asked) => format!("No such container: {asked}"),
            Self::AmbiguousId(asked) => format!("Multiple IDs found with provided prefix: {asked}"),
            Self::NoSuchImage(name) => format!("No such image: {name}"),
            Self::NoSuchNetwork(name) => format!("network {name} not found"),
            Self::AmbiguousNetwork { name, count } => {
                format!("network {name} is ambiguous ({count} matches found on name)")
            }
            Self::BridgeFull(name) => format!("adding to {name}'s bridge failed: exchange full"),
            Self::NoSuchVolume(name) => format!("get {name}: no such volume"),
            Self::NameTaken { name, by } => format!(
                "Conflict. The container name \"/{name}\" is already in use by container \"{by}\". You have to remove (or rename) that container to be able to reuse that name."
            ),
            Self::InvalidName(name) => format!(
                "Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"
            ),
            Self::SameName => {
                "Renaming a container with the same name as its current name".to_owned()
            }
            Self::PortAllocated(clash) => clash.text(&format!(
                "Bind for {} failed: port is already allocated",
                clash.socket()
            )),
            Self::PortInUse(clash) => clash.text(&format!(
                "Error starting userland proxy: listen tcp{} {}: bind: address already in use",
                if clash.address.is_ipv4() { 4 } else { 6 },
                clash.socket()
            )),
            Self::StartPaused => "cannot start a paused container, try unpause instead".to_owned(),
            Self::MarkedForRemoval => {
                "container is marked for removal and cannot be started".to_owned()
            }
            Self::NotPaused(id) => format!("Container {id} is not paused"),
            Self::AlreadyPaused(id) => format!("Container {id} is already paused"),
            Self::NotRunning(id) => format!("Container {id} is not running"),
            Self::During(doing, why) => format!("{}: {}", doing.text(), why.text()),
            Self::BetweenRuns(id) => {
                format!("Container {id} is restarting, wait until the container is running")
            }
            Self::StillRuns { id, paused: false } => format!(
                "You cannot remove a running container {id}. Stop the container before attempting removal or force remove"
            ),
            Self::StillRuns { id, paused: true } => format!(
                "You cannot remove a paused container {id}. Unpause and then stop the container before attempting removal or force remove"
            ),
            Self::RemovalInProgress(asked) => {
                format!("removal of container {asked} is already in progress")
            }
            Self::VolumeInUse { name, by } => {
                let ids: Vec<&str> = by.iter().map(ContainerId::as_str).collect();
                format!("remove {name}: volume is in use - [{}]", ids.join(", "))
            }
            Self::NetworkExists(name) => format!("network with name {name} already exists"),
            Self::NetworkInUse { name, id } => {
                format!("error while removing network: network {name} id {id} has active endpoints")
            }
            Self::PredefinedNetwork(name) => {
                format!("{name} is a pre-defined network and cannot be removed")
            }
            Self::PullDenied(name) => format!(
                "pull access denied for {name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied"
            ),
            Self::CannotRun(words) => words.clone(),
            Self::TaskExists(id) => {
                format!("failed to create task for container: task {id} already exists")
            }
            Self::Down => "the engine isn't there".to_owned(),
        }
    }

    /// What it means for the effect that was asked for.
    pub fn outcome(&self, asked: Asked) -> EngineOutcome {
        self.told_apart(asked).unwrap_or_else(|| self.otherwise())
    }

    /// Where the lifecycle has a word of its own for it.
    fn told_apart(&self, asked: Asked) -> Option<EngineOutcome> {
        Some(match (self, asked) {
            (Self::Down, _) => EngineOutcome::Unreachable(self.text()),
            (Self::NoSuchContainer(_), _)
            | (Self::NoSuchImage(_), Asked::InspectImage)
            | (Self::NoSuchVolume(_), Asked::InspectVolume | Asked::RemoveVolume) => {
                EngineOutcome::Absent
            }
            (Self::NoSuchImage(_), Asked::Create) => EngineOutcome::NoSuchImage(self.shown()),
            (
                Self::NoSuchNetwork(_) | Self::AmbiguousNetwork { .. },
                Asked::Create | Asked::Start,
            ) => EngineOutcome::NoSuchNetwork(self.shown()),
            (Self::BridgeFull(_), Asked::Start) => EngineOutcome::NetworkFull(self.shown()),
            (Self::NameTaken { .. }, Asked::Create) => EngineOutcome::NameTaken(self.shown()),
            (Self::PortAllocated(_) | Self::PortInUse(_), Asked::Start) => {
                EngineOutcome::PortTaken(self.shown())
            }
            (Self::MarkedForRemoval | Self::RemovalInProgress(_), _) => {
                EngineOutcome::RemovalInProgress
            }
            (Self::NotPaused(_), Asked::Unpause) | (Self::NetworkExists(_), _) => {
                EngineOutcome::AlreadyDone
            }
            (Self::PullDenied(_), Asked::PullImage) => EngineOutcome::Refused(self.shown()),
            _ => return None,
        })
    }

    fn otherwise(&self) -> EngineOutcome {
        match self.status() {
            409 => EngineOutcome::Conflict(self.shown()),
            400..=499 => EngineOutcome::Refused(self.shown()),
            status => {
                EngineOutcome::Unclear(format!("the engine answered {status}: {}", self.shown()))
            }
        }
    }

    /// Its words, cut where they are too long.
    fn shown(&self) -> String {
        let mut text = self.text();
        if text.len() > LONGEST {
            let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end));
            text.truncate(end.unwrap_or(0));
            text.push('…');
        }
        text
    }
}
