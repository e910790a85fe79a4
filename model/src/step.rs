//! What happens when something happens.

use std::collections::BTreeMap;

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::{Effect, EngineEffect, Probe, StoreEffect};
use portreeve_core::error::ApiMisuse;
use portreeve_core::id::{EffectId, Port, RequestId};
use portreeve_core::lifecycle::Output;
use portreeve_core::observed::Observed;
use portreeve_core::outcome::{EngineOutcome, Outcome, ProbeOutcome, StoreOutcome};
use portreeve_core::record::Row;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;
use portreeve_sim::engine::{Answer, Listener, Ticket};
use portreeve_sim::occurrence::Occurrence;

use crate::action::{Action, Due, is_prerequisite};
use crate::scene::{Scene, Starts, Step};
use crate::state::{Asked, Condition, Fate, InFlight, Stage, State};

impl State {
    /// Something happens.
    pub(crate) fn happen(&mut self, scene: &Scene, action: Action) {
        self.rows = portreeve_core::lifecycle::Rows::default();
        if let Action::Pass(due) = action {
            if self.is_busy() {
                self.left.delays = self.left.delays.saturating_sub(1);
            }
            return self.pass(scene, due);
        }
        self.moment(self.now);
        match action {
            Action::Step(client, controller) => self.take_step(scene, client, controller),
            Action::Arrive(which, id, fate) => {
                if fate == Fate::Lost {
                    self.left.lost_answers -= 1;
                }
                self.arrive(scene, which, id, fate);
            }
            Action::Lose(which, id) => {
                self.left.lost_requests -= 1;
                self.tell(which, id, unclear);
            }
            Action::Miss(which, id) => {
                self.left.unreachable -= 1;
                self.tell(which, id, unreachable);
            }
            Action::Cut(which, id) => {
                self.left.lost_answers -= 1;
                self.tell(which, id, unclear);
            }
            Action::Answer(which, id) => self.answer(scene, which, id),
            Action::Pass(_) => {}
            Action::Crash(which) => {
                self.left.crashes -= 1;
                self.observe(Occurrence::Gone(which));
                self.crash(which);
            }
            Action::Boot(which) => self.boot(scene, which),
            Action::Freeze(which) => {
                self.left.freezes -= 1;
                self.freeze(which);
            }
            Action::Thaw(which, punctual) => self.thaw(scene, which, punctual),
            Action::Meddle(place) => {
                self.left.meddling -= 1;
                self.meddled |= 1 << place;
                self.meddle(&scene.meddling[place].clone());
            }
        }
    }

    /// Time passes until something is due.
    pub(crate) fn pass(&mut self, scene: &Scene, due: Due) {
        let soonest = self.soonest();
        let at = soonest.iter().find(|(other, _)| *other == due);
        let at = at.map_or(self.now, |(_, at)| *at);
        self.moment(at);
        match due {
            Due::Engine => self.follow_engine(),
            Due::Client(client) => self.clients[client].until = None,
            Due::Controller(which) => match self.controllers[which].condition {
                Condition::Up => {
                    let now = self.now;
                    self.feed(scene, which, |lifecycle| lifecycle.handle_time(now));
                }
                Condition::Frozen { since, .. } => {
                    let long = true;
                    self.controller(which).condition = Condition::Frozen { since, long };
                }
                Condition::Down => {}
            },
        }
    }

    fn take_step(&mut self, scene: &Scene, client: usize, controller: usize) {
        let step = &scene.scripts[client].steps[self.clients[client].next];
        self.clients[client].next += 1;
        match step {
            Step::AskAny(command) | Step::Ask(_, command) => {
                self.clients[client].waits = true;
                self.ask(scene, controller, Some(client), command.clone());
            }
            Step::Wait(time) => self.clients[client].until = Some(self.now.after(*time)),
            Step::Close(which) => {
                self.controller(*which).closing = true;
                self.observe(Occurrence::Closing(*which));
                let now = self.now;
                self.feed(scene, *which, |lifecycle| lifecycle.handle_close(now));
            }
        }
    }

