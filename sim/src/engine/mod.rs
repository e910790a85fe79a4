//! A container engine, as a pure, deterministic model of Docker's.
//!
//! No I/O, no clock, no thread, no entropy of its own: it is told the time, and its ids come from
//! a seed. The same calls in the same order give the same answers. What it does is compared with
//! the real engine by a differential test.
//!
//! # Using it
//!
//! * The **lifecycle's effects** go in through [`Engine::carry_out`]; what is answered later comes
//!   out of [`Engine::take_answers`].
//! * **Time** passes with [`Engine::advance`], to [`Engine::next_due`] or any other moment;
//!   everything due up to then happens, in its order.
//! * **What happened** is in a journal that is read from any place on ([`Engine::cursor`],
//!   [`Engine::events_after`]), by watches and by whoever checks promises.
//! * Whatever **other clients** ask of an engine is a verb of its own: [`Engine::create`],
//!   [`start`](Engine::start), [`stop`](Engine::stop), [`kill`](Engine::kill),
//!   [`pause`](Engine::pause), [`rename`](Engine::rename), [`remove`](Engine::remove), …
//! * What **only the world** can do: [`Engine::add_image`], [`Engine::occupy_port`],
//!   [`Engine::exits`], [`Engine::goes_down`], [`Engine::comes_up`], …
//!
//! ```
//! use portreeve_core::id::EngineId;
//! use portreeve_sim::engine::{Done, Engine, Image, Spec};
//!
//! let mut engine = Engine::new(EngineId::new("sim"), 7);
//! engine.add_image(Image::new("alpine"));
//! let id = engine.create("box", Spec::of_image("alpine"))?;
//! assert_eq!(engine.start(id.as_str())?, Done::Now);
//! assert_eq!(engine.start("box")?, Done::Already);
//! # Ok::<(), portreeve_sim::engine::Failure>(())
//! ```

mod container;
mod create;
mod effect;
mod failure;
mod health;
mod ids;
mod image;
mod images;
mod journal;
mod look;
mod networks;
mod ports;
#[cfg(feature = "model-checking")]
mod projection;
mod remove;
mod run;
mod schedule;
mod spec;
mod stop;
mod volumes;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use portreeve_core::id::EngineId;
use portreeve_core::time::{Instant, Timestamp};

pub use container::{Container, MountPoint, No};
pub use effect::{Answer, Asked};
pub use failure::{Clash, Doing, Failure};
pub use image::{Exit, Image, OnTerm, Personality, Program, whole_name};
pub use journal::{Action, Cursor, Event, Face, Subject};
pub use networks::Network;
pub use ports::Holder;
pub use remove::Removal;
pub use spec::{Binding, HealthCheck, Mount, Protocol, Restart, Source, Spec};
pub use stop::{SIGKILL, SIGTERM};
pub use volumes::Volume;
pub use world::{AfterCrash, Listener};

use ids::Ids;
use journal::Journal;
use networks::Networks;
use ports::Ports;
use schedule::{Due, Schedule};

/// 2026-01-01T00:00:00Z: what the origin of the virtual clock is by the wall clock.
pub const EPOCH: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

/// So many events are kept unless told otherwise.
const EVENTS: usize = 1 << 16;

/// The number of a request that is answered later.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ticket(pub u64);

/// What came of a request that was understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Done {
    /// It is done.
    Now,
    /// There was nothing to do.
    Already,
    /// It has begun, and is answered under that number.
    Later(Ticket),
}

/// What an engine may do or leave, and how long it takes over it. By default everything happens at
/// once and nothing is odd.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Habits {
    /// How long lists still tell that a container runs whose end was told; from the first to the
    /// second, as chance will have it. Docker: 50 to 115 ms.
    pub lists_lag: Option<(Duration, Duration)>,
    /// How long the removal of a container takes.
    pub removal: Duration,
    /// How long a pull takes.
    pub pull: Duration,
    /// For how long a network that was made isn't seen by whoever makes another of its name.
    pub networks_appear_after: Duration,
}

/// The engine.
#[derive(Clone, Debug)]
pub struct Engine {
    id: EngineId,
    ids: Ids,
    now: Instant,
    habits: Habits,
    up: bool,
    containers: BTreeMap<No, Container>,
    made: No,
    by_id: BTreeMap<Arc<str>, No>,
    by_name: BTreeMap<Arc<str>, No>,
    /// By the label that names the user.
    by_user: BTreeMap<Arc<str>, BTreeSet<No>>,
    images: BTreeMap<String, Arc<Image>>,
    registry: BTreeMap<String, Arc<Image>>,
    networks: Networks,
    volumes: BTreeMap<Arc<str>, Volume>,
    ports: Ports,
    addresses: u16,
    schedule: Schedule,
    journal: Journal,
    tickets: u64,
    waiting: BTreeMap<No, Vec<Waiter>>,
    answers: Vec<(Ticket, Asked, Result<(), Failure>)>,
}

/// Somebody who waits for something to happen to a container.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Waiter {
    ticket: Ticket,
    asked: Asked,
    until: Until,
}

/// What a [`Waiter`] waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Until {
    /// Its process has ended, as it was asked to.
    Stopped,
    /// It has been stopped and started.
    Restarted,
    /// Its process has ended, of whatever reason.
    Ended,
    /// It is gone.
    Removed,
}

