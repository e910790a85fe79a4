//! Writing down what is about to be done, and taking the lease for it.

use crate::effect::{Expect, Idle, PortChange};
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::ContainerFact;
use crate::lifecycle::decision::goal::Goal;
use crate::lifecycle::tenancy::aim::{Aim, Rotation};
use crate::lifecycle::tenancy::run::Run;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::record::Intent;
use crate::settings::Readiness;

impl Tenancy {
    pub(crate) fn claim(&mut self, cx: &mut Context, intent: Intent) {
        if !self.store_slot.is_free(cx.now) {
            return;
        }
        let goal = self.run.as_ref().map(Run::goal);
        let known = self.as_it_is(cx);
        let (expect, mut body) = known.unwrap_or_else(|| self.first_body(cx));
        body.intent = intent;
        if intent == Intent::Starting && self.container(cx) == ContainerFact::Absent {
            // The one that is to be made is meant, also if nobody hears that it was.
            body.container = None;
        }
        if goal == Some(Goal::Absent) {
            body.purging = true;
            self.note_purged(expect);
        }
        let rotates = intent == Intent::Stopping && goal == Some(Goal::Rotated);
        if rotates {
            self.renew_token(cx, expect, &mut body);
        }
        let mut put = self.plain_put(cx, expect, body);
        put.lease = Some(cx.settings.timing.lease);
        if intent == Intent::Starting {
            if cx.publishes() {
                put.port = PortChange::Claim(cx.settings.ports);
            }
            put.running_limit = cx.settings.limits.running;
        }
        if intent == Intent::Stopping && goal == Some(Goal::Reaped) {
            put.idle = Some(Idle::of(&cx.settings));
        }
        let id = self.put(cx, put);
        if rotates && let Some(run) = &mut self.run {
            run.aim = Aim::Rotate(Rotation::Writing(id));
        }
    }

    /// What is purged is the record that was there when the purge was asked for.
    fn note_purged(&mut self, expect: Expect) {
        let purge = self.run.as_mut().and_then(|run| run.aim.purge());
        if let (Some(purge), Expect::At(version)) = (purge, expect) {
            purge.meet(version.record);
        }
    }

    /// Where readiness doesn't ask the container, the start of one that ended soon after its last
    /// says little: what went wrong stays written down until it has run for long.
    pub(crate) fn note_short_run(&mut self, cx: &Context) {
        let weak = match cx.settings.readiness {
            Readiness::None | Readiness::Running => true,
            Readiness::Healthy | Readiness::Tcp | Readiness::Http(_) => false,
        };
        let mut current = self.current(cx).into_iter();
        if weak && current.any(|observed| observed.ended_soon(cx.settings.timing.steady)) {
            self.note_flapped();
        }
    }

    pub(super) fn note_flapped(&mut self) {
        if let Some(run) = &mut self.run {
            run.flapped = true;
            // Those lines are told; the next start has lines of its own.
            run.exit_log = None;
        }
    }
}
