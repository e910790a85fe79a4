//! One run of a plan.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use portreeve_core::command::Command;
use portreeve_core::settings::{Readiness, Settings};
use portreeve_core::time::Instant;

use super::inputs::Plan;
use super::meter::{Counts, Meter};
use super::room::Room;
use super::series::{Bucket, Series, Totals, width};
use super::visitors::{Start, Visitors, length};
use super::weather::{Weather, faults};
use portreeve_sim::engine::{Habits, HealthCheck, Image, OnTerm, Personality, Program};
use portreeve_sim::faults::Severity;
use portreeve_sim::promises::Violation;
use portreeve_sim::world::{Config, World};

/// One run that is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    pub seed: u64,
    pub room: Room,
    /// Whether to keep what people waited for.
    pub keep: bool,
}

/// What came of one run.
#[derive(Clone, PartialEq, Debug)]
pub struct Run {
    /// Its seed.
    pub seed: u64,
    /// What was there to be used.
    pub room: Room,
    /// The promise that was broken, if one was.
    pub violation: Option<Violation>,
    /// What it came to.
    pub totals: Totals,
    /// How it went.
    pub series: Series,
    /// Effects that were carried out.
    pub effects: u64,
}

impl Totals {
    /// What holds for all of these runs.
    pub fn of_all(runs: &[Run]) -> Self {
        let all = runs.iter().map(|run| &run.totals);
        all.fold(Self::default(), Self::worst_of)
    }
}

/// A run, with what people waited for where that was to be kept.
pub(super) struct Kept {
    pub run: Run,
    pub starts: Vec<Start>,
}

const MINUTE: Duration = Duration::from_secs(60);

impl Plan {
    /// How many minutes of virtual time one run takes.
    pub fn minutes(&self) -> u64 {
        length(self.days).as_secs() / 60
    }

    /// Runs it once.
    ///
    /// Idle users are reaped every minute, by one controller after the other. Store and engine are
    /// compared and all containers listed less often than hosts do, since that takes most of a
    /// simulation's time and changes nothing where nothing goes wrong: every hour and every half
    /// hour, and every minute where faults are on.
    pub fn run(&self, seed: u64, room: Room) -> Run {
        let job = Job {
            seed,
            room,
            keep: false,
        };
        self.carry_out(job, &|_| ()).run
    }

    pub(super) fn carry_out(&self, job: Job, tell: &(dyn Fn(u64) + Sync)) -> Kept {
        let settings = self.settings_with(job.room);
        let mut world = World::new(Config {
            seed: job.seed,
            image: self.image(&settings),
            controllers: vec![settings; self.controllers],
            faults: faults(self.severity),
            habits: Habits::default(),
            sabotage: None,
            traced: false,
        });
        let meter = Arc::new(Mutex::new(Meter::new(self.settings.timing.rest)));
        world.observe(Box::new(Arc::clone(&meter)));
        let weather = Weather::new(self.severity, self.controllers, job.seed);
        let mut visitors = Visitors::new(&self.workload, job.seed, (self.days, weather), meter);
        visitors.starts = job.keep.then(Vec::new);
        let mut tape = Tape::new(self.days);
        for minute in 1..=self.minutes() {
            world.run(&mut visitors, at(minute));
            tape.minute(&world, &mut visitors, minute);
            tell(1);
            if world.violation().is_some() {
                break;
            }
        }
        visitors.end();
        settle(&mut world, &mut visitors);
        tape.end(&world, &visitors, job)
    }

    fn settings_with(&self, room: Room) -> Settings {
        let (lists, sweeps) = match self.severity {
            Severity::None => (30 * MINUTE, 60 * MINUTE),
            Severity::Light | Severity::Heavy => (MINUTE, MINUTE),
        };
        let mut settings = self.settings.clone();
        settings.limits.starting = room.starting;
        settings.limits.running = room.running;
        settings.ports = room.ports;
        // Nobody reads them.
        settings.events.count = 0;
        settings.maintenance.watch = true;
        settings.maintenance.sweep = Some(sweeps);
        settings.maintenance.reap = None;
        settings.timing.resync = settings.timing.resync.max(lists);
        settings.timing.trust = settings.timing.trust.max(2 * lists);
        // The simulated engine has one image; what matters of others is how long they take.
        for own in settings.overrides.values_mut() {
            own.image.clone_from(&settings.template.image);
        }
        settings
    }

    fn image(&self, settings: &Settings) -> Image {
        let personality = Personality {
            listens_after: Some(self.ready_after),
            healthy_after: Some(self.ready_after),
            on_term: OnTerm::Ends {
                after: self.ends_after,
                code: 0,
            },
            ..Personality::default()
        };
        // Where readiness asks for one, the real image is taken to have one.
        let check = (settings.readiness == Readiness::Healthy).then(|| HealthCheck {
            interval: Duration::from_secs(5),
            ..HealthCheck::default()
        });
        Image {
            program: Program::Plain(Arc::new(personality)),
            check,
            ..Image::new(&settings.template.image)
        }
    }
}

