//! Changing what a record says that concerns no container, along with whatever is written next.

use alloc::string::ToString;

use crate::command::Reply;
use crate::error::Error;
use crate::event::Actor;
use crate::id::{EffectId, RecordId};
use crate::lifecycle::context::{Context, Notice};
use crate::lifecycle::request::{ItemResult, Requester};
use crate::lifecycle::tenancy::amendment::{Amendment, Carried, IdleLimit, RecordChange};
use crate::lifecycle::tenancy::state::Tenancy;
use crate::record::{Body, Row};

impl Tenancy {
    /// Somebody wants the user's record changed.
    pub(crate) fn amend(
        &mut self,
        cx: &mut Context,
        change: RecordChange,
        requester: Requester,
        actor: Option<Actor>,
    ) {
        let wanted = Amendment {
            change,
            waiters: alloc::vec![requester],
            actor,
            deadline: cx.now.after(cx.settings.timing.answer),
            last_progress: None,
        };
        if let Some(before) = &self.amendment {
            before.tell_newcomer(cx, requester);
        }
        self.amendment = Some(match self.amendment.take() {
            Some(before) => before.and(Some(wanted)),
            None => wanted,
        });
        cx.look_again(&self.user);
    }

    /// Puts what is to be changed into what is about to be written.
    pub(crate) fn carry_amendment(
        &mut self,
        cx: &mut Context,
        record: RecordId,
        body: &mut Body,
    ) -> Option<Amendment> {
        let amendment = self.amendment.take()?;
        if let Some(limit) = amendment.change.idle_limit {
            body.idle_limit = match limit {
                IdleLimit::Configured => None,
                IdleLimit::Own(limit) => Some(limit),
            };
        }
        if amendment.change.reseal && !cx.settings.keyring.is_newest(&body.token) {
            let of = body.token_of(&self.user, record);
            match cx.settings.keyring.open(of, &body.token) {
                Ok(token) => {
                    let nonce = cx.entropy.bytes();
                    body.token = cx.settings.keyring.seal(of, &token, nonce);
                }
                Err(error) => {
                    let failed = Error::TokenUnreadable(error.to_string());
                    self.answer_amenders(cx, &amendment.waiters, &Err(failed));
                    return None;
                }
            }
        }
        Some(amendment)
    }

    /// The write that carries it is under way.
    pub(crate) fn amendment_sent(&mut self, by: EffectId, amendment: Amendment) {
        self.carried = Some(Carried { by, amendment });
    }

    /// The write that carried it took hold, or may not have.
    pub(crate) fn amendment_completed(&mut self, cx: &mut Context, by: EffectId, written: bool) {
        let Some(carried) = self.carried.take_if(|carried| carried.by == by) else {
            return;
        };
        if written {
            self.answer_amenders(cx, &carried.amendment.waiters, &Ok(true));
        } else {
            let later = self.amendment.take();
            self.amendment = Some(carried.amendment.and(later));
            if cx.closing {
                // It isn't tried again.
                self.fail_amendment(cx, &Error::Closed);
            }
        }
    }

    /// There is no record to change, or none that can be.
    pub(crate) fn answer_amendment(&mut self, cx: &mut Context) -> bool {
        let answer = match self.store.get(cx.now) {
            Some(Row::Unreadable(why)) => Err(Error::RecordUnreadable(why.clone())),
            Some(Row::Absent | Row::Found(_)) | None => Ok(false),
        };
        self.end_amendment(cx, &answer);
        true
    }

    /// Fails all that wait for a change of the record.
    pub(crate) fn fail_amendment(&mut self, cx: &mut Context, error: &Error) {
        self.end_amendment(cx, &Err(error.clone()));
    }

    /// Fails those that have waited long enough.
    pub(crate) fn expire_amendment(&mut self, cx: &mut Context) {
        let over = |amendment: &Amendment| amendment.deadline <= cx.now;
        if self.amendment.as_ref().is_some_and(over) {
            let error = Error::Timeout {
                after: cx.settings.timing.answer,
                last: "the record could not be written".into(),
            };
            self.fail_amendment(cx, &error);
        }
    }

    fn end_amendment(&mut self, cx: &mut Context, answer: &Result<bool, Error>) {
        if let Some(amendment) = self.amendment.take() {
            self.answer_amenders(cx, &amendment.waiters, answer);
        }
    }

    fn answer_amenders(
        &self,
        cx: &mut Context,
        waiters: &[Requester],
        answer: &Result<bool, Error>,
    ) {
        for waiting in waiters {
            match waiting {
                Requester::Host(request) => {
                    let reply = match answer {
                        Ok(known) => Reply::IdleLimited(*known),
                        Err(error) => Reply::Failed(error.clone()),
                    };
                    cx.reply(*request, reply);
                }
                Requester::Bulk(bulk) => {
                    let result = match answer {
                        Ok(changed) => ItemResult::Done { changed: *changed },
                        Err(error) => ItemResult::Failed(error.clone()),
                    };
                    let notice = Notice::ItemEnded(*bulk, self.user.clone(), result);
                    cx.notices.push(notice);
                }
                Requester::PortSearch => {}
            }
        }
    }
}
