//! The world: an engine, a store, a clock, and any number of controllers, each a real
//! [`Lifecycle`](portreeve_core::lifecycle::Lifecycle).
//!
//! Nothing in it but the seed decides anything. Time is virtual: it jumps from one thing that
//! happens to the next. Effects take time, overtake one another, fail before or after they took
//! hold, or are never answered (`fate`, `effects`); controllers are killed, stand still and come
//! back (`controllers`); people interfere, services go away, containers don't get ready and clocks
//! are set (`chaos`, `cut_off`, `failover`, `guests`, `swap`, `unready`, `clocks`).

mod agenda;
mod chaos;
mod clocks;
mod config;
mod controller;
mod controllers;
mod cut_off;
mod effects;
mod events;
mod failover;
mod fate;
mod guest;
mod guests;
mod happening;
mod impostor;
mod in_flight;
mod question;
mod refusals;
mod spells;
mod state;
mod subscription;
mod swap;
mod unready;

use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::id::{EffectId, RequestId};
use portreeve_core::lifecycle::Output;
use portreeve_core::time::Instant;

use crate::occurrence::Occurrence;
use crate::script::ChaosAction;

pub use config::Config;
pub use question::{Answer, QuestionId};
pub use state::World;

use happening::Happening;
use question::Asked;

/// Whoever asks for containers: a platform's own logic, to be run against the world.
pub trait Host {
    /// When it next wants to [`act`](Self::act), if it does; never a time that has passed.
    fn next(&self) -> Option<Instant>;

    /// The time has come.
    fn act(&mut self, world: &mut World);

    /// Something that was asked for is answered.
    fn answered(&mut self, world: &mut World, answer: &Answer);
}

impl World {
    /// A host asks a controller for something. It is answered once, whatever happens, through
    /// [`Host::answered`].
    pub fn ask(&mut self, controller: usize, command: Command) -> QuestionId {
        self.last_question += 1;
        let question = QuestionId(self.last_question);
        self.occurred(Occurrence::Asked {
            controller,
            command: &command,
        });
        self.trace.asked(self.now, controller, &command);
        self.tally.commands += 1;
        let asked = Asked {
            question,
            command,
            at: self.now,
        };
        self.hand_over(controller, asked);
        question
    }

    /// The same, but the host no longer waits after a while.
    pub fn ask_for(
        &mut self,
        controller: usize,
        command: Command,
        patience: Duration,
    ) -> QuestionId {
        let question = self.ask(controller, command);
        let at = self.now.after(patience);
        self.agenda.note(at, Happening::Withdraw(question));
        question
    }

    /// Somebody does something, or something breaks.
    pub fn disturb(&mut self, action: &ChaosAction) {
        self.trace.chaos(self.now, action);
        self.tally.chaos_actions += 1;
        self.carry_out_chaos(action);
    }

    /// Lets time pass until `until`, or until a promise is broken.
    pub fn run(&mut self, host: &mut dyn Host, until: Instant) {
        self.answer_hosts(host);
        while self.promises.violation().is_none() {
            let soonest = [self.agenda.next(), self.engine_due(), host.next()];
            let Some(next) = soonest.into_iter().flatten().min() else {
                break;
            };
            if next > until {
                break;
            }
            self.become_time(next.max(self.now));
            if self.engine_due().is_some_and(|due| due <= self.now) {
                self.run_engine();
            } else if self.agenda.next().is_some_and(|due| due <= self.now) {
                if let Some((_, happening)) = self.agenda.take() {
                    self.happen(happening);
                }
            } else {
                host.act(self);
            }
            self.answer_hosts(host);
        }
        self.become_time(until.max(self.now));
    }

    fn answer_hosts(&mut self, host: &mut dyn Host) {
        while let Some(answer) = self.answers.pop_front() {
            host.answered(self, &answer);
        }
    }

    fn happen(&mut self, happening: Happening) {
        self.tally.steps += 1;
        match happening {
            Happening::Send(number) => self.send(number),
            Happening::Arrive(number) => self.arrive(number),
            Happening::Answer(number) => self.deliver(number),
            Happening::Timeout(number) => self.time_out(number),
            Happening::Tell(subscription, event) => self.tell(subscription, event),
            Happening::Wake(which) => self.wake(which),
            Happening::Thaw(which) => self.thaw(which),
            Happening::Boot(which) => self.boot(which),
            Happening::Withdraw(question) => self.withdraw(question),
            Happening::EngineBack => self.bring_engine_back(),
            Happening::EngineHome => self.bring_engine_home(),
            Happening::StoreBack => self.bring_store_back(),
            Happening::FailOver => self.fail_over_if_due(),
            Happening::Vacate(port) => self.engine.release_port(port),
            Happening::Leave(guest) => self.leave(&guest),
            Happening::RegistryBack => self.bring_registry_back(),
        }
    }

    /// Does what a controller wants done now.
    pub(super) fn drain(&mut self, which: usize) {
        loop {
            let output = self.controllers[which].lifecycle.poll();
            match output {
                Output::Effect(issued) => self.launch(which, issued),
                Output::Reply(request, reply) => self.reply(which, request, reply),
                Output::Progress(..) => {}
                Output::Abandon(effect) => self.abandon(which, effect),
                Output::Looped(mistake) => {
                    let text = format!("controller {which}: {mistake:?}");
                    self.promises.break_with(self.now, "No loop", text);
                }
                Output::Idle(deadline) => {
                    let at = deadline.map(|deadline| self.controllers[which].global(deadline.at));
                    self.schedule(which, at);
                    return;
                }
            }
        }
    }

    fn schedule(&mut self, which: usize, at: Option<Instant>) {
        let Some(at) = at else { return };
        let at = at.max(self.now);
        let controller = &mut self.controllers[which];
        if controller.wake.is_none_or(|wake| at < wake) {
            controller.wake = Some(at);
            self.agenda.note(at, Happening::Wake(which));
        }
    }

    fn reply(&mut self, which: usize, request: RequestId, reply: Reply) {
        let controller = &mut self.controllers[which];
        let Some(asked) = controller.asked.remove(&request) else {
            if controller.withdrawn.remove(&request) {
                return;
            }
            self.promises.break_with(
                self.now,
                "Never stuck",
                format!(
                    "controller {which} answered request {} a second time, or one that nobody made",
                    request.0
                ),
            );
            return;
        };
        self.occurred(Occurrence::Answered {
            controller: which,
            command: &asked.command,
            asked_at: asked.at,
            reply: &reply,
        });
        self.trace.answered(self.now, which, &asked.command, &reply);
        self.tally.answered(&reply);
        self.answers.push_back(Answer {
            question: asked.question,
            controller: which,
            command: asked.command,
            asked_at: asked.at,
            reply: Some(reply),
        });
    }

    fn abandon(&mut self, which: usize, effect: EffectId) {
        let incarnation = self.controllers[which].incarnation;
        self.subscriptions.retain(|known| {
            !(known.controller == which
                && known.incarnation == incarnation
                && known.effect == effect)
        });
    }
}
