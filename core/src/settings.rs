//! What the lifecycle is told once, when it is made.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use core::fmt;
use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;

use crate::event::EventsKept;
use crate::id::{EngineName, Port, PortRange};
use crate::name::Naming;
use crate::template::Template;
use crate::token::Keyring;
use crate::user::UserId;

/// How a `Lifecycle` is to behave.
///
/// They are made by [`Settings::new`] and changed field by field, since there will be more of them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The engine's name in the store.
    pub engine: EngineName,
    /// What containers are made from.
    pub template: Template,
    /// What these users' containers are made from instead.
    pub overrides: BTreeMap<UserId, Template>,
    /// Grows with each change of the configuration that is to reach stopped containers: a
    /// controller with an older one than the store has seen recreates nothing.
    pub generation: u64,
    /// How users' things are named.
    pub naming: Naming,
    /// The network that containers are attached to; made if it isn't there, used as it is if it is.
    pub network: String,
    /// The host ports to claim from.
    pub ports: PortRange,
    /// How callers get to a container: which decides whether it has a host port.
    pub reach: Reach,
    /// When a container counts as ready.
    pub readiness: Readiness,
    /// Whether a missing image is pulled.
    pub pull: PullPolicy,
    /// How many may start and run.
    pub limits: Limits,
    /// How long a user may be idle before being reaped, where the record says nothing else; zero
    /// for ever.
    pub idle_limit: Duration,
    /// What becomes of users whose containers run while the store doesn't answer.
    pub store_away: StoreAway,
    /// How long events are kept. They are dropped with each sweep and repair.
    pub events: EventsKept,
    /// What is done unasked.
    pub maintenance: Maintenance,
    /// How long things take.
    pub timing: Timing,
    /// The keys that seal tokens.
    pub keyring: Keyring,
}

impl Settings {
    /// What containers are made from and the keys that seal their tokens; everything else is as the
    /// reference service has it, and may be set afterwards.
    pub fn new(template: Template, keyring: Keyring) -> Self {
        Self {
            engine: EngineName::new("local"),
            template,
            overrides: BTreeMap::new(),
            generation: 0,
            naming: Naming::default(),
            network: "mosaic-internal".to_string(),
            ports: PortRange::DEFAULT,
            reach: Reach::default(),
            readiness: Readiness::Running,
            pull: PullPolicy::Missing,
            limits: Limits::default(),
            idle_limit: Duration::from_secs(30 * 60),
            store_away: StoreAway::default(),
            events: EventsKept::default(),
            maintenance: Maintenance::default(),
            timing: Timing::default(),
            keyring,
        }
    }

    /// What a user's container is made from.
    pub fn template(&self, user: &UserId) -> &Template {
        self.overrides.get(user).unwrap_or(&self.template)
    }
}

/// From where a container's URL is to work, and what is published for that. Exhaustive, since whoever
/// configures it has to know all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reach {
    /// From wherever the engine's host is reached: `http://NAME:HOST-PORT`.
    Host {
        /// The host name or address (IPv6 without brackets) that leads to the engine's host.
        name: String,
        /// The address of the engine's host that ports are published on.
        publish_on: IpAddr,
    },
    /// From containers on the same network: `http://CONTAINER-NAME:CONTAINER-PORT`.
    Network {
        /// The address of the engine's host that ports are published on all the same; `None` to
        /// publish none, and to claim none for new containers.
        publish_on: Option<IpAddr>,
    },
}

/// When a started container counts as ready.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Readiness {
    /// As soon as the engine has taken the order to start it.
    None,
    /// Once it is seen running.
    Running,
    /// Once its health check passes.
    Healthy,
    /// Once it accepts a connection, and keeps it.
    Tcp,
    /// Once it answers this path with a status from 200 to 399.
    Http(String),
}

/// When it is, behind "it".
impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("is started"),
            Self::Running => f.write_str("runs"),
            Self::Healthy => f.write_str("passes its health check"),
            Self::Tcp => f.write_str("accepts a connection, and keeps it"),
            Self::Http(path) => write!(f, "answers GET {path}"),
        }
    }
}

/// What an `Ensure` or `Touch` is answered while the store doesn't answer, of a user whose record is
/// known and whose container runs, as the engine's events vouch for. Everything else waits for the
/// store, and is refused if it stays away. Exhaustive, since whoever configures it has to know all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StoreAway {
    /// It is answered from what is known, at once or within a fraction of a second, with the word that
    /// the activity is pending. What is pending goes to the store before anything else once that
    /// answers again. Until then another controller may reap the user, if the store reaches that one.
    Serve {
        /// For how long after the first activity that the store didn't acknowledge.
        at_most: Duration,
    },
    /// It waits for the store, and is refused if that stays away.
    Refuse,
}

impl StoreAway {
    /// Serving for as long as is usual: an outage that lasts longer is one that somebody sees to, and
    /// the longer it lasts, the more may have been changed where the store is reached.
    pub const SERVE: Self = Self::Serve {
        at_most: Duration::from_secs(10 * 60),
    };
}

impl Default for StoreAway {
    fn default() -> Self {
        Self::SERVE
    }
}

/// Whether an image is pulled before a container is made of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PullPolicy {
    /// If the engine doesn't have it.
    Missing,
    /// Never: a missing one is an error.
    Never,
}

/// How many users may start and run, and how much is read at once. Made by default and changed
/// field by field, since there will be more limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// For how many users' starts this controller has the engine work at once; others wait in line.
    /// A container that was started and isn't ready yet doesn't count, nor does who waits for a port,
    /// for an image, or to try again. Starts that were set back have half of it at most.
    pub starting: u32,
    /// How many users of the engine may be starting or running, over all controllers.
    pub running: Option<u32>,
    /// How many records are read at once, where many are: so much of them is held in memory.
    pub page: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            starting: 8,
            running: None,
            page: 100,
        }
    }
}

