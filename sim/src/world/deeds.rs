//! What people do to an installation, and what breaks.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use portreeve_core::id::{ContainerId, Port};
use portreeve_core::label;
use portreeve_core::name::Names;
use portreeve_core::spec::EnvValue;
use portreeve_core::user::UserId;

use super::{Happening, World};
use crate::engine::{AfterCrash, Binding, Mount, Protocol, Removal, SIGKILL, Source, Spec};
use crate::promises::TOKEN;
use crate::script::Deed;

/// How long people wait before they try again what couldn't be done.
const SHORTLY: Duration = Duration::from_secs(1);

/// What those mount who come with containers on one volume: no user's volume is called so.
const SHARED_VOLUME: &str = "shared";

/// What somebody made that isn't ours, under names that are a user's.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    user: UserId,
    container: Option<ContainerId>,
    volume: Option<String>,
}

impl World {
    pub(super) fn do_deed(&mut self, deed: &Deed) {
        self.engine.advance(self.now);
        match deed {
            Deed::Crash(which, away) => {
                let back_at = self.now.after(*away);
                self.crash(self.one(*which), back_at);
            }
            Deed::Freeze(which, still) => {
                let until = self.now.after(*still);
                self.freeze(self.one(*which), until);
            }
            Deed::Close(which, away) => {
                let back_at = self.now.after(*away);
                self.close(self.one(*which), back_at);
            }
            Deed::RestartEngine(away) => self.lose_engine(*away),
            Deed::SwapEngine(away) => self.swap_engine(*away),
            Deed::LoseStore(away) => self.lose_store(*away),
            Deed::LoseStream(which) => {
                let which = self.one(*which);
                self.break_streams(|stream| stream.controller == which);
            }
            Deed::Occupy(port, taken) => {
                if self.engine.occupy_port(*port) {
                    self.agenda
                        .note(self.now.after(*taken), Happening::Vacate(*port));
                }
            }
            Deed::Squat(user, taken) => self.squat(user, *taken),
            Deed::SquatVolume(user, taken) => self.squat_volume(user, *taken),
            Deed::Bring(user, port, stays) => self.bring(user, None, *port, *stays),
            Deed::BringShared(user, port, stays) => {
                self.bring(user, Some(SHARED_VOLUME), *port, *stays);
            }
            Deed::Deploy(which, generation, away) => {
                let back_at = self.now.after(*away);
                self.deploy(self.one(*which), *generation, back_at);
            }
            // It may be lost already.
            Deed::LoseImage => drop(self.engine.remove_image(&self.image.name)),
            Deed::LoseRegistry(away) => self.lose_registry(*away),
            Deed::Kill(which) => self.meddle(*which, |engine, id| drop(engine.kill(id, SIGKILL))),
            Deed::Stop(which) => {
                let grace = Some(Duration::from_secs(10));
                self.meddle(*which, |engine, id| drop(engine.stop(id, grace)));
            }
            Deed::Remove(which) => {
                let how = Removal {
                    force: true,
                    volumes: true,
                };
                self.meddle(*which, |engine, id| drop(engine.remove(id, how)));
            }
            Deed::Rename(which) => {
                let name = format!("renamed-{}", self.chance.number());
                self.meddle(*which, |engine, id| drop(engine.rename(id, &name)));
            }
            Deed::Pause(which) => self.meddle(*which, |engine, id| drop(engine.pause(id))),
        }
        self.follow_engine();
    }

    /// Numbers are counted round, so that each means a controller.
    fn one(&self, which: usize) -> usize {
        which % self.controllers.len()
    }

    /// Does something to a container that was made for a user.
    fn meddle(&mut self, which: usize, deed: impl FnOnce(&mut crate::engine::Engine, &str)) {
        if self.engine_away_until.is_some() {
            return;
        }
        let ours = || {
            let containers = self.engine.containers();
            containers.filter(|container| container.labels().is_some())
        };
        let count = ours().count();
        if count == 0 {
            return;
        }
        let id = ours()
            .nth(which % count)
            .map(|container| container.id().clone());
        if let Some(id) = id {
            deed(&mut self.engine, id.as_str());
        }
    }

