//! The user's turn in the start queue: when it is asked for, and when it is given back.

use super::run::Run;
use super::state::Tenancy;
use crate::lifecycle::context::Context;
use crate::lifecycle::context::start_queue::Standing;
use crate::lifecycle::decision::step::{Commit, Step};

impl Tenancy {
    /// Queues for a turn; true if it is the user's already.
    pub(super) fn await_turn(&self, cx: &mut Context) -> bool {
        let standing = if self.is_set_back(cx) {
            Standing::SetBack
        } else {
            Standing::Sound
        };
        cx.join_start_queue(&self.user, standing)
    }

    /// Whether earlier starts failed, or the engine didn't do what it was asked for in this one. That
    /// it wasn't reached says nothing of the user.
    fn is_set_back(&self, cx: &Context) -> bool {
        let run = self.run.as_ref();
        run.is_some_and(|run| run.setbacks.any()) || self.has_lasting_failure(cx)
    }

    /// Turns are for the engine's work: whoever was left waiting for something else by its last step
    /// gives its turn back. Whoever waits for room lets those pass who came before it: they may have
    /// got some, and what they do with it is what it waits for.
    pub(super) fn keep_turn(&self, cx: &mut Context, last: Step) {
        let failed = self.run.as_ref().is_none_or(Run::has_failed);
        if failed || !works_towards_start(last) || self.is_pausing(cx) {
            cx.give_turn_back(&self.user);
        } else if self.run.as_ref().is_some_and(Run::lacks_room) {
            cx.cede_turn(&self.user);
        }
    }

    /// Whether nothing is asked of the engine yet: what was asked last brought nothing, or was a start
    /// that is to settle.
    fn is_pausing(&self, cx: &Context) -> bool {
        let until = self.engine_slot.waits_until();
        until.is_some_and(|until| cx.now < until)
    }
}

/// Whether a step has the engine work for a start, or writes down what that takes, or finds out what
/// comes next.
fn works_towards_start(step: Step) -> bool {
    match step {
        // Whoever waits for room repeats its claim. Those behind it need room as well: with its turn
        // they would ask the store for it in vain, or overtake it.
        Step::Claim(_)
        | Step::Commit(
            Commit::Undone | Commit::Stopped | Commit::Flapped | Commit::Rotated | Commit::Adopted,
        )
        | Step::Rest
        | Step::Ask
        | Step::AskStore
        | Step::AskByUser
        | Step::AwaitTurn
        | Step::Amend
        | Step::ReplacePort
        | Step::FreePort
        | Step::EnsureVolume
        | Step::LookAtVolume
        | Step::Create
        | Step::Start
        | Step::Unpause
        | Step::Stop
        | Step::Remove
        | Step::RemoveSurplus => true,
        Step::LookLater
        | Step::AwaitLease
        | Step::AwaitPrerequisites
        | Step::AwaitPort
        | Step::Probe
        | Step::Commit(Commit::Running)
        | Step::ReadLog
        | Step::Flush
        | Step::Fail(_)
        | Step::Answer
        | Step::AnswerAmendment
        | Step::Delete
        | Step::RemoveVolume
        | Step::Examine
        | Step::ExamineVolume => false,
    }
}
