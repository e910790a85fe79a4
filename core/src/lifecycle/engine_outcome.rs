//! What outcomes of engine effects and probes tell of a user's container.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Lifecycle;
use super::adoption::Examined;
use super::facts::VolumeFact;
use super::knowledge::{Meant, Seen, View};
use super::premises::Inquiry;
use super::tenancy::{Away, Tenancy};
use crate::effect::{ContainerRef, EngineEffect};
use crate::error::Error;
use crate::id::{ContainerId, EffectId, InstallationId};
use crate::label::{Labelled, Labels};
use crate::observed::{Configured, ContainerState, Health, Observed};
use crate::outcome::{EngineOutcome, ProbeOutcome};
use crate::record::Row;
use crate::settings::Readiness;
use crate::spec::ContainerSpec;
use crate::time::Instant;
use crate::user::UserId;

/// So many starts may end unclear, with the container idle after, before the engine's words are
/// taken for the reason.
const UNCLEAR_STARTS: u32 = 3;

/// So many starts may find something of the container's name on the network: with the waits between
/// them, about 3 s.
const CROWDED_STARTS: u32 = 7;

impl Lifecycle {
    pub(super) fn learn_of_container(
        &mut self,
        user: &UserId,
        id: EffectId,
        effect: &EngineEffect,
        sent: Instant,
        outcome: EngineOutcome,
    ) {
        self.dirty.insert(user.clone());
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        if !tenancy.engine_lane.land(id) {
            return;
        }
        // What was seen before somebody asked is no answer to them: the world may have changed
        // because they changed it. It is looked at again.
        let looked = matches!(effect, EngineEffect::Inspect(_) | EngineEffect::List(_));
        if looked && tenancy.run.as_ref().is_some_and(|run| sent < run.began) {
            return;
        }
        if !matches!(outcome, EngineOutcome::Unreachable(_))
            && let Some(run) = &mut tenancy.run
        {
            run.engine_away = None;
        }
        self.note_looked(user, looked, sent);
        if let Some(outcome) = self.learn_answer(user, effect, sent, outcome) {
            self.engine_trouble(user, effect, outcome);
        }
    }

    /// Takes in the answers that are meant for this effect; gives back all others.
    fn learn_answer(
        &mut self,
        user: &UserId,
        effect: &EngineEffect,
        sent: Instant,
        outcome: EngineOutcome,
    ) -> Option<EngineOutcome> {
        use EngineOutcome as Came;

        let installation = self.installation();
        let settle = self.settings.timing.settle;
        let now = self.now;
        let ready_at_once = self.settings.readiness == Readiness::None;
        let tenancy = self.tenancies.get_mut(user)?;
        match (effect, outcome) {
            (EngineEffect::Inspect(by), outcome @ (Came::Found(_) | Came::Absent)) => {
                tenancy.learn_look(by, outcome, sent);
            }
            (EngineEffect::List(_), Came::Listed(listed)) => tenancy.learn_list(listed, sent),
            (EngineEffect::Examine(_), Came::Examined(particulars)) => {
                if let Some(run) = &mut tenancy.run {
                    run.examined = Some(Examined::of(particulars));
                }
            }
            (EngineEffect::InspectVolume { name }, told) if tenancy.learn_mounted(name, &told) => {}
            (EngineEffect::EnsureVolume { .. }, Came::Volume(Labelled::Not)) => {
                tenancy.volume = VolumeFact::Doubted;
            }
            (
                EngineEffect::EnsureVolume { .. } | EngineEffect::InspectVolume { .. },
                Came::Volume(labels),
            ) => tenancy.learn_volume(labels, installation, now),
            (EngineEffect::InspectVolume { .. }, Came::Absent)
            | (EngineEffect::RemoveVolume { .. }, Came::Done | Came::Absent) => {
                tenancy.volume = VolumeFact::Absent;
            }
            (EngineEffect::Create(spec), Came::Created(id)) => {
                tenancy.learn_created(id, spec, sent);
            }
            (EngineEffect::Start { container }, Came::Done) => {
                if let Some(run) = &mut tenancy.run {
                    run.did.start = true;
                    run.started = true;
                }
                if ready_at_once {
                    tenancy.set_state(container, ContainerState::Running);
                } else {
                    tenancy.engine.forget();
                    tenancy.engine_lane.not_before = now.after(settle);
                }
            }
            (EngineEffect::Unpause { container }, Came::Done | Came::AlreadyDone) => {
                if let Some(run) = &mut tenancy.run {
                    run.did.start = true;
                }
                tenancy.set_state(container, ContainerState::Running);
            }
            (EngineEffect::Stop { container, .. }, Came::Done | Came::AlreadyDone) => {
                if let Some(run) = &mut tenancy.run {
                    run.did.stop = true;
                }
                tenancy.set_state(container, ContainerState::Exited { code: 0 });
            }
            (EngineEffect::Remove { container }, Came::Done | Came::Absent) => {
                tenancy.learn_removed(container);
            }
            (EngineEffect::Logs { .. }, outcome) => self.learn_log(user, outcome),
            // Somebody else got there first: what is so now has to be seen.
            (
                EngineEffect::Start { .. }
                | EngineEffect::Stop { .. }
                | EngineEffect::Unpause { .. }
                | EngineEffect::Examine(_),
                Came::AlreadyDone | Came::Absent,
            ) => tenancy.engine.forget(),
            (_, outcome) => return Some(outcome),
        }
        None
    }

