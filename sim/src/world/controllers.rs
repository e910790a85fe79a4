//! What reaches controllers, and how they end, stand still and start.

use portreeve_core::error::ApiMisuse;
use portreeve_core::settings::Reach;
use portreeve_core::time::Instant;

use super::controller::{Controller, Delivery, State};
use super::happening::Happening;
use super::question::{Answer, Asked, QuestionId};
use super::state::World;
use crate::occurrence::Occurrence;

impl World {
    /// A controller is closed, and opened again with another configuration.
    pub(super) fn deploy(&mut self, which: usize, generation: u64, back_at: Instant) {
        let settings = &mut self.controllers[which].settings;
        settings.generation = generation;
        let variable = ("CONFIGURATION".to_owned(), generation.to_string());
        settings.template.environment.extend([variable]);
        // Every third one publishes no ports, and whoever has the next one comes by them again.
        settings.reach = match generation % 3 {
            2 => Reach::Network { publish_on: None },
            _ => Reach::default(),
        };
        self.close(which, back_at);
    }

    /// A host's question reaches a controller, at once or when it goes on; one that is down
    /// answers nothing.
    pub(super) fn hand_over(&mut self, which: usize, asked: Asked) {
        if self.is_up(which) {
            self.reach(which, Delivery::Ask(asked));
        } else {
            self.leave_unanswered(which, asked);
        }
    }

    fn leave_unanswered(&mut self, which: usize, asked: Asked) {
        self.answers.push_back(Answer {
            question: asked.question,
            controller: which,
            command: asked.command,
            asked_at: asked.at,
            reply: None,
        });
    }

    /// Something reaches a controller that is up: now, or when it goes on.
    pub(super) fn reach(&mut self, which: usize, delivery: Delivery) {
        let controller = &mut self.controllers[which];
        if controller.is_frozen() {
            controller.held.push(delivery);
            return;
        }
        self.feed(which, delivery);
        self.drain(which);
        self.end_if_closed(which);
    }

    fn feed(&mut self, which: usize, delivery: Delivery) {
        let controller = &mut self.controllers[which];
        let now = controller.local(self.now);
        let lifecycle = &mut controller.lifecycle;
        let fed: Result<(), ApiMisuse> = match delivery {
            Delivery::Ask(asked) => {
                lifecycle
                    .handle_command(now, asked.command.clone())
                    .map(|request| {
                        controller.asked.insert(request, asked);
                    })
            }
            Delivery::Withdraw(request) => lifecycle.handle_cancel(now, request),
            Delivery::Outcome(effect, outcome) => lifecycle.handle_outcome(now, effect, outcome),
            Delivery::Event(effect, event) => lifecycle.handle_event(now, effect, event),
            Delivery::Time => lifecycle.handle_time(now),
            Delivery::Send(number) => {
                self.send(number);
                Ok(())
            }
        };
        if let Err(misuse) = fed {
            let text = format!("controller {which}: {misuse}");
            self.promises.break_with(self.now, "No misuse", text);
        }
    }

    /// A controller's deadline has come.
    pub(super) fn wake(&mut self, which: usize) {
        let controller = &mut self.controllers[which];
        if controller.wake.is_none_or(|wake| wake > self.now) {
            return;
        }
        controller.wake = None;
        if controller.is_up() {
            self.reach(which, Delivery::Time);
        }
    }

    /// Its process stands still.
    pub(super) fn freeze(&mut self, which: usize, until: Instant) {
        let controller = &mut self.controllers[which];
        match controller.state {
            State::Up | State::Frozen { .. } => {
                controller.state = State::Frozen { until };
                self.occurred(Occurrence::Frozen {
                    controller: which,
                    until,
                });
                self.agenda.note(until, Happening::Thaw(which));
            }
            State::Closing | State::Down => {}
        }
    }

    /// Its process goes on: whatever waited comes to it at once.
    pub(super) fn thaw(&mut self, which: usize) {
        let State::Frozen { until } = self.controllers[which].state else {
            return;
        };
        if until > self.now {
            return;
        }
        self.controllers[which].state = State::Up;
        let held = std::mem::take(&mut self.controllers[which].held);
        for delivery in held {
            self.feed(which, delivery);
            self.drain(which);
        }
        self.reach(which, Delivery::Time);
    }

