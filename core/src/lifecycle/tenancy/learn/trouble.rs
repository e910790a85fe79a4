//! Answers of the engine that bring the work no further.

use alloc::format;
use alloc::string::String;

use crate::effect::EngineEffect;
use crate::error::Error;
use crate::id::ContainerId;
use crate::lifecycle::context::Context;
use crate::lifecycle::context::prerequisites::Prerequisite;
use crate::lifecycle::decision::facts::VolumeFact;
use crate::lifecycle::retry::Unreachable;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::outcome::EngineOutcome;
use crate::time::Instant;

/// So many starts may end unclear, with the container idle after, before the engine's words are
/// taken for the reason.
const UNCLEAR_STARTS: u32 = 3;

/// So many starts may find something of the container's name on the network: with the waits between
/// them, about 3 s.
const CROWDED_STARTS: u32 = 7;

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
        match (effect, outcome) {
            (EngineEffect::Start { container }, EngineOutcome::PortTaken) => {
                self.condemned = Some(container.clone());
                let port = self.record(cx.now).and_then(|record| record.port);
                let until = cx.now.after(cx.settings.timing.quarantine);
                self.bad_port = port.map(|port| (port, until));
                // The claim is given up, and no other container may be left behind with it.
                self.doubt = true;
                self.note("the claimed port is in use by something else");
                return;
            }
            (EngineEffect::Start { container }, EngineOutcome::NoSuchNetwork) => {
                self.condemned = Some(container.clone());
                self.note("the container's network is gone");
                cx.prerequisites.forget(&Prerequisite::Network);
                return;
            }
            (_, EngineOutcome::Refused(text)) => {
                self.fail(Error::EngineRefused(text), answer_by);
                return;
            }
            (EngineEffect::Start { container }, EngineOutcome::EndpointTaken(text)) => {
                self.learn_crowded_start(container, text, answer_by);
            }
            (EngineEffect::Start { container }, EngineOutcome::Unclear(text)) => {
                self.learn_unclear_start(container, text, answer_by);
            }
            (EngineEffect::Create(_), EngineOutcome::NoSuchNetwork) => {
                self.note("the network is gone");
                cx.prerequisites.forget(&Prerequisite::Network);
            }
            (_, EngineOutcome::NoSuchImage) => {
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
            EngineOutcome::NameTaken => {
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
            EngineOutcome::Unclear(text) => {
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
        let not_before = self.retry.set_back(cx.now, &mut cx.entropy);
        self.engine_slot.wait_until(not_before);
    }

    /// Engines may take a while to take off the network what a container has left there, and what is
    /// left of this one goes with it: each try is made with a new container.
    fn learn_crowded_start(&mut self, container: &ContainerId, text: String, answer_by: Instant) {
        let Some(run) = &mut self.run else {
            return;
        };
        run.crowded_starts += 1;
        if run.crowded_starts < CROWDED_STARTS {
            run.last = text;
            self.condemned = Some(container.clone());
        } else {
            self.fail(Error::EngineRefused(text), answer_by);
        }
    }

    fn learn_unclear_start(&mut self, container: &ContainerId, text: String, answer_by: Instant) {
        let Some(run) = &mut self.run else {
            return;
        };
        run.unclear_starts += 1;
        if run.unclear_starts < UNCLEAR_STARTS {
            run.last = text;
            // Engines have containers that they never get to start again, such as one whose task
            // was left over when the engine was restarted. The last try is made with a new one.
            if run.unclear_starts + 1 == UNCLEAR_STARTS {
                self.condemned = Some(container.clone());
            }
            return;
        }
        let error = Error::StartFailed {
            exit_code: None,
            log: alloc::vec![text],
        };
        self.fail(error, answer_by);
    }
}
