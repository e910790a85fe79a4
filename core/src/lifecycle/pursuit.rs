//! What is wanted for a user: who joins whom, who takes whose place, who waits.

use alloc::vec::Vec;

use super::Lifecycle;
use super::facts::{Goal, VolumeFact};
use super::survey::End;
use super::tenancy::{Asker, Phase, Run, Wish};
use crate::command::Reply;
use crate::error::Error;
use crate::record::Row;
use crate::user::UserId;

/// What becomes of a wish that meets a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Meeting {
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

fn meet(under_way: Goal, wanted: Goal) -> Meeting {
    match (under_way, wanted) {
        _ if under_way == wanted => Meeting::Join,
        // A container that was started anew runs.
        (Goal::Fresh, Goal::Running) => Meeting::Join,
        (Goal::Running, Goal::Fresh) | (Goal::Reaped, Goal::Stopped) => Meeting::Widen,
        // Whoever does these looks again anyway.
        (_, Goal::Reaped | Goal::Evicted | Goal::Repaired) => Meeting::Drop,
        // A purge is finished first; so is what takes a moment, or changes a token.
        (Goal::Absent | Goal::Adopted, _)
        | (_, Goal::Rotated | Goal::Adopted)
        | (Goal::Rotated, Goal::Running | Goal::Fresh) => Meeting::Queue,
        (
            Goal::Running
            | Goal::Fresh
            | Goal::Rotated
            | Goal::Stopped
            | Goal::Reaped
            | Goal::Evicted
            | Goal::Repaired,
            Goal::Running | Goal::Fresh | Goal::Stopped | Goal::Absent,
        ) => Meeting::Supersede,
    }
}

impl Lifecycle {
    /// Somebody wants the user's container to reach a goal.
    pub(super) fn pursue(&mut self, user: UserId, wish: Wish) {
        let limit = self.limit(wish.goal, Phase::Working);
        let now = self.now;
        let tenancy = self.tenancy(&user);
        let Some(run) = &mut tenancy.run else {
            self.begin(&user, wish);
            return;
        };
        if let Some((error, _)) = &run.verdict {
            // It only waits for the record to be put right, and what came of it is known.
            let error = error.clone();
            let waiters = core::mem::take(&mut run.waiters);
            self.begin(&user, wish);
            self.tell_all(&user, &waiters, &error);
            return;
        }
        match meet(run.goal, wish.goal) {
            Meeting::Join => {
                run.asked = now;
                run.waiters.push(wish);
                // Who came back before this was asked for is meant, too.
                run.purges = None;
            }
            Meeting::Widen => {
                run.asked = now;
                run.goal = wish.goal;
                run.waiters.push(wish);
                run.since = now;
                run.deadline = now.after(limit);
            }
            Meeting::Supersede => {
                let waiters = core::mem::take(&mut run.waiters);
                self.begin(&user, wish);
                self.tell_all(&user, &waiters, &superseded(wish.goal));
            }
            Meeting::Queue => self.queue(&user, wish),
            Meeting::Drop => {
                let by = superseded(run.goal);
                self.tell_one(&user, wish, &by);
            }
        }
        self.dirty.insert(user);
    }

    /// Begins a run. What was seen before it is no answer to it, unless events kept it current.
    fn begin(&mut self, user: &UserId, wish: Wish) {
        let limit = self.limit(wish.goal, Phase::Working);
        let now = self.now;
        // What is to be adopted bears no label, and events don't tell of it.
        let current = wish.goal != Goal::Adopted && self.is_current(user);
        let tenancy = self.tenancy(user);
        let mut run = Run::new(wish.goal, now, limit);
        run.waiters.push(wish);
        tenancy.run = Some(run);
        tenancy.setbacks = 0;
        tenancy.volume = VolumeFact::Unknown;
        if !current {
            tenancy.engine.forget();
        }
        let trusted = match tenancy.store.get_mut() {
            // Nobody is put off because of a failure that may be over.
            Some(Row::Found(record)) => {
                wish.goal == Goal::Running
                    && record.lease.is_none()
                    && record.body.failure.is_none()
            }
            Some(Row::Absent | Row::Unreadable(_)) | None => false,
        };
        if !trusted && tenancy.lease.is_none() {
            tenancy.store.forget();
        }
        self.leave_line(user);
        self.dirty.insert(user.clone());
    }

    /// Has a wish wait for the run to end. Of those that wait, too, the newest wins.
    fn queue(&mut self, user: &UserId, wish: Wish) {
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        let overruled = |waiting: &Wish| meet(waiting.goal, wish.goal) == Meeting::Supersede;
        let (over, stay): (Vec<_>, Vec<_>) = core::mem::take(&mut tenancy.queue)
            .into_iter()
            .partition(overruled);
        tenancy.queue = stay.into();
        tenancy.queue.push_back(wish);
        self.tell_all(user, &over, &superseded(wish.goal));
    }

    /// The run has ended: the next wish's turn, with those that want the same.
    pub(super) fn begin_next(&mut self, user: &UserId) {
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        let waiting = core::mem::take(&mut tenancy.queue);
        for wish in waiting {
            self.pursue(user.clone(), wish);
        }
    }

    pub(super) fn tell_all(&mut self, user: &UserId, waiters: &[Wish], error: &Error) {
        for wish in waiters {
            self.tell_one(user, *wish, error);
        }
    }

    fn tell_one(&mut self, user: &UserId, wish: Wish, error: &Error) {
        match wish.asker {
            Asker::Host(request) => self.reply(request, Reply::Failed(error.clone())),
            Asker::Survey(survey) => {
                let end = match error {
                    Error::Superseded { .. } => End::Dropped,
                    other => End::Failed(other.clone()),
                };
                self.job_ended(survey, user, end);
            }
            Asker::Ports => self.gave_way(user, None),
        }
    }
}

fn superseded(by: Goal) -> Error {
    Error::Superseded { by: by.command() }
}