    /// Its process ends at once, and comes back later.
    pub(super) fn crash(&mut self, which: usize, back_at: Instant) {
        if self.controllers[which].is_up() {
            self.go_down(which);
            self.agenda.note(back_at, Happening::Boot(which));
        }
    }

    /// Whoever waited for an answer gets none; what it had sent goes on.
    fn go_down(&mut self, which: usize) {
        let controller = &mut self.controllers[which];
        controller.state = State::Down;
        controller.wake = None;
        let mut lost: Vec<Asked> = std::mem::take(&mut controller.asked)
            .into_values()
            .collect();
        for delivery in std::mem::take(&mut controller.held) {
            if let Delivery::Ask(asked) = delivery {
                lost.push(asked);
            }
        }
        for asked in lost {
            self.leave_unanswered(which, asked);
        }
        self.subscriptions.retain(|known| known.controller != which);
        self.occurred(Occurrence::Gone(which));
    }

    /// Its host closes it: it ends once nothing of its is under way.
    pub(super) fn close(&mut self, which: usize, back_at: Instant) {
        let controller = &mut self.controllers[which];
        if controller.state != State::Up {
            return;
        }
        controller.state = State::Closing;
        let now = controller.local(self.now);
        if let Err(misuse) = controller.lifecycle.handle_close(now) {
            let text = format!("controller {which}: {misuse}");
            self.promises.break_with(self.now, "No misuse", text);
        }
        self.occurred(Occurrence::Closing(which));
        self.drain(which);
        // Drivers wait for that, but not for ever.
        self.agenda.note(back_at, Happening::Boot(which));
        self.end_if_closed(which);
    }

    fn end_if_closed(&mut self, which: usize) {
        let controller = &self.controllers[which];
        if controller.state == State::Closing && !self.has_effects_in_flight(which) {
            self.end(which);
        }
    }

    fn end(&mut self, which: usize) {
        if let Some(asked) = self.controllers[which].asked.values().next() {
            let text = format!(
                "controller {which} was closed, and {:?} is not answered",
                asked.command
            );
            self.promises.break_with(self.now, "Never stuck", text);
        }
        self.go_down(which);
    }

    /// Its process starts, with nothing remembered.
    pub(super) fn boot(&mut self, which: usize) {
        if self.controllers[which].state == State::Closing {
            // It took its time, and is killed.
            self.go_down(which);
        }
        if self.controllers[which].is_up() {
            return;
        }
        let settings = self.controllers[which].settings.clone();
        let incarnation = self.controllers[which].incarnation + 1;
        self.controllers[which] = Controller {
            incarnation,
            cut_off: self.controllers[which].cut_off,
            ..Controller::new(settings, &mut self.chance, self.now)
        };
        self.trace
            .note(self.now, format_args!("controller {which} starts"));
        self.drain(which);
    }

    /// A host waits no longer.
    pub(super) fn withdraw(&mut self, question: QuestionId) {
        let waits = |(which, controller): (usize, &Controller)| {
            let mut asked = controller.asked.iter();
            asked
                .find(|(_, asked)| asked.question == question)
                .map(|(request, _)| (which, *request))
        };
        let Some((which, request)) = self.controllers.iter().enumerate().find_map(waits) else {
            return;
        };
        if let Some(asked) = self.controllers[which].asked.remove(&request) {
            self.trace.note(
                self.now,
                format_args!("nobody waits any longer for {:?}", asked.command),
            );
            self.leave_unanswered(which, asked);
        }
        self.controllers[which].withdrawn.insert(request);
        self.reach(which, Delivery::Withdraw(request));
    }

    /// All come back, and go on.
    pub(super) fn bring_all_back(&mut self) {
        for which in 0..self.controllers.len() {
            if let State::Frozen { until } = &mut self.controllers[which].state {
                *until = self.now;
                self.thaw(which);
            }
            self.boot(which);
        }
    }
}
