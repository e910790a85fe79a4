//! Where the demo plays: names, ports and a store of its own, so that it can't meet anything that
//! is there already.

use std::net::{IpAddr, TcpListener};

use portreeve_config::Configuration;
use portreeve_core::id::{Port, PortRange};
use portreeve_core::name::Naming;
use portreeve_core::settings::{PullPolicy, Readiness, Settings};
use portreeve_core::template::Template;
use portreeve_core::token::{Key, Keyring};
use portreeve_tokio::Portreeve;
use portreeve_tokio::engine::EngineClient;
use portreeve_wire::docker::EngineAddress;
use portreeve_wire::store::StoreAddress;
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::gateway;
use crate::failure::Failure;

/// How many ports it may use.
const PORTS: u16 = 100;
const STATE: &str = "/state";

/// Everything the demo makes has its name from here.
pub(super) struct Stage {
    pub(super) engine: EngineClient,
    address: EngineAddress,
    /// Tells this demo's things from all others'.
    tag: String,
    directory: TempDir,
    settings: Settings,
}

/// The two who take part.
pub(super) const USERS: [&str; 2] = ["alice", "bob"];

impl Stage {
    pub(super) fn set(configuration: &Configuration) -> Result<Self, Failure> {
        let address = configuration.engine_address()?;
        let engine = EngineClient::new(address.clone()).map_err(portreeve_tokio::Error::from)?;
        let mut random = Zeroizing::new([0; 36]);
        getrandom::fill(random.as_mut_slice()).map_err(|error| {
            Failure::new(
                "internal",
                error.to_string(),
                "the system has no randomness to give",
            )
        })?;
        let (tag, key) = random.split_at(4);
        let tag = hex::encode(tag);
        let mut bytes = Zeroizing::new([0; 32]);
        bytes.copy_from_slice(key);
        let keyring = Keyring::new(Key::new(&bytes), Vec::new());
        let directory = TempDir::with_prefix("portreeve-demo-")
            .map_err(|error| Failure::io("no temporary directory can be made", &error))?;
        let settings = settings(configuration, &tag, &address, keyring)?;
        Ok(Self {
            engine,
            address,
            tag,
            directory,
            settings,
        })
    }

    /// Opens a handle on it.
    pub(super) fn open(&self) -> Result<Portreeve, Failure> {
        Ok(Portreeve::open(portreeve_tokio::Config {
            settings: self.settings.clone(),
            engine: self.address.clone(),
            store: StoreAddress::Sqlite(self.directory.path().join("demo.db")),
        })?)
    }

    pub(super) fn image(&self) -> &str {
        &self.settings.template.image
    }

    pub(super) fn network(&self) -> &str {
        &self.settings.network
    }

    /// The names of the two users' containers and volumes.
    pub(super) fn things(&self) -> [(String, String); 2] {
        USERS
            .map(|user| {
                (
                    container_pattern(&self.tag),
                    volume_pattern(&self.tag),
                    user,
                )
            })
            .map(|(container, volume, user)| {
                (
                    container.replace("{user}", user),
                    volume.replace("{user}", user),
                )
            })
    }

    /// Removes the store.
    pub(super) fn tear_down(self) -> Result<(), Failure> {
        let path = self.directory.path().display().to_string();
        self.directory
            .close()
            .map_err(|error| Failure::io(format!("{path} can't be removed"), &error))
    }
}

fn container_pattern(tag: &str) -> String {
    format!("demo-{tag}-{{user}}")
}

fn volume_pattern(tag: &str) -> String {
    format!("demo-{tag}-{{user}}-state")
}

fn settings(
    configuration: &Configuration,
    tag: &str,
    address: &EngineAddress,
    keyring: Keyring,
) -> Result<Settings, Failure> {
    let environment = [(gateway::TOKEN, "{token}"), (gateway::OWNER, "{user}")];
    let mut template = Template::new(format!("portreeve-demo:{tag}"));
    template.environment = environment
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    template.gateway_port = gateway::PORT;
    STATE.clone_into(&mut template.state_path);
    let mut settings = Settings::new(template, keyring);
    settings.naming = Naming::new(&container_pattern(tag), &volume_pattern(tag))
        .map_err(|error| Failure::new("internal", error.to_string(), "please report it"))?;
    settings.network = format!("demo-{tag}");
    settings.reach = configuration.reach()?;
    if address.is_local() {
        settings.ports = free_range(settings.ports, configuration.publish_on());
    }
    settings.readiness = Readiness::Tcp;
    settings.pull = PullPolicy::Never;
    settings.timing.patience = configuration.timing().patience;
    Ok(settings)
}

/// The lowest ports of the range that begin with enough free ones for two users and a neighbour.
fn free_range(range: PortRange, address: IpAddr) -> PortRange {
    let is_free = |port| TcpListener::bind((address, port)).is_ok();
    (range.first().get()..=range.last().get())
        .step_by(usize::from(PORTS))
        .filter(|first| (*first..first.saturating_add(3)).all(is_free))
        .find_map(|first| {
            PortRange::new(Port::new(first)?, Port::new(first.checked_add(PORTS - 1)?)?)
        })
        .unwrap_or(range)
}
