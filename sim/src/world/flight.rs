//! Effects on their way: sent, arrived, answered, in time or not.

use std::sync::Arc;
use std::time::Duration;

use portreeve_core::effect::{Effect, EngineEffect, IssuedEffect, Probe};
use portreeve_core::id::{EffectId, Port};
use portreeve_core::outcome::{EngineEvent, EngineOutcome, Outcome, ProbeOutcome};
use portreeve_core::time::Instant;

use super::controller::Delivery;
use super::fate::{Fate, Turn};
use super::{Happening, World};
use crate::chance::Chance;
use crate::engine::{Answer as EngineAnswer, Exit, Listener, Personality};
use crate::occurrence::{Occurrence, Sight};

/// One effect on its way.
#[derive(Debug)]
pub(super) struct Flight {
    pub controller: usize,
    pub incarnation: u32,
    pub issued: IssuedEffect,
    fate: Fate,
    /// Its process stood still in the midst of sending it.
    held_up: bool,
    /// It takes hold, or took hold, and not twice.
    arrived: bool,
    /// Its controller was told, or is to be told nothing.
    answered: bool,
    /// What its controller is about to be told.
    outcome: Option<Outcome>,
}

/// Who follows the engine's events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Subscription {
    pub controller: usize,
    pub incarnation: u32,
    pub effect: EffectId,
    /// When the last event that is on its way will be told: they don't overtake one another.
    pub told_until: Instant,
}

impl World {
    /// A controller hands an effect to its driver.
    pub(super) fn launch(&mut self, which: usize, mut issued: IssuedEffect) {
        if let Some(sabotage) = self.sabotage {
            sabotage.misdirect(&mut issued.effect);
        }
        self.last_flight += 1;
        let number = self.last_flight;
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
        let flight = Flight {
            controller: which,
            incarnation,
            issued,
            fate,
            held_up: false,
            arrived: false,
            answered: false,
            outcome: None,
        };
        self.flights.insert(number, Box::new(flight));
        if fate.before.is_zero() {
            self.send(number);
        } else {
            self.agenda
                .note(self.now.after(fate.before), Happening::Send(number));
        }
    }

    /// Whether the flight's controller is still the one that sent it.
    fn is_heard(&self, flight: &Flight) -> bool {
        let controller = &self.controllers[flight.controller];
        controller.is_up() && controller.incarnation == flight.incarnation
    }

    pub(super) fn has_flights(&self, which: usize) -> bool {
        let incarnation = self.controllers[which].incarnation;
        let mut flights = self.flights.values();
        flights.any(|flight| {
            flight.controller == which
                && flight.incarnation == incarnation
                && !flight.answered
                && !is_watch(&flight.issued.effect)
        })
    }

    /// A driver sends an effect, unless it is too late for that.
    pub(super) fn send(&mut self, number: u64) {
        let Some(flight) = self.flights.get(&number) else {
            return;
        };
        if !self.is_heard(flight) {
            self.flights.remove(&number);
            return;
        }
        let which = flight.controller;
        if self.controllers[which].is_frozen() {
            self.reach(which, Delivery::Send(number));
            return;
        }
        let now = self.controllers[which].local(self.now);
        let expired = !flight.held_up
            && flight
                .issued
                .fence
                .not_after
                .is_some_and(|not_after| now > not_after);
        let engine = matches!(flight.issued.effect, Effect::Engine(_));
        if engine && expired {
            self.tally.expired += 1;
            return self.finish(number, Outcome::Engine(EngineOutcome::Expired));
        }
        self.tally.effects += 1;
        let fate = flight.fate;
        if !fate.held_up.is_zero() && !flight.held_up {
            return self.hold_up(number, which, fate.held_up);
        }
        let timeout = flight.issued.timeout;
        let watch = is_watch(&flight.issued.effect);
        let may_last = matches!(
            flight.issued.effect,
            Effect::Engine(EngineEffect::Stop { .. })
        );
        let swift = fate.turn == Turn::Well && fate.out + fate.back < timeout && !may_last;
        if !watch && !swift {
            self.agenda
                .note(self.now.after(timeout), Happening::Timeout(number));
        }
        let arrival = self.now.after(fate.out);
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
        if let Some(flight) = self.flights.get_mut(&number) {
            flight.held_up = true;
        }
        let until = self.now.after(still);
        self.trace.note(
            self.now,
            format_args!("controller {which} stands still in the midst of sending an effect"),
        );
        self.freeze(which, until);
        self.reach(which, Delivery::Send(number));
    }