    /// The log is for the answer alone: where it can't be had, the answer goes without.
    fn learn_log(&mut self, user: &UserId, outcome: EngineOutcome) {
        let lines = match outcome {
            EngineOutcome::Log(lines) => lines,
            _other => Vec::new(),
        };
        let token = self
            .tenancies
            .get(user)
            .and_then(|tenancy| tenancy.record(self.now))
            .and_then(|record| self.settings.keyring.open(user, &record.body.token).ok());
        // A log whose secrets can't be blotted out isn't shown.
        let blotted = token.map_or_else(Vec::new, |token| {
            lines.iter().map(|line| token.blot_out(line)).collect()
        });
        if let Some(run) = self
            .tenancies
            .get_mut(user)
            .and_then(|tenancy| tenancy.run.as_mut())
        {
            run.autopsy = Some(blotted);
        }
    }

    fn engine_trouble(&mut self, user: &UserId, effect: &EngineEffect, outcome: EngineOutcome) {
        use EngineOutcome as Came;

        let now = self.now;
        let answer_by = self.answer_by();
        let quarantine = self.settings.timing.quarantine;
        let image = self.settings.template(user).image.clone();
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        tenancy.engine.forget();
        if matches!(effect, EngineEffect::RemoveVolume { .. }) {
            // It may be gone, and somebody else's in its place.
            tenancy.volume = VolumeFact::Unknown;
        }
        match (effect, outcome) {
            (EngineEffect::Start { container }, Came::PortTaken) => {
                tenancy.condemned = Some(container.clone());
                let port = tenancy.record(now).and_then(|record| record.port);
                tenancy.bad_port = port.map(|port| (port, now.after(quarantine)));
                // The claim is given up, and no other container may be left behind with it.
                tenancy.doubt = true;
                tenancy.note("the claimed port is in use by something else");
                return;
            }
            (EngineEffect::Start { container }, Came::NoSuchNetwork) => {
                tenancy.condemned = Some(container.clone());
                tenancy.note("the container's network is gone");
                self.premises.forget(&Inquiry::Network);
                return;
            }
            (EngineEffect::Start { container }, Came::EndpointTaken(text)) => {
                tenancy.learn_crowded_start(container, text, answer_by);
            }
            (EngineEffect::Create(_), Came::NoSuchNetwork) => {
                tenancy.note("the network is gone");
                self.premises.forget(&Inquiry::Network);
            }
            (_, Came::NoSuchImage) => {
                tenancy.note("the image is gone");
                self.premises.forget(&Inquiry::Image(image));
            }
            (_, Came::NameTaken) => {
                tenancy.doubt = true;
                tenancy.note("the container's name was taken meanwhile");
            }
            (_, Came::Refused(text)) => {
                tenancy.fail(Error::EngineRefused(text), answer_by);
                return;
            }
            (_, Came::Unreachable(text)) => {
                if let Some(run) = &mut tenancy.run {
                    Away::note(&mut run.engine_away, now, &text);
                    run.last = text;
                }
            }
            (EngineEffect::Start { container }, Came::Unclear(text)) => {
                tenancy.learn_unclear_start(container, text, answer_by);
            }
            (_, Came::Unclear(text)) => {
                tenancy.doubt = true;
                tenancy.note(text);
            }
            (_, Came::Conflict(text)) => tenancy.note(text),
            (_, Came::Expired) => {
                tenancy.lease = None;
                tenancy.store.forget();
            }
            (_, Came::OtherEngine(_)) => tenancy.note("another engine answers"),
            (_, Came::RemovalInProgress) => tenancy.note("the engine is still removing it"),
            (_, other) => tenancy.note(format!("an answer that doesn't fit: {other:?}")),
        }
        self.set_back_engine(user);
    }

