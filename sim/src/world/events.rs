//! What happens on the engine, and the streams of its events to controllers.

use std::time::Duration;

use portreeve_core::outcome::{EngineEvent, EngineOutcome, Outcome};
use portreeve_core::time::Instant;

use super::controller::Delivery;
use super::happening::Happening;
use super::in_flight::InFlight;
use super::state::World;
use super::subscription::Subscription;
use crate::occurrence::{Occurrence, Sight};

impl World {
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
        let mut outgoing = Vec::new();
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
                outgoing.extend(event.told_to(installation));
            }
        }
        self.engine.forget_events_before(self.read);
        for event in outgoing {
            for index in 0..self.subscriptions.len() {
                if !self.chance.happens(self.faults.event_dropped) {
                    self.send_event(index, event.clone());
                }
            }
        }
    }

    pub(super) fn send_event(&mut self, index: usize, event: EngineEvent) {
        let latency = self
            .chance
            .time(Duration::from_micros(200), Duration::from_millis(5));
        let subscription = &mut self.subscriptions[index];
        subscription.delivered_until = subscription.delivered_until.max(self.now.after(latency));
        let at = subscription.delivered_until;
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
            let is_it = |in_flight: &InFlight| {
                in_flight.controller == stream.controller
                    && in_flight.incarnation == stream.incarnation
                    && in_flight.issued.id == stream.effect
            };
            let number = self
                .in_flight
                .iter()
                .find(|(_, in_flight)| is_it(in_flight))
                .map(|(number, _)| *number);
            if let Some(number) = number {
                let text = "the event stream broke off".to_owned();
                self.finish(number, Outcome::Engine(EngineOutcome::Unclear(text)));
            }
        }
    }
}
