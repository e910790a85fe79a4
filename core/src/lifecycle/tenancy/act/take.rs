//! From a step to what carries it out.

use crate::effect::EngineEffect;
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::step::Step;
use crate::lifecycle::tenancy::state::Tenancy;

/// How many of a failed container's last lines are kept.
const LOG_LINES: u32 = 20;

impl Tenancy {
    /// Carries out a step; true if the table is to be consulted again at once.
    pub(crate) fn take(&mut self, cx: &mut Context, step: Step) -> bool {
        match step {
            Step::Fail(fault) => return self.fail_for(cx, fault),
            Step::Answer => return self.answer(cx),
            Step::AnswerAmendment => return self.answer_amendment(cx),
            Step::AwaitTurn => return self.await_turn(cx),
            Step::Create => return self.create(cx),
            Step::Commit(commit) => return self.commit(cx, commit),
            Step::Rest => {}
            Step::Ask => self.ask(cx),
            Step::AskStore => self.ask_store(cx),
            Step::AskByUser => self.ask_by_user(cx),
            Step::LookLater => self.look_later(cx),
            Step::AwaitLease => self.await_lease(cx),
            Step::AwaitPrerequisites => cx.await_prerequisites(&self.user),
            Step::AwaitPort => cx.ports.join(&self.user),
            Step::Claim(intent) => self.claim(cx, intent),
            Step::Amend => self.rewrite(cx),
            Step::Delete => self.delete(cx),
            Step::ReplacePort => self.replace_port(cx),
            Step::FreePort => self.free_port(cx),
            Step::EnsureVolume => self.ensure_volume(cx),
            Step::LookAtVolume => self.on_volume(cx, |name| EngineEffect::InspectVolume { name }),
            Step::RemoveVolume => self.on_volume(cx, |name| EngineEffect::RemoveVolume { name }),
            Step::Start => {
                self.note_short_run(cx);
                self.on_current(cx, |container| EngineEffect::Start { container });
            }
            Step::Unpause => self.on_current(cx, |container| EngineEffect::Unpause { container }),
            Step::Stop => {
                let grace = cx.settings.timing.grace;
                self.on_current(cx, |container| EngineEffect::Stop { container, grace });
            }
            Step::Remove => self.remove(cx),
            Step::RemoveSurplus => self.remove_surplus(cx),
            Step::Examine => self.examine(cx),
            Step::ExamineVolume => self.examine_volume(cx),
            Step::ReadLog => self.on_current(cx, |container| EngineEffect::Logs {
                container,
                lines: LOG_LINES,
            }),
            Step::Probe => self.probe(cx),
            Step::Flush => self.flush(cx),
        }
        false
    }
}