/// What a `Lifecycle` does unasked, for as long as its host runs. Nothing by default: a process
/// that carries out one command has no use for it. Changed field by field, since there will be more.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct Maintenance {
    /// Follow the engine's events, so that what is known stays current and a warm ensure needs no
    /// call to the engine.
    pub watch: bool,
    /// How often what differs between store and engine is put right, by what the engine lists and what
    /// the store says isn't settled: that costs as much as there is on the engine, and not as many
    /// records as there are.
    pub sweep: Option<Duration>,
    /// How often every record is compared with the engine, and what differs put right, as a repair does.
    /// The first time at once. It finds what a sweep can't, since nothing tells of it: a stopped user's
    /// port is claimed for a container that was removed by hand, or a stopped user's adopted container,
    /// which bears no label, was started by hand. Neither keeps anybody from being served.
    pub compare: Option<Duration>,
    /// How often idle users are reaped.
    pub reap: Option<Duration>,
}

impl Maintenance {
    /// All of it, as a host wants it that runs for long: sweeps and reaps every minute, and a whole
    /// comparison at once and every six hours.
    pub fn full() -> Self {
        Self {
            watch: true,
            sweep: Some(Duration::from_secs(60)),
            compare: Some(Duration::from_secs(6 * 60 * 60)),
            reap: Some(Duration::from_secs(60)),
        }
    }
}

/// How long things take, and how long they may. Made by default and changed field by field, since
/// there will be more of them.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Timing {
    /// A start, from its turn until the container is ready.
    pub start: Duration,
    /// Waiting for a turn, or for a running limit to have room.
    pub queue: Duration,
    /// One pull of an image.
    pub pull: Duration,
    /// How long a container may take to stop by itself before the engine kills it.
    pub grace: Duration,
    /// How long a stop, a status or a list may take, beside the grace.
    pub answer: Duration,
    /// How long an engine or store that isn't reached is tried again before a request fails.
    pub patience: Duration,
    /// One look at an endpoint.
    pub probe: Duration,
    /// How long after a start the container is looked at: one that can't run has exited by then.
    pub settle: Duration,
    /// A container that ends by itself, with an error, before it has run for that long has failed
    /// to start, even if it was answered as running.
    pub steady: Duration,
    /// One ordinary request to the engine.
    pub engine: Duration,
    /// One statement to the store.
    pub store: Duration,
    /// How long a lease is taken for: [`LONGEST_LEASE`](crate::bounds::LONGEST_LEASE) at most.
    pub lease: Duration,
    /// How often it is renewed.
    pub renew: Duration,
    /// How long before its end nothing new is begun under it.
    pub margin: Duration,
    /// For how long after one flush a user's further touches are answered from memory.
    pub slack: Duration,
    /// How often all containers are listed while the engine's events are followed.
    pub resync: Duration,
    /// For how long after a list was asked for events are believed to tell all that happened.
    pub trust: Duration,
    /// How long a freed port isn't claimed again: [`LONGEST_REST`](crate::bounds::LONGEST_REST) at most.
    pub rest: Duration,
    /// How long a port that somebody else was found on isn't claimed again:
    /// [`LONGEST_REST`](crate::bounds::LONGEST_REST) at most.
    pub quarantine: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            start: Duration::from_secs(60),
            queue: Duration::from_secs(120),
            pull: Duration::from_secs(600),
            grace: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            patience: Duration::from_secs(20),
            probe: Duration::from_secs(5),
            settle: Duration::from_millis(100),
            steady: Duration::from_secs(10),
            engine: Duration::from_secs(20),
            store: Duration::from_secs(5),
            lease: Duration::from_secs(15),
            renew: Duration::from_secs(5),
            margin: Duration::from_secs(2),
            slack: Duration::from_secs(5),
            resync: Duration::from_secs(15),
            trust: Duration::from_secs(30),
            rest: Duration::from_secs(60),
            quarantine: Duration::from_secs(300),
        }
    }
}

impl Default for Reach {
    /// From this machine alone.
    fn default() -> Self {
        let publish_on = IpAddr::V4(Ipv4Addr::LOCALHOST);
        Self::Host {
            name: publish_on.to_string(),
            publish_on,
        }
    }
}

impl Reach {
    /// The address of the engine's host that containers' ports are published on, if they are.
    pub fn publish_on(&self) -> Option<IpAddr> {
        match self {
            Self::Host { publish_on, .. } => Some(*publish_on),
            Self::Network { publish_on } => *publish_on,
        }
    }

    /// The URL of a container that is published on `port`, named `name` and listening on
    /// `gateway_port`; `None` if callers come by a host port, and it has none.
    pub(crate) fn url(&self, port: Option<Port>, name: &str, gateway_port: u16) -> Option<String> {
        let (host, port) = self.endpoint(port, name, gateway_port)?;
        Some(if host.contains(':') {
            alloc::format!("http://[{host}]:{port}")
        } else {
            alloc::format!("http://{host}:{port}")
        })
    }

    /// The host (IPv6 without brackets) and port behind the URL.
    pub(crate) fn endpoint<'a>(
        &'a self,
        port: Option<Port>,
        name: &'a str,
        gateway_port: u16,
    ) -> Option<(&'a str, u16)> {
        match self {
            Self::Host { name, .. } => Some((name, port?.get())),
            Self::Network { .. } => Some((name, gateway_port)),
        }
    }

    /// Whether callers get to a container that is published on `port`.
    pub(crate) fn is_served_by(&self, port: Option<Port>) -> bool {
        match self {
            Self::Host { .. } => port.is_some(),
            Self::Network { .. } => true,
        }
    }
}
