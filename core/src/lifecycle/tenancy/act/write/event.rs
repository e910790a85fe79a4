//! What a write tells the event log: what it changes of the record, why, and who asked.
//!
//! It is made from the difference between the record as it is known, which the write expects, and as it is
//! to be. So no change goes untold, whichever step of the table writes it.

use alloc::vec::Vec;

use crate::effect::Put;
use crate::error::Error;
use crate::event::{Cause, Change, EventBody};
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::FitFact;
use crate::lifecycle::decision::goal::Goal;
use crate::lifecycle::tenancy::amendment::Amendment;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::record::{Body, Failure, Intent};

impl Tenancy {
    /// What is told of a record's end.
    pub(super) fn end_event(&self) -> EventBody {
        self.event(Change::Purged, Cause::Purge)
    }

    /// What is told of a write.
    pub(super) fn events(
        &self,
        cx: &Context,
        put: &Put,
        amendment: Option<&Amendment>,
    ) -> Vec<EventBody> {
        let before = self.record(cx.now).map(|record| &record.body);
        let mut events = Vec::new();
        let mut tell = |change: Option<Change>| {
            events.extend(change.map(|change| {
                let cause = self.cause(cx, &change, before);
                self.event(change, cause)
            }));
        };
        tell(before.is_none().then_some(Change::Made));
        tell(rotation(before, &put.body));
        tell(self.transition(cx, before, put));
        tell(self.repair(put));
        if let Some(amendment) = amendment
            && let Some(change) = limit(before, &put.body)
        {
            events.push(EventBody {
                change,
                cause: Cause::Limit,
                actor: amendment.actor.clone(),
            });
        }
        events
    }

    fn event(&self, change: Change, cause: Cause) -> EventBody {
        EventBody {
            change,
            cause,
            actor: self.behalf.as_ref().and_then(|behalf| behalf.actor.clone()),
        }
    }

    /// What becomes of the container, as the record says.
    fn transition(&self, cx: &Context, before: Option<&Body>, put: &Put) -> Option<Change> {
        let body = &put.body;
        if self.is_adopted_by(before, body) {
            return Some(Change::Adopted);
        }
        let intent_before = before.map(|before| before.intent);
        if let Some(failed) = self.failure_told_by(before, put) {
            return Some(failed);
        }
        if intent_before == Some(body.intent) {
            return None;
        }
        Some(match body.intent {
            Intent::Starting => Change::Starting,
            Intent::Running if intent_before == Some(Intent::Starting) => Change::Ready {
                took: self
                    .behalf
                    .as_ref()
                    .map(|behalf| cx.now.since(behalf.since))
                    .unwrap_or_default(),
            },
            Intent::Running => Change::FoundRunning,
            Intent::Stopping => Change::Stopping,
            Intent::Removing => Change::Removing,
            Intent::Stopped => Change::Stopped,
        })
    }

    fn is_adopted_by(&self, before: Option<&Body>, body: &Body) -> bool {
        let adopts = self.goal() == Some(Goal::Adopted) && body.adopted;
        adopts && before.is_none_or(|before| !before.adopted || before.container != body.container)
    }

    /// That a start has failed, if the write says so and gives the lease back.
    fn failure_told_by(&self, before: Option<&Body>, put: &Put) -> Option<Change> {
        let failure = put.body.failure.as_ref()?;
        let verdict = self.run.as_ref().and_then(|run| run.verdict.as_ref());
        match verdict {
            Some((error, _)) if put.lease.is_none() => Some(failed(error)),
            Some(_) => None,
            None => {
                let known = before.and_then(|before| before.failure.as_ref());
                let is_new = known.is_none_or(|known| !is_same(known, failure));
                is_new.then(|| failed_as_recorded(failure))
            }
        }
    }

    /// That what was found to differ doesn't any more.
    fn repair(&self, put: &Put) -> Option<Change> {
        let behalf = self.behalf.as_ref()?;
        let ends = behalf.goal == Goal::Repaired && self.run.is_some() && put.lease.is_none();
        let problem = behalf.problem.filter(|_| ends)?;
        Some(Change::Repaired { problem })
    }

    fn goal(&self) -> Option<Goal> {
        self.behalf.as_ref().map(|behalf| behalf.goal)
    }

    /// Why the write changes that.
    fn cause(&self, cx: &Context, change: &Change, before: Option<&Body>) -> Cause {
        let Some(goal) = self.goal() else {
            return Cause::Repair;
        };
        match goal {
            Goal::Running if matches!(change, Change::Stopping | Change::Removing) => {
                self.cause_to_replace(cx, before)
            }
            Goal::Running => Cause::Ensure,
            Goal::Fresh => Cause::Restart,
            Goal::Rotated => Cause::Rotate,
            Goal::Stopped => Cause::Stop,
            Goal::Reaped => Cause::Idle,
            Goal::Evicted => Cause::Evicted,
            Goal::Absent => Cause::Purge,
            Goal::Adopted => Cause::Adopt,
            Goal::Repaired => Cause::Repair,
        }
    }

    /// Why a container has to go that was to run.
    fn cause_to_replace(&self, cx: &Context, before: Option<&Body>) -> Cause {
        let intent = before.map(|before| before.intent);
        if matches!(intent, Some(Intent::Stopping | Intent::Removing)) {
            return Cause::Superseded;
        }
        match self.facts(cx).fit {
            FitFact::Outdated => Cause::Drift,
            FitFact::Fit
            | FitFact::Condemned
            | FitFact::Unpublished
            | FitFact::CutOff
            | FitFact::OtherToken => Cause::Unusable,
        }
    }
}

/// A start that failed for that.
fn failed(error: &Error) -> Change {
    let (exit_code, log) = match error {
        Error::StartFailed { exit_code, log } => (*exit_code, log.clone()),
        _ => (None, Vec::new()),
    };
    Change::Failed {
        code: error.code().into(),
        reason: alloc::format!("{error}"),
        exit_code,
        log,
    }
}

/// A start whose failure was written down so.
fn failed_as_recorded(failure: &Failure) -> Change {
    Change::Failed {
        code: "start_failed".into(),
        reason: failure.reason.clone(),
        exit_code: failure.exit_code,
        log: failure.log.clone(),
    }
}

/// That the user has another token. The first one goes without saying.
fn rotation(before: Option<&Body>, body: &Body) -> Option<Change> {
    let generation = body.token_generation;
    let is_new = before.is_some_and(|before| before.token_generation != generation);
    is_new.then_some(Change::Rotated { generation })
}

fn limit(before: Option<&Body>, body: &Body) -> Option<Change> {
    let limit = body.idle_limit;
    let is_new = before.and_then(|before| before.idle_limit) != limit;
    is_new.then_some(Change::IdleLimited { limit })
}

/// Whether both were written of one failure: how long it keeps the next start back is read anew.
fn is_same(one: &Failure, other: &Failure) -> bool {
    (one.count, &one.reason, one.exit_code, &one.log)
        == (other.count, &other.reason, other.exit_code, &other.log)
}
