//! Asking store and engine what isn't known of the user.

use crate::effect::{ContainerRef, EngineEffect, Scope};
use crate::id::ContainerId;
use crate::lifecycle::context::Context;
use crate::lifecycle::context::prerequisites::Prerequisite;
use crate::lifecycle::decision::facts::{ContainerFact, IdentityFact, RecordFact};
use crate::lifecycle::decision::goal::Goal;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::record::Intent;

impl Tenancy {
    pub(crate) fn ask(&mut self, cx: &mut Context) {
        self.ask_store(cx);
        self.ask_identity(cx);
        // A warm ensure asks the engine and has its activity acknowledged in the same round trip.
        let runs = self
            .record(cx.now)
            .is_some_and(|record| record.body.intent == Intent::Running);
        let wanted = self
            .run
            .as_ref()
            .is_some_and(|run| run.goal() == Goal::Running && run.verdict.is_none());
        let slack = cx.settings.timing.slack;
        if runs && wanted && !self.activity_is_acknowledged(slack, cx.now) {
            self.want_flush(cx);
        }
        let unknown = self.seen_container(cx) == ContainerFact::Unknown;
        if unknown && self.engine_slot.is_free(cx.now) {
            let name = self.names.container.clone();
            self.send_to_engine(cx, EngineEffect::Inspect(ContainerRef::Name(name)));
        }
    }

    pub(crate) fn ask_store(&mut self, cx: &mut Context) {
        let unknown = self.record_fact(cx) == RecordFact::Unknown;
        if unknown && self.store_slot.is_free(cx.now) {
            self.want_load(cx);
        }
    }

    /// Has the engine asked which it is, unless that is known; the user is looked at again once it
    /// is, or can't be.
    fn ask_identity(&self, cx: &mut Context) {
        if self.identity(cx) != IdentityFact::Proven {
            cx.awaiting.insert(self.user.clone());
            cx.begin_check(Prerequisite::Engine);
        }
    }

    pub(crate) fn ask_by_user(&mut self, cx: &mut Context) {
        let Some(installation) = cx.installation() else {
            return;
        };
        if self.engine_slot.is_free(cx.now) {
            let effect = match self.certain_unseen(cx) {
                Some(id) => EngineEffect::Inspect(ContainerRef::Id(id)),
                None => EngineEffect::List(Scope::User(installation, self.user.clone())),
            };
            self.send_to_engine(cx, effect);
        }
    }

    /// The container that is to be looked at by its id: one that only a list has told of, or one
    /// that was adopted, and so bears no label to look by; unless it was looked for.
    fn certain_unseen(&self, cx: &Context) -> Option<ContainerId> {
        let seen = self.engine.get(cx.now)?;
        let current = self.current(cx).map(|observed| &observed.id);
        if let Some(id) = current.filter(|id| seen.hearsay.contains(id)) {
            return Some(id.clone());
        }
        if let Some(unseen) = self.sorted(cx).unseen() {
            return Some(unseen.id.clone());
        }
        let record = self.record(cx.now)?;
        let id = self.current_container.resolve(record)?;
        (record.body.adopted && !seen.by_id).then(|| id.clone())
    }
}
