//! Another engine takes the place of the installation's own, and leaves it again.

use std::collections::BTreeMap;
use std::time::Duration;

use portreeve_core::effect::{Effect, EngineEffect, Fence};
use portreeve_core::id::EngineId;
use portreeve_core::outcome::{EngineOutcome, Outcome};

use super::happening::Happening;
use super::impostor::Impostor;
use super::state::World;
use crate::engine::{Answer, Engine};
use crate::occurrence::Occurrence;
use crate::sabotage::Sabotage;

impl World {
    /// Another engine answers from now on: whatever was under way to the engine is cut off.
    pub(super) fn swap_engine(&mut self, away: Duration) {
        // The first engine that a controller meets becomes the installation's own, so there must be one.
        if self.store.known_engine().is_none() {
            return;
        }
        let until = self.now.after(away);
        if let Some(impostor) = &mut self.impostor {
            impostor.until = impostor.until.max(until);
        } else {
            let mut engine = Engine::new(EngineId::new("another"), self.chance.number());
            engine.add_image(self.image.clone());
            if let Some(controller) = self.controllers.first() {
                let network = &controller.lifecycle.settings().network;
                engine.advance(self.now);
                let _ = engine.create_network(network, BTreeMap::new());
            }
            self.impostor = Some(Impostor { engine, until });
            self.cut_off();
        }
        self.agenda.note(until, Happening::EngineHome);
    }

    /// The installation's own engine answers again.
    pub(super) fn bring_engine_home(&mut self) {
        if self
            .impostor
            .as_ref()
            .is_some_and(|impostor| impostor.until <= self.now)
        {
            self.send_impostor_away();
        }
    }

    pub(super) fn send_impostor_away(&mut self) {
        if self.impostor.take().is_some() {
            self.trace
                .note(self.now, format_args!("the right engine answers again"));
            self.cut_off();
        }
    }

    /// All connections to the engine are closed; what was asked for goes on there, and nobody hears of it.
    fn cut_off(&mut self) {
        self.break_streams(|_| true);
        for number in std::mem::take(&mut self.tickets).into_values() {
            if let Some(in_flight) = self.in_flight.get(&number) {
                let lost = Outcome::unclear(&in_flight.issued.effect, "the connection was closed");
                self.finish(number, lost);
            }
        }
    }

    /// What the engine that answers now makes of an effect, where it isn't the right one. Drivers look at the
    /// fence over each new connection, and all connections were closed when it came.
    pub(super) fn ask_impostor(&mut self, effect: &Effect, fence: &Fence) -> Option<Outcome> {
        let impostor = self.impostor.as_mut()?;
        let taken_for_the_right_one = self.sabotage == Some(Sabotage::EngineIdIgnored);
        let effect = match effect {
            Effect::Engine(EngineEffect::Identify) if taken_for_the_right_one => {
                let known = self.store.known_engine()?.clone();
                return Some(Outcome::Engine(EngineOutcome::Identified(known)));
            }
            Effect::Engine(effect) => effect,
            Effect::Probe(_) => return Some(Outcome::unreachable(effect, "connection refused")),
            Effect::Store(_) => return None,
        };
        let other = fence
            .engine
            .as_ref()
            .filter(|wanted| *wanted != impostor.engine.id());
        if other.is_some() && !taken_for_the_right_one {
            let found = impostor.engine.id().clone();
            return Some(Outcome::Engine(EngineOutcome::OtherEngine(found)));
        }
        impostor.engine.advance(self.now);
        let outcome = match impostor.engine.carry_out(effect) {
            Answer::Now(outcome) => outcome,
            Answer::Open(_) | Answer::Later(_) => EngineOutcome::Unclear("cut off".to_owned()),
        };
        self.occurred(Occurrence::CarriedOutElsewhere { effect });
        Some(Outcome::Engine(outcome))
    }
}
