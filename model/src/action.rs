//! What can happen next.

use std::fmt;

use portreeve_core::effect::{Effect, EngineEffect};
use portreeve_core::id::EffectId;
use portreeve_core::time::Instant;

use crate::scene::{Scene, Step};
use crate::state::{Condition, Controller, Fate, LONG, Stage, State};

/// Something that happens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// A client takes its next step, with this controller.
    Step(usize, usize),
    /// An effect takes hold; its answer is told, or lost.
    Arrive(usize, EffectId, Fate),
    /// An effect is lost on its way, and its controller doesn't know whether it took hold.
    Lose(usize, EffectId),
    /// An effect doesn't reach engine or store, and its controller knows.
    Miss(usize, EffectId),
    /// The connection breaks while the engine is at it, which goes on.
    Cut(usize, EffectId),
    /// A controller is told what came of an effect.
    Answer(usize, EffectId),
    /// Time passes until something is due.
    Pass(Due),
    /// A controller's process is killed.
    Crash(usize),
    /// It starts again.
    Boot(usize),
    /// It stands still.
    Freeze(usize),
    /// It goes on, and sends what it was about to send; or looks first whether that is too late.
    Thaw(usize, bool),
    /// Somebody does what is on this place in the scene's list.
    Meddle(usize),
}

/// What comes due.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Due {
    /// A controller's deadline; the end of all leases of one that stands still.
    Controller(usize),
    /// Something that the engine does by itself.
    Engine,
    /// A client's wait.
    Client(usize),
}

impl State {
    /// All that can happen next.
    pub(crate) fn actions(&self, scene: &Scene, actions: &mut Vec<Action>) {
        if self.violation.is_some() {
            return;
        }
        self.client_steps(scene, actions);
        for (which, controller) in self.controllers.iter().enumerate() {
            match controller.condition {
                Condition::Up => self.of_one_up(scene, which, controller, actions),
                Condition::Frozen { .. } => {
                    actions.push(Action::Thaw(which, false));
                    if has_unsent(controller) {
                        actions.push(Action::Thaw(which, true));
                    }
                }
                Condition::Down => actions.push(Action::Boot(which)),
            }
        }
        if self.left.meddling > 0 {
            let places = 0..scene.meddling.len();
            let open = places.filter(|place| self.meddled & (1 << place) == 0);
            actions.extend(open.map(Action::Meddle));
        }
        if !self.is_busy() || self.left.delays > 0 {
            actions.extend(self.soonest().into_iter().map(|(due, _)| Action::Pass(due)));
        }
    }

    /// Nothing happens any more, unless something goes wrong or somebody meddles.
    pub(crate) fn is_quiet(&self, scene: &Scene) -> bool {
        let mut actions = Vec::new();
        self.actions(scene, &mut actions);
        actions.iter().all(|action| match action {
            Action::Crash(_) | Action::Boot(_) | Action::Freeze(_) | Action::Meddle(_) => true,
            Action::Step(..)
            | Action::Arrive(..)
            | Action::Lose(..)
            | Action::Miss(..)
            | Action::Cut(..)
            | Action::Answer(..)
            | Action::Pass(_)
            | Action::Thaw(..) => false,
        })
    }

    fn client_steps(&self, scene: &Scene, actions: &mut Vec<Action>) {
        for (which, client) in self.clients.iter().enumerate() {
            let open = !client.waits && client.until.is_none();
            let Some(step) = scene.scripts[which].steps.get(client.next).filter(|_| open) else {
                continue;
            };
            let up = |controller: &usize| {
                let controller = &self.controllers[*controller];
                controller.condition == Condition::Up && !controller.closing
            };
            match step {
                Step::AskAny(_) => {
                    let controllers = (0..self.controllers.len()).filter(up);
                    actions.extend(controllers.map(|asked| Action::Step(which, asked)));
                }
                Step::Ask(asked, _) | Step::Close(asked) => {
                    if up(asked) {
                        actions.push(Action::Step(which, *asked));
                    }
                }
                Step::Wait(_) => actions.push(Action::Step(which, 0)),
            }
        }
    }