    /// It never takes hold; its controller is told this, after a while.
    fn conclude(&mut self, number: u64, after: Duration, told: impl Fn(&Effect) -> Outcome) {
        self.tally.faults += 1;
        if let Some(flight) = self.flights.get_mut(&number) {
            flight.arrived = true;
            flight.outcome = Some(told(&flight.issued.effect));
            self.agenda
                .note(self.now.after(after), Happening::Answer(number));
        }
    }

    /// An effect arrives, and takes hold if somebody is there.
    pub(super) fn arrive(&mut self, number: u64) {
        let Some(mut flight) = self.flights.remove(&number) else {
            return;
        };
        flight.arrived = true;
        let subscription = Subscription {
            controller: flight.controller,
            incarnation: flight.incarnation,
            effect: flight.issued.id,
            told_until: self.now,
        };
        let visited = self.visited(&flight.issued.effect, &flight.issued.fence);
        let outcome = match &flight.issued.effect {
            _ if visited.is_some() => visited,
            Effect::Engine(_) | Effect::Probe(_) if self.engine_away_until.is_some() => {
                Some(unreachable(&flight.issued.effect))
            }
            Effect::Store(_) if self.store_away_until.is_some() => {
                Some(unreachable(&flight.issued.effect))
            }
            Effect::Engine(EngineEffect::Watch { .. }) => {
                if self.is_heard(&flight) {
                    self.subscriptions.push(subscription);
                    self.send_event(self.subscriptions.len() - 1, EngineEvent::Opened);
                }
                None
            }
            Effect::Engine(effect) => {
                let sender = (flight.controller, flight.held_up);
                self.carry_out_on_engine(number, sender, effect)
            }
            Effect::Store(effect) => {
                let outcome = self.store.carry_out(effect);
                self.trace
                    .stored(self.now, flight.controller, effect, &outcome);
                self.occurred(Occurrence::Stored {
                    controller: flight.controller,
                    effect,
                    outcome: &outcome,
                });
                Some(Outcome::Store(outcome))
            }
            Effect::Probe(probe) => Some(Outcome::Probe(self.probe(probe))),
        };
        let over = flight.answered;
        if !over || outcome.is_none() {
            self.flights.insert(number, flight);
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

    /// Decides whether a container that is about to be started ends while it starts.
    fn doom_start(&mut self, number: u64, effect: &EngineEffect) {
        let EngineEffect::Start { container } = effect else {
            return;
        };
        if self.faults.start_fails <= 0.0 && !self.dooms {
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
        let _ = self.engine.set_personality(container.as_str(), doomed);
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
        let Some(flight) = self.flights.get_mut(&number) else {
            return;
        };
        flight.arrived = true;
        if flight.answered {
            self.flights.remove(&number);
            return;
        }
        match flight.fate.turn {
            Turn::Well | Turn::Unreachable | Turn::Lost => flight.outcome = Some(outcome),
            Turn::AnswerLost => {
                self.tally.faults += 1;
                flight.outcome = Some(connection_lost(&flight.issued.effect));
            }
            Turn::Unanswered => {
                self.tally.faults += 1;
                return;
            }
        }
        let at = self.now.after(flight.fate.back);
        self.agenda.note(at, Happening::Answer(number));
    }

    /// The answer is there.
    pub(super) fn deliver(&mut self, number: u64) {
        let Some(flight) = self.flights.get_mut(&number) else {
            return;
        };
        let Some(outcome) = flight.outcome.take() else {
            return;
        };
        let (which, effect) = (flight.controller, flight.issued.id);
        let told_before = std::mem::replace(&mut flight.answered, true);
        let flight = self.flights.remove(&number);
        if !told_before && flight.is_some_and(|flight| self.is_heard(&flight)) {
            self.trace.heard(self.now, which, effect, &outcome);
            self.occurred(Occurrence::Heard(&outcome));
            self.reach(which, Delivery::Outcome(effect, outcome));
        }
    }

    /// Its driver waits no longer. It may still take hold.
    pub(super) fn time_out(&mut self, number: u64) {
        let Some(flight) = self.flights.get_mut(&number) else {
            return;
        };
        if flight.answered {
            return;
        }
        flight.answered = true;
        flight.outcome = None;
        let (which, effect) = (flight.controller, flight.issued.id);
        let unclear = Outcome::unclear(&flight.issued.effect, "no answer in time");
        let heard = self.is_heard(&self.flights[&number]);
        if self.flights[&number].arrived && !self.tickets.values().any(|of| *of == number) {
            self.flights.remove(&number);
        }
        if heard {
            self.trace.heard(self.now, which, effect, &unclear);
            self.occurred(Occurrence::Heard(&unclear));
            self.reach(which, Delivery::Outcome(effect, unclear));
        }
    }

    /// The engine comes to what it does by itself, or was asked for a while ago.
    pub(super) fn run_engine(&mut self) {
        self.tally.steps += 1;
        self.engine.advance(self.now);
        self.follow_engine();
    }

    pub(super) fn engine_due(&self) -> Option<Instant> {
        self.engine.next_due()
    }

    /// Takes note of what happened on the engine: answers that were waited for, and events.
    pub(super) fn follow_engine(&mut self) {
        for (ticket, outcome) in self.engine.take_answers() {
            if let Some(number) = self.tickets.remove(&ticket) {
                self.finish(number, Outcome::Engine(outcome));
            }
        }
        let installation = self.store.installation();
        let mut told = Vec::new();
        for (cursor, event) in self.engine.events_after(self.read) {
            self.read = cursor;
            self.trace.happened(self.now, event);
            let sight = Sight {
                now: self.now,
                engine: &self.engine,
                store: &self.store,
            };
            self.promises.observe(sight, Occurrence::Engine(event));
            self.observers.observe(sight, Occurrence::Engine(event));
            if !self.subscriptions.is_empty() {
                told.extend(event.told_to(installation));
            }
        }
        self.engine.forget_events_before(self.read);
        for told in told {
            for index in 0..self.subscriptions.len() {
                if !self.chance.happens(self.faults.event_dropped) {
                    self.send_event(index, told.clone());
                }
            }
        }
    }

    fn send_event(&mut self, index: usize, event: EngineEvent) {
        let latency = self
            .chance
            .time(Duration::from_micros(200), Duration::from_millis(5));
        let subscription = &mut self.subscriptions[index];
        subscription.told_until = subscription.told_until.max(self.now.after(latency));
        let at = subscription.told_until;
        let subscription = *subscription;
        self.agenda.note(at, Happening::Tell(subscription, event));
    }

    /// An event is told to who follows, if that stream is still open.
    pub(super) fn tell(&mut self, to: Subscription, event: EngineEvent) {
        let controller = &self.controllers[to.controller];
        let open = self.subscriptions.iter().any(|known| known.is(&to));
        if open && controller.is_up() && controller.incarnation == to.incarnation {
            self.reach(to.controller, Delivery::Event(to.effect, event));
        }
    }

    /// All streams for which this holds break off, and their followers are told.
    pub(super) fn break_streams(&mut self, of: impl Fn(&Subscription) -> bool) {
        let (broken, kept) = self.subscriptions.drain(..).partition(|known| of(known));
        self.subscriptions = kept;
        let broken: Vec<Subscription> = broken;
        for stream in broken {
            let is_it = |flight: &Flight| {
                flight.controller == stream.controller
                    && flight.incarnation == stream.incarnation
                    && flight.issued.id == stream.effect
            };
            let number = self
                .flights
                .iter()
                .find(|(_, flight)| is_it(flight))
                .map(|(number, _)| *number);
            if let Some(number) = number {
                let text = "the event stream broke off".to_owned();
                self.finish(number, Outcome::Engine(EngineOutcome::Unclear(text)));
            }
        }
    }
}

impl Subscription {
    fn is(&self, other: &Self) -> bool {
        (self.controller, self.incarnation, self.effect)
            == (other.controller, other.incarnation, other.effect)
    }
}

fn is_watch(effect: &Effect) -> bool {
    matches!(effect, Effect::Engine(EngineEffect::Watch { .. }))
}

fn unreachable(effect: &Effect) -> Outcome {
    Outcome::unreachable(effect, "connection refused")
}

fn connection_lost(effect: &Effect) -> Outcome {
    Outcome::unclear(effect, "connection closed before the answer")
}
