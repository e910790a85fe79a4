//! The configuration as it is being put together, and what becomes of it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use portreeve_core::id::{EngineName, PortRange};
use portreeve_core::name::Naming;
use portreeve_core::settings::{Limits, PullPolicy, Reach, Readiness, Settings, Timing};
use portreeve_core::template::Template;
use portreeve_core::token::{Key, Keyring};
use portreeve_core::user::UserId;
use portreeve_wire::docker::EngineAddress;
use portreeve_wire::store::StoreAddress;
use zeroize::Zeroizing;

use super::choice::ReachFrom;
use crate::failure::Failure;
use crate::place;

/// How long a command that a person waits for tries an engine or store that isn't reached. A
/// host that embeds Portreeve has more patience.
const PATIENCE: Duration = Duration::from_secs(3);

/// The value of every key.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(super) docker_host: Option<String>,
    pub(super) store: Option<String>,
    pub(super) key_file: Option<String>,
    pub(super) engine: String,
    pub(super) generation: u64,
    pub(super) container_name: String,
    pub(super) volume_name: String,
    pub(super) network: String,
    pub(super) publish_on: IpAddr,
    pub(super) reach: ReachFrom,
    pub(super) advertised_host: Option<String>,
    pub(super) readiness: Readiness,
    pub(super) pull: PullPolicy,
    pub(super) first_port: NonZeroU16,
    pub(super) last_port: NonZeroU16,
    pub(super) limits: Limits,
    pub(super) idle_limit: Duration,
    pub(super) timing: Timing,
    pub(super) template: Template,
    pub(super) users: BTreeMap<UserId, Template>,
    /// Whether `tcp://` means TLS, as the engine's own variables say.
    pub(super) tls: bool,
}

impl Default for Draft {
    fn default() -> Self {
        // Defaults don't depend on the key, and no token is sealed with this one.
        let unused = Keyring::new(Key::new(&Zeroizing::new([0; 32])), Vec::new());
        let defaults = Settings::new(unused);
        Self {
            docker_host: None,
            store: None,
            key_file: None,
            engine: defaults.engine.as_str().to_owned(),
            generation: defaults.generation,
            container_name: "mosaic-user-{user}".to_owned(),
            volume_name: "mosaic-user-{user}-state".to_owned(),
            network: defaults.network,
            publish_on: defaults.publish_on,
            reach: ReachFrom::Host,
            advertised_host: None,
            readiness: defaults.readiness,
            pull: defaults.pull,
            first_port: defaults.ports.first(),
            last_port: defaults.ports.last(),
            limits: defaults.limits,
            idle_limit: defaults.idle_limit,
            timing: Timing {
                patience: PATIENCE,
                ..defaults.timing
            },
            template: defaults.template,
            users: defaults.overrides,
            tls: false,
        }
    }
}

impl Draft {
    /// Where the engine is.
    pub(crate) fn engine_address(&self) -> Result<EngineAddress, Failure> {
        EngineAddress::parse(self.docker_host.as_deref().unwrap_or_default(), self.tls)
            .map_err(|error| Failure::config(error.to_string(), "mend docker_host or DOCKER_HOST"))
    }

    /// Whether somebody said where the engine is, rather than leave it to where engines usually are.
    pub(crate) fn engine_is_named(&self) -> bool {
        self.docker_host.as_ref().is_some_and(|url| !url.is_empty())
    }

    /// The same with another engine, on this machine.
    pub(crate) fn on_engine(&self, docker_host: String) -> Self {
        Self {
            docker_host: Some(docker_host),
            ..self.clone()
        }
    }

    /// Where the store is.
    pub(crate) fn store_address(&self) -> Result<StoreAddress, Failure> {
        match &self.store {
            Some(text) => text.parse().map_err(|error| {
                Failure::config(format!("{error}"), "mend store, PORTREEVE_STORE or --store")
            }),
            None => Ok(StoreAddress::Sqlite(place::state()?.join("portreeve.db"))),
        }
    }

    /// The file with the keys.
    pub(crate) fn key_file(&self) -> Result<PathBuf, Failure> {
        match &self.key_file {
            Some(path) => Ok(PathBuf::from(path)),
            None => Ok(place::state()?.join("key")),
        }
    }

