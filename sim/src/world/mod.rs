//! The world: an engine, a store, a clock, and any number of controllers, each a real
//! [`Lifecycle`](portreeve_core::lifecycle::Lifecycle).
//!
//! Nothing in it but the seed decides anything. Time is virtual: it jumps from one thing that
//! happens to the next. Effects take time, overtake one another, fail before or after they took
//! hold, or are never answered (`fate`); controllers are killed, stand still and come back
//! (`controller`); people do what people do (`deeds`).

mod agenda;
mod controller;
mod deeds;
mod fate;
mod flight;
mod guests;
mod visitor;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::id::{EffectId, EngineId, InstallationId, Port, RequestId};
use portreeve_core::lifecycle::Output;
use portreeve_core::outcome::EngineEvent;
use portreeve_core::settings::Settings;
use portreeve_core::time::Instant;

use crate::chance::Chance;
use crate::engine::{Cursor, Engine, Habits, Image, Ticket, Volume};
use crate::faults::Faults;
use crate::occurrence::{Observer, Observers, Occurrence, Sight};
use crate::promises::{Promises, Violation};
use crate::sabotage::Sabotage;
use crate::script::Deed;
use crate::store::Store;
use crate::tally::Tally;
use crate::trace::Trace;

use agenda::Agenda;
use controller::Controller;
use flight::{Flight, Subscription};
use guests::Guest;
use visitor::Visitor;

/// What a world is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// Decides all that chance decides.
    pub seed: u64,
    /// How each controller is to behave; there are as many as settings.
    pub controllers: Vec<Settings>,
    /// What goes wrong with effects. Deeds are asked for with [`World::disturb`].
    pub faults: Faults,
    /// What the containers do. The engine has it, and so has the registry.
    pub image: Image,
    /// What the engine is like.
    pub habits: Habits,
    /// What is wrong on purpose.
    pub sabotage: Option<Sabotage>,
    /// Whether all that happens is noted down in words.
    pub traced: bool,
}

/// An answer to a host.
#[derive(Clone, Debug)]
pub struct Answer {
    /// To what.
    pub question: QuestionId,
    /// Which controller was asked.
    pub controller: usize,
    /// What was asked for.
    pub command: Command,
    /// When.
    pub asked_at: Instant,
    /// What was answered; `None` if the controller went away before, or nobody waited any more.
    pub reply: Option<Reply>,
}

/// The number of something that a host asked for, unique in its world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct QuestionId(pub u64);

/// Whoever asks for containers: a platform's own logic, to be run against the world.
pub trait Host {
    /// When it next wants to [`act`](Self::act), if it does; never a time that has passed.
    fn next(&self) -> Option<Instant>;

    /// The time has come.
    fn act(&mut self, world: &mut World);

    /// Something that was asked for is answered.
    fn answered(&mut self, world: &mut World, answer: &Answer);
}

/// Something that is going to happen.
#[derive(Clone, Debug)]
enum Happening {
    /// A driver sends an effect.
    Send(u64),
    /// An effect arrives where it takes hold.
    Arrive(u64),
    /// What came of it is told.
    Answer(u64),
    /// Its driver waits no longer.
    Timeout(u64),
    /// An event is told to who follows.
    Tell(Subscription, EngineEvent),
    /// A controller's deadline has come.
    Wake(usize),
    /// A controller that stood still goes on, unless it was told to stand still for longer.
    Thaw(usize),
    /// A controller's process starts, unless it has since.
    Boot(usize),
    /// A host waits no longer.
    Withdraw(QuestionId),
    EngineBack,
    /// The right engine answers again, unless another is to for longer.
    EngineHome,
    StoreBack,
    /// Whoever listened on a port is gone.
    Vacate(Port),
    /// Whoever made things that aren't ours removes them.
    Leave(Guest),
    RegistryBack,
}

/// The simulated world.
#[derive(Debug)]
pub struct World {
    now: Instant,
    seed: u64,
    agenda: Agenda<Happening>,
    engine: Engine,
    /// What was read of the engine's journal.
    read: Cursor,
    engine_away_until: Option<Instant>,
    /// Another engine that answers in place of this one.
    visitor: Option<Visitor>,
    store: Store,
    store_away_until: Option<Instant>,
    registry_away_until: Option<Instant>,
    controllers: Vec<Controller>,
    flights: BTreeMap<u64, Box<Flight>>,
    last_flight: u64,
    /// Effects that the engine answers later.
    tickets: BTreeMap<Ticket, u64>,
    subscriptions: Vec<Subscription>,
    faults: Faults,
    image: Image,
    sabotage: Option<Sabotage>,
    chance: Chance,
    /// Containers may have been made to fail: what makes them so is taken back with the next start.
    dooms: bool,
    last_question: u64,
    answers: VecDeque<Answer>,
    promises: Promises,
    tally: Tally,
    observers: Observers,
    trace: Trace,
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
            engine,
            engine_away_until: None,
            visitor: None,
            store: Store::new(installation).with_sabotage(config.sabotage),
            store_away_until: None,
            registry_away_until: None,
            controllers: Vec::new(),
            flights: BTreeMap::new(),
            last_flight: 0,
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
        let asked = controller::Asked {
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
    pub fn disturb(&mut self, deed: &Deed) {
        self.trace.deed(self.now, deed);
        self.tally.deeds += 1;
        self.do_deed(deed);
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

    /// Something has happened, and whoever keeps account of it is told.
    fn occurred(&mut self, occurrence: Occurrence<'_>) {
        let sight = Sight {
            now: self.now,
            engine: &self.engine,
            store: &self.store,
        };
        self.promises.observe(sight, occurrence);
        self.observers.observe(sight, occurrence);
    }

    fn become_time(&mut self, now: Instant) {
        self.now = now;
        self.store.advance(now);
    }

    fn answer_hosts(&mut self, host: &mut dyn Host) {
        while let Some(answer) = self.answers.pop_front() {
            host.answered(self, &answer);
        }
    }

    fn happen(&mut self, happening: Happening) {
        self.tally.steps += 1;
        match happening {
            Happening::Send(flight) => self.send(flight),
            Happening::Arrive(flight) => self.arrive(flight),
            Happening::Answer(flight) => self.deliver(flight),
            Happening::Timeout(flight) => self.time_out(flight),
            Happening::Tell(subscription, event) => self.tell(subscription, event),
            Happening::Wake(which) => self.wake(which),
            Happening::Thaw(which) => self.thaw(which),
            Happening::Boot(which) => self.boot(which),
            Happening::Withdraw(question) => self.withdraw(question),
            Happening::EngineBack => self.bring_engine_back(),
            Happening::EngineHome => self.bring_engine_home(),
            Happening::StoreBack => self.bring_store_back(),
            Happening::Vacate(port) => self.engine.release_port(port),
            Happening::Leave(guest) => self.leave(&guest),
            Happening::RegistryBack => self.bring_registry_back(),
        }
    }

    /// Does what a controller wants done now.
    fn drain(&mut self, which: usize) {
        loop {
            let output = self.controllers[which].lifecycle.poll();
            match output {
                Output::Effect(issued) => self.launch(which, issued),
                Output::Reply(request, reply) => self.reply(which, request, reply),
                Output::Progress(..) => {}
                Output::Abandon(effect) => self.abandon(which, effect),
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
