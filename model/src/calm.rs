//! The calm after each end: nothing goes wrong any more, and everything must come right.
//!
//! It is checked where nothing more can happen but what people ask for anew. Every way through the
//! states leads to such an end, since each request is given up at its deadline: so what holds at the
//! ends holds from every state.

use portreeve_sim::promises::calm::{Expected, LONG, repaired, served, stopped, stopped_after};
use portreeve_sim::promises::never_stuck;

use crate::action::Action;
use crate::scene::{Budget, Scene};
use crate::state::{Condition, Fate, Stage, State};

/// More than anything takes.
const STEPS: usize = 20_000;

impl State {
    /// What comes of it when all is calm from here on.
    #[must_use]
    pub(crate) fn calm(&self, scene: &Scene) -> Self {
        let mut state = self.clone();
        state.is_calm = true;
        state.left = Budget::default();
        state.clear(scene);
        for which in 0..state.controllers.len() {
            match state.controllers[which].condition {
                Condition::Up if state.controllers[which].closing => state.boot(scene, which),
                Condition::Up => {}
                Condition::Frozen { .. } => state.thaw(scene, which, false),
                Condition::Down => state.boot(scene, which),
            }
        }
        state.settle(scene);
        if state.violation.is_none() {
            state.all_answered();
            state.now = state.now.after(LONG);
            state.sweep_and_serve(scene);
        }
        state
    }

    /// Lets everything happen that is under way, one thing after another.
    pub(crate) fn settle(&mut self, scene: &Scene) {
        for _ in 0..STEPS {
            if self.violation.is_some() {
                return;
            }
            let Some(action) = self.under_way() else {
                return;
            };
            self.happen(scene, action);
        }
        self.break_with(never_stuck::PROMISE, "it never comes to rest".to_owned());
    }

    fn under_way(&self) -> Option<Action> {
        for (which, controller) in self.controllers.iter().enumerate() {
            for in_flight in &controller.in_flight {
                let id = in_flight.issued.id;
                match in_flight.stage {
                    Stage::Sent => return Some(Action::Arrive(which, id, Fate::Delivered)),
                    Stage::Completed(_) => return Some(Action::Answer(which, id)),
                    Stage::Begun(..) => {}
                }
            }
        }
        let soonest = self.soonest();
        soonest.first().map(|(due, _)| Action::Pass(*due))
    }

    /// Nobody waits any more.
    pub(crate) fn all_answered(&mut self) {
        let waiting = self.controllers.iter().find_map(|controller| {
            let asked = controller.requests.values().next()?;
            Some(format!("{:?} is never answered", asked.command))
        });
        if let Some(text) = waiting {
            self.break_with(never_stuck::PROMISE, text);
        }
    }

    fn sweep_and_serve(&mut self, scene: &Scene) {
        let controllers = self.controllers.len();
        for which in 0..controllers {
            self.expect(scene, which, &repaired());
        }
        self.check_quiet();
        if !scene.serves {
            return;
        }
        for (turn, user) in scene.users.iter().enumerate() {
            self.expect(scene, turn % controllers, &stopped(user));
        }
        for (turn, user) in scene.users.iter().enumerate() {
            self.expect(scene, turn % controllers, &served(user));
            self.expect(scene, (turn + 1) % controllers, &stopped_after(user));
        }
    }

    /// Asks, and has it answered, which must be a success.
    fn expect(&mut self, scene: &Scene, which: usize, expected: &Expected) {
        if self.violation.is_some() {
            return;
        }
        self.last_reply = None;
        self.moment(self.now);
        self.ask(scene, which, None, expected.command.clone());
        self.settle(scene);
        let reply = self.last_reply.take();
        if let Err(text) = expected.judge(which, reply.as_ref()) {
            self.break_with(never_stuck::PROMISE, text);
        }
    }
}
