//! What is wanted for a user: who joins whom, who takes whose place, who waits.

use alloc::vec::Vec;

use super::aim::Aim;
use super::behalf::Behalf;
use super::run::{Phase, Run};
use super::state::Tenancy;
use crate::error::Error;
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::VolumeFact;
use crate::lifecycle::decision::goal::Goal;
use crate::lifecycle::request::Request;
use crate::record::Row;

/// What becomes of a request that meets a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Arbitration {
    /// Both want the same.
    Join,
    /// What is wanted now holds what was wanted before.
    Widen,
    /// The newest word wins.
    Supersede,
    /// It is done afterwards.
    Queue,
    /// It isn't worth waiting for.
    Drop,
}

fn arbitrate(under_way: Goal, wanted: Goal) -> Arbitration {
    match (under_way, wanted) {
        _ if under_way == wanted => Arbitration::Join,
        // A container that was started anew runs.
        (Goal::Fresh, Goal::Running) => Arbitration::Join,
        (Goal::Running, Goal::Fresh) | (Goal::Reaped, Goal::Stopped) => Arbitration::Widen,
        // Whoever does these looks again anyway.
        (_, Goal::Reaped | Goal::Evicted | Goal::Repaired) => Arbitration::Drop,
        // A purge is finished first; so is what takes a moment, or changes a token.
        (Goal::Absent | Goal::Adopted, _)
        | (_, Goal::Rotated | Goal::Adopted)
        | (Goal::Rotated, Goal::Running | Goal::Fresh) => Arbitration::Queue,
        (
            Goal::Running
            | Goal::Fresh
            | Goal::Rotated
            | Goal::Stopped
            | Goal::Reaped
            | Goal::Evicted
            | Goal::Repaired,
            Goal::Running | Goal::Fresh | Goal::Stopped | Goal::Absent,
        ) => Arbitration::Supersede,
    }
}

impl Tenancy {
    /// Somebody wants the user's container to reach a goal.
    pub(crate) fn request(&mut self, cx: &mut Context, request: Request) {
        cx.look_again(&self.user);
        let Some(run) = &mut self.run else {
            self.begin(cx, request);
            return;
        };
        if let Some((error, _)) = &run.verdict {
            // It only waits for the record to be put right, and what came of it is known.
            let error = error.clone();
            self.supersede(cx, request, &error);
            return;
        }
        match arbitrate(run.goal(), request.goal) {
            Arbitration::Join => {
                run.asked = cx.now;
                run.tell_newcomer(cx, &request);
                run.waiters.push(request);
                // Who came back before this was asked for is meant, too.
                if let Some(purge) = run.aim.purge() {
                    purge.record = None;
                }
            }
            Arbitration::Widen => {
                let limit = Phase::Working.limit(request.goal, &cx.settings.timing);
                run.asked = cx.now;
                run.aim = Aim::of(request.goal);
                run.tell_newcomer(cx, &request);
                self.behalf = Some(Behalf::of(&request, cx.now));
                run.waiters.push(request);
                run.since = cx.now;
                run.deadline = cx.now.after(limit);
            }
            Arbitration::Supersede => {
                let why = superseded(request.goal);
                self.supersede(cx, request, &why);
            }
            Arbitration::Queue => self.queue(cx, request),
            Arbitration::Drop => {
                let by = superseded(run.goal());
                self.refuse(cx, &request, &by);
            }
        }
    }

    /// Begins a run in place of the one under way, whose waiters are told why.
    fn supersede(&mut self, cx: &mut Context, request: Request, why: &Error) {
        let before = self.run.take();
        self.begin(cx, request);
        if let Some(run) = before {
            self.refuse_all(cx, &run.waiters, why);
        }
    }

    /// Begins a run. What was seen before it is no answer to it, unless events kept it current.
    fn begin(&mut self, cx: &mut Context, request: Request) {
        // What is to be adopted bears no label, and events don't tell of it.
        let goal = request.goal;
        let current = goal != Goal::Adopted && self.is_kept_current(cx);
        let limit = Phase::Working.limit(goal, &cx.settings.timing);
        let mut run = Run::new(goal, cx.now, limit);
        self.behalf = Some(Behalf::of(&request, cx.now));
        run.waiters.push(request);
        self.run = Some(run);
        self.store_retry.succeed();
        self.engine_retry.succeed();
        self.volume = VolumeFact::Unknown;
        if !current {
            self.engine.forget();
        }
        let trusted = match self.store.get_mut() {
            // Nobody is put off because of a failure that may be over.
            Some(Row::Found(record)) => {
                goal == Goal::Running && record.lease.is_none() && record.body.failure.is_none()
            }
            Some(Row::Absent | Row::Unreadable(_)) | None => false,
        };
        if !trusted && self.lease.is_none() {
            self.store.forget();
        }
        cx.leave_queues(&self.user);
    }

    /// Has a request wait for the run to end. Of those that wait, too, the newest wins.
    fn queue(&mut self, cx: &mut Context, request: Request) {
        let overruled =
            |waiting: &Request| arbitrate(waiting.goal, request.goal) == Arbitration::Supersede;
        let (over, stay): (Vec<_>, Vec<_>) = core::mem::take(&mut self.queue)
            .into_iter()
            .partition(overruled);
        self.queue = stay.into();
        let why = superseded(request.goal);
        self.queue.push_back(request);
        self.refuse_all(cx, &over, &why);
    }

    /// The run has ended: the next request's turn, with those that want the same.
    pub(crate) fn begin_next(&mut self, cx: &mut Context) {
        for request in core::mem::take(&mut self.queue) {
            self.request(cx, request);
        }
    }
}

fn superseded(by: Goal) -> Error {
    Error::Superseded { by: by.command() }
}