    fn set_back_engine(&mut self, user: &UserId) {
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        tenancy.setbacks += 1;
        let setbacks = tenancy.setbacks;
        let not_before = self.now.after(self.backoff(setbacks));
        if let Some(tenancy) = self.tenancies.get_mut(user) {
            tenancy.engine_lane.not_before = not_before;
        }
    }

    pub(super) fn learn_of_endpoint(&mut self, user: &UserId, id: EffectId, outcome: ProbeOutcome) {
        self.dirty.insert(user.clone());
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        if !tenancy.engine_lane.land(id) {
            return;
        }
        match outcome {
            ProbeOutcome::Passed => {
                if let Some(run) = &mut tenancy.run {
                    run.probed = true;
                }
            }
            ProbeOutcome::Failed(text) => {
                // It may have exited: look at it before it is probed again.
                tenancy.note(text);
                tenancy.engine.forget();
                self.set_back_engine(user);
            }
        }
    }
}

impl Tenancy {
    fn learn_look(&mut self, by: &ContainerRef, outcome: EngineOutcome, sent: Instant) {
        match by {
            ContainerRef::Id(id) => return self.learn_certain(id, outcome, sent),
            // The record may have told another name since.
            ContainerRef::Name(name) if *name != self.names.container => return,
            ContainerRef::Name(_) => {}
        }
        let mut seen = Seen {
            asked: sent,
            ..Seen::default()
        };
        if let EngineOutcome::Found(observed) = outcome {
            self.note_look(&observed);
            seen.note(observed.inspected());
        }
        self.engine = View::of(seen);
    }

    /// One that isn't under its name was looked at.
    fn learn_certain(&mut self, id: &ContainerId, outcome: EngineOutcome, sent: Instant) {
        if let EngineOutcome::Found(observed) = &outcome {
            self.note_look(observed);
        }
        let Some(seen) = self.engine.get_mut() else {
            return;
        };
        seen.by_id = true;
        if let EngineOutcome::Found(observed) = outcome {
            if seen.containers.is_empty() {
                seen.asked = sent;
            }
            seen.note(observed.inspected());
        } else {
            seen.drop_container(id);
        }
    }

    fn note_look(&mut self, observed: &Observed) {
        match &observed.state {
            ContainerState::Running => self.note(format!(
                "the container runs, its health is {:?}",
                observed.health
            )),
            state => self.note(format!("the container is {state:?}")),
        }
        if let Some(run) = &mut self.run {
            // Lists of some engines tell of no health check.
            run.unchecked =
                observed.state == ContainerState::Running && observed.health == Health::Absent;
        }
    }

    /// All that bear the user's label were listed.
    fn learn_list(&mut self, listed: Vec<Observed>, sent: Instant) {
        self.doubt = false;
        if let Some(seen) = self.engine.get_mut() {
            if seen.containers.is_empty() {
                seen.asked = sent;
            }
            for observed in listed {
                seen.hear(observed);
            }
            seen.complete = true;
        }
    }

