//! What the world's engine does when it is asked.

use portreeve_core::effect::{ContainerRef, EngineEffect, Fence, Scope};
use portreeve_core::id::{ContainerId, EngineId, InstallationId, NetworkId};
use portreeve_core::label::{Labelled, Labels};
use portreeve_core::network::Network;
use portreeve_core::observed::{Configured, ContainerState, Health, Observed};
use portreeve_core::outcome::{ContainerChange, EngineOutcome, Particulars};
use portreeve_core::spec::{ContainerSpec, EnvValue};
use portreeve_core::user::UserId;

use super::{Fault, INSTALLATION, World, user};

impl World {
    pub(super) fn engine(&mut self, effect: &EngineEffect) -> EngineOutcome {
        match effect {
            EngineEffect::Identify if self.has(Fault::TellsNoId) => EngineOutcome::Done,
            EngineEffect::Identify => EngineOutcome::Identified(EngineId::new("engine")),
            EngineEffect::Inspect(by) => self.inspect(by),
            EngineEffect::Examine(by) => self.examine(by),
            EngineEffect::Watch { .. } => unreachable!("seen to before"),
            EngineEffect::List(scope) => self.list(scope),
            EngineEffect::InspectVolume { name } => self.inspect_volume(name),
            EngineEffect::ListVolumes(_) => {
                let owned = |(name, owner): (&String, &Option<UserId>)| {
                    owner.clone().map(|owner| (name.clone(), owner))
                };
                EngineOutcome::Volumes(self.volumes.iter().filter_map(owned).collect())
            }
            EngineEffect::RemoveVolume { name } if self.has(Fault::VolumesInUse) => {
                EngineOutcome::Conflict(format!("remove {name}: volume is in use - [4f6c]"))
            }
            EngineEffect::RemoveVolume { name } if self.volumes.remove(name).is_some() => {
                self.removed_volumes.push(name.clone());
                EngineOutcome::Done
            }
            EngineEffect::RemoveVolume { .. } => EngineOutcome::Absent,
            EngineEffect::InspectImage { .. } if self.has(Fault::ImageMissing) => {
                EngineOutcome::Absent
            }
            EngineEffect::PullImage { .. } => EngineOutcome::Refused("no such image".into()),
            EngineEffect::InspectImage { .. } => EngineOutcome::Done,
            EngineEffect::FindNetworks { .. } => EngineOutcome::Networks(self.networks.clone()),
            EngineEffect::CreateNetwork { .. } => self.create_network(),
            EngineEffect::EnsureVolume { name, labels } => {
                let user = UserId::new(labels[1].1.clone()).expect("valid");
                let forgotten = self.volumes.contains_key(name) && self.has(Fault::TellsNoLabels);
                let owner = self.volumes.entry(name.clone()).or_insert(Some(user));
                if forgotten {
                    return EngineOutcome::Volume(Labelled::Not);
                }
                EngineOutcome::Volume(labelled(owner.as_ref()))
            }
            EngineEffect::Create(spec) => self.create(spec),
            EngineEffect::Logs { container, .. } => EngineOutcome::Log(vec![
                format!("my token is {}", self.made[container].1),
                "last words".into(),
            ]),
            EngineEffect::Start { container } => self.start(container),
            EngineEffect::Unpause { container } => self.become_state(
                container,
                ContainerState::Running,
                ContainerChange::Unpaused,
            ),
            EngineEffect::Stop { container, .. } => {
                let state = ContainerState::Stopped {
                    exit_code: Some(143),
                };
                self.become_state(container, state, ContainerChange::Died)
            }
            EngineEffect::Remove { container } => {
                if let Some(index) = self.find(container) {
                    self.remove(index);
                }
                EngineOutcome::Done
            }
        }
    }

