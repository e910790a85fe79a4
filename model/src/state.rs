//! A state of a small world: an engine, a store, controllers, and how far everything is.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::IssuedEffect;
use portreeve_core::id::{EngineId, InstallationId, RequestId};
use portreeve_core::lifecycle::{Lifecycle, Rows};
use portreeve_core::name::Names;
use portreeve_core::outcome::Outcome;
use portreeve_core::projection::{Project, Projection};
use portreeve_core::seed::Seed;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;
use portreeve_sim::engine::{Engine, Image, Personality, Program, Ticket};
use portreeve_sim::promises::Timeless;
use portreeve_sim::store::Store;

use crate::ghost::Ghost;
use crate::scene::{Budget, Scene};
use crate::violation::Violation;

/// Whose everything is.
const INSTALLATION: InstallationId = InstallationId::from_bytes([7; 16]);
/// When it all begins. Clocks show 0 only where nothing ever was.
const BEGINNING: Duration = Duration::from_secs(1000);
/// From one thing that happens to the next, at least.
const NEXT: Duration = Duration::from_micros(1);
/// For so long a controller stands still that none of its leases is left.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// A state of the world. Parts that didn't change are shared with the state before.
#[derive(Clone, Debug)]
pub struct State {
    pub(crate) now: Instant,
    pub(crate) engine: Arc<Engine>,
    pub(crate) store: Arc<Store>,
    pub(crate) controllers: Vec<Arc<Controller>>,
    pub(crate) clients: Vec<Client>,
    /// Another engine answers at the engine's address.
    pub(crate) swapped: bool,
    /// What people have done.
    pub(crate) meddled: u32,
    pub(crate) left: Budget,
    pub(crate) ghost: Arc<Ghost>,
    pub(crate) violation: Option<Arc<Violation>>,
    /// Which rows of the decision table the last step saw.
    pub(crate) rows: Rows,
    /// Nothing goes wrong any more, and people ask for anything.
    pub(crate) is_calm: bool,
    /// What was answered last, in the calm.
    pub(crate) last_reply: Option<Reply>,
    /// Tells seeds apart.
    seeds: u8,
    alike: bool,
    users: Arc<Vec<(UserId, Names)>>,
}

/// A controller.
#[derive(Clone, Debug)]
pub(crate) struct Controller {
    pub lifecycle: Lifecycle,
    pub condition: Condition,
    /// When it is to be told the time.
    pub deadline: Option<Instant>,
    pub in_flight: Vec<InFlight>,
    pub requests: BTreeMap<RequestId, Asked>,
    pub closing: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Condition {
    Up,
    /// It stands still, since then; `long` once none of its leases is left.
    Frozen {
        since: Instant,
        long: bool,
    },
    Down,
}

/// Something a client asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Which script, if it was one.
    pub client: Option<usize>,
    pub command: Command,
    pub at: Instant,
    /// The controller stood still meanwhile.
    pub held_up: bool,
}

/// An effect that was handed out and whose controller wasn't told yet.
#[derive(Clone, Debug)]
pub(crate) struct InFlight {
    pub issued: IssuedEffect,
    pub stage: Stage,
    /// Its process stood still in the midst of sending it.
    pub late: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Stage {
    /// On its way.
    Sent,
    /// It took hold, and is answered later.
    Begun(Ticket, Fate),
    /// The answer is on its way.
    Completed(Outcome),
}

/// What becomes of an answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Fate {
    /// It is delivered.
    Delivered,
    /// It is lost.
    Lost,
}

/// How far a script is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    pub next: usize,
    /// An answer is waited for.
    pub waits: bool,
    /// Nothing is asked for before.
    pub until: Option<Instant>,
}

impl State {
    /// The beginning: nothing was asked for yet, and nothing is there but the image and the network.
    pub(crate) fn beginning(scene: &Scene) -> Self {
        let now = Instant::ORIGIN.after(BEGINNING);
        let mut engine = Engine::new(EngineId::new("model"), 1);
        engine.set_habits(scene.habits.clone());
        engine.add_image(image(scene, scene.personality.clone()));
        engine.advance(now);
        // As platforms make theirs beforehand.
        let made = engine.create_network(&scene.settings.network, BTreeMap::new());
        debug_assert!(made.is_ok());
        let mut store = Store::new(INSTALLATION)
            .with_steps_of_one()
            .with_sabotage(scene.sabotage);
        store.advance(now);
        store.keep_no_events();
        let naming = &scene.settings.naming;
        let names = scene
            .users
            .iter()
            .map(|user| (user.clone(), naming.names(user)));
        let mut state = Self {
            now,
            engine: Arc::new(engine),
            store: Arc::new(store),
            controllers: Vec::new(),
            clients: vec![Client::default(); scene.scripts.len()],
            swapped: false,
            meddled: 0,
            left: scene.budget,
            ghost: Arc::new(Ghost::new(
                Timeless::new(&vec![scene.settings.clone(); scene.controllers]),
                scene.scripts.iter().map(|it| it.user.clone()).collect(),
                scene.most_changes,
            )),
            violation: None,
            rows: Rows::default(),
            is_calm: false,
            last_reply: None,
            seeds: 0,
            alike: scene.alike,
            users: Arc::new(names.collect()),
        };
        for which in 0..scene.controllers {
            let controller = state.fresh(scene, which);
            state.controllers.push(Arc::new(controller));
        }
        state
    }

