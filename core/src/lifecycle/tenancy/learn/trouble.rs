//! Answers of the engine that bring the work no further.

use alloc::format;
use alloc::string::String;

use crate::effect::EngineEffect;
use crate::error::Error;
use crate::id::ContainerId;
use crate::lifecycle::context::Context;
use crate::lifecycle::context::prerequisites::Prerequisite;
use crate::lifecycle::decision::facts::VolumeFact;
use crate::lifecycle::retry::{Pace, Unreachable};
use crate::lifecycle::tenancy::setbacks::Setback;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::network::NetworkFlaw;
use crate::outcome::EngineOutcome;
use crate::time::Instant;

impl Tenancy {
    pub(super) fn engine_trouble(
        &mut self,
        cx: &mut Context,
        effect: &EngineEffect,
        outcome: EngineOutcome,
    ) {
        let answer_by = cx.answer_by();
        self.engine.forget();
        if matches!(effect, EngineEffect::RemoveVolume { .. }) {
            // It may be gone, and somebody else's in its place.
            self.volume = VolumeFact::Unknown;
        }
        if let Some(words) = outcome.words() {
            self.effort.refusal = Some(words.into());
        }
        if let Some(run) = &mut self.run
            && is_setback(effect, &outcome)
        {
            run.setbacks.note();
        }
        match (effect, outcome) {
            (EngineEffect::Start { container }, EngineOutcome::PortTaken(text)) => {
                self.learn_port_taken(cx, container, text);
            }
            (EngineEffect::Start { container }, EngineOutcome::NoSuchNetwork(text)) => {
                cx.prerequisites.forget(&Prerequisite::Network);
                self.note("the network is gone, or isn't the only one of its name");
                self.try_another(container, Setback::NetworkGone, text, answer_by);
            }
            (EngineEffect::Start { .. }, EngineOutcome::NetworkFull(text)) => {
                let name = cx.settings.network.clone();
                let why = NetworkFlaw::Full(text);
                self.fail(Error::NetworkUnusable { name, why }, answer_by);
                return;
            }
            (_, EngineOutcome::Refused(text)) => {
                self.fail(Error::EngineRefused(text), answer_by);
                return;
            }
            (EngineEffect::Start { container }, EngineOutcome::EndpointTaken(text)) => {
                // What is left of this one goes with it: each try is made with a new container.
                self.try_another(container, Setback::Crowded, text, answer_by);
                self.set_back_engine_at(cx, Pace::CROWDED);
                return;
            }
            (EngineEffect::Start { container }, EngineOutcome::Unclear(text)) => {
                self.learn_unclear_start(container, text, answer_by);
            }
            (EngineEffect::RemoveVolume { .. }, EngineOutcome::Conflict(text)) => {
                self.learn_volume_in_use(text, answer_by);
                self.set_back_engine_at(cx, Pace::VOLUME_IN_USE);
                return;
            }
            (EngineEffect::Create(_), EngineOutcome::NoSuchNetwork(_)) => {
                self.note("the network is gone, or isn't the only one of its name");
                cx.prerequisites.forget(&Prerequisite::Network);
            }
            (_, EngineOutcome::NoSuchImage(_)) => {
                self.note("the image is gone");
                let image = cx.settings.template(&self.user).image.clone();
                cx.prerequisites.forget(&Prerequisite::Image(image));
            }
            (_, outcome) => self.learn_trouble(cx.now, outcome),
        }
        self.set_back_engine(cx);
    }

    /// What is trouble whatever was asked.
    fn learn_trouble(&mut self, now: Instant, outcome: EngineOutcome) {
        match outcome {
            EngineOutcome::NameTaken(_) => {
                self.doubt = true;
                self.note("the container's name was taken meanwhile");
            }
            EngineOutcome::Unreachable(text) => {
                if let Some(run) = &mut self.run {
                    let why = Error::EngineUnreachable(text.clone());
                    Unreachable::note(&mut run.engine_unreachable, now, why);
                    run.last = text;
                }
            }
            // The user's container may be what couldn't be read.
            EngineOutcome::Unclear(text) | EngineOutcome::ListedInPart { unread: text, .. } => {
                self.doubt = true;
                self.note(text);
            }
            EngineOutcome::Conflict(text) => self.note(text),
            EngineOutcome::Expired => {
                self.lease = None;
                self.store.forget();
            }
            EngineOutcome::OtherEngine(_) => self.note("another engine answers"),
            EngineOutcome::RemovalInProgress => self.note("the engine is still removing it"),
            other => self.note(format!("an answer that doesn't fit: {other:?}")),
        }
    }

    pub(super) fn set_back_engine(&mut self, cx: &mut Context) {
        self.set_back_engine_at(cx, Pace::USUAL);
    }

    fn set_back_engine_at(&mut self, cx: &mut Context, pace: Pace) {
        let not_before = self.engine_retry.set_back_at(pace, cx.now, &mut cx.entropy);
        self.engine_slot.wait_until(not_before);
    }

    /// The claim is given up, and no other container may be left behind with it.
    fn learn_port_taken(&mut self, cx: &Context, container: &ContainerId, text: String) {
        let port = self.record(cx.now).and_then(|record| record.port);
        let until = cx.now.after(cx.settings.timing.quarantine);
        self.bad_port = port.map(|port| (port, until));
        self.doubt = true;
        self.note("the claimed port is in use by something else");
        self.try_another(container, Setback::PortTaken, text, cx.answer_by());
    }

    /// The start is tried with another container, unless that was done often enough.
    fn try_another(
        &mut self,
        container: &ContainerId,
        setback: Setback,
        text: String,
        answer_by: Instant,
    ) {
        self.condemned = Some(container.clone());
        let left = self.run.as_mut().map(|run| run.setbacks.count(setback));
        if left == Some(0) {
            self.fail(Error::EngineRefused(text), answer_by);
        }
    }

    /// Whoever has it in use is told of before the purge, and all that wait for its end, have waited
    /// for long.
    fn learn_volume_in_use(&mut self, text: String, answer_by: Instant) {
        let Some(run) = &mut self.run else {
            return;
        };
        run.last.clone_from(&text);
        if run.setbacks.count(Setback::VolumeInUse) == 0 {
            let name = self.names.volume.clone();
            self.fail(Error::VolumeInUse { name, why: text }, answer_by);
        }
    }

    /// Engines have containers that they never get to start again, such as one whose task was left
    /// over when the engine was restarted. The last try is made with a new one.
    fn learn_unclear_start(&mut self, container: &ContainerId, text: String, answer_by: Instant) {
        let Some(run) = &mut self.run else {
            return;
        };
        match run.setbacks.count(Setback::Unclear) {
            0 => {
                let error = Error::StartFailed {
                    exit_code: None,
                    log: alloc::vec![text],
                };
                self.fail(error, answer_by);
            }
            1 => {
                run.last = text;
                self.condemned = Some(container.clone());
            }
            _ => run.last = text,
        }
    }
}

/// Whether the right engine was reached in time, and didn't do what it was asked to change.
fn is_setback(effect: &EngineEffect, outcome: &EngineOutcome) -> bool {
    let asked = !matches!(
        outcome,
        EngineOutcome::Unreachable(_) | EngineOutcome::OtherEngine(_) | EngineOutcome::Expired
    );
    asked && !effect.only_looks()
}