    /// Where the engine is there to make them: what a user's things are called.
    fn names_for_guests(&self, user: &UserId) -> Option<Names> {
        let settings = self.controllers.first()?.lifecycle.settings();
        self.engine_away_until
            .is_none()
            .then(|| settings.naming.names(user))
    }

    fn squat(&mut self, user: &UserId, taken: Duration) {
        let Some(names) = self.names_for_guests(user) else {
            return;
        };
        let spec = Spec::of_image(&self.image.name);
        let made = self.engine.create(&names.container, spec);
        self.await_leave(taken, user, made.ok(), None);
    }

    fn squat_volume(&mut self, user: &UserId, taken: Duration) {
        let Some(names) = self.names_for_guests(user) else {
            return;
        };
        if self.engine.volume(&names.volume).is_none() {
            let labels = if self.chance.happens(0.5) {
                BTreeMap::new()
            } else {
                BTreeMap::from([("somebody".to_owned(), "else".to_owned())])
            };
            let _ = self.engine.create_volume(&names.volume, || labels);
            self.await_leave(taken, user, None, Some(names.volume));
        }
    }

    /// A user has what the service before us made for it, on that volume or on one of its own.
    fn bring(&mut self, user: &UserId, shared: Option<&str>, port: Port, stays: Duration) {
        let Some(names) = self.names_for_guests(user) else {
            return;
        };
        let volume = shared.map_or(names.volume, str::to_owned);
        let has_another = self
            .store
            .body(user)
            .is_some_and(|body| body.names.volume != volume);
        // Nobody leaves the state there is for what was brought.
        if has_another || (shared.is_none() && self.engine.volume(&volume).is_some()) {
            return;
        }
        let template = &self.controllers[0].lifecycle.settings().template;
        let token = format!("brought-{}", self.chance.number());
        let spec = Spec {
            environment: vec![(TOKEN.to_owned(), EnvValue::new(token))],
            bindings: vec![Binding {
                inside: template.gateway_port,
                protocol: Protocol::Tcp,
                address: IpAddr::V4(Ipv4Addr::LOCALHOST),
                outside: Some(port),
            }],
            mounts: vec![Mount {
                source: Source::Volume(volume.clone()),
                labels: BTreeMap::new(),
                target: template.state_path.clone(),
                read_only: false,
            }],
            ..Spec::of_image(&self.image.name)
        };
        if let Ok(id) = self.engine.create(&names.container, spec) {
            // Its port may be taken: then it is there, and doesn't run.
            let _ = self.engine.start(id.as_str());
            self.await_leave(stays, user, Some(id), Some(volume));
        }
    }

    fn await_leave(
        &mut self,
        stays: Duration,
        user: &UserId,
        container: Option<ContainerId>,
        volume: Option<String>,
    ) {
        let guest = Guest {
            user: user.clone(),
            container,
            volume,
        };
        self.agenda
            .note(self.now.after(stays), Happening::Leave(guest));
    }

