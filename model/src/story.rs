//! A way through the states, in words.

use portreeve_core::effect::{Effect, IssuedEffect};
use portreeve_core::outcome::Outcome;
use portreeve_sim::trace::words;

use crate::action::{Action, Due};
use crate::scene::{Scene, Step};
use crate::state::{Controller, Stage, State};

impl Scene {
    /// What happened, one line for each step, and what is wrong in the end.
    pub fn tell(&self, path: &[Action]) -> Vec<String> {
        let mut state = match self.begin() {
            Ok(state) => state,
            Err(broken) => return vec![format!("{}: {}", broken.promise, broken.text)],
        };
        let beginning = state.now;
        let mut lines = Vec::new();
        for action in path {
            let before = state;
            state = before.after(self, *action);
            let at = state.now.since(beginning).as_secs_f64();
            lines.push(format!(
                "{at:9.3}  {}",
                self.words(&before, &state, *action)
            ));
        }
        if let Some(broken) = state.violation() {
            lines.push(format!("{}: {}", broken.promise, broken.text));
        }
        lines
    }

    fn words(&self, before: &State, after: &State, action: Action) -> String {
        let of = |which: usize, id| issued(&before.controllers[which], id);
        match action {
            Action::Step(client, which) => {
                let step = &self.scripts[client].steps[before.clients[client].next];
                match step {
                    Step::AskAny(command) | Step::Ask(_, command) => {
                        format!("controller {which} is asked: {command:?}")
                    }
                    Step::Wait(time) => format!("client {client} waits for {} s", time.as_secs()),
                    Step::Close(which) => format!("controller {which} is closed"),
                }
            }
            Action::Arrive(which, id, fate) => {
                let in_flight = after.controllers[which]
                    .in_flight
                    .iter()
                    .find(|in_flight| in_flight.issued.id == id);
                let outcome = match in_flight.map(|in_flight| &in_flight.stage) {
                    Some(Stage::Completed(outcome)) => outcome_words(outcome),
                    Some(Stage::Begun(..)) => "begun".to_owned(),
                    Some(Stage::Sent) | None => "answered at once".to_owned(),
                };
                let late = in_flight.is_some_and(|in_flight| in_flight.late);
                format!(
                    "controller {which}: {}{} → {outcome} {}",
                    of(which, id),
                    if late { ", late" } else { "" },
                    match fate {
                        crate::state::Fate::Delivered => "",
                        crate::state::Fate::Lost => "(the answer will be lost)",
                    }
                )
            }
            Action::Lose(which, id) => format!("controller {which}: {} is lost", of(which, id)),
            Action::Miss(which, id) => {
                format!("controller {which}: {} reaches nobody", of(which, id))
            }
            Action::Cut(which, id) => {
                format!(
                    "controller {which}: the connection breaks during {}",
                    of(which, id)
                )
            }
            Action::Answer(which, id) => {
                format!("controller {which} is told of: {}", of(which, id))
            }
            Action::Pass(due) => match due {
                Due::Controller(_) | Due::Engine | Due::Client(_) => format!("time passes: {due}"),
            },
            Action::Crash(which) => format!("controller {which} is killed"),
            Action::Boot(which) => format!("controller {which} starts"),
            Action::Freeze(which) => format!("controller {which} stands still"),
            Action::Thaw(which, false) => {
                format!("controller {which} goes on, and sends what it was about to")
            }
            Action::Thaw(which, true) => {
                format!("controller {which} goes on, and looks at the clock")
            }
            Action::Meddle(place) => format!("somebody: {:?}", self.meddling[place]),
        }
    }
}

fn issued(controller: &Controller, id: portreeve_core::id::EffectId) -> String {
    let mut in_flight = controller.in_flight.iter();
    let found = in_flight.find(|in_flight| in_flight.issued.id == id);
    let Some(IssuedEffect { effect, .. }) = found.map(|in_flight| &in_flight.issued) else {
        return String::from("nothing");
    };
    match effect {
        Effect::Engine(effect) => format!("engine: {}", words::engine_effect(effect)),
        Effect::Store(effect) => format!("store: {}", words::store_effect(effect)),
        Effect::Probe(probe) => format!("probe {}:{}", probe.host, probe.port),
    }
}

fn outcome_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Engine(outcome) => words::engine_outcome(outcome),
        Outcome::Store(outcome) => words::store_outcome(outcome),
        Outcome::Probe(outcome) => format!("{outcome:?}"),
    }
}