    /// Whether a key file was named, rather than left to us.
    pub(crate) fn key_file_is_named(&self) -> bool {
        self.key_file.is_some()
    }

    /// The image that all users' containers are made from who have none of their own, and theirs.
    pub(crate) fn images(&self) -> Vec<&str> {
        let mut images: Vec<_> = std::iter::once(&self.template)
            .chain(self.users.values())
            .map(|template| template.image.as_str())
            .collect();
        images.sort_unstable();
        images.dedup();
        images
    }

    /// The network that containers are attached to.
    pub(crate) fn network(&self) -> &str {
        &self.network
    }

    /// The address of the engine's host that ports are published on.
    pub(crate) fn publish_on(&self) -> IpAddr {
        self.publish_on
    }

    /// Whether images are pulled.
    pub(crate) fn pull(&self) -> PullPolicy {
        self.pull
    }

    /// How long things may take.
    pub(crate) fn timing(&self) -> &Timing {
        &self.timing
    }

    /// The engine's name in the store.
    pub(crate) fn engine_name(&self) -> EngineName {
        EngineName::new(self.engine.clone())
    }

    /// The ports to claim from.
    pub(crate) fn ports(&self) -> Result<PortRange, Failure> {
        PortRange::new(self.first_port, self.last_port).ok_or_else(|| {
            Failure::config(
                format!(
                    "ports.first ({}) is above ports.last ({})",
                    self.first_port, self.last_port
                ),
                "swap them, or set the other one too",
            )
        })
    }

    /// From where URLs work.
    pub(crate) fn reach(&self) -> Result<Reach, Failure> {
        if self.reach == ReachFrom::Network {
            return Ok(Reach::Network);
        }
        if let Some(host) = &self.advertised_host {
            return bare_host(host).map(Reach::Host);
        }
        let engine = self.engine_address()?;
        if !engine.is_local() {
            return Err(Failure::config(
                format!("the engine {engine} is on another machine, and no advertised_host is set"),
                "set advertised_host to the name or address that callers reach that machine by",
            ));
        }
        let host = if self.publish_on.is_unspecified() {
            IpAddr::V4(Ipv4Addr::LOCALHOST)
        } else {
            self.publish_on
        };
        Ok(Reach::Host(host.to_string()))
    }

    /// Whether all of it makes sense.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.engine_address()?;
        self.store_address()?;
        self.naming()?;
        self.ports()?;
        self.reach()?;
        self.check_limits()?;
        self.check_timing()?;
        let templates = std::iter::once(("template".to_owned(), &self.template)).chain(
            self.users
                .iter()
                .map(|(user, own)| (format!("users.{user:?}"), own)),
        );
        for (table, template) in templates {
            check_template(&table, template)?;
        }
        Ok(())
    }

    /// What the lifecycle is told.
    pub(crate) fn settings(&self, keyring: Keyring) -> Result<Settings, Failure> {
        self.check()?;
        let mut settings = Settings::new(keyring);
        settings.engine = self.engine_name();
        settings.template = self.template.clone();
        settings.overrides = self.users.clone();
        settings.generation = self.generation;
        settings.naming = self.naming()?;
        settings.network.clone_from(&self.network);
        settings.ports = self.ports()?;
        settings.publish_on = self.publish_on;
        settings.reach = self.reach()?;
        settings.readiness = self.readiness.clone();
        settings.pull = self.pull;
        settings.limits = self.limits;
        settings.idle_limit = self.idle_limit;
        settings.timing = self.timing.clone();
        Ok(settings)
    }

    fn naming(&self) -> Result<Naming, Failure> {
        Naming::new(&self.container_name, &self.volume_name).map_err(|error| {
            Failure::config(error.to_string(), "mend container_name or volume_name")
        })
    }

    fn check_limits(&self) -> Result<(), Failure> {
        if self.limits.starting == 0 || self.limits.running == Some(0) {
            return Err(Failure::config(
                "with limits.starting or limits.running at 0 nothing would ever start",
                "set it to 1 or more; limits.running = false takes the limit away",
            ));
        }
        Ok(())
    }

    /// What must hold between the times for leases to be safe, and for anything to succeed.
    fn check_timing(&self) -> Result<(), Failure> {
        let timing = &self.timing;
        let positive = [
            ("start", timing.start),
            ("pull", timing.pull),
            ("answer", timing.answer),
            ("engine", timing.engine),
            ("store", timing.store),
            ("renew", timing.renew),
            ("resync", timing.resync),
        ];
        if let Some((name, _)) = positive.iter().find(|(_, length)| length.is_zero()) {
            return Err(Failure::config(
                format!("timing.{name} is zero"),
                "give it some time; all are far above a second by default",
            ));
        }
        if timing.renew.saturating_add(timing.margin) >= timing.lease {
            return Err(Failure::config(
                "timing.renew and timing.margin together must be shorter than timing.lease",
                "by default they are 5s, 2s and 15s",
            ));
        }
        if timing.start <= timing.lease {
            return Err(Failure::config(
                "timing.start must be longer than timing.lease",
                "a start may have to wait for the lease of a controller that is gone",
            ));
        }
        Ok(())
    }
}

