//! Effects on their way: sent, arrived, answered, in time or not.

use std::sync::Arc;
use std::time::Duration;

use portreeve_core::effect::{Effect, EngineEffect, IssuedEffect, Probe};
use portreeve_core::id::Port;
use portreeve_core::outcome::{EngineEvent, EngineOutcome, Outcome, ProbeOutcome};

use super::controller::Delivery;
use super::fate::{Fate, Turn};
use super::happening::Happening;
use super::in_flight::InFlight;
use super::state::World;
use super::subscription::Subscription;
use crate::chance::Chance;
use crate::engine::{Answer as EngineAnswer, Exit, Listener, Personality};
use crate::occurrence::Occurrence;
use crate::script::Silence;

impl World {
    /// A controller hands an effect to its driver.
    pub(super) fn launch(&mut self, which: usize, mut issued: IssuedEffect) {
        if let Some(sabotage) = self.sabotage {
            sabotage.misdirect(&mut issued.effect);
        }
        self.last_sent += 1;
        let number = self.last_sent;
        let controller = &self.controllers[which];
        let incarnation = controller.incarnation;
        let parts = [which as u64, u64::from(incarnation), issued.id.0];
        let fate = Fate::drawn(
            &issued.effect,
            &self.faults,
            &mut Chance::about(self.seed, parts),
        );
        self.occurred(Occurrence::Sent {
            controller: which,
            effect: &issued.effect,
        });
        self.trace.launched(self.now, which, &issued);
        let in_flight = InFlight {
            controller: which,
            incarnation,
            issued,
            fate,
            held_up: false,
            arrived: false,
            answered: false,
            outcome: None,
        };
        self.in_flight.insert(number, Box::new(in_flight));
        if fate.before.is_zero() {
            self.send(number);
        } else {
            self.agenda
                .note(self.now.after(fate.before), Happening::Send(number));
        }
    }

    /// Whether the effect's controller is still the one that sent it.
    fn is_heard(&self, in_flight: &InFlight) -> bool {
        let controller = &self.controllers[in_flight.controller];
        controller.is_up() && controller.incarnation == in_flight.incarnation
    }

    pub(super) fn has_effects_in_flight(&self, which: usize) -> bool {
        let incarnation = self.controllers[which].incarnation;
        let mut in_flight = self.in_flight.values();
        in_flight.any(|in_flight| {
            in_flight.controller == which
                && in_flight.incarnation == incarnation
                && !in_flight.answered
                && !in_flight.is_watch()
        })
    }

    /// A driver sends an effect, unless it is too late for that.
    pub(super) fn send(&mut self, number: u64) {
        let Some(in_flight) = self.in_flight.get(&number) else {
            return;
        };
        if !self.is_heard(in_flight) {
            self.in_flight.remove(&number);
            return;
        }
        let which = in_flight.controller;
        if self.controllers[which].is_frozen() {
            self.reach(which, Delivery::Send(number));
            return;
        }
        let now = self.controllers[which].local(self.now);
        let expired = !in_flight.held_up
            && in_flight
                .issued
                .fence
                .not_after
                .is_some_and(|not_after| now > not_after);
        let engine = matches!(in_flight.issued.effect, Effect::Engine(_));
        if engine && expired {
            self.tally.expired += 1;
            return self.finish(number, Outcome::Engine(EngineOutcome::Expired));
        }
        self.tally.effects += 1;
        let fate = in_flight.fate;
        if !fate.held_up.is_zero() && !in_flight.held_up {
            return self.hold_up(number, which, fate.held_up);
        }
        let timeout = in_flight.issued.timeout;
        let watch = in_flight.is_watch();
        let may_last = matches!(
            in_flight.issued.effect,
            Effect::Engine(EngineEffect::Stop { .. })
        );
        let silence = match in_flight.issued.effect {
            Effect::Store(_) => self.silence(which),
            Effect::Engine(_) | Effect::Probe(_) => None,
        };
        let swift = silence.is_none()
            && fate.turn == Turn::Well
            && fate.out + fate.back < timeout
            && !may_last;
        if !watch && !swift {
            self.agenda
                .note(self.now.after(timeout), Happening::Timeout(number));
        }
        let arrival = self.now.after(fate.out);
        match silence {
            Some(Silence::Refused) => return self.conclude(number, fate.out, unreachable),
            Some(Silence::Unanswered) => return self.lose_way(number),
            None => {}
        }
        match fate.turn {
            Turn::Unreachable => self.conclude(number, fate.out, unreachable),
            Turn::Lost => self.conclude(number, fate.out + fate.back, connection_lost),
            Turn::Well | Turn::AnswerLost | Turn::Unanswered => {
                self.agenda.note(arrival, Happening::Arrive(number));
            }
        }
    }

