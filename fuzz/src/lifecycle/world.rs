//! The engine and the store that the lifecycle is told about, and people who interfere.

use std::collections::BTreeMap;

use arbitrary::Unstructured;
use portreeve_core::effect::{Effect, EngineEffect, IssuedEffect, Probe};
use portreeve_core::id::{EffectId, EngineId, InstallationId, Port};
use portreeve_core::name::Naming;
use portreeve_core::outcome::{EngineEvent, Outcome, ProbeOutcome};
use portreeve_core::settings::Settings;
use portreeve_core::time::Instant;
use portreeve_sim::engine::{
    Answer, Cursor, Engine, Habits, Image, Listener, Removal, Spec, Ticket,
};
use portreeve_sim::store::Store;

use super::users::user;

/// Both, and what is under way there.
pub(super) struct World {
    engine: Engine,
    store: Store,
    /// What is answered later.
    tickets: BTreeMap<Ticket, EffectId>,
    /// Up to where events were told.
    told: Cursor,
}

impl World {
    pub(super) fn new(settings: &Settings) -> Self {
        let mut engine = Engine::new(EngineId::new("engine"), 7).with_habits(Habits::default());
        engine.add_image(Image::new(&settings.template.image));
        Self {
            told: engine.cursor(),
            engine,
            store: Store::new(InstallationId::from_bytes([0xab; 16])),
            tickets: BTreeMap::new(),
        }
    }

    /// Lets time pass, and tells what is answered meanwhile.
    pub(super) fn advance(&mut self, now: Instant) -> Vec<(EffectId, Outcome)> {
        self.engine.advance(now);
        self.store.advance(now);
        let answers = self.engine.take_answers();
        let tickets = &mut self.tickets;
        let answered = answers.into_iter().filter_map(|(ticket, outcome)| {
            Some((tickets.remove(&ticket)?, Outcome::Engine(outcome)))
        });
        answered.collect()
    }

    /// Carries an effect out. A watch, and what takes its time, isn't answered now.
    pub(super) fn carry_out(&mut self, issued: &IssuedEffect) -> Option<Outcome> {
        match &issued.effect {
            Effect::Engine(effect) => match self.engine.carry_out(effect) {
                Answer::Now(outcome) => Some(Outcome::Engine(outcome)),
                Answer::Later(ticket) => {
                    self.tickets.insert(ticket, issued.id);
                    None
                }
                Answer::Open(cursor) => {
                    self.told = cursor;
                    None
                }
            },
            Effect::Store(effect) => Some(Outcome::Store(self.store.carry_out(effect))),
            Effect::Probe(probe) => Some(Outcome::Probe(self.probe(probe))),
        }
    }

    fn probe(&self, probe: &Probe) -> ProbeOutcome {
        let port = Port::new(probe.port).map(|port| self.engine.listener(port));
        let listens =
            |container: &portreeve_sim::engine::Container| container.listens(self.engine.now());
        if matches!(port, Some(Listener::Container(..)))
            || self.engine.find(&probe.host).is_ok_and(listens)
        {
            ProbeOutcome::Passed
        } else {
            ProbeOutcome::Failed("connection refused".to_owned())
        }
    }

    /// What happened on the engine since this was asked last.
    pub(super) fn events(&mut self) -> Vec<EngineEvent> {
        let installation = self.store.installation();
        let mut events = Vec::new();
        for (cursor, event) in self.engine.events_after(self.told) {
            self.told = cursor;
            events.extend(event.told_to(installation));
        }
        events
    }

    /// Somebody does something to containers, ours or not.
    pub(super) fn meddle(&mut self, bytes: &mut Unstructured) -> arbitrary::Result<()> {
        let ids: Vec<_> = self
            .engine
            .containers()
            .map(|container| container.id().as_str().to_owned())
            .collect();
        let name = Naming::default().names(&user(bytes)?).container;
        let which = match ids.len() {
            0 => name.clone(),
            count => ids[bytes.choose_index(count)?].clone(),
        };
        // What can't be done is not done.
        match bytes.int_in_range(0..=6u8)? {
            0 => drop(self.engine.kill(&which, portreeve_sim::engine::SIGKILL)),
            1 => drop(self.engine.remove(
                &which,
                Removal {
                    force: true,
                    volumes: false,
                },
            )),
            2 => drop(self.engine.pause(&which)),
            3 => drop(self.engine.stop(&which, None)),
            4 => drop(self.engine.rename(&which, "renamed")),
            5 => {
                let port = 19000 + bytes.int_in_range(0..=2)?;
                self.engine.occupy_port(Port::new(port).expect("not 0"));
            }
            _ => drop(self.engine.create(&name, Spec::of_image("alpine/openclaw"))),
        }
        Ok(())
    }
}

/// Whether an effect is carried out under a lease alone. What has no record is removed without one.
pub(super) fn needs_lease(effect: &EngineEffect) -> bool {
    matches!(
        effect,
        EngineEffect::Create(_)
            | EngineEffect::Start { .. }
            | EngineEffect::Unpause { .. }
            | EngineEffect::Stop { .. }
            | EngineEffect::RemoveVolume { .. }
    )
}
