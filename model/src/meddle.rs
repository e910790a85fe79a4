//! What people do, and what was there before.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use portreeve_core::effect::StoreEffect;
use portreeve_core::event::{Cause, Change, EventBody};
use portreeve_core::id::{ContainerId, ControllerId, Port};
use portreeve_core::spec::EnvValue;
use portreeve_core::user::UserId;
use portreeve_sim::engine::{
    Binding, Container, Mount, Personality, Protocol, Removal, SIGKILL, Source, Spec,
};
use portreeve_sim::promises::TOKEN;

use crate::scene::{Meddling, Scene};
use crate::state::{State, image};

const REMOVAL: Removal = Removal {
    force: true,
    volumes: true,
};

/// The volume that several users' containers are on.
pub(crate) const SHARED_VOLUME: &str = "shared";

impl State {
    /// Somebody does something. Where it can't be done, nothing happens.
    pub(crate) fn meddle(&mut self, meddling: &Meddling) {
        match meddling {
            Meddling::Kill(user) => {
                if let Some(id) = self.container_of(user) {
                    let _ = self.engine().kill(&id, SIGKILL);
                }
            }
            Meddling::Remove(user) => {
                if let Some(id) = self.container_of(user) {
                    let _ = self.engine().remove(&id, REMOVAL);
                }
            }
            Meddling::Rename(user) => {
                if let Some(id) = self.container_of(user) {
                    let _ = self.engine().rename(&id, "renamed");
                }
            }
            Meddling::Pause(user) => {
                if let Some(id) = self.container_of(user) {
                    let _ = self.engine().pause(&id);
                }
            }
            Meddling::Squat(user) => self.squat(user),
            Meddling::OccupyVolume(user) => {
                if let Some(names) = self.names(user).cloned() {
                    self.engine().create_volume(&names.volume, BTreeMap::new);
                }
            }
            Meddling::BringShared(user, port) => self.bring_shared(user, *port),
            Meddling::OccupyPort(port) => {
                self.engine().occupy_port(*port);
            }
            Meddling::Leave(user) => self.leave(user),
            Meddling::Start(user) => {
                if let Some(id) = self.container_of(user) {
                    let _ = self.engine().start(&id);
                }
            }
            Meddling::Disconnect(user) => {
                if let Some(id) = self.container_of(user) {
                    self.ghost().cut_off.insert(ContainerId::new(id));
                }
            }
            Meddling::Copy(user) => self.copy(user),
            Meddling::LoseRecord(user) => self.lose_record(user),
            Meddling::Garble(user) => {
                self.ghost().garbled.insert(user.clone());
            }
            Meddling::SwapEngine => self.swap_engine(true),
            Meddling::ReturnEngine => self.swap_engine(false),
            Meddling::LoseImage => {
                let image = self.engine.images().next().map(|image| image.name.clone());
                if let Some(image) = image {
                    let _ = self.engine().remove_image(&image);
                }
            }
        }
        self.follow_engine();
    }

    /// The container that was made for a user last, by its id.
    fn container_of(&self, user: &UserId) -> Option<String> {
        let mut containers = self.engine.containers().rev();
        let theirs = containers.find(|container| {
            let made = self.ghost.made(container.id());
            made.is_some_and(|made| made.user == *user)
        });
        theirs.map(|container| container.id().to_string())
    }

    fn squat(&mut self, user: &UserId) {
        let image = self.engine.images().next().map(|image| image.name.clone());
        if let (Some(names), Some(image)) = (self.names(user).cloned(), image) {
            let _ = self
                .engine()
                .create(&names.container, Spec::of_image(&image));
        }
    }

    fn bring_shared(&mut self, user: &UserId, port: Port) {
        let image = self.engine.images().next().map(|image| image.name.clone());
        let (Some(names), Some(image)) = (self.names(user).cloned(), image) else {
            return;
        };
        let template = &self.controllers[0].lifecycle.settings().template;
        let spec = Spec {
            environment: vec![(TOKEN.to_owned(), EnvValue::new("brought".to_owned()))],
            bindings: vec![Binding {
                inside: template.gateway_port,
                protocol: Protocol::Tcp,
                address: IpAddr::V4(Ipv4Addr::LOCALHOST),
                outside: Some(port),
            }],
            mounts: vec![Mount {
                source: Source::Volume(SHARED_VOLUME.to_owned()),
                labels: BTreeMap::new(),
                target: template.state_path.clone(),
                read_only: false,
            }],
            ..Spec::of_image(&image)
        };
        let _ = self.engine().create(&names.container, spec);
    }

