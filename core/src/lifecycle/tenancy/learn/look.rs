//! What looks, lists and changes tell of the user's containers and volumes.

use alloc::format;
use alloc::vec::Vec;

use crate::effect::ContainerRef;
use crate::id::{ContainerId, InstallationId};
use crate::label::{Labelled, Labels};
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::VolumeFact;
use crate::lifecycle::tenancy::aim::Aim;
use crate::lifecycle::tenancy::current::CurrentContainer;
use crate::lifecycle::tenancy::knowledge::{Seen, View};
use crate::lifecycle::tenancy::run::{Made, ReadySign};
use crate::lifecycle::tenancy::state::Tenancy;
use crate::observed::{Configured, ContainerState, Health, Observed};
use crate::outcome::EngineOutcome;
use crate::record::Row;
use crate::spec::ContainerSpec;
use crate::time::Instant;
use crate::user::UserId;

impl Tenancy {
    pub(super) fn learn_look(&mut self, by: &ContainerRef, outcome: EngineOutcome, sent: Instant) {
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
            // One of whose health nothing is told may have a health check.
            let unchecked =
                observed.state == ContainerState::Running && observed.health == Health::Absent;
            run.ready_sign = match run.ready_sign {
                ReadySign::Probed => ReadySign::Probed,
                ReadySign::None | ReadySign::NoHealthCheck if unchecked => ReadySign::NoHealthCheck,
                ReadySign::None | ReadySign::NoHealthCheck => ReadySign::None,
            };
        }
    }

    /// All that bear the user's label were listed.
    pub(super) fn learn_list(&mut self, listed: Vec<Observed>, sent: Instant) {
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
    pub(super) fn learn_mounted(&mut self, name: &str, told: &EngineOutcome) -> bool {
        let labels = match told {
            EngineOutcome::Volume(labels) => Some(labels.clone()),
            EngineOutcome::Absent => None,
            _other => return false,
        };
        let Some(run) = &mut self.run else {
            return false;
        };
        let Aim::Adopt {
            examined: Some(examined),
            ..
        } = &mut run.aim
        else {
            return false;
        };
        examined.learn_volume(name, labels)
    }

    pub(super) fn learn_volume(
        &mut self,
        cx: &Context,
        labels: Labelled<(InstallationId, UserId)>,
    ) {
        let record = self.record(cx.now);
        let adopted = record.is_some_and(|record| record.body.adopted);
        self.volume = VolumeFact::of(labels, cx.installation(), &self.user, adopted);
    }

    pub(super) fn learn_created(&mut self, id: ContainerId, spec: &ContainerSpec, sent: Instant) {
        let labels = Labels::of_pairs(&spec.labels);
        if let Some(run) = &mut self.run {
            run.did.made.create();
            run.started = false;
            if run.ready_sign == ReadySign::NoHealthCheck {
                run.ready_sign = ReadySign::None;
            }
            run.exit_log = None;
        }
        self.current_container = CurrentContainer::Made(id.clone());
        let made = Observed {
            id,
            name: spec.name.clone(),
            labels,
            state: ContainerState::Stopped { exit_code: None },
            health: Health::Absent,
            configured: Configured::Inspected {
                port: spec.port(),
                volumes: alloc::vec![spec.volume.clone()],
            },
            networks: None,
            ran_for: None,
        };
        self.engine = View::of(Seen::listed(&[&made], sent));
    }

    pub(super) fn learn_removed(&mut self, id: &ContainerId) {
        // One that was made in this run and had to go again replaced nothing.
        let made = self.current_container == CurrentContainer::Made(id.clone());
        if let Some(run) = &mut self.run {
            if made {
                run.did.made.undo();
            } else {
                run.did.made = Made::OldRemoved;
            }
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
        if self.may_be_current(id) {
            self.current_container = CurrentContainer::Gone;
        }
        if self.condemned.as_ref() == Some(id) {
            self.condemned = None;
        }
    }

    pub(super) fn set_state(&mut self, id: &ContainerId, state: ContainerState) {
        if let Some(seen) = self.engine.get_mut() {
            seen.set_state(id, state);
        }
    }
}