    /// Its process comes to stand still just as it sends it: it goes out when the process goes on.
    fn hold_up(&mut self, number: u64, which: usize, still: Duration) {
        if let Some(in_flight) = self.in_flight.get_mut(&number) {
            in_flight.held_up = true;
        }
        let until = self.now.after(still);
        self.trace.note(
            self.now,
            format_args!("controller {which} stands still in the midst of sending an effect"),
        );
        self.freeze(which, until);
        self.reach(which, Delivery::Send(number));
    }

    /// It never takes hold, and nobody is told: its driver waits for as long as it does.
    fn lose_way(&mut self, number: u64) {
        self.tally.faults += 1;
        if let Some(in_flight) = self.in_flight.get_mut(&number) {
            in_flight.arrived = true;
        }
    }

    /// It never takes hold; its controller is told this, after a while.
    fn conclude(&mut self, number: u64, after: Duration, outcome: impl Fn(&Effect) -> Outcome) {
        self.tally.faults += 1;
        if let Some(in_flight) = self.in_flight.get_mut(&number) {
            in_flight.arrived = true;
            in_flight.outcome = Some(outcome(&in_flight.issued.effect));
            self.agenda
                .note(self.now.after(after), Happening::Answer(number));
        }
    }

    /// An effect arrives, and takes hold if somebody is there.
    pub(super) fn arrive(&mut self, number: u64) {
        let Some(mut in_flight) = self.in_flight.remove(&number) else {
            return;
        };
        in_flight.arrived = true;
        let subscription = Subscription {
            controller: in_flight.controller,
            incarnation: in_flight.incarnation,
            effect: in_flight.issued.id,
            delivered_until: self.now,
        };
        let misled = self.ask_impostor(&in_flight.issued.effect, &in_flight.issued.fence);
        let refused = self.refused(&in_flight.issued.effect);
        let outcome = match &in_flight.issued.effect {
            _ if misled.is_some() => misled,
            Effect::Engine(_) | Effect::Probe(_) if self.engine_away_until.is_some() => {
                Some(unreachable(&in_flight.issued.effect))
            }
            Effect::Store(_) if self.store_away_until.is_some() => {
                Some(unreachable(&in_flight.issued.effect))
            }
            Effect::Engine(EngineEffect::Watch { .. }) => {
                if self.is_heard(&in_flight) {
                    self.subscriptions.push(subscription);
                    self.send_event(self.subscriptions.len() - 1, EngineEvent::Opened);
                }
                None
            }
            _ if refused.is_some() => {
                self.tally.faults += 1;
                refused.map(Outcome::Engine)
            }
            Effect::Engine(effect) => {
                let sender = (in_flight.controller, in_flight.held_up);
                self.carry_out_on_engine(number, sender, effect)
            }
            Effect::Store(effect) => Some(self.carry_out_on_store(in_flight.controller, effect)),
            Effect::Probe(probe) => Some(Outcome::Probe(self.probe(probe))),
        };
        let over = in_flight.answered;
        if !over || outcome.is_none() {
            self.in_flight.insert(number, in_flight);
        }
        if let Some(outcome) = outcome {
            self.finish(number, outcome);
        }
        self.follow_engine();
    }

    fn carry_out_on_engine(
        &mut self,
        number: u64,
        (which, late): (usize, bool),
        effect: &EngineEffect,
    ) -> Option<Outcome> {
        self.engine.advance(self.now);
        let asked = effect;
        let diverted = self.divert(effect);
        let effect = diverted.as_ref().unwrap_or(effect);
        self.doom_start(number, effect);
        match self.engine.carry_out(effect) {
            EngineAnswer::Open(_) => None,
            EngineAnswer::Now(mut outcome) => {
                self.occurred(Occurrence::CarriedOut {
                    effect,
                    late,
                    outcome: &outcome,
                });
                self.trace
                    .carried_out(self.now, which, effect, Some(&outcome));
                if let Some(sabotage) = self.sabotage {
                    sabotage.misread(asked, &mut outcome);
                }
                Some(Outcome::Engine(outcome))
            }
            EngineAnswer::Later(ticket) => {
                self.occurred(Occurrence::TakenIn { effect });
                self.trace.carried_out(self.now, which, effect, None);
                self.tickets.insert(ticket, number);
                None
            }
        }
    }

    /// What the engine says that does nothing of what it is asked for at present.
    fn refused(&self, effect: &Effect) -> Option<EngineOutcome> {
        let Effect::Engine(effect) = effect else {
            return None;
        };
        let user = self.promises.ledger().user_of(effect);
        self.refusals.answer(self.now, effect, user.as_ref())
    }

