//! What the engine says of a container.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::id::{ContainerId, Port};
use crate::label::{Labelled, Labels};

/// A container, as the engine described it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Observed {
    /// Its id.
    pub id: ContainerId,
    /// Its name, without the engine's leading slash.
    pub name: String,
    /// What its labels say of whose it is. Its image may have handed them on to it.
    pub labels: Labelled<Labels>,
    /// What it is doing.
    pub state: ContainerState,
    /// What its health check says.
    pub health: Health,
    /// What it is configured with itself, which no image hands on.
    pub configured: Configured,
    /// The names of the networks it is attached to, in their order; `None` where that isn't told.
    pub networks: Option<Vec<String>>,
    /// How long it ran last, if it has ended and the engine told; lists don't.
    pub ran_for: Option<Duration>,
}

/// What a container itself is configured with, as far as was told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Configured {
    /// In a list, which proves nothing.
    Listed {
        /// The host port it is bound to; lists tell that of running containers alone.
        port: Option<Port>,
    },
    /// By a look at the container itself.
    Inspected {
        /// The host port it is bound to, whether or not it runs.
        port: Option<Port>,
        /// The named volumes it mounts.
        volumes: Vec<String>,
    },
}

impl Observed {
    /// The host port it is bound to, as far as was told.
    pub fn port(&self) -> Option<Port> {
        match self.configured {
            Configured::Listed { port } | Configured::Inspected { port, .. } => port,
        }
    }

    /// Whether a list alone has told of it.
    pub fn is_listed(&self) -> bool {
        match self.configured {
            Configured::Listed { .. } => true,
            Configured::Inspected { .. } => false,
        }
    }

    /// Whether it runs, and a list alone has told of it and left out how healthy it is.
    pub(crate) fn is_health_untold(&self) -> bool {
        let is_untold = self.state == ContainerState::Running && self.health == Health::Untold;
        is_untold && self.is_listed()
    }

    /// Whether it ended in an error of its own before it had run for so long. One that was killed
    /// from outside (128 and the number of `SIGKILL` or `SIGTERM`) made none.
    pub(crate) fn ended_soon(&self, steady: Duration) -> bool {
        let failed = matches!(self.state, ContainerState::Stopped { exit_code: Some(code) } if ![0, 137, 143].contains(&code));
        failed && self.ran_for.is_some_and(|ran_for| ran_for < steady)
    }

    /// The same as a look at it told. One that told no more than a list does proves no more either.
    pub(crate) fn inspected(mut self) -> Self {
        if let Configured::Listed { port } = self.configured {
            self.configured = Configured::Inspected {
                port,
                volumes: Vec::new(),
            };
        }
        self
    }
}

/// What a container is doing. Each engine has states of its own; they are told apart here only as
/// far as something else is done about them. The name of Docker's state stands in brackets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ContainerState {
    /// It has no process, and can be started (`created`, `exited`).
    Stopped {
        /// The code that its process ended with, or none where it never had one: it was made and
        /// not started, or its start failed before there was a process.
        exit_code: Option<i64>,
    },
    /// The engine is about to start it by itself (`restarting`).
    Starting,
    /// Its process runs (`running`).
    Running,
    /// Its process is frozen (`paused`).
    Paused,
    /// The engine is removing it (`removing`).
    Removing,
    /// A removal failed half-way: it can only be removed again (`dead`).
    Broken,
    /// A state this release doesn't know, in the engine's words.
    Unknown(String),
}

impl ContainerState {
    /// It has a process, or may have one.
    pub(crate) fn is_live(&self) -> bool {
        match self {
            Self::Starting | Self::Running | Self::Paused | Self::Unknown(_) => true,
            Self::Stopped { .. } | Self::Removing | Self::Broken => false,
        }
    }
}

/// What a container's health check says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Health {
    /// It has none.
    Absent,
    /// It has not passed yet.
    Starting,
    /// It passed.
    Healthy,
    /// It failed too often.
    Unhealthy,
    /// It isn't told: the lists of some engines leave it out. A look at the container tells.
    Untold,
}
