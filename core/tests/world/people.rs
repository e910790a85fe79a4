//! What people do to the world's engine and store, behind everybody's back.

use portreeve_core::id::{ContainerId, Port};
use portreeve_core::observed::{ContainerState, Health, Observed};
use portreeve_core::outcome::Change;
use portreeve_core::user::UserId;

use super::World;

impl World {
    /// Somebody kills a container.
    pub fn kill(&mut self, index: usize) {
        self.change(index, ContainerState::Exited { code: 137 }, Change::Died);
    }

    /// Somebody removes a container.
    pub fn remove(&mut self, index: usize) {
        self.notice(index, Change::Destroyed);
        self.containers.remove(index);
    }

    /// Somebody renames a container.
    pub fn rename(&mut self, index: usize, name: String) {
        self.containers[index].name = name;
        self.notice(index, Change::Other);
    }

    /// A container changes its state, and the stream tells of it.
    pub(super) fn change(&mut self, index: usize, state: ContainerState, change: Change) {
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
        self.made
            .insert(id.clone(), (None, "a token of its own".into()));
        self.containers.push(Observed {
            id,
            name: name.into(),
            labels: None,
            state: ContainerState::Running,
            health: Health::Absent,
            port: Port::new(port),
            networks: None,
            ran_for: None,
        });
    }

    /// A container like one of the user's that the record doesn't mean.
    pub fn add_surplus(&mut self, user: &str) {
        let user = UserId::new(user).expect("valid");
        let of_user = |known: &&Observed| {
            let labels = known.labels.as_ref();
            labels.is_some_and(|labels| labels.user == user)
        };
        let mut surplus = self
            .containers
            .iter()
            .find(of_user)
            .expect("there is one")
            .clone();
        surplus.id = ContainerId::new("surplus");
        surplus.name = "surplus".into();
        self.containers.push(surplus);
    }

    /// The engine was killed before it had written down the labels of the user's volume.
    pub fn unlabel_volume(&mut self, user: &str) {
        let user = UserId::new(user).expect("valid");
        for owner in self.volumes.values_mut() {
            owner.take_if(|owner| *owner == user);
        }
    }

    /// The record names another user's volume, as stores let it before.
    pub fn give_volume_of(&mut self, other: &str, user: &str) {
        let shared = self.record(other).expect("it is there").body.names.clone();
        let user = UserId::new(user).expect("valid");
        let (record, _, _) = self.records.get_mut(&user).expect("it is there");
        record.body.names.volume = shared.volume;
    }

    /// The record is lost.
    pub fn lose_record(&mut self, user: &str) {
        let user = UserId::new(user).expect("valid");
        self.records.remove(&user);
        for (owner, _) in self.ports.values_mut() {
            if owner.as_ref() == Some(&user) {
                *owner = None;
            }
        }
    }
}
