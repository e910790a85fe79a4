//! Checking what every new container needs beforehand, and telling those who wait for it.

use alloc::string::ToString;
use core::time::Duration;

use super::tenancies::Tenancies;
use crate::effect::{Effect, EngineEffect, StoreEffect};
use crate::error::Error;
use crate::id::EngineId;
use crate::lifecycle::context::Context;
use crate::lifecycle::context::in_flight::Purpose;
use crate::lifecycle::context::next::{Next, compared, next};
use crate::lifecycle::context::prerequisites::{CheckState, Prerequisite};
use crate::outcome::{EngineOutcome, Outcome, StoreOutcome};
use crate::time::Instant;

/// For how long those who come later are told of a failure without asking again.
const REMEMBERED: Duration = Duration::from_secs(2);

/// Begins again what was put off, if anybody still waits.
pub(crate) fn retry(cx: &mut Context, proof_is_awaited: bool) {
    for which in cx.prerequisites.come_due(cx.now) {
        let awaited = proof_is_awaited && which == Prerequisite::Engine;
        if awaited || !cx.awaiting.is_empty() {
            cx.begin_check(which);
        } else {
            cx.prerequisites.forget_unreachable(&which);
        }
    }
}

impl Tenancies {
    pub(crate) fn learn_of_prerequisite(
        &mut self,
        cx: &mut Context,
        which: &Prerequisite,
        effect: &Effect,
        sent: Instant,
        outcome: Outcome,
    ) {
        if let Outcome::Store(StoreOutcome::Registered(known)) = &outcome
            && let Some(header) = &mut cx.header
        {
            header.engine = Some(known.clone());
        }
        let locks = matches!(effect, Effect::Store(StoreEffect::Lock { .. }));
        if locks && outcome == Outcome::Store(StoreOutcome::Done) {
            // Like any lease, counted from before it was asked for.
            let timing = &cx.settings.timing;
            let until = sent.after(timing.lease).before(timing.margin);
            cx.prerequisites.set_locked(which, until);
        }
        let locked_until = cx.prerequisites.locked_until(which, cx.now);
        cx.prerequisites.note_reached(which, &outcome);
        let next = next(
            &cx.settings,
            cx.header.as_ref(),
            cx.controller,
            locked_until.is_some(),
            effect,
            outcome,
        );
        self.go_on(cx, which, next, locked_until);
    }

    /// The store has told which engine is meant, after that one had told which it is.
    pub(crate) fn compare_engines(&mut self, cx: &mut Context) {
        if cx.header.is_none() {
            return;
        }
        if let Some(found) = cx.prerequisites.take_told() {
            let next = compared(&cx.settings, cx.header.as_ref(), found);
            self.go_on(cx, &Prerequisite::Engine, next, None);
        }
    }

    fn go_on(
        &mut self,
        cx: &mut Context,
        which: &Prerequisite,
        next: Next,
        locked_until: Option<Instant>,
    ) {
        match next {
            Next::FirstContact(found) => cx.prerequisites.note_told(found),
            Next::Send(effect) => {
                let creates = matches!(effect, Effect::Engine(EngineEffect::CreateNetwork { .. }));
                let not_after = locked_until.filter(|_| creates);
                cx.send(Purpose::Prerequisite(which.clone()), effect, not_after);
            }
            Next::Ready => {
                let engine = cx.known_engine().cloned();
                cx.prerequisites.found_ready(which, engine.as_ref());
                cx.look_again_at_awaiting();
            }
            Next::Fail(why) => self.fail_check(cx, which, why),
            Next::Retry => {
                self.note_preparing(cx, &which.to_string());
                put_off(cx, which);
            }
            Next::Unreachable(why) => {
                self.note_preparing(cx, &why.to_string());
                let patience = cx.settings.timing.patience;
                match cx
                    .prerequisites
                    .note_unreachable(which, why, cx.now, patience)
                {
                    Some(why) => self.fail_check(cx, which, why),
                    None => put_off(cx, which),
                }
            }
        }
    }

    /// Notes what keeps those who wait for engine, network or image.
    fn note_preparing(&mut self, cx: &Context, last: &str) {
        for user in &cx.awaiting {
            if let Some(tenancy) = self.get_mut(user) {
                tenancy.note(last);
            }
        }
    }

    /// Those who wait are told; those who come later ask anew.
    fn fail_check(&mut self, cx: &mut Context, which: &Prerequisite, why: Error) {
        let until = cx.now.after(REMEMBERED);
        if *which == Prerequisite::Engine {
            cx.prerequisites.doubt_engine();
            self.forget_engine();
        }
        cx.prerequisites
            .set(which, CheckState::Failed { why, until });
        cx.look_again_at_awaiting();
    }

    /// Takes from an outcome what it tells of which engine answers: that another does, or that the
    /// connection was lost, after which another may.
    pub(crate) fn note_identity(&mut self, cx: &mut Context, outcome: &Outcome) {
        match outcome {
            Outcome::Engine(EngineOutcome::OtherEngine(found)) => self.meet_another(cx, found),
            Outcome::Engine(EngineOutcome::Unreachable(_) | EngineOutcome::Unclear(_)) => {
                cx.prerequisites.doubt_engine();
            }
            Outcome::Engine(_) | Outcome::Store(_) | Outcome::Probe(_) => {}
        }
    }

    fn meet_another(&mut self, cx: &mut Context, found: &EngineId) {
        let Some(known) = cx.known_engine().cloned() else {
            return;
        };
        let why = Error::EngineChanged {
            name: cx.settings.engine.clone(),
            found: found.clone(),
            known,
        };
        self.fail_check(cx, &Prerequisite::Engine, why);
    }
}

fn put_off(cx: &mut Context, which: &Prerequisite) {
    cx.prerequisites.put_off(which, cx.now, &mut cx.entropy);
}
