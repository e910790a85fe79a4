//! What somebody else makes beside an installation: things that are in its way, that are to become a
//! user's, or that only look as if they were.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use portreeve_core::command::Finding;
use portreeve_core::id::{ContainerId, Port};
use portreeve_core::label;
use portreeve_core::name::Names;
use portreeve_core::spec::EnvValue;
use portreeve_core::user::UserId;

use super::guest::Guest;
use super::happening::Happening;
use super::state::World;
use crate::engine::{Binding, Mount, Protocol, Removal, Source, Spec};
use crate::occurrence::Sight;
use crate::promises::TOKEN;
use crate::script::{Likeness, Oddity};

/// How long people wait before they try again what couldn't be done.
const SHORTLY: Duration = Duration::from_secs(1);

/// What those mount who come with containers on one volume: no user's volume is called so.
const SHARED_VOLUME: &str = "shared";

impl World {
    /// Where the engine is there to make them: what a user's things are called.
    fn names_for_guests(&self, user: &UserId) -> Option<Names> {
        let settings = self.controllers.first()?.lifecycle.settings();
        self.engine_away_until
            .is_none()
            .then(|| settings.naming.names(user))
    }

    pub(super) fn squat(&mut self, user: &UserId, taken: Duration) {
        let Some(names) = self.names_for_guests(user) else {
            return;
        };
        let spec = Spec::of_image(&self.image.name);
        let made = self.engine.create(&names.container, spec);
        self.await_leave(taken, user, made.ok(), None);
    }

