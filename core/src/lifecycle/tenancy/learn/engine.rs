//! What outcomes of engine effects and probes tell of a user's container.

use alloc::vec::Vec;

use crate::effect::EngineEffect;
use crate::id::{ContainerId, EffectId};
use crate::label::Labelled;
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::VolumeFact;
use crate::lifecycle::tenancy::aim::Aim;
use crate::lifecycle::tenancy::examined::Examined;
use crate::lifecycle::tenancy::run::ReadySign;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::observed::ContainerState;
use crate::outcome::{EngineOutcome, Particulars, ProbeOutcome};
use crate::settings::Readiness;
use crate::time::Instant;

impl Tenancy {
    pub(crate) fn learn_of_container(
        &mut self,
        cx: &mut Context,
        id: EffectId,
        effect: &EngineEffect,
        sent: Instant,
        outcome: EngineOutcome,
    ) {
        cx.look_again(&self.user);
        if !self.engine_slot.complete(id) {
            return;
        }
        // What was seen before somebody asked is no answer to them: the world may have changed
        // because they changed it. It is looked at again.
        let looked = matches!(effect, EngineEffect::Inspect(_) | EngineEffect::List(_));
        if looked && self.run.as_ref().is_some_and(|run| sent < run.began) {
            return;
        }
        if !matches!(outcome, EngineOutcome::Unreachable(_))
            && let Some(run) = &mut self.run
        {
            run.engine_unreachable = None;
        }
        self.note_looked(cx, looked, sent);
        if let Some(outcome) = self.learn_answer(cx, effect, sent, outcome) {
            self.engine_trouble(cx, effect, outcome);
        }
    }

    /// Takes in the answers that are meant for this effect; gives back all others.
    fn learn_answer(
        &mut self,
        cx: &mut Context,
        effect: &EngineEffect,
        sent: Instant,
        outcome: EngineOutcome,
    ) -> Option<EngineOutcome> {
        match (effect, outcome) {
            (
                EngineEffect::Inspect(by),
                outcome @ (EngineOutcome::Found(_) | EngineOutcome::Absent),
            ) => {
                self.learn_look(by, outcome, sent);
            }
            (EngineEffect::List(_), EngineOutcome::Listed(listed)) => self.learn_list(listed, sent),
            (EngineEffect::Examine(_), EngineOutcome::Examined(particulars)) => {
                self.learn_examined(particulars);
            }
            (EngineEffect::InspectVolume { name }, told) if self.learn_mounted(name, &told) => {}
            (EngineEffect::EnsureVolume { .. }, EngineOutcome::Volume(Labelled::Not)) => {
                self.volume = VolumeFact::Doubted;
            }
            (
                EngineEffect::EnsureVolume { .. } | EngineEffect::InspectVolume { .. },
                EngineOutcome::Volume(labels),
            ) => self.learn_volume(cx, labels),
            (EngineEffect::InspectVolume { .. }, EngineOutcome::Absent)
            | (EngineEffect::RemoveVolume { .. }, EngineOutcome::Done | EngineOutcome::Absent) => {
                self.volume = VolumeFact::Absent;
            }
            (EngineEffect::Create(spec), EngineOutcome::Created(id)) => {
                self.learn_created(id, spec, sent);
            }
            (EngineEffect::Start { container }, EngineOutcome::Done) => {
                self.learn_started(cx, container);
            }
            (
                EngineEffect::Unpause { container },
                EngineOutcome::Done | EngineOutcome::AlreadyDone,
            ) => {
                if let Some(run) = &mut self.run {
                    run.did.start = true;
                }
                self.set_state(container, ContainerState::Running);
            }
            (
                EngineEffect::Stop { container, .. },
                EngineOutcome::Done | EngineOutcome::AlreadyDone,
            ) => {
                if let Some(run) = &mut self.run {
                    run.did.stop = true;
                }
                self.set_state(container, ContainerState::Stopped { exit_code: Some(0) });
            }
            (EngineEffect::Remove { container }, EngineOutcome::Done | EngineOutcome::Absent) => {
                self.learn_removed(container);
            }
            (EngineEffect::Logs { .. }, outcome) => self.learn_log(cx, outcome),
            // Somebody else got there first: what is so now has to be seen.
            (
                EngineEffect::Start { .. }
                | EngineEffect::Stop { .. }
                | EngineEffect::Unpause { .. }
                | EngineEffect::Examine(_),
                EngineOutcome::AlreadyDone | EngineOutcome::Absent,
            ) => self.engine.forget(),
            (_, outcome) => return Some(outcome),
        }
        None
    }

    fn learn_examined(&mut self, particulars: Particulars) {
        if let Some(run) = &mut self.run
            && let Aim::Adopt { examined, .. } = &mut run.aim
        {
            *examined = Some(Examined::of(particulars));
        }
    }

    fn learn_started(&mut self, cx: &Context, container: &ContainerId) {
        if let Some(run) = &mut self.run {
            run.did.start = true;
            run.started = true;
        }
        self.effort.refusal = None;
        if cx.settings.readiness == Readiness::None {
            self.set_state(container, ContainerState::Running);
        } else {
            self.engine.forget();
            let settled = cx.now.after(cx.settings.timing.settle);
            self.engine_slot.wait_until(settled);
        }
    }

    /// The log is for the answer alone: where it can't be had, the answer goes without.
    fn learn_log(&mut self, cx: &Context, outcome: EngineOutcome) {
        let lines = match outcome {
            EngineOutcome::Log(lines) => lines,
            _other => Vec::new(),
        };
        let keyring = &cx.settings.keyring;
        let token = self.record(cx.now).and_then(|record| {
            let of = record.token_of(&self.user);
            keyring.open(of, &record.body.token).ok()
        });
        // A log whose secrets can't be blotted out isn't shown.
        let blotted = token.map_or_else(Vec::new, |token| {
            lines.iter().map(|line| token.blot_out(line)).collect()
        });
        if let Some(run) = &mut self.run {
            run.exit_log = Some(blotted);
        }
    }

    pub(crate) fn learn_of_endpoint(
        &mut self,
        cx: &mut Context,
        id: EffectId,
        outcome: ProbeOutcome,
    ) {
        cx.look_again(&self.user);
        if !self.engine_slot.complete(id) {
            return;
        }
        match outcome {
            ProbeOutcome::Passed => {
                if let Some(run) = &mut self.run {
                    run.ready_sign = ReadySign::Probed;
                }
            }
            ProbeOutcome::Failed(text) => {
                // It may have exited: look at it before it is probed again.
                self.note(text);
                self.engine.forget();
                self.set_back_engine(cx);
            }
        }
    }
}
