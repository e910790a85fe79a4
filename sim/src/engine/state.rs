//! All that an engine consists of, how time passes for it, and how it is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use portreeve_core::id::EngineId;
use portreeve_core::time::{Instant, Timestamp};

use super::container::Container;
use super::failure::Failure;
use super::ids::Ids;
use super::image::Image;
use super::journal::{Action, Cursor, Event, Journal, Subject};
use super::network::{Network, NetworkKind, Networks, PREDEFINED};
use super::numbers::{No, Ticket};
use super::ports::Ports;
use super::request::{Asked, Done, Until, Waiter};
use super::schedule::{Due, Schedule};
use super::volume::Volume;

/// 2026-01-01T00:00:00Z: what the origin of the virtual clock is by the wall clock.
pub const EPOCH: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

/// So many events are kept unless told otherwise.
const EVENTS: usize = 1 << 16;

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
    /// How many running containers a bridge takes; as many as there are where that isn't said. Linux:
    /// [`BRIDGE_CEILING`](portreeve_core::network::BRIDGE_CEILING).
    pub bridge_ceiling: Option<usize>,
    /// Whether lists tell nothing of health, as Podman's do.
    pub lists_no_health: bool,
}

/// The engine.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(super) id: EngineId,
    pub(super) ids: Ids,
    pub(super) now: Instant,
    pub(super) habits: Habits,
    pub(super) up: bool,
    pub(super) containers: BTreeMap<No, Container>,
    pub(super) made: No,
    pub(super) by_id: BTreeMap<Arc<str>, No>,
    pub(super) by_name: BTreeMap<Arc<str>, No>,
    /// By the label that names the user.
    pub(super) by_user: BTreeMap<Arc<str>, BTreeSet<No>>,
    pub(super) images: BTreeMap<String, Arc<Image>>,
    pub(super) registry: BTreeMap<String, Arc<Image>>,
    pub(super) networks: Networks,
    pub(super) volumes: BTreeMap<Arc<str>, Volume>,
    pub(super) ports: Ports,
    pub(super) addresses: u16,
    pub(super) schedule: Schedule,
    pub(super) journal: Journal,
    pub(super) tickets: u64,
    pub(super) waiting: BTreeMap<No, Vec<Waiter>>,
    pub(super) answers: Vec<(Ticket, Asked, Result<(), Failure>)>,
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
        for name in PREDEFINED {
            let id = engine.ids.id().into();
            engine.networks.insert(Network {
                id,
                name: name.to_owned(),
                labels: BTreeMap::new(),
                kind: NetworkKind::of_driver(if name == "none" { "null" } else { name }),
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

    pub(super) fn find_no(&self, asked: &str) -> Result<No, Failure> {
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

    pub(super) fn note(&mut self, no: No, action: Action) {
        let Some(container) = self.containers.get(&no) else {
            return;
        };
        self.journal.note(Event {
            at: self.now,
            subject: Subject::Container(Arc::clone(&container.face)),
            action,
        });
    }

    pub(super) fn ticket(&mut self) -> Ticket {
        self.tickets += 1;
        Ticket(self.tickets)
    }

    /// Has somebody wait, and tells under which number they are answered.
    pub(super) fn wait(&mut self, no: No, asked: Asked, until: Until) -> Done {
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
    pub(super) fn done_waiting(&mut self, no: No, until: Until) -> Vec<Waiter> {
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

    pub(super) fn answer(&mut self, waiter: Waiter, result: Result<(), Failure>) {
        self.answers.push((waiter.ticket, waiter.asked, result));
    }
}
