//! How a controller of a case is to behave: plain data, so that it can also be told to another process.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU16;
use std::time::Duration;

use portreeve_core::id::{EngineName, PortRange};
use portreeve_core::name::Naming;
use portreeve_core::settings::{PullPolicy, Reach, Readiness, Settings};
use portreeve_core::template::{HealthCheck, Template};
use portreeve_core::token::{Key, Keyring};
use portreeve_core::user::UserId;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::drivers::Driver;
use crate::stores::Store;

/// The label by which containers of cases are known.
pub const LABEL: &str = "portreeve-test";

/// Environment variables by name.
pub type Environment = BTreeMap<String, String>;

/// How a controller of a case is to behave.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// Which driver carries its effects out.
    pub driver: Driver,
    /// The engine, as a `DOCKER_HOST`.
    pub engine: String,
    /// What the store knows that engine by.
    pub engine_name: String,
    /// The store.
    pub store: Store,
    /// What the names of all of the case's things start with.
    pub prefix: String,
    /// The network containers are attached to.
    pub network: String,
    /// The ports to claim from, both ends included.
    pub ports: (u16, u16),
    /// The key that seals tokens.
    pub key: [u8; 32],
    /// The image.
    pub image: String,
    /// Variables for all containers.
    pub environment: Environment,
    /// Further variables for the containers of these users.
    pub overrides: BTreeMap<String, Environment>,
    /// The template's generation.
    pub generation: u64,
    /// When a container counts as ready.
    pub readiness: Ready,
    /// Whether the template has a health check, in place of what the image has.
    pub health_check: bool,
    /// The address of the engine's host that ports are published on.
    pub publish_on: IpAddr,
    /// From where URLs are to work.
    pub callers: Callers,
    /// Whether a missing image is pulled.
    pub pull: bool,
    /// How many may start at once.
    pub starting: u32,
    /// How many may run.
    pub running: Option<u32>,
    /// How long a container may take to stop by itself.
    pub grace: Duration,
    /// How long a start may take.
    pub start: Duration,
    /// How long a start may wait for its turn.
    pub queue: Duration,
    /// How long an engine or store that isn't reached is tried again.
    pub patience: Duration,
    /// How long a lease is taken for; it is renewed each third of that.
    pub lease: Duration,
    /// Older keys that tokens may still be sealed with.
    pub older_keys: Vec<[u8; 32]>,
    /// How long a stop may take beside the grace.
    pub answer: Duration,
    /// How long users may be idle.
    pub idle_limit: Duration,
    /// For how long touches may be answered from memory.
    pub slack: Duration,
    /// How long a freed port isn't claimed again.
    pub rest: Duration,
    /// How long a port that somebody else was found on isn't claimed again.
    pub quarantine: Duration,
    /// Whether the engine's events are followed.
    pub watch: bool,
    /// How often all containers are listed while the engine's events are followed.
    pub resync: Duration,
    /// For how long after a list was asked for events are believed to tell all.
    pub trust: Duration,
    /// How often store and engine are compared unasked.
    pub sweep: Option<Duration>,
    /// How often idle users are reaped unasked.
    pub reap: Option<Duration>,
}

/// When a container counts as ready.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Ready {
    /// Once it is seen running.
    Running,
    /// Once its health check passes.
    Healthy,
    /// Once it accepts a connection, and keeps it.
    Tcp,
    /// Once it answers `/health`.
    Http,
    /// As soon as the engine has taken the order to start it.
    None,
}

/// From where a container's URL is to work.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Callers {
    /// From where this name or address leads to the engine's host.
    At(String),
    /// From containers on the same network.
    OnTheNetwork,
}