    pub(super) fn squat_volume(&mut self, user: &UserId, taken: Duration) {
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

    /// A user has what the service before us made for it, or something that isn't to be adopted.
    pub(super) fn bring(
        &mut self,
        user: &UserId,
        port: Port,
        oddity: Option<Oddity>,
        stays: Duration,
    ) {
        let Some(names) = self.names_for_guests(user) else {
            return;
        };
        let shared = oddity == Some(Oddity::Shared);
        let volume = if shared {
            SHARED_VOLUME.to_owned()
        } else {
            names.volume.clone()
        };
        let has_another = self
            .store
            .body(user)
            .is_some_and(|body| body.names.volume != volume);
        // Nobody leaves the state there is for what was brought.
        if has_another || (!shared && self.engine.volume(&volume).is_some()) {
            return;
        }
        let Some(spec) = self.brought(user, &names, port, oddity) else {
            return;
        };
        if let Ok(id) = self.engine.create(&names.container, spec) {
            // Its port may be taken: then it is there, and doesn't run.
            let _ = self.engine.start(id.as_str());
            self.await_leave(stays, user, Some(id), Some(volume));
        }
    }

    /// What a user brings; `None` where there is nobody else's volume to mount.
    fn brought(
        &mut self,
        user: &UserId,
        names: &Names,
        port: Port,
        oddity: Option<Oddity>,
    ) -> Option<Spec> {
        let token = format!("brought-{}", self.chance.number());
        let template = &self.controllers[0].lifecycle.settings().template;
        let state = |source| Mount {
            source,
            labels: BTreeMap::new(),
            target: template.state_path.clone(),
            read_only: false,
        };
        let own = || state(Source::Volume(names.volume.clone()));
        let half = || BTreeMap::from([(label::INSTALLATION.to_owned(), "unreadable".to_owned())]);
        let mut spec = Spec {
            environment: vec![(TOKEN.to_owned(), EnvValue::new(token))],
            bindings: vec![Binding {
                inside: template.gateway_port,
                protocol: Protocol::Tcp,
                address: IpAddr::V4(Ipv4Addr::LOCALHOST),
                outside: Some(port),
            }],
            ..Spec::of_image(&self.image.name)
        };
        spec.mounts = match oddity {
            None | Some(Oddity::AutoRemove | Oddity::HalfLabelled) => vec![own()],
            Some(Oddity::Anonymous) => vec![state(Source::Anonymous)],
            Some(Oddity::Shared) => vec![state(Source::Volume(SHARED_VOLUME.to_owned()))],
            Some(Oddity::OthersState) => vec![state(self.volume_of_another(user)?)],
            Some(Oddity::OthersBeside) => {
                let beside = Mount {
                    target: "/beside".to_owned(),
                    ..state(self.volume_of_another(user)?)
                };
                vec![own(), beside]
            }
            Some(Oddity::HalfLabelledVolume) => vec![Mount {
                labels: half(),
                ..own()
            }],
        };
        if oddity == Some(Oddity::HalfLabelled) {
            spec.labels = half();
        }
        spec.auto_remove = oddity == Some(Oddity::AutoRemove);
        Some(spec)
    }

    /// A volume that was made for another user.
    fn volume_of_another(&self, user: &UserId) -> Option<Source> {
        let of_another = self.engine.volumes().find(|volume| {
            let owner = volume.labels.get(label::USER);
            owner.is_some_and(|owner| owner != user.as_str())
        });
        of_another.map(|volume| Source::Volume(volume.name.to_string()))
    }

    /// Somebody makes a container that is like one that was made for a user, and bears its labels.
    pub(super) fn copy(&mut self, which: usize, likeness: Likeness, stays: Duration) {
        if self.engine_away_until.is_some() {
            return;
        }
        let shown: Vec<_> = self
            .engine
            .containers()
            .filter(|container| self.promises.ledger().is_shown(container.id()))
            .filter_map(|container| Some((container.labels()?, container.spec())))
            .collect();
        if shown.is_empty() {
            return;
        }
        let (labels, original) = shown[which % shown.len()];
        let (user, original) = (labels.user.clone(), Spec::clone(original));
        let Some(names) = self.names_for_guests(&user) else {
            return;
        };
        let (name, spec) = self.like(&names, likeness, original);
        if let Ok(id) = self.engine.create(&name, spec) {
            if likeness != Likeness::Whole {
                let _ = self.engine.start(id.as_str());
            }
            self.await_leave(stays, &user, Some(id), None);
        }
    }

    fn like(&mut self, names: &Names, likeness: Likeness, original: Spec) -> (String, Spec) {
        let name = match likeness {
            Likeness::Name => names.container.clone(),
            Likeness::Labels | Likeness::Port | Likeness::Volume | Likeness::Whole => {
                format!("copy-{}", self.chance.number())
            }
        };
        let bindings = match likeness {
            Likeness::Labels | Likeness::Name | Likeness::Volume => Vec::new(),
            Likeness::Port => {
                let chosen = |binding: &Binding| Binding {
                    outside: None,
                    ..*binding
                };
                original.bindings.iter().map(chosen).collect()
            }
            Likeness::Whole => original.bindings.clone(),
        };
        let mounts = match likeness {
            Likeness::Labels | Likeness::Name | Likeness::Port => Vec::new(),
            Likeness::Volume => {
                let elsewhere = |mount: &Mount| Mount {
                    target: "/elsewhere".to_owned(),
                    ..mount.clone()
                };
                original.mounts.first().map(elsewhere).into_iter().collect()
            }
            Likeness::Whole => original.mounts.clone(),
        };
        let spec = Spec {
            bindings,
            mounts,
            ..original
        };
        (name, spec)
    }

    /// Whoever runs the installation removes what a repair tells of, and left alone.
    pub(crate) fn remove_told(&mut self, findings: &[Finding]) {
        let sight = Sight {
            now: self.now,
            engine: &self.engine,
            store: &self.store,
        };
        self.promises.check_findings(sight, findings);
        let how = Removal {
            force: true,
            volumes: true,
        };
        let containers = findings
            .iter()
            .filter_map(|finding| finding.container.as_ref());
        for container in containers {
            let _ = self.engine.remove(container.id.as_str(), how);
        }
        self.follow_engine();
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

    /// What has become a user's hasn't, since the store has lost that: so it goes.
    pub(super) fn leave_after_all(&mut self) {
        for guest in std::mem::take(&mut self.stayed) {
            self.agenda.note(self.now, Happening::Leave(guest));
        }
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
            && !self.store.is_volume_of_another(&guest.user, engine, name)
            && let Some(volume) = self.engine.volume(name)
            && !volume.labels.contains_key(label::USER)
            // One with half of our labels becomes nobody's, also where it has an adopted one's name.
            && (body.is_none_or(|body| body.names.volume != *name)
                || volume.labels.contains_key(label::INSTALLATION))
        {
            let _ = self.engine.remove_volume(name);
            stays |= self.engine.volume(name).is_some();
        }
        let there = |id: &ContainerId| self.engine.find(id.as_str()).is_ok();
        let container = guest.container.as_ref().is_some_and(there);
        if !stays && (container || guest.volume.is_some()) {
            self.stayed.push(guest.clone());
        }
        if stays {
            let again = self.now.after(SHORTLY);
            self.agenda.note(again, Happening::Leave(guest.clone()));
        }
        self.follow_engine();
    }
}