    fn of_one_up(
        &self,
        scene: &Scene,
        which: usize,
        controller: &Controller,
        actions: &mut Vec<Action>,
    ) {
        for in_flight in &controller.in_flight {
            let id = in_flight.issued.id;
            match &in_flight.stage {
                Stage::Sent => {
                    actions.push(Action::Arrive(which, id, Fate::Delivered));
                    if is_prerequisite(scene, &in_flight.issued.effect) {
                        continue;
                    }
                    if self.left.lost_answers > 0 {
                        actions.push(Action::Arrive(which, id, Fate::Lost));
                    }
                    if self.left.lost_requests > 0 {
                        actions.push(Action::Lose(which, id));
                    }
                    if self.left.unreachable > 0 {
                        actions.push(Action::Miss(which, id));
                    }
                }
                Stage::Begun(..) => {
                    if self.left.lost_answers > 0 {
                        actions.push(Action::Cut(which, id));
                    }
                }
                Stage::Completed(_) => actions.push(Action::Answer(which, id)),
            }
        }
        let idle = controller.in_flight.is_empty() && controller.requests.is_empty();
        // One that does nothing has nothing to lose.
        if idle && controller.deadline.is_none() {
            return;
        }
        if self.left.crashes > 0 {
            actions.push(Action::Crash(which));
        }
        // A volume has no id: a removal of one that comes late would hit whatever has its name by
        // then. That window is known.
        let by_name = controller.in_flight.iter().any(|in_flight| {
            let effect = &in_flight.issued.effect;
            matches!(in_flight.stage, Stage::Sent)
                && matches!(effect, Effect::Engine(EngineEffect::RemoveVolume { .. }))
        });
        if self.left.freezes > 0 && !by_name {
            actions.push(Action::Freeze(which));
        }
    }

    /// Whether something is on its way that doesn't take long.
    pub(crate) fn is_busy(&self) -> bool {
        let mut up = self
            .controllers
            .iter()
            .filter(|controller| controller.condition == Condition::Up);
        up.any(|controller| {
            let mut in_flight = controller.in_flight.iter();
            in_flight.any(|in_flight| !matches!(in_flight.stage, Stage::Begun(..)))
        })
    }

    /// What is due soonest; of what is due at nearly the same time, all.
    pub(crate) fn soonest(&self) -> Vec<(Due, Instant)> {
        let controllers = self.controllers.iter().enumerate();
        let of_controller = |(which, controller): (usize, &std::sync::Arc<Controller>)| {
            let at = match controller.condition {
                Condition::Up => controller.deadline?,
                Condition::Frozen { since, long: false } => since.after(LONG),
                Condition::Frozen { long: true, .. } | Condition::Down => return None,
            };
            Some((Due::Controller(which), at))
        };
        let of_client = |(which, client): (usize, &crate::state::Client)| {
            client.until.map(|at| (Due::Client(which), at))
        };
        let mut due: Vec<_> = controllers.filter_map(of_controller).collect();
        due.extend(self.engine.next_due().map(|at| (Due::Engine, at)));
        due.extend(self.clients.iter().enumerate().filter_map(of_client));
        let Some(first) = due.iter().map(|(_, at)| *at).min() else {
            return due;
        };
        let nearly = first.after(std::time::Duration::from_micros(
            portreeve_core::projection::GRAIN / 2,
        ));
        due.retain(|(_, at)| *at <= nearly);
        due
    }
}

/// It was about to send something to the engine.
fn has_unsent(controller: &Controller) -> bool {
    let mut in_flight = controller.in_flight.iter();
    in_flight.any(|in_flight| {
        matches!(in_flight.stage, Stage::Sent) && in_flight.issued.fence.not_after.is_some()
    })
}

/// A question that is answered the same at any time, so that it doesn't matter when.
pub(crate) fn is_prerequisite(scene: &Scene, effect: &Effect) -> bool {
    !scene.swaps_engines()
        && matches!(
            effect,
            Effect::Engine(EngineEffect::Identify | EngineEffect::FindNetworks { .. })
        )
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Controller(which) => write!(f, "controller {which} is due"),
            Self::Engine => write!(f, "the engine does what it had to do"),
            Self::Client(which) => write!(f, "client {which} has waited"),
        }
    }
}
