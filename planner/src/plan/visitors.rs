//! The platform in a plan: people come, use their containers, and leave; somebody reaps.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use portreeve_core::command::{Command, Ensured, Reply};
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::meter::Meter;
use super::series::Clock;
use super::weather::Weather;
use crate::workload::{DAY, Visit, Workload};
use portreeve_sim::chance::Chance;
use portreeve_sim::world::{Answer, Host, QuestionId, World};

/// Whoever is told that it failed asks again after that long.
const AGAIN: Duration = Duration::from_secs(15);
/// Whoever was told so that often gives up.
const TRIES: u32 = 4;
/// How often idle users are reaped, as [`Maintenance::full`](portreeve_core::settings::Maintenance::full)
/// has it.
const REAP: Duration = Duration::from_secs(60);

/// Somebody who waits, or is there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Stay {
    user: usize,
    controller: usize,
    came: Instant,
    lasts: Duration,
    tries: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Next {
    /// Somebody is active.
    Touch(Stay),
    /// Somebody was told that it failed, and asks again.
    Again(Stay),
    /// Idle users are to be reaped.
    Reap,
}

/// A start that somebody waited for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Start {
    pub asked: Instant,
    pub controller: usize,
    /// How much of it a place was held: until the controller had heard that the container was
    /// started. Who waits for it to be ready holds none.
    pub held: Duration,
    pub took: Duration,
}

/// All of them.
pub(super) struct Visitors<'a> {
    workload: &'a Workload,
    seed: u64,
    days: u32,
    next_day: u32,
    today: VecDeque<Visit>,
    agenda: BinaryHeap<Reverse<(Instant, u64, Next)>>,
    noted: u64,
    waiting: BTreeMap<QuestionId, Stay>,
    open: BTreeMap<QuestionId, Command>,
    weather: Weather,
    /// How full the world is, which it observes.
    meter: Arc<Mutex<Meter>>,
    chance: Chance,
    /// Who reaped last.
    reaper: usize,
    /// No user comes any more, and nobody is reaped.
    over: bool,
    pub clock: Clock,
    pub visits: u64,
    pub lost: u64,
    pub failures: BTreeMap<&'static str, u64>,
    /// What people waited for, if that is kept.
    pub starts: Option<Vec<Start>>,
}

impl<'a> Visitors<'a> {
    pub(super) fn new(
        workload: &'a Workload,
        seed: u64,
        (days, weather): (u32, Weather),
        meter: Arc<Mutex<Meter>>,
    ) -> Self {
        let mut all = Self {
            workload,
            seed,
            days,
            next_day: 0,
            today: VecDeque::new(),
            agenda: BinaryHeap::new(),
            noted: 0,
            waiting: BTreeMap::new(),
            open: BTreeMap::new(),
            weather,
            meter,
            chance: Chance::about(seed, [0, 0, 5]),
            reaper: 0,
            over: false,
            clock: Clock::new(),
            visits: 0,
            lost: 0,
            failures: BTreeMap::new(),
            starts: None,
        };
        all.note(Instant::ORIGIN.after(REAP), Next::Reap);
        all.turn_page();
        all
    }

    /// A question that nobody has answered, if there is one.
    pub(super) fn unanswered(&self) -> Option<&Command> {
        self.open.values().next()
    }

    /// How full the world is by now.
    pub(super) fn meter(&self) -> MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All go home.
    pub(super) fn end(&mut self) {
        self.over = true;
    }

    fn note(&mut self, at: Instant, next: Next) {
        self.noted += 1;
        self.agenda.push(Reverse((at, self.noted, next)));
    }

    /// Takes up the next day on which somebody comes.
    fn turn_page(&mut self) {
        while self.today.is_empty() && self.next_day < self.days {
            self.today = self.workload.day(self.seed, self.next_day).into();
            self.next_day += 1;
        }
    }

    fn next_visit(&self) -> Option<Instant> {
        let visit = self.today.front()?;
        Some(Instant::ORIGIN.after(visit.at))
    }

    fn user(&self, index: usize) -> &UserId {
        &self.workload.users[index]
    }

    fn ask(&mut self, world: &mut World, controller: usize, command: Command) -> QuestionId {
        let question = world.ask(controller, command.clone());
        self.open.insert(question, command);
        question
    }