impl Plan {
    /// Gives all containers an environment variable.
    pub fn variable(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// Gives one user's container an environment variable.
    pub fn variable_for(&mut self, user: &str, name: &str, value: &str) {
        let variables = self.overrides.entry(user.to_owned()).or_default();
        variables.insert(name.to_owned(), value.to_owned());
    }

    /// The label that all containers of the case bear, and nothing else on the engine does.
    pub fn label(&self) -> (String, String) {
        (LABEL.to_owned(), self.prefix.clone())
    }

    /// The settings of a controller that behaves so.
    pub fn settings(&self) -> Settings {
        let key = |bytes: &[u8; 32]| Key::new(&Zeroizing::new(*bytes));
        let older = self.older_keys.iter().map(key).collect();
        let mut settings = Settings::new(
            Template::reference_service(),
            Keyring::new(key(&self.key), older),
        );
        settings.engine = EngineName::new(self.engine_name.clone());
        settings.template = self.template(&Environment::new());
        settings.overrides = self.overrides();
        settings.generation = self.generation;
        settings.naming = self.naming();
        settings.network.clone_from(&self.network);
        settings.ports = self.port_range();
        settings.reach = match &self.callers {
            Callers::At(host) => Reach::Host {
                name: host.clone(),
                publish_on: self.publish_on,
            },
            Callers::OnTheNetwork => Reach::Network {
                publish_on: Some(self.publish_on),
            },
        };
        settings.readiness = match self.readiness {
            Ready::None => Readiness::None,
            Ready::Running => Readiness::Running,
            Ready::Healthy => Readiness::Healthy,
            Ready::Tcp => Readiness::Tcp,
            Ready::Http => Readiness::Http("/health".to_owned()),
        };
        settings.pull = if self.pull {
            PullPolicy::Missing
        } else {
            PullPolicy::Never
        };
        settings.limits.starting = self.starting;
        settings.limits.running = self.running;
        settings.timing.grace = self.grace;
        settings.timing.start = self.start;
        settings.timing.queue = self.queue;
        settings.timing.patience = self.patience;
        settings.timing.lease = self.lease;
        settings.timing.renew = self.lease / 3;
        settings.timing.margin = self.lease / 8;
        settings.timing.answer = self.answer;
        settings.timing.slack = self.slack;
        settings.timing.resync = self.resync;
        settings.timing.trust = self.trust;
        settings.timing.rest = self.rest;
        settings.timing.quarantine = self.quarantine;
        settings.idle_limit = self.idle_limit;
        settings.maintenance.watch = self.watch;
        settings.maintenance.sweep = self.sweep;
        settings.maintenance.reap = self.reap;
        settings
    }

    /// The names of a user's container and volume.
    pub fn names(&self, user: &str) -> (String, String) {
        let user = UserId::new(user).expect("a valid user id");
        let names = self.naming().names(&user);
        (names.container, names.volume)
    }

    fn naming(&self) -> Naming {
        let prefix = &self.prefix;
        Naming::new(
            &format!("{prefix}-{{user}}"),
            &format!("{prefix}-{{user}}-state"),
        )
        .expect("the prefix is short")
    }

    fn port_range(&self) -> PortRange {
        let port = |number| NonZeroU16::new(number).expect("not 0");
        PortRange::new(port(self.ports.0), port(self.ports.1)).expect("not empty")
    }

    fn overrides(&self) -> BTreeMap<UserId, Template> {
        let pairs = self.overrides.iter();
        pairs
            .map(|(user, variables)| {
                let user = UserId::new(user.as_str()).expect("a valid user id");
                (user, self.template(variables))
            })
            .collect()
    }

    fn template(&self, further: &Environment) -> Template {
        let mut template = Template::reference_service();
        template.image.clone_from(&self.image);
        template.health_check = self.health_check.then(often_asked);
        template.labels.extend([self.label()]);
        template.environment.extend(self.environment.clone());
        template.environment.extend(further.clone());
        template
    }
}

fn often_asked() -> HealthCheck {
    let test = ["CMD", "/gateway", "health"].map(str::to_owned).to_vec();
    let mut check = HealthCheck::new(test);
    check.interval = Some(Duration::from_millis(200));
    check.timeout = Some(Duration::from_secs(5));
    check.retries = Some(2);
    // Until it passes for the first time, no failure counts.
    check.start_period = Some(Duration::from_secs(60));
    check
}
