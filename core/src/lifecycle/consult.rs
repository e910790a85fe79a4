//! Consulting the decision table for one user, again and again, until there is nothing to do but
//! wait.

use core::time::Duration;

use super::Lifecycle;
use super::facts::Goal;
use super::knowledge::Meant;
use super::table::{self, Step};
use super::tenancy::{Away, Phase, Tenancy};
use crate::error::Error;
use crate::record::Intent;
use crate::user::UserId;

/// More steps than this without waiting would be a loop.
const STEPS_AT_ONCE: u32 = 64;
/// How often a run may get a deadline anew because what it waits for has changed.
const PHASES: u32 = 6;

impl Lifecycle {
    /// How long a run may spend in a phase.
    pub(super) fn limit(&self, goal: Goal, phase: Phase) -> Duration {
        let timing = &self.settings.timing;
        match phase {
            Phase::Working if goal == Goal::Running => timing.start,
            // The old container has to end first.
            Phase::Working if goal.runs() => timing.start.saturating_add(timing.grace),
            // Another controller's start may have to end first.
            Phase::Working => timing
                .start
                .saturating_add(timing.grace)
                .saturating_add(timing.answer),
            Phase::Queued => timing.queue,
            Phase::Preparing => timing.pull.saturating_add(timing.engine),
        }
    }

    pub(super) fn leave_line(&mut self, user: &UserId) {
        self.evictions.forget(user);
        self.awaiting.remove(user);
        if let Some(next) = self.line.leave(user) {
            self.dirty.insert(next);
        }
    }

    /// Looks at one user, and does what the table says until it is to wait.
    pub(super) fn consult(&mut self, user: &UserId) {
        self.expire_touches(user);
        self.expire_amendment(user);
        for _ in 0..STEPS_AT_ONCE {
            self.keep_lease(user);
            self.judge(user);
            self.recognise_current(user);
            let Some(tenancy) = self.tenancies.get(user) else {
                return;
            };
            let facts = self.facts(tenancy);
            let (row, step) = table::decide(&facts);
            self.rows.note(row);
            self.enter_phase(user, step);
            if !self.take(user, step) {
                break;
            }
        }
        self.set_wake(user);
    }

    /// Renews the lease in time, and gives it up for lost where that failed: nothing is begun in
    /// the margin before its end.
    fn keep_lease(&mut self, user: &UserId) {
        let now = self.now;
        let margin = self.settings.timing.margin;
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        let Some(lease) = tenancy.lease else {
            return;
        };
        if lease.until.before(margin) <= now {
            tenancy.lease = None;
            tenancy.forget();
            return;
        }
        let finishing = tenancy.record(now).is_some_and(|record| {
            matches!(record.body.intent, Intent::Stopping | Intent::Removing)
        });
        let wanted = match &tenancy.run {
            Some(run) => run.verdict.is_none(),
            None => tenancy.engine_lane.flight.is_some() && finishing,
        };
        if wanted && lease.renew_at <= now && tenancy.store_lane.is_free(now) {
            self.rewrite(user);
        }
    }

    /// A current container that no record names yet must be known again by its id, whatever it is
    /// called by then, by us and by whoever takes over from us.
    fn recognise_current(&mut self, user: &UserId) {
        let now = self.now;
        let Some(tenancy) = self.tenancies.get(user) else {
            return;
        };
        if tenancy.is_recorded(now) {
            return;
        }
        let current = self.current(tenancy).map(|observed| observed.id.clone());
        if let (Some(id), Some(tenancy)) = (current, self.tenancies.get_mut(user)) {
            tenancy.meant = Meant::Found(id);
        }
    }

    /// Fails a run whose time or patience has run out.
    fn judge(&mut self, user: &UserId) {
        let now = self.now;
        let answer_by = self.answer_by();
        let patience = self.settings.timing.patience;
        let limits = self.settings.limits;
        let image = &self.settings.template(user).image;
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        let Some(run) = &tenancy.run else {
            return;
        };
        let ran_out = |away: &Option<Away>| {
            away.as_ref()
                .filter(|away| now.since(away.since) >= patience)
                .map(|away| away.why.clone())
        };
        let error = if let Some(why) = ran_out(&run.engine_away) {
            Error::EngineUnreachable(why)
        } else if let Some(why) = ran_out(&run.store_away) {
            Error::StoreUnreachable(why)
        } else if run.deadline <= now {
            let after = run.deadline.since(run.since);
            let last = run.last.clone();
            match run.phase {
                Phase::Working if run.did.start => Error::StartTimeout { after, last },
                Phase::Preparing if self.premises.lack_image(image) => Error::ImageMissing {
                    image: image.clone(),
                    why: last,
                },
                Phase::Working | Phase::Preparing => Error::Timeout { after, last },
                Phase::Queued if run.dry => Error::PortsExhausted(self.settings.ports),
                Phase::Queued if run.no_room => Error::LimitReached {
                    limit: limits.running.unwrap_or(u32::MAX),
                },
                Phase::Queued => Error::Busy {
                    limit: limits.starting,
                },
            }
        } else {
            return;
        };
        tenancy.fail(error, answer_by);
    }