    fn come(&mut self, world: &mut World, stay: Stay) {
        let user = self.user(stay.user).clone();
        let question = self.ask(world, stay.controller, Command::Ensure(user));
        self.waiting.insert(question, stay);
    }

    fn touch_later(&mut self, now: Instant, stay: Stay) {
        if stay.lasts.is_zero() {
            return;
        }
        let at = now.after(self.workload.session.next_touch(&mut self.chance));
        if at < stay.came.after(stay.lasts) {
            self.note(at, Next::Touch(stay));
        }
    }

    fn do_next(&mut self, world: &mut World) {
        let Some(Reverse((now, _, next))) = self.agenda.pop() else {
            return;
        };
        match next {
            Next::Touch(stay) => {
                let user = self.user(stay.user).clone();
                self.ask(world, stay.controller, Command::Touch(user));
                self.touch_later(now, stay);
            }
            Next::Again(stay) => self.come(world, stay),
            Next::Reap => {
                self.note(now.after(REAP), Next::Reap);
                self.reap(world);
            }
        }
    }

    /// Has idle users reaped, by one controller after the other; where nothing runs there is
    /// nobody to be reaped.
    fn reap(&mut self, world: &mut World) {
        if self.meter().running.now() == 0 {
            return;
        }
        let controllers = world.controllers();
        for _ in 0..controllers {
            self.reaper = (self.reaper + 1) % controllers;
            if world.is_up(self.reaper) {
                self.ask(world, self.reaper, Command::Reap);
                return;
            }
        }
    }

    /// Somebody was told that it failed, or nothing at all.
    fn disappointed(&mut self, now: Instant, mut stay: Stay, controllers: usize) {
        stay.tries += 1;
        if stay.tries >= TRIES {
            self.lost += 1;
            self.clock.waited(now.since(stay.came));
            return;
        }
        // The next one may know better.
        stay.controller = (stay.controller + 1) % controllers;
        self.note(now.after(AGAIN), Next::Again(stay));
    }
}

impl Host for Visitors<'_> {
    fn next(&self) -> Option<Instant> {
        if self.over {
            return None;
        }
        let agenda = self.agenda.peek().map(|Reverse((at, ..))| *at);
        [self.next_visit(), agenda, self.weather.next()]
            .into_iter()
            .flatten()
            .min()
    }

    fn act(&mut self, world: &mut World) {
        let now = world.now();
        if self.weather.next().is_some_and(|at| at <= now) {
            if let Some(action) = self.weather.take() {
                world.disturb(&action);
            }
        } else if self.next_visit().is_some_and(|at| at <= now) {
            if let Some(visit) = self.today.pop_front() {
                self.turn_page();
                self.visits += 1;
                let stay = Stay {
                    user: visit.user,
                    controller: self.chance.below(world.controllers()),
                    came: now,
                    lasts: visit.lasts,
                    tries: 0,
                };
                self.come(world, stay);
            }
        } else {
            self.do_next(world);
        }
    }

    fn answered(&mut self, world: &mut World, answer: &Answer) {
        self.open.remove(&answer.question);
        if let Some(Reply::Failed(error)) = &answer.reply {
            *self.failures.entry(error.code()).or_default() += 1;
        }
        let Some(stay) = self.waiting.remove(&answer.question) else {
            return;
        };
        let now = world.now();
        let Some(Reply::Ensured(endpoint)) = &answer.reply else {
            return self.disappointed(now, stay, world.controllers());
        };
        let took = now.since(stay.came);
        match endpoint.outcome {
            Ensured::AlreadyRunning if stay.tries == 0 => {}
            Ensured::AlreadyRunning | Ensured::Started | Ensured::Created | Ensured::Recreated => {
                self.clock.waited(took);
                let started = self.meter().started(&endpoint.container);
                let held = started.map_or(took, |at| at.since(stay.came).min(took));
                if let Some(starts) = &mut self.starts {
                    starts.push(Start {
                        asked: stay.came,
                        controller: stay.controller,
                        held,
                        took,
                    });
                }
            }
        }
        self.touch_later(now, stay);
    }
}

/// How long a plan of so many days is.
pub(super) fn length(days: u32) -> Duration {
    DAY * days
}
