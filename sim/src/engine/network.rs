//! A network, and how an engine finds one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use portreeve_core::time::Instant;

use super::failure::Failure;
use super::numbers::No;

/// Those that every engine has.
pub(super) const PREDEFINED: [&str; 3] = ["bridge", "host", "none"];

/// A network.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Network {
    /// Its id.
    pub id: Arc<str>,
    /// Its name, which others may have, too.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// What it is.
    pub kind: NetworkKind,
    /// When it was made.
    pub created: Instant,
    /// The running containers attached to it.
    pub(super) attached: BTreeSet<No>,
}

/// What a network is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NetworkKind {
    /// What drives it.
    pub driver: String,
    /// Whether it leads nowhere outside of it.
    pub internal: bool,
}

impl Default for NetworkKind {
    fn default() -> Self {
        Self::of_driver("bridge")
    }
}

impl NetworkKind {
    /// One of a driver, that isn't internal.
    pub fn of_driver(driver: &str) -> Self {
        Self {
            driver: driver.to_owned(),
            internal: false,
        }
    }

    /// Whether ports are published for containers on it.
    pub(super) fn publishes(&self) -> bool {
        !self.internal && matches!(self.driver.as_str(), "bridge" | "overlay")
    }
}

impl Network {
    /// Whether it is one that every engine has.
    pub fn is_predefined(&self) -> bool {
        PREDEFINED.contains(&self.name.as_str())
    }

    /// The numbers of the running containers attached to it.
    pub fn attached(&self) -> impl Iterator<Item = No> {
        self.attached.iter().copied()
    }
}

/// All networks.
#[derive(Clone, Default, Debug)]
pub(super) struct Networks {
    pub(super) by_id: BTreeMap<Arc<str>, Network>,
    by_name: BTreeMap<String, Vec<Arc<str>>>,
}

impl Networks {
    #[cfg(feature = "model-checking")]
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn insert(&mut self, network: Network) {
        let ids = self.by_name.entry(network.name.clone()).or_default();
        ids.push(Arc::clone(&network.id));
        self.by_id.insert(Arc::clone(&network.id), network);
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<Network> {
        let network = self.by_id.remove(id)?;
        if let Some(ids) = self.by_name.get_mut(&network.name) {
            ids.retain(|other| **other != *id);
            if ids.is_empty() {
                self.by_name.remove(&network.name);
            }
        }
        Some(network)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Network> {
        self.by_id.get_mut(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Network> {
        self.by_id.values()
    }

    /// By its whole id, its name, or the beginning of its id.
    pub(super) fn find(&self, asked: &str) -> Result<&Network, Failure> {
        if let Some(network) = self.by_id.get(asked) {
            return Ok(network);
        }
        if let Some(ids) = self.by_name.get(asked) {
            return match ids.as_slice() {
                [id] => Ok(&self.by_id[id]),
                several => Err(Failure::AmbiguousNetwork {
                    name: asked.to_owned(),
                    count: several.len(),
                }),
            };
        }
        let absent = || Failure::NoSuchNetwork(asked.to_owned());
        if asked.is_empty() {
            return Err(absent());
        }
        let mut beginning = self
            .by_id
            .range::<str, _>((std::ops::Bound::Included(asked), std::ops::Bound::Unbounded))
            .take_while(|(id, _)| id.starts_with(asked));
        match (beginning.next(), beginning.next()) {
            (Some((_, network)), None) => Ok(network),
            _ => Err(absent()),
        }
    }

    pub(super) fn of_name(&self, name: &str) -> &[Arc<str>] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }
}