fn at(minute: u64) -> Instant {
    let minutes = u32::try_from(minute).unwrap_or(u32::MAX);
    Instant::ORIGIN.after(MINUTE * minutes)
}

/// Nobody comes any more, and nothing goes wrong: all who wait are answered, and store and engine
/// agree.
fn settle(world: &mut World, visitors: &mut Visitors<'_>) {
    if world.violation().is_some() {
        return;
    }
    world.calm();
    let patience = (0..world.controllers()).map(|which| world.patience(which));
    let limit = world.now().after(patience.max().unwrap_or_default());
    wait_for_all(world, visitors, limit);
    for which in 0..world.controllers() {
        world.ask(which, Command::Repair { dry_run: false });
    }
    let sweeps = world.now().after(10 * MINUTE);
    world.run(visitors, sweeps);
    if world.violation().is_none() {
        world.check_quiet();
    }
}

fn wait_for_all(world: &mut World, visitors: &mut Visitors<'_>, limit: Instant) {
    while let Some(command) = visitors.unanswered().cloned() {
        if world.now() >= limit {
            let text = format!("{command:?} was never answered");
            return world.break_promise("Never stuck", text);
        }
        if world.violation().is_some() {
            return;
        }
        let later = world.now().after(Duration::from_secs(1)).min(limit);
        world.run(visitors, later);
    }
}

/// What is noted down while a run goes on.
struct Tape {
    series: Series,
    totals: Totals,
    bucket: Bucket,
    last: Counted,
    last_starts: u64,
}

/// Counts as they stood when the last bucket ended.
#[derive(Clone, Copy, Default)]
struct Counted {
    meter: Counts,
    faults: u64,
    failures: u64,
    visits: u64,
}

impl Counted {
    fn of(world: &World, visitors: &Visitors<'_>) -> Self {
        let tally = world.tally();
        Self {
            faults: tally.faults + tally.chaos_actions,
            failures: visitors.failures.values().sum(),
            visits: visitors.visits,
            meter: visitors.meter().counts,
        }
    }
}

impl Tape {
    fn new(days: u32) -> Self {
        Self {
            series: Series {
                width: width(days),
                buckets: Vec::new(),
            },
            totals: Totals::default(),
            bucket: Bucket::default(),
            last: Counted::default(),
            last_starts: 0,
        }
    }

    fn minute(&mut self, world: &World, visitors: &mut Visitors<'_>, minute: u64) {
        self.read(&mut visitors.meter());
        if minute.is_multiple_of(60) {
            visitors.clock.end_hour();
        }
        if minute.is_multiple_of(self.series.width.as_secs() / 60) {
            self.end_bucket(world, visitors);
        }
    }

    fn read(&mut self, meter: &mut Meter) {
        let bucket = &mut self.bucket;
        bucket.running = bucket.running.max(meter.running.take_peak());
        bucket.busy = bucket.busy.max(meter.busy.take_peak());
        bucket.claimed = bucket.claimed.max(meter.claimed.take_peak());
        bucket.needed = bucket.needed.max(meter.needed.take_peak());
        let starts = meter.counts.starts - self.last_starts;
        self.last_starts = meter.counts.starts;
        self.totals.starts_a_minute = self.totals.starts_a_minute.max(starts);
    }

    fn end_bucket(&mut self, world: &World, visitors: &mut Visitors<'_>) {
        let counted = Counted::of(world, visitors);
        let last = std::mem::replace(&mut self.last, counted);
        let mut bucket = std::mem::take(&mut self.bucket);
        bucket.visits = counted.visits - last.visits;
        bucket.starts = counted.meter.starts - last.meter.starts;
        bucket.reaps = counted.meter.reaps - last.meter.reaps;
        bucket.removals = counted.meter.removals - last.meter.removals;
        bucket.retries = counted.meter.retries - last.meter.retries;
        bucket.faults = counted.faults - last.faults;
        bucket.failures = counted.failures - last.failures;
        bucket.waits = visitors.clock.end_bucket();
        let totals = &mut self.totals;
        totals.running = totals.running.max(bucket.running);
        totals.busy = totals.busy.max(bucket.busy);
        totals.claimed = totals.claimed.max(bucket.claimed);
        totals.needed = totals.needed.max(bucket.needed);
        totals.counts = counted.meter;
        totals.faults = counted.faults;
        self.series.buckets.push(bucket);
    }

    fn end(mut self, world: &World, visitors: &Visitors<'_>, job: Job) -> Kept {
        self.totals.visits = visitors.visits;
        self.totals.lost = visitors.lost;
        self.totals.waits = visitors.clock.all();
        self.totals.worst_hour = visitors.clock.worst_hour();
        self.totals.failures.clone_from(&visitors.failures);
        Kept {
            starts: visitors.starts.clone().unwrap_or_default(),
            run: Run {
                seed: job.seed,
                room: job.room,
                violation: world.violation().cloned(),
                totals: self.totals,
                series: self.series,
                effects: world.tally().effects,
            },
        }
    }
}
