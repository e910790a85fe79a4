//! What a container is made of.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use portreeve_core::id::Port;
use portreeve_core::label;
use portreeve_core::spec::{ContainerSpec, EnvValue};
use portreeve_core::template::{self, MountSource, RestartPolicy};

/// What a container is to be made of, whoever asks for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spec {
    /// The image, as it was asked for.
    pub image: String,
    /// Replaces the image's entrypoint.
    pub entrypoint: Option<Vec<String>>,
    /// Replaces the image's command.
    pub command: Option<Vec<String>>,
    /// Environment variables by name, beside the image's.
    pub environment: Vec<(String, EnvValue)>,
    /// Labels, beside the image's.
    pub labels: BTreeMap<String, String>,
    /// The network it is attached to, by name or id; `default` is the engine's own.
    pub network: String,
    /// Its published ports.
    pub bindings: Vec<Binding>,
    /// What is mounted, beside the image's volumes.
    pub mounts: Vec<Mount>,
    /// What the engine does when its process ends.
    pub restart: Restart,
    /// Replaces the image's health check.
    pub check: Option<HealthCheck>,
    /// Whether it is removed, with its anonymous volumes, once its process has ended.
    pub auto_remove: bool,
}

/// One port of a container, published on the host.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Binding {
    /// The container's port.
    pub inside: u16,
    /// Its protocol.
    pub protocol: Protocol,
    /// The host's address; the unspecified one stands for all.
    pub address: IpAddr,
    /// The host's port; `None` has the engine choose one at each start.
    pub outside: Option<Port>,
}

/// The protocol of a published port.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// Something that is mounted into a container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mount {
    /// What.
    pub source: Source,
    /// What a volume is labelled with where it has to be made.
    pub labels: BTreeMap<String, String>,
    /// Where it appears in the container.
    pub target: String,
    /// Whether the container can't write to it.
    pub read_only: bool,
}

/// What a [`Mount`] mounts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// A volume, by its name; made where there is none.
    Volume(String),
    /// A volume of the container's own, whose name the engine makes up.
    Anonymous,
    /// A folder of the host.
    Bind(String),
    /// Memory.
    Tmpfs,
}

/// What the engine does when a container's process ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Restart {
    /// Nothing.
    No,
    /// Start it again.
    Always,
    /// Start it again unless it was stopped.
    UnlessStopped,
    /// Start it again if it failed.
    OnFailure {
        /// So often at most; 0 for ever.
        retries: u32,
    },
}

/// When a container's health is looked at. How the look ends is the program's affair.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HealthCheck {
    /// Between two looks, and before the first.
    pub interval: Duration,
    /// Failures in a row that make it unhealthy.
    pub retries: u32,
    /// In which failures don't count yet.
    pub start_period: Duration,
    /// Whether there is one at all: a container can do without its image's.
    pub disabled: bool,
}

impl Default for HealthCheck {
    /// What Docker takes where nothing is said.
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(30),
            retries: 3,
            start_period: Duration::ZERO,
            disabled: false,
        }
    }
}

impl From<&template::HealthCheck> for HealthCheck {
    fn from(check: &template::HealthCheck) -> Self {
        let otherwise = Self::default();
        // Engines take 0 for nothing said.
        let set = |value: Option<Duration>| value.filter(|value| !value.is_zero());
        Self {
            interval: set(check.interval).unwrap_or(otherwise.interval),
            retries: check
                .retries
                .filter(|retries| *retries > 0)
                .unwrap_or(otherwise.retries),
            start_period: check.start_period.unwrap_or_default(),
            disabled: check.test.first().is_some_and(|first| first == "NONE"),
        }
    }
}

impl From<RestartPolicy> for Restart {
    fn from(policy: RestartPolicy) -> Self {
        match policy {
            RestartPolicy::No => Self::No,
            RestartPolicy::OnFailure { retries } => Self::OnFailure { retries },
            RestartPolicy::UnlessStopped => Self::UnlessStopped,
        }
    }
}

impl Spec {
    /// One of an image and nothing else, on the engine's own network.
    pub fn of_image(image: impl Into<String>) -> Self {
        Self {
            image: image.into(),
            entrypoint: None,
            command: None,
            environment: Vec::new(),
            labels: BTreeMap::new(),
            network: "default".to_owned(),
            bindings: Vec::new(),
            mounts: Vec::new(),
            restart: Restart::No,
            check: None,
            auto_remove: false,
        }
    }

    /// The value of an environment variable; the last of equal names counts.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let found = self.environment.iter().rev().find(|(key, _)| key == name);
        found.map(|(_, value)| value.reveal())
    }

    /// The value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.get(key).map(String::as_str)
    }

    /// All labels.
    pub(super) fn label_pairs(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        pairs(&self.labels)
    }

    /// The host port its label names.
    pub(super) fn labelled_port(&self) -> Option<Port> {
        self.label(label::PORT)?.parse().ok()
    }
}

/// Labels by their names, as they are read.
pub(super) fn pairs(
    labels: &BTreeMap<String, String>,
) -> impl Iterator<Item = (&str, Option<&str>)> {
    let labels = labels.iter();
    labels.map(|(key, value)| (key.as_str(), Some(value.as_str())))
}

impl From<&ContainerSpec> for Spec {
    fn from(spec: &ContainerSpec) -> Self {
        let template = &spec.template;
        let state = Mount {
            source: Source::Volume(spec.volume.clone()),
            labels: spec
                .labels
                .iter()
                .filter(|(key, _)| label::is_of_volumes(key))
                .cloned()
                .collect(),
            target: template.state_path.clone(),
            read_only: false,
        };
        let further = template.mounts.iter().map(|mount| Mount {
            source: match &mount.source {
                MountSource::Bind(path) => Source::Bind(path.clone()),
                MountSource::Volume(name) => Source::Volume(name.clone()),
                MountSource::Tmpfs(_) => Source::Tmpfs,
            },
            labels: BTreeMap::new(),
            target: mount.target.clone(),
            read_only: mount.read_only,
        });
        let bindings = spec.published.into_iter().map(|published| Binding {
            inside: template.gateway_port,
            protocol: Protocol::Tcp,
            address: published.on,
            outside: Some(published.port),
        });
        Self {
            image: template.image.clone(),
            entrypoint: spec.entrypoint.clone(),
            command: spec.command.clone(),
            environment: spec.environment.clone(),
            labels: spec.labels.iter().cloned().collect(),
            network: spec.network.clone(),
            bindings: bindings.collect(),
            mounts: std::iter::once(state).chain(further).collect(),
            restart: template.restart.into(),
            check: template.health_check.as_ref().map(HealthCheck::from),
            // Portreeve never asks for that.
            auto_remove: false,
        }
    }
}
