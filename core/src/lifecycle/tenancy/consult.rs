//! Consulting the decision table for one user, again and again, until there is nothing to do but
//! wait.

use alloc::string::ToString as _;

use super::current::CurrentContainer;
use super::run::{Phase, Run, Shortage};
use super::state::Tenancy;
use crate::error::Error;
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::step::Step;
use crate::lifecycle::decision::table;
use crate::lifecycle::output::{Loop, Output};
use crate::record::Intent;

impl Tenancy {
    /// Does what the table says until it is to wait.
    pub(crate) fn consult(&mut self, cx: &mut Context) {
        self.expire_touches(cx);
        self.answer_pending_touches(cx);
        self.expire_amendment(cx);
        if let Some((row, step)) = self.take_steps(cx) {
            cx.loops += 1;
            cx.outbox.push_back(Output::Looped(Loop {
                user: self.user.clone(),
                row,
                step: step.words(),
                times: cx.loops,
            }));
        }
    }

    /// Takes so many steps as there may be; the last one and its row, if it isn't to wait by then.
    fn take_steps(&mut self, cx: &mut Context) -> Option<(usize, Step)> {
        let mut last = None;
        for _ in 0..cx.most_steps {
            self.keep_lease(cx);
            self.judge(cx);
            self.recognise_current(cx);
            let facts = self.facts(cx);
            let (row, step) = table::decide(&facts);
            if cfg!(feature = "model-checking") {
                cx.rows.note(row);
            }
            self.enter_phase(cx, step);
            let goes_on = self.take(cx, step);
            if !goes_on {
                self.tell_progress(cx, step);
                self.keep_turn(cx, step);
                return None;
            }
            last = Some((row, step));
        }
        last
    }

    /// Renews the lease in time, and gives it up for lost where that failed: nothing is begun in
    /// the margin before its end.
    fn keep_lease(&mut self, cx: &mut Context) {
        let now = cx.now;
        let Some(lease) = self.lease else {
            return;
        };
        if lease.until.before(cx.settings.timing.margin) <= now {
            self.lease = None;
            self.forget();
            return;
        }
        let finishing = self.record(now).is_some_and(|record| {
            matches!(record.body.intent, Intent::Stopping | Intent::Removing)
        });
        let wanted = match &self.run {
            Some(run) => run.verdict.is_none(),
            None => self.engine_slot.is_taken() && finishing,
        };
        if wanted && lease.renew_at <= now && self.store_slot.is_free(now) {
            self.rewrite(cx);
        }
    }

    /// A current container that no record names yet must be known again by its id, whatever it is
    /// called by then, by us and by whoever takes over from us.
    fn recognise_current(&mut self, cx: &Context) {
        if self.is_recorded(cx.now) {
            return;
        }
        if let Some(id) = self.current(cx).map(|observed| observed.id.clone()) {
            self.current_container = CurrentContainer::Found(id);
        }
    }

    /// Fails a run whose time or patience has run out.
    fn judge(&mut self, cx: &Context) {
        if let Some(error) = self.run.as_ref().and_then(|run| self.ran_out(run, cx)) {
            self.fail(error, cx.answer_by());
        }
    }

    fn ran_out(&self, run: &Run, cx: &Context) -> Option<Error> {
        let patience = cx.settings.timing.patience;
        [&run.engine_unreachable, &run.store_unreachable]
            .into_iter()
            .flatten()
            .find_map(|what| what.verdict(cx.now, patience).cloned())
            .or_else(|| (run.deadline <= cx.now).then(|| self.timed_out(run, cx)))
    }

    fn timed_out(&self, run: &Run, cx: &Context) -> Error {
        let limits = cx.settings.limits;
        let image = &cx.settings.template(&self.user).image;
        let after = run.limit();
        let last = self.effort.with_last_words(&run.last);
        match run.phase {
            Phase::Working if run.did.start => Error::StartTimeout {
                after,
                readiness: cx.settings.readiness.to_string(),
                last,
            },
            Phase::Preparing if cx.prerequisites.lack_image(image) => Error::ImageMissing {
                image: image.clone(),
                why: last,
            },
            Phase::Working | Phase::Preparing => Error::Timeout { after, last },
            Phase::Queued => match run.shortage {
                Some(Shortage::Ports) => Error::PortsExhausted(cx.settings.ports),
                Some(Shortage::RunningLimit) => Error::LimitReached {
                    limit: limits.running.unwrap_or(u32::MAX),
                },
                None => Error::Busy {
                    limit: limits.starting,
                },
            },
        }
    }

    /// Waiting in the start queue, and waiting for an image, have time limits of their own.
    fn enter_phase(&mut self, cx: &Context, step: Step) {
        let Some(run) = &mut self.run else {
            return;
        };
        let phase = Phase::of(step, run.shortage);
        if phase != run.phase {
            run.enter(phase, cx.now, &cx.settings.timing);
        }
    }
}