    /// Whatever isn't ours and has the user's container's name is removed.
    fn leave(&mut self, user: &UserId) {
        let Some(name) = self.names(user).map(|names| names.container.clone()) else {
            return;
        };
        let found = self.engine.find(&name).map(|found| found.id().clone());
        if let Ok(id) = found
            && self.ghost.made(&id).is_none()
        {
            let _ = self.engine().remove(id.as_str(), REMOVAL);
        }
    }

    /// Somebody gives the user's container another name, and makes one like it in its place: as far
    /// as anybody can tell, it was made on our word, too.
    fn copy(&mut self, user: &UserId) {
        let recorded = self
            .store
            .body(user)
            .and_then(|body| body.container.clone());
        let (Some(id), Some(names)) = (self.container_of(user), self.names(user).cloned()) else {
            return;
        };
        // One that no record names would be nobody's then.
        if recorded.is_none_or(|recorded| recorded.as_str() != id) {
            return;
        }
        let Some(spec) = self.engine.find(&id).ok().map(|found| found.spec().clone()) else {
            return;
        };
        let _ = self.engine().rename(&id, "copied");
        let made = self
            .engine()
            .create(&names.container, spec.as_ref().clone());
        if let Ok(copied) = made {
            let ledger = self.ghost().timeless.ledger_mut();
            ledger.copied(&ContainerId::new(id), copied, names.container);
        }
    }

    /// Whether nothing tells a container of ours from a copy: somebody has renamed it, and no record
    /// names it. It is told of, and left alone.
    pub(crate) fn is_lost(&self, container: &Container) -> bool {
        let ledger = self.ghost.timeless.ledger();
        let made = self.ghost.made(container.id());
        made.is_some_and(|made| ledger.is_lost(container.id(), made))
    }

    /// Unless somebody is at work on it.
    fn lose_record(&mut self, user: &UserId) {
        let Some(version) = self.store.version(user) else {
            return;
        };
        let delete = StoreEffect::Delete {
            user: user.clone(),
            version,
            controller: ControllerId::from_bytes([0; 16]),
            rest: Duration::ZERO,
            event: EventBody {
                change: Change::Purged,
                cause: Cause::Purge,
                actor: None,
            },
        };
        self.store().carry_out(&delete);
        if self.store.version(user).is_none() {
            self.ghost().timeless.forget(user);
        }
    }

    /// Whoever was in the way leaves, and what was broken is mended.
    pub(crate) fn clear(&mut self, scene: &Scene) {
        self.swap_engine(false);
        for user in &scene.users {
            self.leave(user);
            self.free_volume(user);
        }
        // Nothing tells them from copies: a person removes them.
        let containers = self.engine.containers();
        let lost = containers.filter(|container| self.is_lost(container));
        let lost: Vec<_> = lost.map(|container| container.id().clone()).collect();
        for id in lost {
            let _ = self.engine().remove(id.as_str(), REMOVAL);
        }
        let ports = scene.settings.ports;
        for number in ports.first().get()..=ports.last().get() {
            self.engine().release_port(crate::scene::port(number));
        }
        self.engine()
            .add_image(image(scene, Personality::default()));
        let ids: Vec<String> = self
            .engine
            .containers()
            .map(|it| it.id().to_string())
            .collect();
        for id in ids {
            let _ = self.engine().set_personality(&id, Some(Arc::default()));
        }
        self.follow_engine();
        let ghost = self.ghost();
        ghost.garbled.clear();
        ghost.cut_off.clear();
        // From here on people ask for anything.
        ghost.active.clear();
    }

    /// A volume that nobody was told is theirs is removed by whoever made it.
    fn free_volume(&mut self, user: &UserId) {
        let Some(name) = self.names(user).map(|names| names.volume.clone()) else {
            return;
        };
        let adopted = self.store.body(user).is_some_and(|body| body.adopted);
        let foreign = self
            .engine
            .volume(&name)
            .is_some_and(|volume| volume.labels.is_empty());
        if foreign && !adopted {
            let _ = self.engine().remove_volume(&name);
        }
    }
}
