//! What the engine says of a container.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::id::{ContainerId, Port};
use crate::label::Labels;

/// A container, as the engine described it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Observed {
    /// Its id.
    pub id: ContainerId,
    /// Its name, without the engine's leading slash.
    pub name: String,
    /// What its labels say of whose it is; `None` if it bears none of ours or unreadable ones.
    pub labels: Option<Labels>,
    /// What it is doing.
    pub state: ContainerState,
    /// What its health check says.
    pub health: Health,
    /// The host port it is bound to: as configured, whether or not it runs.
    pub port: Option<Port>,
    /// The names of the networks it is attached to, in their order; `None` where that isn't told.
    pub networks: Option<Vec<String>>,
    /// How long it ran last, if it has ended and the engine told; lists don't.
    pub ran_for: Option<Duration>,
}

/// What a container is doing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ContainerState {
    /// Made, never started (or its start failed before its process ran).
    Created,
    /// Its process runs.
    Running,
    /// Its process is frozen.
    Paused,
    /// The engine's restart policy is about to start it again.
    Restarting,
    /// It is on its way out.
    Removing,
    /// Its process has ended.
    Exited {
        /// With this code.
        code: i64,
    },
    /// A removal that failed half-way: it can only be removed again.
    Dead,
    /// A state this release doesn't know, in the engine's words.
    Unknown(String),
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
}