    /// Whoever made things that aren't ours removes them, unless they have become the user's, and
    /// tries until they are gone.
    pub(super) fn leave(&mut self, guest: &Guest) {
        let how = Removal {
            force: true,
            volumes: true,
        };
        self.engine.advance(self.now);
        let body = self.store.body(&guest.user).filter(|body| body.adopted);
        // What a purge has to do with it isn't known before it is over.
        let mut stays = body.is_some_and(|body| body.purging);
        if let Some(id) = &guest.container
            && body.is_none_or(|body| body.container.as_ref() != Some(id))
            && self.engine.find(id.as_str()).is_ok()
        {
            let _ = self.engine.remove(id.as_str(), how);
            stays |= self.engine.find(id.as_str()).is_ok();
        }
        let engine = &self.controllers[0].lifecycle.settings().engine;
        if let Some(name) = &guest.volume
            && body.is_none_or(|body| body.names.volume != *name)
            && !self.store.is_volume_of_another(&guest.user, engine, name)
            && let Some(volume) = self.engine.volume(name)
            && !volume.labels.contains_key(label::USER)
        {
            let _ = self.engine.remove_volume(name);
            stays |= self.engine.volume(name).is_some();
        }
        if stays {
            let again = self.now.after(SHORTLY);
            self.agenda.note(again, Happening::Leave(guest.clone()));
        }
        self.follow_engine();
    }

    fn lose_registry(&mut self, away: Duration) {
        let until = self.now.after(away);
        self.engine.unpublish_image(&self.image.name);
        self.registry_away_until = self.registry_away_until.max(Some(until));
        self.agenda.note(until, Happening::RegistryBack);
    }

    pub(super) fn bring_registry_back(&mut self) {
        if self
            .registry_away_until
            .is_some_and(|until| until <= self.now)
        {
            self.registry_away_until = None;
            self.engine.publish_image(self.image.clone());
            self.trace
                .note(self.now, format_args!("the registry is back"));
        }
    }

    /// The engine's process ends, and starts again after a while. Nobody reaches it meanwhile.
    fn lose_engine(&mut self, away: Duration) {
        if self.engine_away_until.is_none() {
            if self.chance.happens(0.5) {
                self.engine.goes_down();
            } else {
                self.engine.shuts_down();
            }
            self.follow_engine();
            self.break_streams(|_| true);
        }
        let until = self.now.after(away);
        self.engine_away_until = self.engine_away_until.max(Some(until));
        self.agenda.note(until, Happening::EngineBack);
    }

    pub(super) fn bring_engine_back(&mut self) {
        if self
            .engine_away_until
            .is_some_and(|until| until <= self.now)
        {
            self.engine_away_until = None;
            self.engine.advance(self.now);
            let after = if self.chance.happens(0.5) {
                AfterCrash::Survived
            } else {
                AfterCrash::Ended
            };
            self.engine.comes_up(after);
            self.trace
                .note(self.now, format_args!("the engine is back"));
            self.follow_engine();
            if let Some(meter) = &mut self.meter {
                meter.recount(&self.engine);
            }
        }
    }

    fn lose_store(&mut self, away: Duration) {
        let until = self.now.after(away);
        self.store_away_until = self.store_away_until.max(Some(until));
        self.agenda.note(until, Happening::StoreBack);
    }

    pub(super) fn bring_store_back(&mut self) {
        if self.store_away_until.is_some_and(|until| until <= self.now) {
            self.store_away_until = None;
            self.trace.note(self.now, format_args!("the store is back"));
        }
    }

    /// Nothing goes wrong any more, and whatever was away comes back.
    pub fn calm(&mut self) {
        self.trace
            .note(self.now, format_args!("all is well from here on"));
        self.faults = crate::faults::Faults::default();
        if self.engine_away_until.is_some() {
            self.engine_away_until = Some(self.now);
            self.bring_engine_back();
        }
        self.send_visitor_away();
        if self.store_away_until.is_some() {
            self.store_away_until = Some(self.now);
            self.bring_store_back();
        }
        if self.registry_away_until.is_some() {
            self.registry_away_until = Some(self.now);
            self.bring_registry_back();
        }
        self.bring_all_back();
    }

    /// All is quiet, and a sweep has run: checks what must be so then.
    pub fn check_quiet(&mut self) {
        self.promises
            .when_quiet(self.now, &self.engine, &self.store);
    }

    /// A promise about the calm was not kept.
    pub fn break_promise(&mut self, promise: &'static str, text: String) {
        self.promises.break_with(self.now, promise, text);
    }
}