    /// Until when an answer may wait for the record to be put right.
    pub(super) fn answer_by(&self) -> crate::time::Instant {
        self.now.after(self.settings.timing.store)
    }

    /// Waiting in line, and waiting for an image, have time limits of their own.
    fn enter_phase(&mut self, user: &UserId, step: Step) {
        let now = self.now;
        let Some(run) = self
            .tenancies
            .get(user)
            .and_then(|tenancy| tenancy.run.as_ref())
        else {
            return;
        };
        let phase = match step {
            Step::AwaitTurn | Step::AwaitPort => Phase::Queued,
            Step::AwaitPremises => Phase::Preparing,
            Step::Claim(Intent::Starting) | Step::Ask if run.no_room => Phase::Queued,
            Step::Rest
            | Step::Ask
            | Step::AskStore
            | Step::AskByUser
            | Step::LookLater
            | Step::AwaitLease
            | Step::Claim(_)
            | Step::Settle(_)
            | Step::Amend
            | Step::AnswerAmendment
            | Step::Delete
            | Step::ReplacePort
            | Step::EnsureVolume
            | Step::LookAtVolume
            | Step::RemoveVolume
            | Step::Examine
            | Step::ExamineVolume
            | Step::RemoveSurplus
            | Step::Create
            | Step::Start
            | Step::Unpause
            | Step::Stop
            | Step::Remove
            | Step::ReadLog
            | Step::Probe
            | Step::Flush
            | Step::Fail(_)
            | Step::Answer => Phase::Working,
        };
        if phase == run.phase || run.phases >= PHASES {
            return;
        }
        let limit = self.limit(run.goal, phase);
        if let Some(run) = self
            .tenancies
            .get_mut(user)
            .and_then(|tenancy| tenancy.run.as_mut())
        {
            run.phase = phase;
            run.phases += 1;
            run.since = now;
            run.deadline = now.after(limit);
        }
    }

    /// Notes when the user is to be looked at again, or drops what needn't be kept.
    fn set_wake(&mut self, user: &UserId) {
        let patience = self.settings.timing.patience;
        let margin = self.settings.timing.margin;
        let now = self.now;
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        if let Some(wake) = tenancy.wake.take() {
            self.wakes.remove(&(wake, user.clone()));
        }
        let stirs = !tenancy.is_quiet();
        if stirs != tenancy.stirs {
            tenancy.stirs = stirs;
            if stirs {
                self.stirring.insert(user.clone());
            } else {
                self.stirring.remove(user);
            }
        }
        if !stirs {
            if tenancy.looked.is_none() {
                tenancy.engine.forget();
            }
            if tenancy.record(now).is_none() {
                self.tenancies.remove(user);
            }
            return;
        }
        let next = tenancy.wakes(patience, margin).filter(|at| *at > now).min();
        if let Some(at) = next {
            tenancy.wake = Some(at);
            self.wakes.insert((at, user.clone()));
        }
    }
}

impl Tenancy {
    /// All times at which something may change by itself.
    fn wakes(
        &self,
        patience: Duration,
        margin: Duration,
    ) -> impl Iterator<Item = crate::time::Instant> {
        let run = self.run.as_ref();
        let lease = self.lease.as_ref();
        let touch = self.touches.iter().map(|(_, deadline)| *deadline).min();
        [
            run.map(|run| run.deadline),
            run.and_then(|run| run.verdict.as_ref())
                .map(|(_, answer_by)| *answer_by),
            run.and_then(|run| run.engine_away.as_ref())
                .map(|away| away.since.after(patience)),
            run.and_then(|run| run.store_away.as_ref())
                .map(|away| away.since.after(patience)),
            lease.map(|lease| lease.renew_at),
            lease.map(|lease| lease.until.before(margin)),
            self.store.until(),
            self.engine.until(),
            Some(self.store_lane.not_before),
            Some(self.engine_lane.not_before),
            touch,
            self.amendment.as_ref().map(|amendment| amendment.deadline),
        ]
        .into_iter()
        .flatten()
    }
}
