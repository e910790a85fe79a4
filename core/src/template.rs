//! What users' containers are made from.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

/// Everything about a user's container that the configuration decides.
///
/// The values of `environment` and `labels`, and `command` and `entrypoint`, may hold `{user}`,
/// `{record}` (the record's id) and `{container}` (the container's name); `environment` also
/// `{token}`. Anything else in braces stands for itself.
///
/// It is made by [`Template::new`] and changed field by field, since it gets more fields as engines
/// can do more.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Template {
    /// The image, as the engine is to be asked for it.
    pub image: String,
    /// Replaces the image's entrypoint.
    pub entrypoint: Option<Vec<String>>,
    /// Replaces the image's command.
    pub command: Option<Vec<String>>,
    /// Environment variables by name.
    pub environment: BTreeMap<String, String>,
    /// Labels beside those of Portreeve.
    pub labels: BTreeMap<String, String>,
    /// The port the gateway listens on inside the container (TCP).
    pub gateway_port: u16,
    /// Where the user's volume is mounted.
    pub state_path: String,
    /// Further mounts.
    pub mounts: Vec<Mount>,
    /// Memory limit in bytes.
    pub memory: Option<u64>,
    /// CPU limit in thousandths of a CPU.
    pub milli_cpus: Option<u64>,
    /// How many processes and threads it may have.
    pub pids: Option<u32>,
    /// GPUs it may use.
    pub gpus: Option<Gpus>,
    /// Shared memory in bytes.
    pub shm_size: Option<u64>,
    /// The user and group its process runs as, replacing the image's.
    pub user: Option<String>,
    /// Its working directory, replacing the image's.
    pub working_dir: Option<String>,
    /// Capabilities to add to the engine's default set.
    pub cap_add: Vec<String>,
    /// Capabilities to drop from the engine's default set.
    pub cap_drop: Vec<String>,
    /// Whether its root file system is read-only.
    pub read_only: bool,
    /// Security options, as the engine names them.
    pub security_opt: Vec<String>,
    /// Whether the engine's init process runs as its first process.
    pub init: bool,
    /// What the engine does when its process ends.
    pub restart: RestartPolicy,
    /// Replaces the image's health check.
    pub health_check: Option<HealthCheck>,
    /// Further host names, as `name:address`.
    pub extra_hosts: Vec<String>,
}

impl Template {
    /// A container of this image, whose gateway listens on port 8080 and whose state is kept in
    /// `/data`, hardened as far as any image allows.
    ///
    /// The image is the only thing that must be said; every field may be set afterwards. Most hosts
    /// name the variable in which the container is told its token:
    ///
    /// ```
    /// # use portreeve_core::Template;
    /// let mut template = Template::new("registry.example/gateway:1");
    /// template.gateway_port = 3000;
    /// template.environment.insert("GATEWAY_TOKEN".into(), "{token}".into());
    /// ```
    pub fn new(image: impl Into<String>) -> Self {
        Self {
            image: image.into(),
            entrypoint: None,
            command: None,
            environment: BTreeMap::new(),
            labels: BTreeMap::new(),
            gateway_port: 8080,
            state_path: "/data".to_string(),
            mounts: Vec::new(),
            memory: None,
            milli_cpus: None,
            pids: Some(4096),
            gpus: None,
            shm_size: None,
            user: None,
            working_dir: None,
            cap_add: Vec::new(),
            cap_drop: vec![
                "AUDIT_WRITE".to_string(),
                "MKNOD".to_string(),
                "NET_RAW".to_string(),
            ],
            read_only: false,
            security_opt: vec!["no-new-privileges".to_string()],
            init: false,
            restart: RestartPolicy::No,
            health_check: None,
            extra_hosts: Vec::new(),
        }
    }

    /// The container of the reference service: an `OpenClaw` gateway that talks to that service's
    /// API. The command line makes users' containers from it unless it is told otherwise.
    pub fn reference_service() -> Self {
        let environment = [
            ("AGENT_ID", "{record}"),
            ("AGENT_TOKEN", "{token}"),
            ("MOSAIC_API_URL", "http://mosaic-api:3000/api"),
        ];
        let mut template = Self::new("alpine/openclaw:latest");
        template.environment = environment
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .into();
        template.gateway_port = 18789;
        template.state_path = "/home/node/.openclaw".to_string();
        template
    }
}

/// A mount beside the user's volume. Made by [`Mount::new`] and changed field by field, since engines
/// come to know more about them.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Mount {
    /// What is mounted.
    pub source: MountSource,
    /// Where it appears in the container.
    pub target: String,
    /// Whether the container can't write to it.
    pub read_only: bool,
}

impl Mount {
    /// One that the container can write to.
    pub fn new(source: MountSource, target: impl Into<String>) -> Self {
        Self {
            source,
            target: target.into(),
            read_only: false,
        }
    }
}

/// What a [`Mount`] mounts. Exhaustive, as [`Gpus`] and [`RestartPolicy`] are: whoever makes a
/// container of a template must be able to make each, or refuse it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MountSource {
    /// A folder or file of the engine's host, by its absolute path.
    Bind(String),
    /// A named volume, shared by all who name it.
    Volume(String),
    /// Memory, of at most this many bytes.
    Tmpfs(Option<u64>),
}

/// Which GPUs a container may use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Gpus {
    /// All there are.
    All,
    /// So many.
    Count(u32),
    /// These, by the ids the engine knows them by.
    Devices(Vec<String>),
}

/// What the engine does when a container's process ends. `always` isn't offered: the engine would
/// start containers that were meant to stay stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RestartPolicy {
    /// Nothing.
    No,
    /// Start it again if it failed.
    OnFailure {
        /// So often at most; 0 for ever.
        retries: u32,
    },
    /// Start it again unless it was stopped.
    UnlessStopped,
}

/// A health check that replaces the image's. Made by [`HealthCheck::new`] and changed field by field,
/// since engines come to know more about them.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct HealthCheck {
    /// As the engine takes it: `["CMD", program, argument…]`, `["CMD-SHELL", line]`, `["NONE"]`.
    pub test: Vec<String>,
    /// Between two checks.
    pub interval: Option<Duration>,
    /// For one check.
    pub timeout: Option<Duration>,
    /// Failures in a row that make it unhealthy.
    pub retries: Option<u32>,
    /// In which failures don't count yet.
    pub start_period: Option<Duration>,
}

impl HealthCheck {
    /// One that is asked as often, and for as long, as the engine does of itself.
    pub fn new(test: Vec<String>) -> Self {
        Self {
            test,
            interval: None,
            timeout: None,
            retries: None,
            start_period: None,
        }
    }
}
