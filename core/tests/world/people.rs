//! What people do to the world's engine and store, behind everybody's back.

use portreeve_core::id::{ContainerId, Port};
use portreeve_core::label::Labelled;
use portreeve_core::name::Naming;
use portreeve_core::observed::{Configured, ContainerState, Health, Observed};
use portreeve_core::outcome::ContainerChange;
use portreeve_core::user::UserId;

use super::World;

impl World {
    /// Somebody kills a container.
    pub fn kill(&mut self, index: usize) {
        self.change(
            index,
            ContainerState::Stopped {
                exit_code: Some(137),
            },
            ContainerChange::Died,
        );
    }

    /// Somebody removes a container.
    pub fn remove(&mut self, index: usize) {
        self.notice(index, ContainerChange::Destroyed);
        self.containers.remove(index);
    }

    /// Whether a record names the container.
    pub fn is_recorded(&self, id: &ContainerId) -> bool {
        let mut records = self.database.records();
        records.any(|(_, record)| record.body.container.as_ref() == Some(id))
    }

    /// Somebody starts a container.
    pub fn revive(&mut self, index: usize) {
        self.change(index, ContainerState::Running, ContainerChange::Started);
    }

    /// Somebody renames a container. Where no record names it, nothing tells it from a copy then.
    pub fn rename(&mut self, index: usize, name: String) {
        let id = self.containers[index].id.clone();
        if !self.is_recorded(&id) {
            self.renamed_unrecorded.insert(id);
        }
        self.containers[index].name = name;
        self.notice(index, ContainerChange::Other);
    }

    /// A container changes its state, and the stream tells of it.
    pub(super) fn change(&mut self, index: usize, state: ContainerState, change: ContainerChange) {
        self.containers[index].state = state;
        self.notice(index, change);
    }

    /// Somebody else makes a container that runs.
    pub fn add_foreign(&mut self, name: &str) {
        let first = ContainerId::new("foreign");
        let (id, port) = if self.made.contains_key(&first) {
            (ContainerId::new("another-foreign"), 21001)
        } else {
            (first, 21000)
        };
        self.volumes.entry("old-state".into()).or_insert(None);
        self.made
            .insert(id.clone(), (None, "a token of its own".into()));
        self.containers.push(Observed {
            id,
            name: name.into(),
            labels: Labelled::Not,
            state: ContainerState::Running,
            health: Health::Absent,
            configured: Configured::Inspected {
                port: Port::new(port),
                volumes: vec!["old-state".into()],
            },
            networks: None,
            ran_for: None,
        });
    }

    /// Somebody else's container publishes no port.
    pub fn unpublish(&mut self, index: usize) {
        if let Configured::Inspected { port, .. } = &mut self.containers[index].configured {
            *port = None;
        }
    }

    /// A container like the user's that the record doesn't mean: somebody has renamed the one that
    /// it does, and another was made in its place.
    pub fn add_surplus(&mut self, user: &str) {
        let index = self.of(user);
        let mut surplus = self.containers[index].clone();
        surplus.id = ContainerId::new("surplus");
        let owner = UserId::new(user).expect("valid");
        surplus.name = Naming::default().names(&owner).container;
        self.rename(index, format!("{user}-renamed"));
        self.containers.push(surplus);
    }

    /// Somebody runs an image that `docker commit` made of the user's container: it bears all of its
    /// labels, and has another name.
    pub fn add_copy(&mut self, user: &str) -> usize {
        let mut copy = self.containers[self.of(user)].clone();
        copy.id = ContainerId::new("copy");
        copy.name = "copy".into();
        copy.state = ContainerState::Running;
        copy.configured = Configured::Inspected {
            port: None,
            volumes: Vec::new(),
        };
        self.containers.push(copy);
        self.notice(self.containers.len() - 1, ContainerChange::Created);
        self.containers.len() - 1
    }

    /// The first container of the user's.
    fn of(&self, user: &str) -> usize {
        let user = UserId::new(user).expect("valid");
        let of_user = |known: &&Observed| {
            let labels = known.labels.told();
            labels.is_some_and(|labels| labels.user == user)
        };
        let mut containers = self.containers.iter();
        containers
            .position(|known| of_user(&known))
            .expect("there is one")
    }

    /// The engine was killed before it had written down the labels of the user's volume.
    pub fn unlabel_volume(&mut self, user: &str) {
        let user = UserId::new(user).expect("valid");
        for owner in self.volumes.values_mut() {
            owner.take_if(|owner| *owner == user);
        }
    }
}
