//! Networks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use portreeve_core::time::Instant;

use super::container::No;
use super::failure::Failure;
use super::journal::{Action, Event, Subject};
use super::{Done, Engine};

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
    /// What drives it.
    pub driver: String,
    /// When it was made.
    pub created: Instant,
    /// The running containers attached to it.
    pub(super) attached: BTreeSet<No>,
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
    by_id: BTreeMap<Arc<str>, Network>,
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

    fn remove(&mut self, id: &str) -> Option<Network> {
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

    fn of_name(&self, name: &str) -> &[Arc<str>] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }
}

/// Networks.
impl Engine {
    /// All of them, by their ids.
    pub fn networks(&self) -> impl Iterator<Item = &Network> {
        self.networks.iter()
    }

    /// The network of a name or id, or the one whose id begins like that.
    pub fn network(&self, asked: &str) -> Result<&Network, Failure> {
        self.networks.find(asked)
    }

    /// Makes a network, unless there is one of that name: answers its id. One that was asked for
    /// just before isn't seen where the engine's [`Habits`](super::Habits) say so.
    pub fn create_network(
        &mut self,
        name: &str,
        labels: BTreeMap<String, String>,
    ) -> Result<Arc<str>, Failure> {
        let blind = self.habits.networks_appear_after;
        let visible = self.networks.of_name(name).iter().any(|id| {
            let network = &self.networks.by_id[id];
            blind.is_zero() || network.created.after(blind) <= self.now
        });
        if visible {
            return Err(Failure::NetworkExists(name.to_owned()));
        }
        let id: Arc<str> = self.ids.id().into();
        self.networks.insert(Network {
            id: Arc::clone(&id),
            name: name.to_owned(),
            labels,
            driver: "bridge".to_owned(),
            created: self.now,
            attached: BTreeSet::new(),
        });
        self.note_network(&id, name, Action::Create);
        Ok(id)
    }

    /// Removes a network that no running container is attached to.
    pub fn remove_network(&mut self, asked: &str) -> Result<Done, Failure> {
        let network = self.networks.find(asked)?;
        if network.is_predefined() {
            return Err(Failure::PredefinedNetwork(network.name.clone()));
        }
        let id = Arc::clone(&network.id);
        if !network.attached.is_empty() {
            return Err(Failure::NetworkInUse {
                name: network.name.clone(),
                id: id.to_string(),
            });
        }
        if let Some(network) = self.networks.remove(&id) {
            self.note_network(&id, &network.name, Action::Destroy);
        }
        Ok(Done::Now)
    }

    fn note_network(&mut self, id: &str, name: &str, action: Action) {
        self.journal.note(Event {
            at: self.now,
            subject: Subject::Network {
                id: id.to_owned(),
                name: name.to_owned(),
            },
            action,
        });
    }
}