    /// A controller is asked for something.
    pub(crate) fn ask(
        &mut self,
        scene: &Scene,
        which: usize,
        client: Option<usize>,
        command: Command,
    ) {
        self.check_asked(which, &command);
        let now = self.now;
        let asked = Asked {
            client,
            command: command.clone(),
            at: now,
            held_up: false,
        };
        match self
            .controller(which)
            .lifecycle
            .handle_command(now, command)
        {
            Ok(request) => {
                self.controller(which).requests.insert(request, asked);
                self.drain(scene, which);
            }
            Err(misuse) => self.break_with("No misuse", misuse.to_string()),
        }
    }

    /// A lifecycle is fed, and drained.
    pub(crate) fn feed(
        &mut self,
        scene: &Scene,
        which: usize,
        feed: impl FnOnce(&mut portreeve_core::lifecycle::Lifecycle) -> Result<(), ApiMisuse>,
    ) {
        match feed(&mut self.controller(which).lifecycle) {
            Ok(()) => self.drain(scene, which),
            Err(misuse) => self.break_with("No misuse", misuse.to_string()),
        }
    }

    fn drain(&mut self, scene: &Scene, which: usize) {
        loop {
            match self.controller(which).lifecycle.poll() {
                Output::Effect(mut issued) => {
                    if let Some(sabotage) = scene.sabotage {
                        sabotage.misdirect(&mut issued.effect);
                    }
                    self.observe(Occurrence::Sent {
                        controller: which,
                        effect: &issued.effect,
                    });
                    self.controller(which).in_flight.push(InFlight {
                        issued,
                        stage: Stage::Sent,
                        late: false,
                    });
                }
                Output::Reply(request, reply) => self.reply(scene, which, request, &reply),
                Output::Progress(..) | Output::Abandon(_) => {}
                Output::Looped(mistake) => self.break_with("No loop", format!("{mistake:?}")),
                Output::Idle(deadline) => {
                    let controller = self.controller(which);
                    controller.deadline = deadline.map(|deadline| deadline.at);
                    let rows = controller.lifecycle.take_rows();
                    self.rows.add(rows);
                    return;
                }
            }
        }
    }

    fn reply(&mut self, scene: &Scene, which: usize, request: RequestId, reply: &Reply) {
        let Some(asked) = self.controller(which).requests.remove(&request) else {
            let text =
                format!("controller {which} answered something that nobody asked: {reply:?}");
            return self.break_with("Never stuck", text);
        };
        if let Some(client) = asked.client {
            self.clients[client].waits = false;
        }
        if asked.client.is_none() {
            self.last_reply = Some(reply.clone());
        }
        self.check_reply(scene, which, &asked, reply);
    }

    fn in_flight(&mut self, which: usize, id: EffectId) -> Option<&mut InFlight> {
        let in_flight = &mut self.controller(which).in_flight;
        in_flight
            .iter_mut()
            .find(|in_flight| in_flight.issued.id == id)
    }

    /// Nothing takes hold, and the controller is told this.
    fn tell(&mut self, which: usize, id: EffectId, outcome: impl Fn(&Effect) -> Outcome) {
        if let Some(in_flight) = self.in_flight(which, id) {
            in_flight.stage = Stage::Completed(outcome(&in_flight.issued.effect));
        }
    }

