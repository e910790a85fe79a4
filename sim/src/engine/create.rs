//! Making and renaming containers.

use std::sync::Arc;
use std::time::Duration;

use portreeve_core::id::ContainerId;
use portreeve_core::label::{self, Labels};
use portreeve_core::observed::Health;

use super::container::{Attachment, Container, MountPoint, Phase, Removing, one_port};
use super::failure::{Doing, Failure};
use super::image::{Image, whole_name};
use super::journal::{Action, Face};
use super::numbers::No;
use super::request::Done;
use super::spec::{Source, Spec};
use super::state::Engine;

impl Engine {
    /// Makes a container, with the volumes it mounts.
    pub fn create(&mut self, name: &str, spec: Spec) -> Result<ContainerId, Failure> {
        let name = name.strip_prefix('/').unwrap_or(name);
        let image = match self.images.get(&whole_name(&spec.image)) {
            Some(image) => Arc::clone(image),
            None => return Err(Failure::NoSuchImage(whole_name(&spec.image))),
        };
        self.name_is_free(name)?;
        self.made += 1;
        let no = self.made;
        let text: Arc<str> = self.ids.id().into();
        let name: Arc<str> = name.into();
        let spec = inherit(spec, &image);
        let labels = Labels::read(spec.label_pairs()).map(Arc::new);
        let face = Arc::new(Face {
            id: ContainerId::new(&*text),
            name: Arc::clone(&name),
            labels,
            spec: Arc::new(spec),
        });
        self.by_id.insert(text, no);
        self.by_name.insert(name, no);
        if let Some(user) = face.spec.label(label::USER) {
            self.by_user.entry(user.into()).or_default().insert(no);
        }
        let mounts = self.mount(no, &face.spec, &image);
        let id = face.id.clone();
        self.containers
            .insert(no, self.new_container(no, face, image, mounts));
        self.note(no, Action::Create);
        Ok(id)
    }

    fn new_container(
        &self,
        no: No,
        face: Arc<Face>,
        image: Arc<Image>,
        mounts: Vec<MountPoint>,
    ) -> Container {
        let spec = &face.spec;
        let check = spec.check.or(image.check).filter(|check| !check.disabled);
        let ports = spec.bindings.iter().filter_map(|binding| binding.outside);
        Container {
            no,
            check,
            created: self.now,
            phase: Phase::Idle,
            removal: Removing::No,
            started: None,
            finished: None,
            code: 0,
            error: None,
            health: Health::Absent,
            stopped_by_hand: false,
            restarts: 0,
            backoff: Duration::ZERO,
            port: one_port(spec.labelled_port(), ports),
            mounts,
            network: Attachment {
                name: spec.network.clone(),
                id: None,
            },
            personality: None,
            task_lost: false,
            listed: None,
            left_listed: Vec::new(),
            lines: Vec::new(),
            face,
            image,
        }
    }

    /// Mounts what the container names, making the volumes that aren't there, and gives it its own
    /// where its image wants one and it names nothing.
    fn mount(&mut self, no: No, spec: &Spec, image: &Image) -> Vec<MountPoint> {
        let mut mounts = Vec::with_capacity(spec.mounts.len() + image.volumes.len());
        for mount in &spec.mounts {
            let volume = match &mount.source {
                Source::Volume(name) => Some(Arc::from(name.as_str())),
                Source::Anonymous => Some(self.ids.id().into()),
                Source::Bind(_) | Source::Tmpfs => None,
            };
            mounts.push(MountPoint {
                volume,
                anonymous: mount.source == Source::Anonymous,
                target: mount.target.clone(),
                read_only: mount.read_only,
            });
        }
        for target in &image.volumes {
            if mounts.iter().all(|mount| mount.target != *target) {
                mounts.push(MountPoint {
                    volume: Some(self.ids.id().into()),
                    anonymous: true,
                    target: target.clone(),
                    read_only: false,
                });
            }
        }
        for (index, mount) in mounts.iter().enumerate() {
            let Some(name) = &mount.volume else { continue };
            if !self.volumes.contains_key(name) {
                let labels = spec.mounts.get(index).map(|mount| mount.labels.clone());
                self.make_volume(name, labels.unwrap_or_default());
            }
            if let Some(volume) = self.volumes.get_mut(name) {
                volume.users.insert(no);
            }
        }
        mounts
    }

    /// Gives a container another name.
    pub fn rename(&mut self, asked: &str, name: &str) -> Result<Done, Failure> {
        let no = self.find_no(asked)?;
        let name = name.strip_prefix('/').unwrap_or(name);
        let old = Arc::clone(&self.containers[&no].face.name);
        if *old == *name {
            return Err(Failure::SameName);
        }
        self.name_is_free(name)
            .map_err(|why| Doing::Rename.failed(why))?;
        let name: Arc<str> = name.into();
        self.by_name.remove(&old);
        self.by_name.insert(Arc::clone(&name), no);
        if let Some(container) = self.containers.get_mut(&no) {
            Arc::make_mut(&mut container.face).name = name;
            container.left_listed = Vec::new();
        }
        self.note(no, Action::Rename(old));
        Ok(Done::Now)
    }

    fn name_is_free(&self, name: &str) -> Result<(), Failure> {
        if !is_valid(name) {
            return Err(Failure::InvalidName(name.to_owned()));
        }
        match self.by_name.get(name) {
            None => Ok(()),
            Some(no) => Err(Failure::NameTaken {
                name: name.to_owned(),
                by: self.containers[no].id().clone(),
            }),
        }
    }
}

/// What a container is made of, with what it has from its image.
fn inherit(mut spec: Spec, image: &Image) -> Spec {
    for (key, value) in &image.labels {
        if !spec.labels.contains_key(key) {
            spec.labels.insert(key.clone(), value.clone());
        }
    }
    let missing: Vec<_> = image
        .environment
        .iter()
        .filter(|(name, _)| spec.variable(name).is_none())
        .cloned()
        .collect();
    spec.environment.extend(missing);
    spec
}

fn is_valid(name: &str) -> bool {
    let mut bytes = name.bytes();
    let first = bytes.next();
    first.is_some_and(|byte| byte.is_ascii_alphanumeric())
        && name.len() > 1
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}