    /// Takes in a look at a volume that a container mounts which is to be adopted; false if it was
    /// looked at for another reason.
    fn learn_mounted(&mut self, name: &str, told: &EngineOutcome) -> bool {
        let labels = match told {
            EngineOutcome::Volume(labels) => Some(labels.clone()),
            EngineOutcome::Absent => None,
            _other => return false,
        };
        let examined = self.run.as_mut().and_then(|run| run.examined.as_mut());
        examined.is_some_and(|examined| examined.learn_volume(name, labels))
    }

    fn learn_volume(
        &mut self,
        labels: Labelled<(InstallationId, UserId)>,
        installation: Option<InstallationId>,
        now: Instant,
    ) {
        let record = self.record(now);
        let adopted = record.is_some_and(|record| record.body.adopted);
        self.volume = VolumeFact::of(labels, installation, &self.user, adopted);
    }

    fn learn_created(&mut self, id: ContainerId, spec: &ContainerSpec, sent: Instant) {
        let labels = Labels::of_pairs(&spec.labels);
        if let Some(run) = &mut self.run {
            run.did.create = true;
            run.started = false;
            run.unchecked = false;
            run.autopsy = None;
        }
        self.meant = Meant::Made(id.clone());
        let made = Observed {
            id,
            name: spec.name.clone(),
            labels,
            state: ContainerState::Created,
            health: Health::Absent,
            configured: Configured::Inspected {
                port: Some(spec.port),
                volumes: alloc::vec![spec.volume.clone()],
            },
            networks: None,
            ran_for: None,
        };
        self.engine = View::of(Seen::listed(&[&made], sent));
    }

    fn learn_removed(&mut self, id: &ContainerId) {
        // One that was made in this run and had to go again replaced nothing.
        let made = self.meant == Meant::Made(id.clone());
        if let Some(run) = &mut self.run {
            if !made {
                run.did.replace = true;
            }
            run.did.create = false;
            run.did.stop = true;
            run.started = false;
        }
        // What is to go for good, or is in doubt, may have brothers under other names.
        let purging =
            matches!(self.store.get_mut(), Some(Row::Found(record)) if record.body.purging);
        let last = !purging && !self.doubt;
        if let Some(seen) = self.engine.get_mut() {
            seen.drop_container(id);
            seen.complete |= last;
        }
        if self.meant_is(id) {
            self.meant = Meant::Gone;
        }
        if self.condemned.as_ref() == Some(id) {
            self.condemned = None;
        }
    }

    fn set_state(&mut self, id: &ContainerId, state: ContainerState) {
        if let Some(seen) = self.engine.get_mut() {
            seen.set_state(id, state);
        }
    }

    /// Engines may take a while to take off the network what a container has left there, and what is
    /// left of this one goes with it: each try is made with a new container.
    fn learn_crowded_start(&mut self, container: &ContainerId, text: String, answer_by: Instant) {
        let Some(run) = &mut self.run else {
            return;
        };
        run.crowded_starts += 1;
        if run.crowded_starts < CROWDED_STARTS {
            run.last = text;
            self.condemned = Some(container.clone());
        } else {
            self.fail(Error::EngineRefused(text), answer_by);
        }
    }

    fn learn_unclear_start(&mut self, container: &ContainerId, text: String, answer_by: Instant) {
        let Some(run) = &mut self.run else {
            return;
        };
        run.unclear_starts += 1;
        if run.unclear_starts < UNCLEAR_STARTS {
            run.last = text;
            // Engines have containers that they never get to start again, such as one whose task
            // was left over when the engine was restarted. The last try is made with a new one.
            if run.unclear_starts + 1 == UNCLEAR_STARTS {
                self.condemned = Some(container.clone());
            }
            return;
        }
        let error = Error::StartFailed {
            exit_code: None,
            log: alloc::vec![text],
        };
        self.fail(error, answer_by);
    }
}
