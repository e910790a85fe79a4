//! What is told to whoever looks.

use portreeve_core::effect::{ContainerRef, Scope};
use portreeve_core::label;
use portreeve_core::observed::{Health, Observed};
use portreeve_core::outcome::{MountedVolume, Particulars};

use super::container::Container;
use super::failure::Failure;
use super::spec::Protocol;
use super::state::Engine;

impl Engine {
    /// The container that was looked for, and no other: engines take a text for the beginning of an
    /// id, too.
    pub(super) fn exactly(&self, asked: &ContainerRef) -> Result<&Container, Failure> {
        let absent = |text: &str| Failure::NoSuchContainer(text.to_owned());
        match asked {
            ContainerRef::Name(name) => {
                let found = self.find(name)?;
                (found.name() == name)
                    .then_some(found)
                    .ok_or_else(|| absent(name))
            }
            ContainerRef::Id(id) => {
                let found = self.find(id.as_str())?;
                (found.id() == id)
                    .then_some(found)
                    .ok_or_else(|| absent(id.as_str()))
            }
        }
    }

    /// What a list tells of one.
    fn listed_one(&self, container: &Container) -> Observed {
        let mut listed = container.listed(self.now);
        if self.habits.lists_no_health {
            listed.health = Health::Untold;
        }
        listed
    }

    /// What a list tells, the newest first.
    pub(super) fn listed(&self, scope: &Scope) -> Vec<Observed> {
        match scope {
            Scope::Installation(installation) => {
                let wanted = installation.to_string();
                let ours = |container: &&Container| match container.labels() {
                    Some(labels) => labels.installation == *installation,
                    None => container.spec().label(label::INSTALLATION) == Some(&wanted),
                };
                let all = self.containers.values().rev().filter(ours);
                all.map(|container| self.listed_one(container)).collect()
            }
            Scope::User(installation, user) => {
                let wanted = installation.to_string();
                let ours = |container: &&Container| {
                    container.spec().label(label::INSTALLATION) == Some(&wanted)
                };
                let theirs = self.by_user.get(user.as_str()).into_iter().flatten().rev();
                theirs
                    .filter_map(|no| self.containers.get(no))
                    .filter(ours)
                    .map(|container| self.listed_one(container))
                    .collect()
            }
            Scope::Ids(ids) => {
                let mut found: Vec<&Container> = ids
                    .iter()
                    .filter_map(|id| self.by_id.get(id.as_str()))
                    .filter_map(|no| self.containers.get(no))
                    .collect();
                found.sort_unstable_by_key(|container| std::cmp::Reverse(container.no));
                found.dedup_by_key(|container| container.no);
                found
                    .into_iter()
                    .map(|container| self.listed_one(container))
                    .collect()
            }
        }
    }
}

impl Container {
    /// What it was made of, as far as somebody who adopts it needs to know.
    pub fn particulars(&self) -> Particulars {
        let volumes = self.mounts.iter().filter_map(|mount| {
            let name = mount.volume.as_ref()?;
            Some(MountedVolume {
                name: name.to_string(),
                target: mount.target.clone(),
                anonymous: mount.anonymous,
            })
        });
        let tcp = |binding: &&super::Binding| binding.protocol == Protocol::Tcp;
        let published = |bindings: &[super::Binding]| {
            let mut ports: Vec<_> = bindings
                .iter()
                .filter(tcp)
                .filter_map(|binding| Some((binding.inside, binding.outside?)))
                .collect();
            ports.sort_unstable();
            ports.dedup();
            ports
        };
        let mut ports = published(&self.spec().bindings);
        for port in published(self.bound()) {
            if ports.iter().all(|(inside, _)| *inside != port.0) {
                ports.push(port);
            }
        }
        ports.sort_unstable();
        Particulars {
            observed: self.observed(),
            environment: self.spec().environment.clone(),
            volumes: volumes.collect(),
            ports,
            auto_remove: self.spec().auto_remove,
        }
    }
}
