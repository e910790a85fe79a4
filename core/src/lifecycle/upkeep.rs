//! What is done unasked, and the end of it all.

use alloc::vec::Vec;

use super::Lifecycle;
use super::survey::Question;
use crate::command::Reply;
use crate::error::Error;
use crate::projection::project;
use crate::settings::Upkeep;
use crate::time::Instant;
use crate::user::UserId;

/// When the next sweep, and the next reaping, is due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chores {
    sweep: Option<Instant>,
    reap: Option<Instant>,
}

project!(
    struct Chores {
        sweep: due,
        reap: due,
    }
);

impl Chores {
    /// A sweep is due at once: what a controller left behind that is gone may wait for it.
    pub(crate) fn new(upkeep: &Upkeep, now: Instant) -> Self {
        Self {
            sweep: upkeep.sweep.map(|_| now),
            reap: upkeep.reap.map(|every| now.after(every)),
        }
    }

    pub(crate) fn next_due(&self) -> Option<Instant> {
        [self.sweep, self.reap].into_iter().flatten().min()
    }
}

impl Lifecycle {
    /// Begins what is due, unless the last one isn't over yet.
    pub(super) fn run_chores(&mut self) {
        let now = self.now;
        let upkeep = self.settings.upkeep;
        if let (Some(due), Some(every)) = (self.chores.sweep, upkeep.sweep)
            && due <= now
        {
            self.chores.sweep = Some(now.after(every));
            self.begin_chore(Question::Repair { dry_run: false });
        }
        if let (Some(due), Some(every)) = (self.chores.reap, upkeep.reap)
            && due <= now
        {
            self.chores.reap = Some(now.after(every));
            self.begin_chore(Question::Reap);
        }
    }

    fn begin_chore(&mut self, question: Question) {
        if !self.is_surveying(&question) {
            self.begin_survey(None, question);
        }
    }

    /// Tells all who wait that it is over. Runs that hold a lease give it back on their way out.
    pub(super) fn close(&mut self) {
        self.closing = true;
        self.chores = Chores {
            sweep: None,
            reap: None,
        };
        self.end_watch();
        self.close_surveys();
        let users: Vec<_> = self.tenancies.keys().cloned().collect();
        for user in users {
            self.close_tenancy(&user);
        }
    }

    fn close_tenancy(&mut self, user: &UserId) {
        let answer_by = self.answer_by();
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        tenancy.fail(Error::Closed, answer_by);
        // There is no later: what is to be given back is tried once more now.
        tenancy.store_lane.not_before = Instant::ORIGIN;
        let waiting: Vec<_> = core::mem::take(&mut tenancy.queue).into();
        self.tell_all(user, &waiting, &Error::Closed);
        self.fail_amendment(user, &Error::Closed);
        self.answer_touches(user, &Reply::Failed(Error::Closed));
    }
}
