//! The calm after each end: nothing goes wrong any more, and everything must come right.
//!
//! It is checked where nothing more can happen but what people ask for anew. Every way through the
//! states leads to such an end, since each request is given up at its deadline: so what holds at the
//! ends holds from every state.

use portreeve_core::command::{Command, Reply};
use portreeve_core::label::Labels;
use std::collections::BTreeSet;
use std::time::Duration;

use crate::action::Action;
use crate::promises::PROMISES;
use crate::scene::{Budget, Scene};
use crate::state::{Condition, Fate, Stage, State};

/// Longer than any lease, backoff or rest.
const LONG: Duration = Duration::from_secs(400);
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
        self.break_with(PROMISES[3], "it never comes to rest".to_owned());
    }

    fn under_way(&self) -> Option<Action> {
        for (which, controller) in self.controllers.iter().enumerate() {
            for flight in &controller.flights {
                let id = flight.errand.id;
                match flight.stage {
                    Stage::Sent => return Some(Action::Arrive(which, id, Fate::Told)),
                    Stage::Told(_) => return Some(Action::Answer(which, id)),
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
            self.break_with("Never stuck", text);
        }
    }

    fn sweep_and_serve(&mut self, scene: &Scene) {
        let controllers = self.controllers.len();
        for which in 0..controllers {
            self.expect(scene, which, &Command::Repair { dry_run: false }, |reply| {
                matches!(reply, Reply::Repaired(_))
            });
        }
        self.one_each();
        if !scene.serves {
            return;
        }
        for (turn, user) in scene.users.iter().enumerate() {
            self.expect(
                scene,
                turn % controllers,
                &Command::Stop(user.clone()),
                |reply| matches!(reply, Reply::Stopped(_)),
            );
        }
        for (turn, user) in scene.users.iter().enumerate() {
            let well = |reply: &Reply| matches!(reply, Reply::Ensured(_));
            self.expect(
                scene,
                turn % controllers,
                &Command::Ensure(user.clone()),
                well,
            );
            let well = |reply: &Reply| matches!(reply, Reply::Stopped(stopped) if stopped.known);
            self.expect(
                scene,
                (turn + 1) % controllers,
                &Command::Stop(user.clone()),
                well,
            );
        }
    }

    /// Asks, and has it answered, which must be a success.
    fn expect(
        &mut self,
        scene: &Scene,
        which: usize,
        command: &Command,
        well: impl Fn(&Reply) -> bool,
    ) {
        if self.violation.is_some() {
            return;
        }
        self.last_reply = None;
        self.moment(self.now);
        self.ask(scene, which, None, command.clone());
        self.settle(scene);
        match self.last_reply.take() {
            _ if self.violation.is_some() => {}
            Some(reply) if well(&reply) => {}
            Some(reply) => {
                let text = format!("all is calm, and {command:?} is answered with {reply:?}");
                self.break_with("Never stuck", text);
            }
            None => {
                let text = format!("all is calm, and {command:?} is never answered");
                self.break_with("Never stuck", text);
            }
        }
    }

    /// One container of ours per user, and none without a record.
    fn one_each(&mut self) {
        let mut seen = BTreeSet::new();
        let wrong = self.engine.containers().find_map(|container| {
            let Labels { user, .. } = container.labels()?;
            if self.is_lost(container) {
                return None;
            }
            if !seen.insert(user) {
                return Some(format!("{user:?} has two containers"));
            }
            let recorded = self.store.record(user).is_some();
            (!recorded).then(|| format!("{user:?} has a container and no record"))
        });
        if let Some(text) = wrong {
            self.break_with("One container per user", text);
        }
    }
}