    /// A process that has just started.
    pub(crate) fn fresh(&mut self, scene: &Scene, which: usize) -> Controller {
        self.seeds += 1;
        let lifecycle = Lifecycle::new(
            scene.settings_of(which),
            Seed::predictable([self.seeds; 32]),
            self.now,
        );
        Controller {
            lifecycle: lifecycle
                .without_jitter()
                .with_most_changes(scene.most_changes),
            condition: Condition::Up,
            deadline: None,
            in_flight: Vec::new(),
            requests: BTreeMap::new(),
            closing: false,
        }
    }

    pub(crate) fn controller(&mut self, which: usize) -> &mut Controller {
        Arc::make_mut(&mut self.controllers[which])
    }

    /// The engine, whose clock shows the present.
    pub(crate) fn engine(&mut self) -> &mut Engine {
        let engine = Arc::make_mut(&mut self.engine);
        engine.advance(self.now);
        engine
    }

    /// The store, whose clock shows the present.
    pub(crate) fn store(&mut self) -> &mut Store {
        let store = Arc::make_mut(&mut self.store);
        store.advance(self.now);
        store
    }

    pub(crate) fn ghost(&mut self) -> &mut Ghost {
        Arc::make_mut(&mut self.ghost)
    }

    /// Something happens, right after what happened last, or then.
    pub(crate) fn moment(&mut self, at: Instant) {
        self.now = self.now.after(NEXT).max(at);
    }

    /// The names of a user's things.
    pub(crate) fn names(&self, user: &UserId) -> Option<&Names> {
        let mut users = self.users.iter();
        users
            .find(|(known, _)| known == user)
            .map(|(_, names)| names)
    }

    /// The projection with users in that order.
    fn words(&self, users: Vec<(UserId, Names)>) -> Vec<u64> {
        let mut out = Projection::new(self.now, Engine::wall(self.now), users);
        out.begin(ENGINE);
        self.engine.project(&mut out);
        out.begin(STORE);
        self.store.project(&mut out);
        for (part, controller) in (CONTROLLERS..).zip(&self.controllers) {
            out.begin(part);
            controller.project(part, &self.ghost, &mut out);
        }
        out.begin(CLIENTS);
        self.swapped.project(&mut out);
        self.meddled.project(&mut out);
        self.project_clients(&mut out);
        let left = self.left;
        let faults = [
            left.crashes,
            left.freezes,
            left.lost_answers,
            left.lost_requests,
            left.unreachable,
            left.delays,
            left.meddling,
        ];
        for fault in faults {
            out.word(u64::from(fault));
        }
        self.ghost.project(&mut out);
        if let Some(violation) = &self.violation {
            violation.promise.project(&mut out);
        }
        out.finish()
    }

    /// Scripts are by user, in the order of users.
    fn project_clients(&self, out: &mut Projection) {
        let mut clients: Vec<(u64, &Client)> = self
            .clients
            .iter()
            .enumerate()
            .map(|(at, client)| (self.ghost.rank_of_client(at, out), client))
            .collect();
        clients.sort_by_key(|(rank, _)| *rank);
        for (_, client) in clients {
            client.next.project(out);
            client.waits.project(out);
            client.until.project(out);
        }
    }

    /// The state in canonical form: equal for states that go on alike.
    pub fn canonical(&self) -> Vec<u64> {
        let users = self.users.as_ref();
        let words = self.words(users.clone());
        if !self.alike || users.len() != 2 {
            return words;
        }
        let other = self.words(vec![users[1].clone(), users[0].clone()]);
        words.min(other)
    }

    /// What was broken, if something was.
    pub fn violation(&self) -> Option<&Violation> {
        self.violation.as_deref()
    }
}

/// The image that containers are made from, with a program that behaves like this.
pub(crate) fn image(scene: &Scene, personality: Personality) -> Image {
    Image {
        program: Program::Plain(Arc::new(personality)),
        check: scene.check,
        ..Image::new(&scene.settings.template.image)
    }
}

const ENGINE: u32 = 0;
const STORE: u32 = 1;
const CLIENTS: u32 = 2;
const CONTROLLERS: u32 = 3;

impl Controller {
    fn project(&self, part: u32, ghost: &Ghost, out: &mut Projection) {
        match self.condition {
            Condition::Up => out.word(0),
            Condition::Frozen { since, long } => {
                out.word(1 + u64::from(long));
                if !long {
                    since.project(out);
                }
            }
            Condition::Down => return out.word(3),
        }
        self.lifecycle.project(out);
        self.closing.project(out);
        for (request, asked) in &self.requests {
            request.project(out);
            let client = asked.client.map(|client| ghost.rank_of_client(client, out));
            client.project(out);
        }
        let mut in_flight: Vec<&InFlight> = self.in_flight.iter().collect();
        in_flight
            .sort_by_key(|in_flight| (out.effect_rank(in_flight.issued.id), in_flight.issued.id));
        out.word(in_flight.len() as u64);
        for in_flight in in_flight {
            in_flight.project(part, out);
        }
    }
}

impl InFlight {
    fn project(&self, part: u32, out: &mut Projection) {
        if out.effect_rank(self.issued.id).is_none() {
            // It was given up, and may still take hold.
            self.issued.effect.project(out);
        }
        self.issued.id.project(out);
        self.issued.fence.engine.is_some().project(out);
        self.late.project(out);
        match &self.stage {
            Stage::Sent => out.word(0),
            Stage::Begun(ticket, fate) => {
                out.word(1 + u64::from(*fate == Fate::Lost));
                out.begin(ENGINE);
                out.counted(ticket.0);
                out.begin(part);
            }
            Stage::Completed(outcome) => {
                out.word(3);
                outcome.project(out);
            }
        }
    }
}

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical().hash(state);
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for State {}