    fn create_network(&mut self) -> EngineOutcome {
        if !self.networks.is_empty() {
            return EngineOutcome::AlreadyDone;
        }
        self.networks.push(Network::bridge(NetworkId::new("net-1")));
        EngineOutcome::Done
    }

    fn inspect_volume(&self, name: &str) -> EngineOutcome {
        match self.volumes.get(name) {
            None => EngineOutcome::Absent,
            Some(owner) => EngineOutcome::Volume(match self.volume_labels.get(name) {
                Some(labels) => labels.clone(),
                None => labelled(owner.as_ref()),
            }),
        }
    }

    /// What an engine answers that has nothing of anybody's.
    pub(super) fn another_engine(&self, effect: &EngineEffect, fence: &Fence) -> EngineOutcome {
        let another = EngineId::new("another");
        if fence.engine.is_some() && !self.has(Fault::IgnoresFences) {
            return EngineOutcome::OtherEngine(another);
        }
        assert!(
            effect.only_looks() || self.has(Fault::IgnoresFences),
            "changes another engine: {effect:?}"
        );
        match effect {
            EngineEffect::Identify => EngineOutcome::Identified(another),
            EngineEffect::List(_) => EngineOutcome::Listed(Vec::new()),
            EngineEffect::ListVolumes(_) => EngineOutcome::Volumes(Vec::new()),
            EngineEffect::FindNetworks { .. } => EngineOutcome::Networks(Vec::new()),
            _ => EngineOutcome::Absent,
        }
    }

    fn inspect(&self, by: &ContainerRef) -> EngineOutcome {
        let is_it = |container: &&Observed| match by {
            ContainerRef::Name(name) => container.name == *name,
            ContainerRef::Id(id) => container.id == *id,
        };
        let found = self.containers.iter().find(is_it);
        found.map_or(EngineOutcome::Absent, |container| {
            EngineOutcome::Found(container.clone())
        })
    }

    fn list(&self, scope: &Scope) -> EngineOutcome {
        let listed = |container: &&Observed| {
            let labels = container.labels.told();
            match scope {
                Scope::Installation(_) => labels.is_some(),
                Scope::User(_, user) => labels.is_some_and(|labels| labels.user == *user),
                Scope::Ids(ids) => ids.contains(&container.id),
            }
        };
        let as_listed = |container: &Observed| {
            let mut entry = as_listed(container);
            if self.has(Fault::ListsNoHealth) {
                entry.health = Health::Untold;
            }
            entry
        };
        let listed = self.containers.iter().filter(listed);
        if self.has(Fault::ListsInPart) {
            let (unread, containers): (Vec<_>, Vec<_>) =
                listed.partition(|container| container.labels.told().is_some());
            return EngineOutcome::ListedInPart {
                containers: containers.into_iter().map(as_listed).collect(),
                unread: format!("{} have no id", unread.len()),
            };
        }
        let Some(left_out) = self.left_out.map(user) else {
            return EngineOutcome::Listed(listed.map(as_listed).collect());
        };
        let others = listed.filter(|container| {
            let labels = container.labels.told();
            labels.is_none_or(|labels| labels.user != left_out)
        });
        EngineOutcome::ListedInPart {
            containers: others.map(as_listed).collect(),
            unread: format!("{left_out}'s is described in 9000000 bytes"),
        }
    }

