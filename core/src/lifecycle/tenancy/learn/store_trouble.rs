//! Answers of the store that bring the work no further.

use alloc::string::String;
use core::time::Duration;

use crate::effect::{Effect, PortChange, StoreEffect};
use crate::error::{Error, VolumeOwner};
use crate::id::Port;
use crate::lifecycle::context::Context;
use crate::lifecycle::context::in_flight::Purpose;
use crate::lifecycle::context::next::register;
use crate::lifecycle::context::prerequisites::{CheckState, Prerequisite};
use crate::lifecycle::retry::Unreachable;
use crate::lifecycle::tenancy::run::Shortage;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::outcome::{StoreFailure, StoreOutcome};
use crate::record::Body;

impl Tenancy {
    /// A statement brought nothing.
    pub(crate) fn store_trouble(&mut self, cx: &mut Context, outcome: &StoreOutcome) {
        cx.look_again(&self.user);
        let Some(failure) = outcome.failure() else {
            return;
        };
        match failure {
            StoreFailure::Unreachable(text) => {
                if let Some(run) = &mut self.run {
                    Unreachable::note(&mut run.store_unreachable, cx.now, failure.into());
                    run.last = text.into();
                }
            }
            StoreFailure::Refused(_) => self.fail(failure.into(), cx.answer_by()),
            StoreFailure::Unwritable(_) => {
                let error = Error::from(failure);
                self.fail_amendment(cx, &error);
                // At once: what would be put right before can't be written either.
                self.fail(error, cx.now);
            }
            StoreFailure::Unclear(text) => self.note(text),
        }
    }

    pub(super) fn set_back_store(&mut self, cx: &mut Context) {
        let not_before = self.store_retry.set_back(cx.now, &mut cx.entropy);
        self.store_slot.wait_until(not_before);
    }

    /// Somebody else wrote the record since it was read.
    pub(super) fn learn_conflict(&mut self) {
        self.lease = None;
        self.forget();
        self.note("another controller wrote the user's record");
    }

    /// The port that was asked for can't be had.
    pub(super) fn learn_no_port(
        &mut self,
        cx: &mut Context,
        change: PortChange,
        known: u32,
        free_in: Option<Duration>,
    ) {
        match change {
            PortChange::Take(port) => {
                let error = Error::NotAdoptable(claimed_for_another(port));
                self.fail(error, cx.answer_by());
            }
            PortChange::Claim(_)
            | PortChange::Replace { .. }
            | PortChange::Keep
            | PortChange::Free { .. } => self.learn_no_free_port(cx, known, free_in),
        }
    }

    /// No port was free: the store may not know of all of the range yet.
    fn learn_no_free_port(&mut self, cx: &mut Context, known: u32, free_in: Option<Duration>) {
        if known >= cx.settings.ports.count() {
            cx.ports.rested = free_in.map(|rest| cx.now.after(rest));
            if let Some(run) = &mut self.run {
                run.shortage = Some(Shortage::Ports);
            }
            return;
        }
        if let Some(engine) = cx.known_engine().cloned()
            && cx.prerequisites.is_engine_ready()
        {
            let which = Prerequisite::Engine;
            cx.prerequisites.set(&which, CheckState::UnderWay);
            let effect: StoreEffect = register(&cx.settings, engine);
            cx.send(Purpose::Prerequisite(which), Effect::Store(effect), None);
        }
    }
}

fn claimed_for_another(port: Port) -> String {
    alloc::format!(
        "its port {port} is claimed for another user: `list` shows whose it is; purge that user, or \
         make the container anew on another port"
    )
}

/// Why a write was refused that was to have a record name another's volume.
pub(super) fn named_by_another(body: &Body) -> Error {
    let name = body.names.volume.clone();
    // Nothing but an adoption has an adopted record name another volume.
    if body.adopted {
        return Error::NotAdoptable(alloc::format!(
            "the volume {name:?} is another user's, whose record names it: give this user a volume \
             of its own, such as a copy"
        ));
    }
    Error::VolumeTaken {
        name,
        by: VolumeOwner::Recorded,
    }
}
