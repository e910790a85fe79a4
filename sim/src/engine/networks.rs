//! Networks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use portreeve_core::id::{InstallationId, NetworkId};
use portreeve_core::{label, network};

use super::failure::Failure;
use super::journal::{Action, Event, Subject};
use super::network::{Network, NetworkKind};
use super::request::Done;
use super::state::Engine;

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

    /// Those of exactly that name, as the lifecycle is told of them.
    pub(super) fn networks_of(&self, name: &str) -> Vec<network::Network> {
        let ids = self.networks.of_name(name).iter();
        ids.map(|id| observed(&self.networks.by_id[id])).collect()
    }

    /// Makes a network, unless there is one of that name: answers its id. One that was asked for
    /// just before isn't seen where the engine's [`Habits`](super::Habits) say so.
    pub fn create_network(
        &mut self,
        name: &str,
        labels: BTreeMap<String, String>,
    ) -> Result<Arc<str>, Failure> {
        self.create_network_of(name, NetworkKind::default(), labels)
    }

    /// The same, of another kind than a bridge.
    pub fn create_network_of(
        &mut self,
        name: &str,
        kind: NetworkKind,
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
            kind,
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

/// A network, as the lifecycle is told of it.
fn observed(network: &Network) -> network::Network {
    let label = network.labels.get(label::INSTALLATION);
    network::Network {
        id: NetworkId::new(&*network.id),
        driver: network.kind.driver.clone(),
        internal: network.kind.internal,
        installation: label.and_then(|id| InstallationId::parse(id)),
        created: Some(Engine::wall(network.created)),
    }
}
