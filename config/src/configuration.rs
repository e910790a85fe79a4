//! The configuration in force, and what becomes of it.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use portreeve_core::id::{EngineName, PortRange};
use portreeve_core::name::Naming;
use portreeve_core::settings::{Limits, PullPolicy, Reach, Settings, Timing};
use portreeve_core::token::Keyring;
use portreeve_wire::docker::EngineAddress;
use portreeve_wire::store::StoreAddress;

use crate::check;
use crate::directories::Directories;
use crate::error::Error;
use crate::file;
use crate::keyring::KeyText;
use crate::layers::{self, Origins};
use crate::origin::Origin;
use crate::permissions::{self, OpenToOthers};
use crate::reach;
use crate::store;
use crate::values::{PATIENCE, Values};

/// The configuration in force: the value of every key, and where each comes from.
///
/// Its `Debug` is what [`entries`](Configuration::entries) tells, which is no secret.
#[derive(Clone)]
pub struct Configuration {
    pub(crate) values: Values,
    pub(crate) origins: Origins,
    /// The file that was read.
    pub(crate) file: Option<PathBuf>,
    /// The directory of the store and the key, where those aren't named.
    pub(crate) state: Option<PathBuf>,
    /// The keys that seal tokens, where a variable holds them.
    pub(crate) key: Option<KeyText>,
}

impl Configuration {
    /// What a file of this text says where nothing else is said, if all of it makes sense.
    pub fn of_file(path: &Path, text: &str) -> Result<Self, Error> {
        let inputs = file::parse(path, text)?;
        let (values, origins) = layers::lay(&inputs, false, PATIENCE)?;
        let configuration = Self {
            values,
            origins,
            file: Some(path.to_owned()),
            state: Directories::of_process().state,
            key: None,
        };
        configuration.check()?;
        Ok(configuration)
    }

    /// The file that was read, if any.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Where the value of a key comes from, by the key's full name.
    pub fn origin(&self, key: &str) -> &Origin {
        self.origins.get(key).unwrap_or(&Origin::Default)
    }

    /// Whether all of it makes sense.
    pub fn check(&self) -> Result<(), Error> {
        self.engine_address()?;
        self.store_address()?;
        self.naming()?;
        self.ports()?;
        check::network(&self.values.network, &self.reach()?)?;
        check::limits(&self.values.limits)?;
        check::timing(&self.values.timing)?;
        let users = self.values.users.iter();
        let users = users.map(|(user, own)| (format!("users.{user:?}"), own));
        let everybodys = ("template".to_owned(), &self.values.template);
        for (table, template) in std::iter::once(everybodys).chain(users) {
            check::template(&table, template)?;
        }
        Ok(())
    }

    /// What the lifecycle is told, if all of it makes sense. Nothing is done unasked: a program that
    /// stays sets `maintenance`.
    pub fn settings(&self, keyring: Keyring) -> Result<Settings, Error> {
        self.check()?;
        let values = &self.values;
        let mut settings = Settings::new(values.template.clone(), keyring);
        settings.engine = self.engine_name();
        settings.overrides = values.users.clone();
        settings.generation = values.generation;
        settings.naming = self.naming()?;
        settings.network.clone_from(&values.network);
        settings.ports = self.ports()?;
        settings.reach = self.reach()?;
        settings.readiness = values.readiness.clone();
        settings.pull = values.pull;
        settings.limits = values.limits;
        settings.idle_limit = values.idle_limit;
        settings.store_away = values.store_away;
        settings.events = values.events;
        settings.timing = values.timing.clone();
        Ok(settings)
    }

    /// Where the engine is.
    pub fn engine_address(&self) -> Result<EngineAddress, Error> {
        let named = self.values.docker_host.as_deref().unwrap_or_default();
        let address = if self.values.tls {
            EngineAddress::from_str_over_tls(named)
        } else {
            named.parse()
        };
        address.map_err(|error| {
            let hint = "mend docker_host or DOCKER_HOST";
            Error::nonsense("docker_host", error.to_string(), hint)
        })
    }

    /// Whether somebody said where the engine is, rather than leave it to where engines usually are.
    pub fn engine_is_named(&self) -> bool {
        let named = self.values.docker_host.as_ref();
        named.is_some_and(|url| !url.is_empty())
    }