    /// An effect takes hold.
    pub(crate) fn arrive(&mut self, scene: &Scene, which: usize, id: EffectId, fate: Fate) {
        let Some(in_flight) = self.in_flight(which, id).cloned() else {
            return;
        };
        let effect = &in_flight.issued.effect;
        let outcome = match effect {
            Effect::Engine(effect) => match self.swapped(scene, effect, &in_flight.issued.fence) {
                Some(outcome) => Outcome::Engine(outcome),
                None => match self.carry_out(scene, effect, in_flight.late) {
                    Answer::Now(outcome) => Outcome::Engine(outcome),
                    Answer::Later(ticket) => {
                        if let Some(in_flight) = self.in_flight(which, id) {
                            in_flight.stage = Stage::Begun(ticket, fate);
                        }
                        return;
                    }
                    // Events aren't followed here.
                    Answer::Open(_) => unclear(&in_flight.issued.effect),
                },
            },
            Effect::Store(effect) => Outcome::Store(self.store_does(scene, which, effect)),
            Effect::Probe(_) if self.swapped => unreachable(effect),
            Effect::Probe(probe) => Outcome::Probe(self.probe(probe)),
        };
        let outcome = match fate {
            Fate::Delivered => outcome,
            Fate::Lost => unclear(effect),
        };
        if let Some(in_flight) = self.in_flight(which, id) {
            in_flight.stage = Stage::Completed(outcome);
        }
        if is_prerequisite(scene, effect) {
            self.answer(scene, which, id);
        }
    }

    fn carry_out(&mut self, scene: &Scene, effect: &EngineEffect, late: bool) -> Answer {
        if self.refuses(scene, effect) {
            return Answer::Now(EngineOutcome::Unclear("nobody knows why".to_owned()));
        }
        let made_as = |id: &_| self.ghost.made(id).map(|made| made.name.clone());
        let asked = effect;
        let diverted = scene
            .sabotage
            .and_then(|sabotage| sabotage.divert(effect, &self.engine, made_as));
        let effect = diverted.as_ref().unwrap_or(effect);
        self.check_engine_effect(scene, effect);
        let mut answer = self.engine().carry_out(effect);
        match &mut answer {
            Answer::Now(outcome) => {
                self.check_engine_outcome(effect, outcome, late);
                self.cut_off(outcome);
                if let Some(sabotage) = scene.sabotage {
                    sabotage.misread(asked, outcome);
                }
            }
            Answer::Later(_) => self.observe(Occurrence::TakenIn { effect }),
            Answer::Open(_) => {}
        }
        self.follow_engine();
        answer
    }

    fn refuses(&self, scene: &Scene, effect: &EngineEffect) -> bool {
        let starts = matches!(effect, EngineEffect::Start { .. });
        starts && scene.starts == Starts::Unclear && !self.is_calm
    }

    fn store_does(&mut self, scene: &Scene, which: usize, effect: &StoreEffect) -> StoreOutcome {
        let before = self.store.clone();
        let mut outcome = self.store().carry_out(effect);
        self.garble(&mut outcome);
        self.check_store(scene, which, (effect, &outcome), &before);
        outcome
    }

    /// Containers that were taken off their network are told of as such.
    fn cut_off(&self, outcome: &mut EngineOutcome) {
        let cut = |observed: &mut Observed| {
            if self.ghost.cut_off.contains(&observed.id) {
                observed.networks = Some(Vec::new());
            }
        };
        match outcome {
            EngineOutcome::Found(observed) => cut(observed),
            EngineOutcome::Listed(containers) | EngineOutcome::ListedInPart { containers, .. } => {
                containers.iter_mut().for_each(cut);
            }
            _ => {}
        }
    }

    /// Records that can't be understood are told of as such.
    fn garble(&self, outcome: &mut StoreOutcome) {
        let garbled = |user: &UserId, row: &mut Row| {
            if self.ghost.garbled.contains(user) && matches!(row, Row::Found(_)) {
                *row = Row::Unreadable("nobody can read this".to_owned());
            }
        };
        match outcome {
            StoreOutcome::Loaded { rows, .. } | StoreOutcome::Scanned { rows, .. } => {
                for (user, row) in rows {
                    garbled(user, row);
                }
            }
            StoreOutcome::Longest(rows) => {
                for (user, row, _) in rows {
                    garbled(user, row);
                }
            }
            _ => {}
        }
    }

    fn probe(&mut self, probe: &Probe) -> ProbeOutcome {
        self.engine();
        let listener = Port::new(probe.port).map(|port| self.engine.listener(port));
        match listener {
            Some(Listener::Container(..)) => ProbeOutcome::Passed,
            _ => ProbeOutcome::Failed("connection refused".to_owned()),
        }
    }

