//! A scene, explored to the fixed point.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use portreeve_core::lifecycle::Rows;
use portreeve_sim::sabotage::Sabotage;
use stateright::{Checker, HasDiscoveries, Model, Property};

use crate::action::Action;
use crate::meddle::SHARED_VOLUME;
use crate::promises::PROMISES;
use crate::scene::Scene;
use crate::state::State;
use crate::violation::Violation;

/// A scene as the model checker sees it.
struct World {
    scene: Scene,
    beginning: State,
    rows: Arc<Mutex<Rows>>,
}

/// What came of an exploration.
#[derive(Clone, Debug)]
pub struct Explored {
    /// How many states there are, of those that go on differently.
    pub states: usize,
    /// How many steps lead from one to another.
    pub steps: usize,
    /// The longest of the shortest ways to a state, in steps.
    pub depth: usize,
    /// How long it took.
    pub took: Duration,
    /// All of it was seen: it was ended neither by the limit nor by something that was broken.
    pub complete: bool,
    /// Which rows of the decision table decided something.
    pub rows: Rows,
    /// What was broken, if something was, and what led to it.
    pub broken: Option<(Violation, Vec<Action>)>,
}

macro_rules! promises {
    ($($number:literal)*) => {
        vec![$(Property::always(PROMISES[$number], |_: &World, state: &State| {
            state.violation().is_none_or(|broken| broken.promise != PROMISES[$number])
        })),*]
    };
}

impl Model for World {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.beginning.clone()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        state.actions(&self.scene, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let next = state.after(&self.scene, action);
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.add(next.rows);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        promises!(0 1 2 3 4 5 6 7 8 9 10 11 12)
    }
}

impl State {
    /// The state after something happened; with all that is found wrong by looking at what comes of
    /// it once all is calm, where nothing is under way.
    pub(crate) fn after(&self, scene: &Scene, action: Action) -> Self {
        let mut next = self.clone();
        next.happen(scene, action);
        if next.violation.is_none() && next.is_quiet(scene) {
            next.all_answered();
            if next.violation.is_none() {
                let calm = next.calm(scene);
                next.violation = calm.violation;
            }
        }
        next
    }
}

impl State {
    /// What was there before is there.
    fn find(&mut self, scene: &Scene) {
        for meddling in &scene.found {
            self.meddle(meddling);
        }
    }

    /// The store writes from now on as one does in which that is wrong.
    fn write_as(&mut self, sabotage: Option<Sabotage>) {
        let store = self.store();
        *store = store.clone().with_sabotage(sabotage);
    }
}

impl Scene {
    /// The state in which it begins: what was asked for before was answered.
    ///
    /// # Errors
    /// What is broken by then.
    pub fn begin(&self) -> Result<State, Violation> {
        let mut state = State::beginning(self);
        for which in 0..self.controllers {
            state.boot(self, which);
        }
        if self.older {
            state.find(self);
            state.ghost().timeless.note_shared_before(SHARED_VOLUME);
            state.write_as(Some(Sabotage::VolumeNotUnique));
        }
        for (which, command) in &self.before {
            state.moment(state.now);
            state.ask(self, *which, None, command.clone());
            state.settle(self);
        }
        if self.older {
            state.write_as(self.sabotage);
            for which in 0..self.controllers {
                state.boot(self, which);
            }
        } else {
            state.find(self);
        }
        state.rows = Rows::default();
        match state.violation() {
            Some(broken) => Err(broken.clone()),
            None => Ok(state),
        }
    }

    /// Explores all of it, on so many threads, unless it takes more than `most` steps.
    ///
    /// # Errors
    /// What is broken in the beginning.
    pub fn explore(&self, threads: usize, most: Option<usize>) -> Result<Explored, Violation> {
        let rows = Arc::new(Mutex::new(Rows::default()));
        let world = World {
            scene: self.clone(),
            beginning: self.begin()?,
            rows: Arc::clone(&rows),
        };
        let began = Instant::now();
        let mut checker = world
            .checker()
            .threads(threads)
            .finish_when(HasDiscoveries::AnyFailures);
        if let Some(most) = most {
            checker = checker.target_state_count(most);
        }
        let checker = checker.spawn_bfs().join();
        let took = began.elapsed();
        let broken = checker.discoveries().into_values().next().map(|path| {
            let last = path.last_state().violation().cloned();
            let broken = last.unwrap_or(Violation {
                promise: "No misuse",
                text: "the way to it can't be found again".to_owned(),
            });
            (broken, path.into_actions())
        });
        let rows = *rows.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Explored {
            states: checker.unique_state_count(),
            steps: checker.state_count(),
            depth: checker.max_depth(),
            took,
            complete: broken.is_none() && most.is_none_or(|most| checker.state_count() < most),
            rows,
            broken,
        })
    }
}
