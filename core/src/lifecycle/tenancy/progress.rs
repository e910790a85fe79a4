//! How far a run is, as those who wait for it are told.
//!
//! It is told once when it changes, however often the table comes by the same step: what is done between
//! two looks at a lease is no news.

use super::amendment::Amendment;
use super::last_progress::{LastProgress, tell};
use super::run::Run;
use super::state::Tenancy;
use crate::command::Progress;
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::step::Step;
use crate::lifecycle::request::{Request, Requester};
use crate::observed::ContainerState;

impl Run {
    /// One more waits for it, and hasn't heard how far it is.
    pub(crate) fn tell_newcomer(&self, cx: &mut Context, request: &Request) {
        if let Some(told) = &self.last_progress {
            tell(cx, request.requester, told.now(cx));
        }
    }
}

impl Amendment {
    /// One more waits for it, and hasn't heard how far it is.
    pub(crate) fn tell_newcomer(&self, cx: &mut Context, requester: Requester) {
        if let Some(told) = &self.last_progress {
            tell(cx, requester, told.now(cx));
        }
    }
}

impl Tenancy {
    /// Tells all who wait what the step that was just taken means to them, unless they know.
    pub(super) fn tell_progress(&mut self, cx: &mut Context, step: Step) {
        if step == Step::AwaitLease {
            self.tell_amenders(cx);
        }
        let Some(next) = self.progress_of(cx, step) else {
            return;
        };
        let Some(run) = &mut self.run else {
            return;
        };
        if run.has_failed()
            || run
                .last_progress
                .as_ref()
                .is_some_and(|told| told.covers(&next, cx))
        {
            return;
        }
        let progress = next.now(cx);
        run.last_progress = Some(next);
        for request in &run.waiters {
            tell(cx, request.requester, progress.clone());
        }
    }

    /// Tells those who wait for a change of the record whose lease is in its way, unless they know.
    fn tell_amenders(&mut self, cx: &mut Context) {
        let Some(next) = self.lease_awaited(cx) else {
            return;
        };
        let Some(amendment) = &mut self.amendment else {
            return;
        };
        if amendment
            .last_progress
            .as_ref()
            .is_some_and(|told| told.covers(&next, cx))
        {
            return;
        }
        let progress = next.now(cx);
        amendment.last_progress = Some(next);
        for requester in &amendment.waiters {
            tell(cx, *requester, progress.clone());
        }
    }

    fn lease_awaited(&self, cx: &Context) -> Option<LastProgress> {
        let lease = self.record(cx.now)?.lease?;
        Some(LastProgress::Lease(
            lease.owner,
            cx.now.after(lease.remaining),
        ))
    }

    /// What a step means to those who wait, if it means anything to them.
    fn progress_of(&self, cx: &Context, step: Step) -> Option<LastProgress> {
        let run = self.run.as_ref()?;
        let starts = run.goal().runs();
        Some(LastProgress::Other(match step {
            Step::AwaitLease => return self.lease_awaited(cx),
            Step::AwaitTurn => Progress::Queued {
                before: cx.start_queue.before(&self.user),
            },
            Step::AwaitPrerequisites => {
                let image = &cx.settings.template(&self.user).image;
                if !cx.prerequisites.lack_image(image) {
                    return None;
                }
                Progress::AwaitingImage {
                    image: image.clone(),
                }
            }
            Step::Create => Progress::Creating,
            Step::Start => Progress::Starting,
            Step::LookLater | Step::Probe if starts && self.runs(cx) => Progress::AwaitingReadiness,
            Step::LookLater
            | Step::Probe
            | Step::Rest
            | Step::Ask
            | Step::AskStore
            | Step::AskByUser
            | Step::AwaitPort
            | Step::Claim(_)
            | Step::Commit(_)
            | Step::Amend
            | Step::AnswerAmendment
            | Step::Delete
            | Step::ReplacePort
            | Step::FreePort
            | Step::EnsureVolume
            | Step::LookAtVolume
            | Step::RemoveVolume
            | Step::Unpause
            | Step::Stop
            | Step::Remove
            | Step::RemoveSurplus
            | Step::Examine
            | Step::ExamineVolume
            | Step::ReadLog
            | Step::Flush
            | Step::Fail(_)
            | Step::Answer => return None,
        }))
    }

    fn runs(&self, cx: &Context) -> bool {
        let current = self.current(cx);
        current.is_some_and(|observed| observed.state == ContainerState::Running)
    }
}