    /// Decides whether a container that is about to be started ends while it starts, or doesn't get
    /// ready.
    fn doom_start(&mut self, number: u64, effect: &EngineEffect) {
        let EngineEffect::Start { container } = effect else {
            return;
        };
        let user = self.promises.ledger().user_of(effect);
        let program = &self.image.program;
        let unready = self.unready.personality(self.now, user.as_ref(), program);
        if self.faults.start_fails <= 0.0 && unready.is_none() && !self.dooms {
            return;
        }
        let mut chance = Chance::about(self.seed, [number, 1, 1]);
        let doomed = chance.happens(self.faults.start_fails).then(|| {
            let after = chance.time(Duration::ZERO, Duration::from_secs(3));
            Arc::new(Personality {
                exits: Some(Exit {
                    after,
                    code: 1,
                    last_words: Some("something is wrong with me".to_owned()),
                }),
                listens_after: None,
                healthy_after: None,
                ..Personality::default()
            })
        });
        self.dooms = true;
        // One that isn't there can't be started either.
        let _ = self
            .engine
            .set_personality(container.as_str(), doomed.or(unready));
    }

    /// Looks whether a container answers.
    fn probe(&mut self, probe: &Probe) -> ProbeOutcome {
        self.engine.advance(self.now);
        let port = Port::new(probe.port);
        let by_port = port.map(|port| self.engine.listener(port));
        let by_name = self.engine.find(&probe.host);
        let answers = matches!(by_port, Some(Listener::Container(..)))
            || by_name.is_ok_and(|container| container.listens(self.now));
        if answers {
            ProbeOutcome::Passed
        } else {
            ProbeOutcome::Failed("connection refused".to_owned())
        }
    }

    /// What the engine is asked for in place of the effect, where something is wrong on purpose.
    fn divert(&self, effect: &EngineEffect) -> Option<EngineEffect> {
        let made_as = |container: &_| {
            let made = self.promises.ledger().container(container);
            made.map(|made| made.name.clone())
        };
        self.sabotage?.divert(effect, &self.engine, made_as)
    }

    /// It took hold, or could not: the answer goes back.
    pub(super) fn finish(&mut self, number: u64, outcome: Outcome) {
        let Some(in_flight) = self.in_flight.get_mut(&number) else {
            return;
        };
        in_flight.arrived = true;
        if in_flight.answered {
            self.in_flight.remove(&number);
            return;
        }
        match in_flight.fate.turn {
            Turn::Well | Turn::Unreachable | Turn::Lost => in_flight.outcome = Some(outcome),
            Turn::AnswerLost => {
                self.tally.faults += 1;
                in_flight.outcome = Some(connection_lost(&in_flight.issued.effect));
            }
            Turn::Unanswered => {
                self.tally.faults += 1;
                return;
            }
        }
        let at = self.now.after(in_flight.fate.back);
        self.agenda.note(at, Happening::Answer(number));
    }

    /// The answer is there.
    pub(super) fn deliver(&mut self, number: u64) {
        let Some(in_flight) = self.in_flight.get_mut(&number) else {
            return;
        };
        let Some(outcome) = in_flight.outcome.take() else {
            return;
        };
        let (which, effect) = (in_flight.controller, in_flight.issued.id);
        let answered_before = std::mem::replace(&mut in_flight.answered, true);
        let in_flight = self.in_flight.remove(&number);
        if let Some(in_flight) = in_flight.filter(|in_flight| self.is_heard(in_flight))
            && !answered_before
        {
            self.trace.heard(self.now, which, effect, &outcome);
            self.note_flush(which, &in_flight.issued.effect, &outcome);
            self.occurred(Occurrence::Heard {
                effect: &in_flight.issued.effect,
                outcome: &outcome,
            });
            self.reach(which, Delivery::Outcome(effect, outcome));
        }
    }

    /// Its driver waits no longer. It may still take hold.
    pub(super) fn time_out(&mut self, number: u64) {
        let Some(in_flight) = self.in_flight.get_mut(&number) else {
            return;
        };
        if in_flight.answered {
            return;
        }
        in_flight.answered = true;
        in_flight.outcome = None;
        let (which, issued) = (in_flight.controller, in_flight.issued.clone());
        let unclear = Outcome::unclear(&issued.effect, "no answer in time");
        let heard = self.is_heard(&self.in_flight[&number]);
        if self.in_flight[&number].arrived && !self.tickets.values().any(|of| *of == number) {
            self.in_flight.remove(&number);
        }
        if heard {
            self.trace.heard(self.now, which, issued.id, &unclear);
            self.note_flush(which, &issued.effect, &unclear);
            self.occurred(Occurrence::Heard {
                effect: &issued.effect,
                outcome: &unclear,
            });
            self.reach(which, Delivery::Outcome(issued.id, unclear));
        }
    }
}

fn unreachable(effect: &Effect) -> Outcome {
    Outcome::unreachable(effect, "connection refused")
}

fn connection_lost(effect: &Effect) -> Outcome {
    Outcome::unclear(effect, "connection closed before the answer")
}
