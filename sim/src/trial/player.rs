//! The host of a trial.

use std::collections::{BTreeMap, VecDeque};

use portreeve_core::command::{Command, Reply};
use portreeve_core::time::Instant;

use crate::script::{Input, Script};
use crate::world::{Answer, Host, QuestionId, World};

/// Plays a script, and keeps account of what isn't answered.
#[derive(Debug)]
pub(super) struct Player {
    script: VecDeque<(Instant, Input)>,
    pub unanswered: BTreeMap<QuestionId, (usize, Command)>,
    pub answers: BTreeMap<QuestionId, Option<Reply>>,
}

impl Player {
    pub(super) fn of(script: Script) -> Self {
        Self {
            script: script.into(),
            unanswered: BTreeMap::new(),
            answers: BTreeMap::new(),
        }
    }
}

impl Host for Player {
    fn next(&self) -> Option<Instant> {
        self.script.front().map(|(at, _)| *at)
    }

    fn act(&mut self, world: &mut World) {
        let Some((_, input)) = self.script.pop_front() else {
            return;
        };
        let (question, which, command) = match input {
            Input::Chaos(action) => return world.disturb(&action),
            Input::Ask(which, command) => {
                let which = which % world.controllers();
                (world.ask(which, command.clone()), which, command)
            }
            Input::AskFor(which, command, patience) => {
                let which = which % world.controllers();
                (
                    world.ask_for(which, command.clone(), patience),
                    which,
                    command,
                )
            }
        };
        self.unanswered.insert(question, (which, command));
    }

    fn answered(&mut self, _world: &mut World, answer: &Answer) {
        if self.unanswered.remove(&answer.question).is_none() {
            self.answers.insert(answer.question, answer.reply.clone());
        }
    }
}