    /// The same with another engine, on this machine.
    #[must_use]
    pub fn on_engine(&self, docker_host: String) -> Self {
        let mut other = self.clone();
        other.values.docker_host = Some(docker_host);
        other
    }

    /// Where the store is.
    pub fn store_address(&self) -> Result<StoreAddress, Error> {
        match &self.values.store {
            Some(text) => text.parse().map_err(|error| {
                let hint = "mend store, PORTREEVE_STORE or --store";
                Error::nonsense("store", format!("{error}"), hint)
            }),
            None => Ok(StoreAddress::Sqlite(self.state()?.join("portreeve.db"))),
        }
    }

    /// Makes the directory of a store that is a file, and looks whether the store can be there. It is
    /// to be done before a handle is opened, and before the [`keyring`](Configuration::keyring) is
    /// had, since a store that can't be had needs none.
    pub fn prepare_store(&self) -> Result<(), Error> {
        store::prepare(&self.store_address()?)
    }

    /// What lets others change a store that is a file, or put another in its place. Nothing of a store
    /// that isn't there yet, can't be looked at, or is a server.
    pub fn store_open_to_others(&self) -> Option<OpenToOthers> {
        match self.store_address() {
            Ok(StoreAddress::Sqlite(path)) => permissions::changeable(&path),
            Ok(StoreAddress::Postgres(_)) | Err(_) => None,
        }
    }

    /// The file with the keys that seal tokens.
    pub(crate) fn key_file(&self) -> Result<PathBuf, Error> {
        match &self.values.key_file {
            Some(path) => Ok(PathBuf::from(path)),
            None => Ok(self.state()?.join("key")),
        }
    }

    fn state(&self) -> Result<&Path, Error> {
        self.state.as_deref().ok_or(Error::NoHome)
    }

    /// The images of all templates, each once.
    pub fn images(&self) -> Vec<&str> {
        let mut images: Vec<_> = std::iter::once(&self.values.template)
            .chain(self.values.users.values())
            .map(|template| template.image.as_str())
            .collect();
        images.sort_unstable();
        images.dedup();
        images
    }

    /// The network that containers are attached to.
    pub fn network(&self) -> &str {
        &self.values.network
    }

    /// The address of the engine's host that ports are published on.
    pub fn publish_on(&self) -> IpAddr {
        self.values.publish_on
    }

    /// Whether images are pulled.
    pub fn pull(&self) -> PullPolicy {
        self.values.pull
    }

    /// How many may start and run.
    pub fn limits(&self) -> Limits {
        self.values.limits
    }

    /// How long things may take.
    pub fn timing(&self) -> &Timing {
        &self.values.timing
    }

    /// The engine's name in the store.
    pub fn engine_name(&self) -> EngineName {
        EngineName::new(self.values.engine.clone())
    }

    /// The ports to claim from.
    pub fn ports(&self) -> Result<PortRange, Error> {
        let (first, last) = (self.values.first_port, self.values.last_port);
        PortRange::new(first, last).ok_or_else(|| {
            let message = format!("ports.first ({first}) is above ports.last ({last})");
            let hint = "swap them, or set the other one too";
            Error::nonsense("ports.first", message, hint)
        })
    }

    /// From where URLs work.
    pub fn reach(&self) -> Result<Reach, Error> {
        reach::of(&self.values, || self.engine_address())
    }

    /// How users' things on the engine are named.
    pub fn naming(&self) -> Result<Naming, Error> {
        let Values {
            container_name,
            volume_name,
            ..
        } = &self.values;
        Naming::new(container_name, volume_name).map_err(|error| {
            let hint = "mend container_name or volume_name";
            Error::nonsense("container_name", error.to_string(), hint)
        })
    }
}

impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.entries();
        let entries = entries.iter().map(|entry| (&entry.key, &entry.value));
        f.debug_map().entries(entries).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_patterns_are_those_of_the_core() {
        let text = "store = \"sqlite:x.db\"";
        let configuration = Configuration::of_file(Path::new("p.toml"), text).unwrap();
        assert_eq!(configuration.naming(), Ok(Naming::default()));
    }
}
