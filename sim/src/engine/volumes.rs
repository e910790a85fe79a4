//! Volumes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use portreeve_core::id::ContainerId;

use super::failure::Failure;
use super::journal::{Action, Event, Subject};
use super::numbers::No;
use super::request::Done;
use super::state::Engine;
use super::volume::Volume;

/// Volumes.
impl Engine {
    /// All of them, by their names.
    pub fn volumes(&self) -> impl Iterator<Item = &Volume> {
        self.volumes.values()
    }

    /// Looks at a volume, without the engine knowing.
    pub fn volume(&self, name: &str) -> Option<&Volume> {
        self.volumes.get(name)
    }

    /// Looks at a volume.
    pub fn inspect_volume(&mut self, name: &str) -> Result<&Volume, Failure> {
        match self.volumes.get_mut(name) {
            None => Err(Failure::NoSuchVolume(name.to_owned())),
            Some(volume) => {
                volume.labels_known = true;
                Ok(volume)
            }
        }
    }

    /// Makes a volume unless it is there, and tells the labels it bears, if the engine knows them.
    pub fn create_volume(
        &mut self,
        name: &str,
        labels: impl FnOnce() -> BTreeMap<String, String>,
    ) -> (&Volume, Option<&BTreeMap<String, String>>) {
        if !self.volumes.contains_key(name) {
            self.make_volume(name, labels());
        }
        let volume = &self.volumes[name];
        (volume, volume.labels_known.then_some(&volume.labels))
    }

    /// Removes a volume that no container mounts.
    pub fn remove_volume(&mut self, name: &str) -> Result<Done, Failure> {
        let Some(volume) = self.volumes.get(name) else {
            return Err(Failure::NoSuchVolume(name.to_owned()));
        };
        if !volume.users.is_empty() {
            let id = |no: &No| self.containers.get(no).map(|it| it.id().clone());
            let by: Vec<ContainerId> = volume.users.iter().filter_map(id).collect();
            return Err(Failure::VolumeInUse {
                name: name.to_owned(),
                by,
            });
        }
        self.drop_volume(name);
        Ok(Done::Now)
    }

    pub(super) fn make_volume(&mut self, name: &str, labels: BTreeMap<String, String>) {
        let name: Arc<str> = name.into();
        let volume = Volume {
            name: Arc::clone(&name),
            labels,
            created: self.now,
            users: BTreeSet::new(),
            labels_known: true,
        };
        self.note_volume(&name, Action::Create);
        self.volumes.insert(name, volume);
    }

    pub(super) fn drop_volume(&mut self, name: &str) {
        if self.volumes.remove(name).is_some() {
            self.note_volume(name, Action::Destroy);
        }
    }

    fn note_volume(&mut self, name: &str, action: Action) {
        self.journal.note(Event {
            at: self.now,
            subject: Subject::Volume(name.to_owned()),
            action,
        });
    }
}