impl Engine {
    /// An empty engine, at the origin of time. `seed` is what its ids and its chances come from.
    pub fn new(id: EngineId, seed: u64) -> Self {
        let mut engine = Self {
            id,
            ids: Ids::new(seed),
            now: Instant::ORIGIN,
            habits: Habits::default(),
            up: true,
            containers: BTreeMap::new(),
            made: 0,
            by_id: BTreeMap::new(),
            by_name: BTreeMap::new(),
            by_user: BTreeMap::new(),
            images: BTreeMap::new(),
            registry: BTreeMap::new(),
            networks: Networks::default(),
            volumes: BTreeMap::new(),
            ports: Ports::default(),
            addresses: 1,
            schedule: Schedule::default(),
            journal: Journal::new(EVENTS),
            tickets: 0,
            waiting: BTreeMap::new(),
            answers: Vec::new(),
        };
        for name in networks::PREDEFINED {
            let id = engine.ids.id().into();
            engine.networks.insert(Network {
                id,
                name: name.to_owned(),
                labels: BTreeMap::new(),
                driver: if name == "none" { "null" } else { name }.to_owned(),
                created: Instant::ORIGIN,
                attached: BTreeSet::new(),
            });
        }
        engine
    }

    /// The same, with these habits.
    #[must_use]
    pub fn with_habits(mut self, habits: Habits) -> Self {
        self.habits = habits;
        self
    }

    /// Takes other habits on.
    pub fn set_habits(&mut self, habits: Habits) {
        self.habits = habits;
    }

    /// The id it says it has.
    pub fn id(&self) -> &EngineId {
        &self.id
    }

    /// What time it is.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// A moment by the wall clock.
    pub fn wall(instant: Instant) -> Timestamp {
        let micros = i64::try_from(instant.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(EPOCH.as_micros().saturating_add(micros))
    }

    /// When something happens next by itself.
    pub fn next_due(&self) -> Option<Instant> {
        self.schedule.first()
    }

    /// Lets time pass: everything due up to then happens. A moment that is past changes nothing.
    pub fn advance(&mut self, to: Instant) {
        while let Some((at, due)) = self.schedule.pop(to) {
            self.now = self.now.max(at);
            match due {
                Due::Ends {
                    container,
                    code,
                    last_words,
                } => self.process_ends(container, code, last_words),
                Due::GraceOver(container) => self.grace_over(container),
                Due::Check(container) => self.look_at_health(container),
                Due::Restart(container) => self.restart_by_policy(container),
                Due::Removed(container) => self.removed(container),
                Due::Pulled { ticket, name } => self.pulled(ticket, &name),
            }
        }
        self.now = self.now.max(to);
    }

    /// The place in the journal after all that has happened.
    pub fn cursor(&self) -> Cursor {
        self.journal.end()
    }

    /// The place before the first event that is still kept.
    pub fn first_cursor(&self) -> Cursor {
        self.journal.start()
    }

    /// What has happened since, each with the place after it. What was forgotten is left out.
    pub fn events_after(
        &self,
        cursor: Cursor,
    ) -> impl DoubleEndedIterator<Item = (Cursor, &Event)> {
        self.journal.after(cursor)
    }

    /// Forgets what was read up to there.
    pub fn forget_events_before(&mut self, cursor: Cursor) {
        self.journal.forget_before(cursor);
    }

    /// Keeps so many events at most; none with 0.
    pub fn keep_events(&mut self, most: usize) {
        self.journal.keep(most);
    }

    /// All containers, in the order in which they were made.
    pub fn containers(&self) -> impl DoubleEndedIterator<Item = &Container> {
        self.containers.values()
    }

    /// How many containers there are.
    pub fn container_count(&self) -> usize {
        self.containers.len()
    }

    /// The container of that number, if it is still there.
    pub fn container(&self, no: No) -> Option<&Container> {
        self.containers.get(&no)
    }

    /// The container of that name or id, or the one whose id begins like that.
    pub fn find(&self, asked: &str) -> Result<&Container, Failure> {
        let no = self.find_no(asked)?;
        Ok(&self.containers[&no])
    }

    fn find_no(&self, asked: &str) -> Result<No, Failure> {
        let absent = || Failure::NoSuchContainer(asked.to_owned());
        let name = asked.strip_prefix('/').unwrap_or(asked);
        if let Some(no) = self.by_id.get(asked).or_else(|| self.by_name.get(name)) {
            return Ok(*no);
        }
        if asked.is_empty() {
            return Err(absent());
        }
        let mut beginning = self
            .by_id
            .range::<str, _>((std::ops::Bound::Included(asked), std::ops::Bound::Unbounded))
            .take_while(|(id, _)| id.starts_with(asked));
        match (beginning.next(), beginning.next()) {
            (None, _) => Err(absent()),
            (Some((_, no)), None) => Ok(*no),
            (Some(_), Some(_)) => Err(Failure::AmbiguousId(asked.to_owned())),
        }
    }

    fn note(&mut self, no: No, action: journal::Action) {
        let Some(container) = self.containers.get(&no) else {
            return;
        };
        self.journal.note(Event {
            at: self.now,
            subject: Subject::Container(Arc::clone(&container.face)),
            action,
        });
    }

    fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    /// Has somebody wait, and tells under which number they are answered.
    fn wait(&mut self, no: No, asked: Asked, until: Until) -> Done {
        let ticket = self.ticket();
        let waiter = Waiter {
            ticket,
            asked,
            until,
        };
        self.waiting.entry(no).or_default().push(waiter);
        Done::Later(ticket)
    }

    /// Takes out those who wait for that.
    fn done_waiting(&mut self, no: No, until: Until) -> Vec<Waiter> {
        let Some(waiting) = self.waiting.get_mut(&no) else {
            return Vec::new();
        };
        let done = waiting
            .extract_if(.., |waiter| waiter.until == until)
            .collect();
        if waiting.is_empty() {
            self.waiting.remove(&no);
        }
        done
    }

    fn answer(&mut self, waiter: Waiter, result: Result<(), Failure>) {
        self.answers.push((waiter.ticket, waiter.asked, result));
    }
}