fn check_template(table: &str, template: &Template) -> Result<(), Failure> {
    if template.gateway_port == 0 {
        return Err(Failure::config(
            format!("{table}.gateway_port is 0"),
            "set it to the port the gateway listens on inside of the container",
        ));
    }
    let odd = |name: &&String| name.is_empty() || name.contains(['=', '\0']);
    if let Some(name) = template.environment.keys().find(odd) {
        return Err(Failure::config(
            format!("{table}.environment has a variable named {name:?}"),
            "a variable's name can't be empty or hold `=`",
        ));
    }
    Ok(())
}

/// A host for URLs, without the brackets of an IPv6 address.
fn bare_host(host: &str) -> Result<String, Failure> {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let is_address = bare.parse::<IpAddr>().is_ok();
    let is_name = bare
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    if is_address || (is_name && !bare.is_empty()) {
        Ok(bare.to_owned())
    } else {
        Err(Failure::config(
            format!("advertised_host is {host:?}, which is no host"),
            "give only a name or an address, without scheme and port",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_patterns_are_those_of_the_core() {
        assert_eq!(Draft::default().naming(), Ok(Naming::default()));
    }

    #[test]
    fn a_remote_engine_needs_an_advertised_host() {
        let mut draft = Draft {
            docker_host: Some("tcp://engine.example:2375".to_owned()),
            ..Draft::default()
        };
        assert!(draft.reach().unwrap_err().hint.contains("advertised_host"));
        draft.advertised_host = Some("engine.example".to_owned());
        assert_eq!(draft.reach(), Ok(Reach::Host("engine.example".to_owned())));
        draft.advertised_host = None;
        draft.reach = ReachFrom::Network;
        assert_eq!(draft.reach(), Ok(Reach::Network));
    }

    #[test]
    fn a_local_engine_is_reached_where_it_publishes() {
        let mut draft = Draft::default();
        assert_eq!(draft.reach(), Ok(Reach::Host("127.0.0.1".to_owned())));
        draft.publish_on = "0.0.0.0".parse().unwrap();
        assert_eq!(draft.reach(), Ok(Reach::Host("127.0.0.1".to_owned())));
        draft.publish_on = "10.0.0.7".parse().unwrap();
        assert_eq!(draft.reach(), Ok(Reach::Host("10.0.0.7".to_owned())));
    }

    #[test]
    fn an_advertised_host_is_a_host_alone() {
        assert_eq!(bare_host("[::1]"), Ok("::1".to_owned()));
        assert_eq!(bare_host("agents.example"), Ok("agents.example".to_owned()));
        for wrong in ["", "http://x", "x:80", "a b", "x/y"] {
            assert!(bare_host(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_that_would_break_leases_are_refused() {
        let with = |change: fn(&mut Timing)| {
            let mut draft = Draft::default();
            change(&mut draft.timing);
            draft.check_timing()
        };
        assert_eq!(with(|_| ()), Ok(()));
        assert!(with(|timing| timing.lease = Duration::from_secs(7)).is_err());
        assert!(with(|timing| timing.start = timing.lease).is_err());
        assert!(with(|timing| timing.store = Duration::ZERO).is_err());
    }
}
