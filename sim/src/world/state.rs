//! All that a world consists of, to be looked at.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use portreeve_core::id::{EngineId, InstallationId};
use portreeve_core::time::Instant;

use super::agenda::Agenda;
use super::config::Config;
use super::controller::Controller;
use super::guest::Guest;
use super::happening::Happening;
use super::impostor::Impostor;
use super::in_flight::InFlight;
use super::question::Answer;
use super::refusals::Refusals;
use super::subscription::Subscription;
use super::unready::Unready;
use crate::chance::Chance;
use crate::engine::{Cursor, Engine, Image, Ticket, Volume};
use crate::faults::Faults;
use crate::occurrence::{Observer, Observers, Occurrence, Sight};
use crate::promises::{Promises, Violation};
use crate::sabotage::Sabotage;
use crate::store::Store;
use crate::tally::Tally;
use crate::trace::Trace;

/// The simulated world.
#[derive(Debug)]
pub struct World {
    pub(super) now: Instant,
    pub(super) seed: u64,
    pub(super) agenda: Agenda<Happening>,
    pub(super) engine: Engine,
    /// The place in the engine's journal up to which events were read.
    pub(super) read: Cursor,
    pub(super) engine_away_until: Option<Instant>,
    /// Another engine that answers in place of this one.
    pub(super) impostor: Option<Impostor>,
    /// What the engine says no to, until when.
    pub(super) refusals: Refusals,
    /// Whose containers don't get ready, until when.
    pub(super) unready: Unready,
    pub(super) store: Store,
    pub(super) store_away_until: Option<Instant>,
    /// Those whose things may have become users'.
    pub(super) stayed: Vec<Guest>,
    /// A replica that lags, and when it takes over.
    pub(super) replica: Option<(Instant, Box<Store>)>,
    /// By how much the store's clock was set back in all, in steps after which what was written before
    /// lasts for longer.
    pub(super) store_set_back: Duration,
    pub(super) registry_away_until: Option<Instant>,
    pub(super) controllers: Vec<Controller>,
    pub(super) in_flight: BTreeMap<u64, Box<InFlight>>,
    pub(super) last_sent: u64,
    /// Effects that the engine answers later.
    pub(super) tickets: BTreeMap<Ticket, u64>,
    pub(super) subscriptions: Vec<Subscription>,
    pub(super) faults: Faults,
    pub(super) image: Image,
    pub(super) sabotage: Option<Sabotage>,
    pub(super) chance: Chance,
    /// Some container may have been given a program that fails or isn't ready for long; the next
    /// start gives it its own again.
    pub(super) dooms: bool,
    pub(super) last_question: u64,
    pub(super) answers: VecDeque<Answer>,
    pub(super) promises: Promises,
    pub(super) tally: Tally,
    pub(super) observers: Observers,
    pub(super) trace: Trace,
}

impl World {
    /// A world in which nothing has happened yet; all controllers are up.
    pub fn new(config: Config) -> Self {
        let mut chance = Chance::about(config.seed, [0, 0, 0]);
        let mut installation = [0; 16];
        installation.copy_from_slice(&chance.bytes()[..16]);
        let installation = InstallationId::from_bytes(installation);
        let mut engine =
            Engine::new(EngineId::new("simulated"), chance.number()).with_habits(config.habits);
        engine.add_image(config.image.clone());
        engine.publish_image(config.image.clone());
        let now = Instant::ORIGIN;
        let promises = Promises::new(installation, &config.controllers);
        let mut world = Self {
            now,
            seed: config.seed,
            agenda: Agenda::new(),
            read: engine.cursor(),
            refusals: Refusals::default(),
            unready: Unready::default(),
            engine,
            engine_away_until: None,
            impostor: None,
            store: Store::new(installation).with_sabotage(config.sabotage),
            store_away_until: None,
            stayed: Vec::new(),
            replica: None,
            store_set_back: Duration::ZERO,
            registry_away_until: None,
            controllers: Vec::new(),
            in_flight: BTreeMap::new(),
            last_sent: 0,
            tickets: BTreeMap::new(),
            subscriptions: Vec::new(),
            faults: config.faults,
            image: config.image,
            sabotage: config.sabotage,
            chance,
            dooms: false,
            last_question: 0,
            answers: VecDeque::new(),
            promises,
            tally: Tally::default(),
            observers: Observers::default(),
            trace: Trace::new(config.traced),
        };
        for settings in config.controllers {
            let controller = Controller::new(settings, &mut world.chance, now);
            world.controllers.push(controller);
        }
        for which in 0..world.controllers.len() {
            world.drain(which);
        }
        world
    }

    /// What time it is.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// How many controllers there are.
    pub fn controllers(&self) -> usize {
        self.controllers.len()
    }

    /// Whether a controller's process runs, though it may stand still.
    pub fn is_up(&self, controller: usize) -> bool {
        self.controllers
            .get(controller)
            .is_some_and(Controller::is_up)
    }

    /// The engine, to look at.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The store, to look at.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What was counted so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Whatever happens from now on is told to this observer, too.
    pub fn observe(&mut self, observer: Box<dyn Observer>) {
        self.observers.add(observer);
    }

    /// All that happened, in words, if it is noted down.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The promise that was broken first, if one was.
    pub fn violation(&self) -> Option<&Violation> {
        self.promises.violation()
    }

    /// How long a question to that controller may take at most.
    pub fn patience(&self, controller: usize) -> Duration {
        self.promises.patience(controller)
    }

    /// How many volumes there are, but for those that their users have left for adopted ones: these
    /// are kept, like all that a record was lost for.
    pub fn volumes_left(&self) -> usize {
        let kept = |volume: &&Volume| !self.promises.is_abandoned(&volume.name);
        self.engine.volumes().filter(kept).count()
    }

    /// What may go wrong with effects from now on.
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    /// Something has happened, and whoever keeps account of it is told.
    pub(super) fn occurred(&mut self, occurrence: Occurrence<'_>) {
        let sight = Sight {
            now: self.now,
            engine: &self.engine,
            store: &self.store,
        };
        self.promises.observe(sight, occurrence);
        self.observers.observe(sight, occurrence);
    }

    pub(super) fn become_time(&mut self, now: Instant) {
        self.now = now;
        self.store.advance(now);
    }
}
