//! Changes of a record that concern no container. They go along with whatever is written of the
//! user next, and are no run of their own: a start under way goes on.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::time::Duration;

use super::Lifecycle;
use super::survey::End;
use super::tenancy::{Asker, Tenancy};
use crate::command::Reply;
use crate::error::Error;
use crate::id::EffectId;
use crate::projection::project;
use crate::record::{Body, Row};
use crate::time::Instant;
use crate::user::UserId;

/// What is to be changed, and who waits for that.
#[derive(Clone, Debug)]
pub(crate) struct Amendment {
    change: Change,
    waiters: Vec<Asker>,
    pub deadline: Instant,
}

project!(struct Amendment { change, waiters, deadline: due });

#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Change {
    pub idle_limit: Option<IdleLimit>,
    /// The token is to be sealed with the newest key.
    pub reseal: bool,
}

project!(struct Change { idle_limit, reseal });

/// Which idle limit a user is to have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum IdleLimit {
    Configured,
    Own(Duration),
}

project!(
    enum IdleLimit {
        Configured,
        Own(limit),
    }
);

/// An amendment that a write under way carries.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    by: EffectId,
    pub amendment: Amendment,
}

project!(struct Carried { by, amendment });

impl Amendment {
    /// The same and what is wanted since, which counts more.
    fn and(mut self, later: Option<Self>) -> Self {
        if let Some(later) = later {
            self.change.idle_limit = later.change.idle_limit.or(self.change.idle_limit);
            self.change.reseal |= later.change.reseal;
            self.waiters.extend(later.waiters);
            self.deadline = self.deadline.min(later.deadline);
        }
        self
    }

    pub(crate) fn forget(&mut self, asker: Asker) {
        self.waiters.retain(|waiting| *waiting != asker);
    }
}

impl Lifecycle {
    /// Somebody wants the user's record changed.
    pub(super) fn amend(&mut self, user: UserId, change: Change, asker: Asker) {
        let deadline = self.now.after(self.settings.timing.answer);
        let wanted = Amendment {
            change,
            waiters: alloc::vec![asker],
            deadline,
        };
        let tenancy = self.tenancy(&user);
        tenancy.amendment = Some(match tenancy.amendment.take() {
            Some(before) => before.and(Some(wanted)),
            None => wanted,
        });
        self.dirty.insert(user);
    }

    /// Puts what is to be changed into what is about to be written.
    pub(super) fn carry_amendment(&mut self, user: &UserId, body: &mut Body) -> Option<Amendment> {
        let amendment = self.tenancies.get_mut(user)?.amendment.take()?;
        if let Some(limit) = amendment.change.idle_limit {
            body.idle_limit = match limit {
                IdleLimit::Configured => None,
                IdleLimit::Own(limit) => Some(limit),
            };
        }
        if amendment.change.reseal && !self.settings.keyring.is_newest(&body.token) {
            match self.settings.keyring.open(user, &body.token) {
                Ok(token) => {
                    let nonce = self.entropy.bytes();
                    body.token = self.settings.keyring.seal(user, &token, nonce);
                }
                Err(error) => {
                    let failed = Error::TokenUnreadable(error.to_string());
                    self.tell(user, amendment.waiters, &Err(failed));
                    return None;
                }
            }
        }
        Some(amendment)
    }

    /// The write that carries it is under way.
    pub(super) fn amendment_sent(&mut self, user: &UserId, by: EffectId, amendment: Amendment) {
        if let Some(tenancy) = self.tenancies.get_mut(user) {
            tenancy.carried = Some(Carried { by, amendment });
        }
    }

    /// The write that carried it took hold, or may not have.
    pub(super) fn amendment_landed(&mut self, user: &UserId, by: EffectId, written: bool) {
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        let Some(carried) = tenancy.carried.take_if(|carried| carried.by == by) else {
            return;
        };
        if written {
            self.tell(user, carried.amendment.waiters, &Ok(true));
        } else {
            let later = tenancy.amendment.take();
            tenancy.amendment = Some(carried.amendment.and(later));
            if self.closing {
                // It isn't tried again.
                self.fail_amendment(user, &Error::Closed);
            }
        }
    }

    /// There is no record to change, or none that can be.
    pub(super) fn answer_amendment(&mut self, user: &UserId) -> bool {
        let now = self.now;
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return false;
        };
        let answer = match tenancy.store.get(now) {
            Some(Row::Unreadable(why)) => Err(Error::RecordUnreadable(why.clone())),
            Some(Row::Absent | Row::Found(_)) | None => Ok(false),
        };
        let waiters = tenancy.take_amendment_waiters();
        self.tell(user, waiters, &answer);
        true
    }

    /// Fails all that wait for a change of the record, of this user.
    pub(super) fn fail_amendment(&mut self, user: &UserId, error: &Error) {
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        let waiters = tenancy.take_amendment_waiters();
        self.tell(user, waiters, &Err(error.clone()));
    }

    /// Fails those that have waited long enough.
    pub(super) fn expire_amendment(&mut self, user: &UserId) {
        let over = |amendment: &Amendment| amendment.deadline <= self.now;
        let waiting = self.tenancies.get(user);
        if waiting.is_some_and(|tenancy| tenancy.amendment.as_ref().is_some_and(over)) {
            let error = Error::Timeout {
                after: self.settings.timing.answer,
                last: "the record could not be written".into(),
            };
            self.fail_amendment(user, &error);
        }
    }

    fn tell(&mut self, user: &UserId, waiters: Vec<Asker>, answer: &Result<bool, Error>) {
        for waiting in waiters {
            match waiting {
                Asker::Host(request) => {
                    let reply = match answer {
                        Ok(known) => Reply::IdleLimited(*known),
                        Err(error) => Reply::Failed(error.clone()),
                    };
                    self.reply(request, reply);
                }
                Asker::Survey(survey) => {
                    let end = match answer {
                        Ok(changed) => End::Done { changed: *changed },
                        Err(error) => End::Failed(error.clone()),
                    };
                    self.job_ended(survey, user, end);
                }
                Asker::Ports => {}
            }
        }
    }
}

impl Tenancy {
    fn take_amendment_waiters(&mut self) -> Vec<Asker> {
        self.amendment
            .take()
            .map(|amendment| amendment.waiters)
            .unwrap_or_default()
    }
}