    fn create(&mut self, spec: &ContainerSpec) -> EngineOutcome {
        if self.containers.iter().any(|known| known.name == spec.name) {
            return EngineOutcome::NameTaken("the name is already in use".into());
        }
        if self.has(Fault::ImageMissing) || self.has(Fault::ImageVanishes) {
            return EngineOutcome::NoSuchImage("No such image".into());
        }
        if self.networks.len() != 1 {
            return EngineOutcome::NoSuchNetwork("network not found, or is ambiguous".into());
        }
        self.next_container += 1;
        let id = ContainerId::new(format!("container-{}", self.next_container));
        let token = spec.variable("AGENT_TOKEN");
        let token = token.map(|value| value.reveal().to_owned());
        let labels = Labels::of_pairs(&spec.labels);
        let user = labels.told().map(|labels| labels.user.clone());
        self.made
            .insert(id.clone(), (user, token.expect("a token")));
        self.containers.push(Observed {
            id: id.clone(),
            name: spec.name.clone(),
            labels,
            state: ContainerState::Stopped { exit_code: None },
            health: self.health,
            configured: Configured::Inspected {
                port: spec.port(),
                volumes: vec![spec.volume.clone()],
            },
            networks: Some(vec![spec.network.clone()]),
            ran_for: None,
        });
        self.notice(self.containers.len() - 1, ContainerChange::Created);
        EngineOutcome::Created(id)
    }

    fn become_state(
        &mut self,
        id: &ContainerId,
        state: ContainerState,
        change: ContainerChange,
    ) -> EngineOutcome {
        match self.find(id) {
            None => EngineOutcome::Absent,
            Some(index) => {
                self.change(index, state, change);
                EngineOutcome::Done
            }
        }
    }

    fn examine(&self, by: &ContainerRef) -> EngineOutcome {
        let is_wanted = |known: &&Observed| match by {
            ContainerRef::Name(name) => known.name == *name,
            ContainerRef::Id(id) => known.id == *id,
        };
        let Some(observed) = self.containers.iter().find(is_wanted) else {
            return EngineOutcome::Absent;
        };
        let token = self.made[&observed.id].1.clone();
        EngineOutcome::Examined(Particulars {
            observed: observed.clone(),
            environment: vec![
                ("HOME".into(), EnvValue::new("/home/node".into())),
                ("AGENT_TOKEN".into(), EnvValue::new(token)),
            ],
            volumes: self.mounted.clone(),
            ports: observed
                .port()
                .map(|port| (18789, port))
                .into_iter()
                .collect(),
            auto_remove: self.has(Fault::AutoRemove),
        })
    }

    fn find(&self, id: &ContainerId) -> Option<usize> {
        self.containers.iter().position(|known| known.id == *id)
    }

    fn start(&mut self, id: &ContainerId) -> EngineOutcome {
        let Some(index) = self.find(id) else {
            return EngineOutcome::Absent;
        };
        if self.never_starts.as_ref() == Some(id) {
            return EngineOutcome::Unclear("task already exists".into());
        }
        if self.crowded > 0 {
            self.crowded -= 1;
            return EngineOutcome::EndpointTaken("endpoint already exists".into());
        }
        let found = &self.containers[index];
        if found.state == ContainerState::Running {
            return EngineOutcome::AlreadyDone;
        }
        let of_another = |port| {
            let mut others = self.containers.iter();
            others.any(|other| other.state == ContainerState::Running && other.port() == Some(port))
        };
        if found
            .port()
            .is_some_and(|port| self.occupied.contains(&port.get()) || of_another(port))
        {
            return EngineOutcome::PortTaken("port is already allocated".into());
        }
        self.change(index, ContainerState::Running, ContainerChange::Started);
        if let Some(code) = self.exits_with {
            self.change(
                index,
                ContainerState::Stopped {
                    exit_code: Some(code),
                },
                ContainerChange::Died,
            );
        }
        EngineOutcome::Done
    }
}

/// What the labels of a volume say that is nobody's, or a user's.
fn labelled(owner: Option<&UserId>) -> Labelled<(InstallationId, UserId)> {
    match owner {
        None => Labelled::Not,
        Some(owner) => Labelled::As((INSTALLATION, owner.clone())),
    }
}

/// A container as lists tell of it: they tell of no mounts, and of ports only where one runs.
fn as_listed(observed: &Observed) -> Observed {
    let port = observed
        .port()
        .filter(|_| observed.state == ContainerState::Running);
    Observed {
        configured: Configured::Listed { port },
        ..observed.clone()
    }
}