    /// What happened on the engine is observed, and answers that it gave late go back.
    pub(crate) fn follow_engine(&mut self) {
        let engine = self.engine();
        let events = engine.events_after(engine.first_cursor());
        let events: Vec<_> = events.map(|(_, event)| event.clone()).collect();
        engine.forget_events_before(engine.cursor());
        for event in &events {
            self.observe(Occurrence::Engine(event));
        }
        let answers: BTreeMap<_, _> = self.engine().take_answers().into_iter().collect();
        if answers.is_empty() {
            return;
        }
        for which in 0..self.controllers.len() {
            for in_flight in &mut self.controller(which).in_flight {
                in_flight.hear(&answers);
            }
        }
    }

    /// A controller is told what came of an effect.
    pub(crate) fn answer(&mut self, scene: &Scene, which: usize, id: EffectId) {
        let in_flight = &mut self.controller(which).in_flight;
        let Some(place) = in_flight
            .iter()
            .position(|in_flight| in_flight.issued.id == id)
        else {
            return;
        };
        let in_flight = in_flight.remove(place);
        if let Stage::Completed(outcome) = in_flight.stage {
            let now = self.now;
            self.feed(scene, which, |lifecycle| {
                lifecycle.handle_outcome(now, id, outcome)
            });
        }
    }

    /// What was sent and hasn't arrived is lost; what has arrived goes on.
    fn crash(&mut self, which: usize) {
        let controller = self.controller(which);
        controller.condition = Condition::Down;
        controller.deadline = None;
        controller.in_flight.clear();
        let asked = std::mem::take(&mut controller.requests);
        for asked in asked.into_values() {
            if let Some(client) = asked.client {
                self.clients[client].waits = false;
            }
        }
    }

    pub(crate) fn boot(&mut self, scene: &Scene, which: usize) {
        self.observe(Occurrence::Gone(which));
        let fresh = self.fresh(scene, which);
        *self.controller(which) = fresh;
        self.drain(scene, which);
    }

    fn freeze(&mut self, which: usize) {
        let since = self.now;
        let controller = self.controller(which);
        controller.condition = Condition::Frozen { since, long: false };
        for in_flight in &mut controller.in_flight {
            in_flight.late |= matches!(in_flight.stage, Stage::Sent);
        }
        for asked in controller.requests.values_mut() {
            asked.held_up = true;
        }
    }

    /// It goes on. One that is punctual looks at the clock before it sends what it was about to.
    pub(crate) fn thaw(&mut self, scene: &Scene, which: usize, punctual: bool) {
        let now = self.now;
        let controller = self.controller(which);
        controller.condition = Condition::Up;
        if punctual {
            for in_flight in &mut controller.in_flight {
                in_flight.late = false;
                let unsent = matches!(in_flight.stage, Stage::Sent);
                let expired = in_flight
                    .issued
                    .fence
                    .not_after
                    .is_some_and(|last| last < now);
                if unsent && expired && matches!(in_flight.issued.effect, Effect::Engine(_)) {
                    in_flight.stage = Stage::Completed(Outcome::Engine(EngineOutcome::Expired));
                }
            }
        }
        let overdue = |at: &Instant| *at <= now;
        if controller.deadline.as_ref().is_some_and(overdue) {
            self.feed(scene, which, |lifecycle| lifecycle.handle_time(now));
        }
    }
}

impl InFlight {
    /// Takes the answer that the engine gave late, if it is among these.
    fn hear(&mut self, answers: &BTreeMap<Ticket, EngineOutcome>) {
        let Stage::Begun(ticket, fate) = &self.stage else {
            return;
        };
        if let Some(outcome) = answers.get(ticket) {
            self.stage = Stage::Completed(match fate {
                Fate::Delivered => Outcome::Engine(outcome.clone()),
                Fate::Lost => unclear(&self.issued.effect),
            });
        }
    }
}

fn unclear(effect: &Effect) -> Outcome {
    Outcome::unclear(effect, "connection closed before the answer")
}

fn unreachable(effect: &Effect) -> Outcome {
    Outcome::unreachable(effect, "connection refused")
}
