//! The end of a run: all who waited for it are told.

use alloc::vec::Vec;

use crate::command::Reply;
use crate::error::Error;
use crate::id::RequestId;
use crate::lifecycle::context::{Context, Notice};
use crate::lifecycle::decision::facts::{ActivityFact, Hold, RecordFact};
use crate::lifecycle::decision::goal::Goal;
use crate::lifecycle::request::{ItemResult, Request, Requester};
use crate::lifecycle::tenancy::state::Tenancy;

/// What one of those who waited is told.
enum Answer {
    Reply(RequestId, Reply),
    Notice(Notice),
}

impl Answer {
    /// A host is told that what it wanted is so.
    fn tells_of_success(&self) -> bool {
        matches!(self, Self::Reply(_, reply) if !matches!(reply, Reply::Failed(_)))
    }

    fn give(self, cx: &mut Context) {
        match self {
            Self::Reply(request, reply) => cx.reply(request, reply),
            Self::Notice(notice) => cx.notices.push(notice),
        }
    }
}

impl Tenancy {
    /// Ends the run; false if what is to be answered can't be told yet.
    pub(super) fn answer(&mut self, cx: &mut Context) -> bool {
        let Some(run) = &self.run else {
            return false;
        };
        let answers: Option<Vec<_>> = run
            .waiters
            .iter()
            .map(|request| match &run.verdict {
                Some((error, _)) => Some(self.refusal(cx, request, error)),
                None => self.answer_to(cx, request),
            })
            .collect();
        let Some(answers) = answers else {
            return false;
        };
        let served = answers.iter().any(Answer::tells_of_success);
        if served && self.activity_fact(cx) == ActivityFact::Pending {
            self.note_pending(cx);
        }
        self.run = None;
        if served {
            self.effort.succeed();
        }
        cx.leave_queues(&self.user);
        for answer in answers {
            answer.give(cx);
        }
        self.begin_next(cx);
        true
    }

    /// Tells some of those who wait that they don't get what they wanted.
    pub(crate) fn refuse_all(&self, cx: &mut Context, waiters: &[Request], error: &Error) {
        for request in waiters {
            self.refuse(cx, request, error);
        }
    }

    pub(crate) fn refuse(&self, cx: &mut Context, request: &Request, error: &Error) {
        let answer =
            match (request.requester, error) {
                (Requester::Bulk(bulk), Error::Superseded { .. }) => Answer::Notice(
                    Notice::ItemEnded(bulk, self.user.clone(), ItemResult::Dropped),
                ),
                (Requester::Host(_) | Requester::Bulk(_) | Requester::PortSearch, _) => {
                    self.refusal(cx, request, error)
                }
            };
        answer.give(cx);
    }

    fn refusal(&self, cx: &Context, request: &Request, error: &Error) -> Answer {
        match request.requester {
            Requester::Host(request) => Answer::Reply(request, Reply::Failed(error.clone())),
            Requester::Bulk(bulk) => Answer::Notice(Notice::ItemEnded(
                bulk,
                self.user.clone(),
                ItemResult::Failed(error.clone()),
            )),
            Requester::PortSearch => self.could_not_give_way(cx),
        }
    }

    fn could_not_give_way(&self, cx: &Context) -> Answer {
        let version = self.record(cx.now).map(|record| record.version);
        Answer::Notice(Notice::CouldNotGiveWay(self.user.clone(), version))
    }

    /// What somebody is answered, now that what they wanted is so; `None` if that can't be told yet.
    fn answer_to(&self, cx: &Context, request: &Request) -> Option<Answer> {
        let run = self.run.as_ref()?;
        match request.requester {
            Requester::Host(host) => Some(Answer::Reply(host, self.reply_to(cx, request.goal)?)),
            Requester::Bulk(bulk) => {
                let result = if matches!(self.record_fact(cx), RecordFact::Present(_, Hold::Theirs))
                {
                    ItemResult::Dropped
                } else {
                    let changed = request.goal != Goal::Reaped || run.did.stop;
                    ItemResult::Done { changed }
                };
                Some(Answer::Notice(Notice::ItemEnded(
                    bulk,
                    self.user.clone(),
                    result,
                )))
            }
            Requester::PortSearch => {
                let record = self.record(cx.now);
                if record.is_some_and(|record| record.port.is_some()) {
                    return Some(self.could_not_give_way(cx));
                }
                let rest = cx
                    .settings
                    .timing
                    .rest
                    .saturating_sub(run.aim.stopped_for());
                Some(Answer::Notice(Notice::GaveWay(self.user.clone(), rest)))
            }
        }
    }
}
