//! Many users, several controllers, all commands, and everything that can go wrong at once; in the
//! end all promises hold.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use portreeve_tests::answer::{Endpoint, Failure, Reaped, Rotated, Touched};
use portreeve_tests::environment::Server;
use portreeve_tests::names::random_name;
use portreeve_tests::plan::Plan;
use portreeve_tests::ports::{Block, COUNT};
use portreeve_tests::process::Order;
use portreeve_tests::story::together;
use portreeve_tests::world::{Controller, World};
use serde_json::{Value, json};

use super::chance::Chance;
use super::chaos::Meddler;
use super::crew::Crew;
use super::promises::Ledger;

/// The variables that `scripts/soak` sets.
const SEED: &str = "PORTREEVE_SOAK_SEED";
const FULL: &str = "PORTREEVE_SOAK_FULL";

const LEASE: Duration = Duration::from_secs(5);
const IDLE_LIMIT: Duration = Duration::from_secs(20);
const PROCESSES: usize = 2;
const HANDLES: usize = 2;
const CALLERS: usize = 12;
/// Users who have a container of somebody else's under their name, and never get one of ours.
const STRANGERS: usize = 4;

/// What an engine does to who starts a container while it ends: it refuses one whose endpoint it
/// has just lost sight of, and it may lose the labels of a volume that it is just making, which
/// from then on is nobody's.
const UPHEAVED: &[&str] = &["engine_refused", "volume_taken"];

/// How much of everything.
struct Measure {
    users: usize,
    commands: usize,
    /// It ends then, however many commands were given.
    time: Duration,
    /// Blocks of ports: fewer ports than users, so that some give way to others.
    blocks: u16,
    between_actions: Duration,
}

const SHORT: Measure = Measure {
    users: 40,
    commands: 500,
    time: Duration::from_secs(60),
    blocks: 1,
    between_actions: Duration::from_millis(500),
};

const LONG: Measure = Measure {
    users: 200,
    commands: 6000,
    time: Duration::from_secs(480),
    blocks: 2,
    between_actions: Duration::from_millis(400),
};

#[derive(Clone, Copy, Debug)]
enum Kind {
    Ensure,
    Touch,
    Stop,
    Status,
    Restart,
    Rotate,
    LimitIdle,
    Purge,
    Health,
    Reap,
    Repair,
    List,
}

const KINDS: &[(Kind, usize)] = &[
    (Kind::Ensure, 420),
    (Kind::Touch, 150),
    (Kind::Stop, 100),
    (Kind::Status, 80),
    (Kind::Restart, 50),
    (Kind::Rotate, 30),
    (Kind::LimitIdle, 30),
    (Kind::Purge, 20),
    (Kind::Health, 20),
    (Kind::Reap, 20),
    (Kind::Repair, 20),
    (Kind::List, 20),
];

/// One soak.
struct Soak<'a> {
    world: &'a World,
    crew: Crew,
    ledger: Ledger,
    measure: &'static Measure,
    seed: u64,
    given: AtomicUsize,
    begun: Instant,
}

pub fn soak(world: &World) {
    let seed = env::var(SEED).ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| {
        let random = u64::from_str_radix(&random_name(), 16);
        random.expect("it is hexadecimal")
    });
    let full = env::var_os(FULL).is_some();
    let again = if full { "" } else { "--short " };
    let again = format!("scripts/soak {again}{seed}");
    world.note(format!("this is repeated by: {again}"));
    eprintln!("soak: repeated by {again}");
    let measure = if full { &LONG } else { &SHORT };
    let ports = Block::take_row(measure.blocks);
    let range = (
        ports[0].range().0,
        ports[0].range().0 + measure.blocks * COUNT - 1,
    );
    let planned = |differs: fn(&mut Plan)| {
        let mut plan = world.plan().clone();
        plan.ports = range;
        behaves(&mut plan);
        differs(&mut plan);
        plan
    };
    let hosts = planned(|plan| {
        plan.watch = true;
        plan.sweep = Some(Duration::from_secs(10));
        plan.reap = Some(Duration::from_secs(10));
    });
    let others = planned(|_| {});
    let strangers: Vec<_> = (0..STRANGERS)
        .map(|number| format!("stranger-{number}"))
        .collect();
    let users = (0..measure.users).map(|number| format!("u{number}"));
    let mut soak = Soak {
        world,
        crew: Crew::start(vec![hosts, others.clone()], HANDLES),
        ledger: Ledger::new(users.chain(strangers.clone()), IDLE_LIMIT),
        measure,
        seed,
        given: AtomicUsize::new(0),
        begun: Instant::now(),
    };
    let foreign: Vec<_> = strangers
        .iter()
        .map(|user| world.foreign_container(&world.container_name(user)))
        .collect();
    let untouched: Vec<_> = foreign.iter().map(|id| described(world, id)).collect();
    soak.run(range);
    eprintln!("{}", soak.figures());
    soak.ledger.is_clean();
    // From here on nobody does anything but who looks into it.
    soak.crew = Crew::start(Vec::new(), HANDLES);
    let last = world.controller_that(|plan| *plan = others.clone());
    soak.promises_hold(&last, &strangers);
    for (id, before) in foreign.iter().zip(&untouched) {
        assert_eq!(
            described(world, id),
            *before,
            "what isn't ours is left alone"
        );
    }
    soak.ledger.is_clean();
}

fn behaves(plan: &mut Plan) {
    plan.lease = LEASE;
    plan.idle_limit = IDLE_LIMIT;
    plan.slack = Duration::from_secs(2);
    plan.rest = Duration::from_secs(3);
    plan.quarantine = Duration::from_secs(10);
    plan.grace = Duration::from_secs(2);
    plan.start = Duration::from_secs(40);
    plan.queue = Duration::from_secs(60);
    plan.patience = Duration::from_secs(20);
}

fn described(world: &World, id: &str) -> Value {
    let container = world.engine.container(id).expect("it is there");
    // An engine that was restarted words the rest otherwise.
    let described = container.untouched();
    json!([described[0], described[1], described[2], described[3]])
}

impl Soak<'_> {
    /// Gives all commands, with everybody interfering.
    fn run(&self, range: (u16, u16)) {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let meddling = scope.spawn(|| self.meddle(range, &over));
            let upheaval = scope.spawn(|| self.upheave(&over));
            let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(|| self.call())).collect();
            for caller in callers {
                caller.join().expect("it tells what is wrong otherwise");
            }
            over.store(true, Ordering::SeqCst);
            upheaval.join().expect("servers can be restarted");
            let actions = meddling.join().expect("it tells what is wrong otherwise");
            eprintln!("soak: somebody interfered {actions} times");
        });
    }

    fn is_over(&self) -> bool {
        self.begun.elapsed() > self.measure.time
    }

    fn call(&self) {
        loop {
            let number = self.given.fetch_add(1, Ordering::SeqCst);
            if number >= self.measure.commands || self.is_over() {
                return;
            }
            let which = u64::try_from(number).expect("it fits");
            self.carry_out(Chance::new(self.seed, which));
        }
    }

    fn carry_out(&self, mut chance: Chance) {
        let kind = chance.weighed(KINDS);
        let controller = chance.below(self.crew.size());
        let stranger = chance.below(50) == 0;
        let user = if stranger {
            format!("stranger-{}", chance.below(STRANGERS))
        } else {
            format!("u{}", chance.below(self.measure.users))
        };
        let name = user.clone();
        match kind {
            Kind::Ensure if stranger => self.is_refused(controller, name),
            Kind::Ensure => self.ensure(controller, &user),
            Kind::Touch => self.touch(controller, &user),
            Kind::Restart if !stranger => self.disturbing(controller, &user, Order::Restart(name)),
            Kind::Stop => self.disturbing(controller, &user, Order::Stop(name)),
            Kind::Rotate => self.rotate(controller, &user),
            Kind::Purge => self.purge(controller, &user),
            Kind::Reap => self.reap(controller),
            Kind::Repair => self.repair(controller, chance.below(2) == 0),
            Kind::LimitIdle => {
                let limits = [None, Some(Duration::ZERO), Some(IDLE_LIMIT * 2)];
                let limit = limits[chance.below(limits.len())];
                self.looking(controller, Order::LimitIdle(name, limit));
            }
            Kind::Status | Kind::Restart => self.looking(controller, Order::Status(name)),
            Kind::Health => self.looking(controller, Order::Health),
            Kind::List => self.looking(controller, Order::List),
        }
    }

    fn ask<T: serde::de::DeserializeOwned>(
        &self,
        controller: usize,
        order: Order,
        excused: &[&str],
    ) -> Option<Result<T, Failure>> {
        let what = format!("{order:?}");
        let command = what.split('(').next().unwrap_or_default().to_owned();
        let answer = self.crew.ask(controller, order);
        self.ledger.count(&command, answer.as_ref(), excused);
        self.world.note(format!("{controller} {what}: {answer:?}"));
        answer.map(|answer| {
            answer.map(|answer| serde_json::from_value(answer).expect("an answer to the command"))
        })
    }

    fn ensure(&self, controller: usize, user: &str) {
        let (begun, quiet) = (Instant::now(), self.ledger.quiet(user));
        let order = Order::Ensure(user.to_owned());
        let answer = self.ask::<Endpoint>(controller, order, UPHEAVED);
        if let Some(Err(failure)) = &answer
            && failure.code == "volume_taken"
        {
            let volume = self.world.engine.volume(&self.world.volume_name(user));
            eprintln!("soak: {user}'s volume is {volume:?}");
        }
        if let Some(Ok(endpoint)) = answer {
            // What is pending is promised only once the store knows of it.
            if !endpoint.pending {
                self.ledger.active(user, begun);
            }
            self.ledger.compare(self.world, user, &endpoint, quiet);
        }
    }

    fn is_refused(&self, controller: usize, user: String) {
        let answer = self.ask::<Endpoint>(controller, Order::Ensure(user), &["name_taken"]);
        if let Some(Ok(endpoint)) = answer {
            self.ledger
                .wrong(format!("somebody else's name: {endpoint:#?}"));
        }
    }

    fn touch(&self, controller: usize, user: &str) {
        let begun = Instant::now();
        let answer = self.ask::<Touched>(controller, Order::Touch(user.to_owned()), &[]);
        if let Some(Ok(touched)) = answer
            && touched.known
            && !touched.pending
        {
            self.ledger.active(user, begun);
        }
    }

    fn disturbing(&self, controller: usize, user: &str, order: Order) {
        let disturbed = self.ledger.disturb(user);
        let answer = self.ask::<Value>(controller, order, UPHEAVED);
        if !matches!(answer, Some(Ok(_))) {
            disturbed.has_an_aftermath();
        }
    }

    fn rotate(&self, controller: usize, user: &str) {
        let disturbed = self.ledger.disturb(user);
        let order = Order::Rotate(user.to_owned());
        let forget = || self.ask::<Rotated>(controller, order, UPHEAVED);
        let answer = self.ledger.while_forgetting(user, true, forget);
        if !matches!(answer, Some(Ok(_))) {
            disturbed.has_an_aftermath();
        }
    }

    fn purge(&self, controller: usize, user: &str) {
        let disturbed = self.ledger.disturb(user);
        let order = Order::Purge(user.to_owned());
        let forget = || self.ask::<bool>(controller, order, &[]);
        let answer = self.ledger.while_forgetting(user, false, forget);
        if !matches!(answer, Some(Ok(_))) {
            disturbed.has_an_aftermath();
        }
    }

    fn reap(&self, controller: usize) {
        let begun = Instant::now();
        let answer = self.ask::<Reaped>(controller, Order::Reap, &[]);
        if let Some(Ok(reaped)) = answer {
            self.ledger.compare_reaped(&reaped, begun);
        }
    }

    fn repair(&self, controller: usize, dry_run: bool) {
        self.looking(controller, Order::Repair(dry_run));
    }

    fn looking(&self, controller: usize, order: Order) {
        self.ask::<Value>(controller, order, &[]);
    }

    /// Interferes until it is over; how often.
    fn meddle(&self, range: (u16, u16), over: &AtomicBool) -> usize {
        let chance = Chance::new(self.seed, u64::MAX);
        let mut meddler = Meddler::new(self.world, &self.ledger, chance);
        while !over.load(Ordering::SeqCst) {
            meddler.meddle(range);
            thread::sleep(self.measure.between_actions);
        }
        meddler.done()
    }

    /// Restarts both servers and kills a process, each once, a quarter of the way apart.
    fn upheave(&self, over: &AtomicBool) {
        for (quarter, what) in [(1, "engine"), (2, "process"), (3, "database")] {
            let due = || {
                let given = self.given.load(Ordering::SeqCst);
                given * 4 >= self.measure.commands * quarter
                    || self.begun.elapsed() * 4
                        >= self.measure.time * u32::try_from(quarter).expect("small")
            };
            while !due() && !over.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(50));
            }
            let begun = Instant::now();
            let disturbed = self.ledger.disturb_everybody();
            match what {
                "engine" => Server::Engine.restart(),
                "process" => self.crew.replace(PROCESSES - 1),
                _ => Server::Postgres.restart(),
            }
            drop(disturbed);
            self.world.note(format!("{what} was restarted"));
            eprintln!("soak: {what} restarted within {:?}", begun.elapsed());
        }
    }

    fn figures(&self) -> String {
        let elapsed = self.begun.elapsed();
        let given = self.given.load(Ordering::SeqCst).min(self.measure.commands);
        format!(
            "soak {}: {given} commands of {} callers to {} controllers for {} users in {elapsed:.1?}; {}",
            self.seed,
            CALLERS,
            self.crew.size(),
            self.measure.users,
            self.ledger.figures()
        )
    }

    /// After a sweep, with nobody around, as seen from outside.
    fn promises_hold(&self, last: &Controller, strangers: &[String]) {
        // What was left behind is nobody's after that.
        thread::sleep(LEASE);
        let mut without = self.remove_nobodys_volumes();
        without.extend(strangers.iter().map(|user| self.world.volume_name(user)));
        let begun = Instant::now();
        for finding in last.repair(false) {
            assert_eq!(finding.remedy, "mended", "{finding:#?}");
        }
        let left = last.repair(true);
        assert_eq!(left, [], "a sweep leaves nothing to put right");
        self.are_in_order(&without);
        self.everybody_can_be_started_and_stopped(last);
        let left = last.repair(true);
        assert_eq!(left, [], "nothing to put right at the very end");
        self.are_in_order(&without);
        eprintln!(
            "soak: all promises looked into within {:?}",
            begun.elapsed()
        );
    }

    /// What the hint of `volume_taken` tells a person to do, for volumes that the engine made and
    /// lost the labels of.
    fn remove_nobodys_volumes(&self) -> BTreeSet<String> {
        let mut removed = BTreeSet::new();
        let engine = &self.world.engine;
        for name in engine.volumes(&self.world.plan().prefix).into_keys() {
            let volume = engine.volume(&name).expect("it was listed");
            let labels = volume["Labels"].as_object();
            if labels.is_none_or(serde_json::Map::is_empty) {
                eprintln!("soak: the engine lost the labels of {name}");
                engine.remove_volume(&name);
                removed.insert(name);
            }
        }
        removed
    }

    /// One port, one container, one volume for each record, none without one; but these users have no volume.
    fn are_in_order(&self, without: &BTreeSet<String>) {
        let books = self.world.books();
        books.are_in_order();
        let by_container: BTreeMap<_, _> = books
            .entries
            .iter()
            .filter_map(|entry| Some((entry.container.clone()?, entry)))
            .collect();
        let mut ports = BTreeSet::new();
        let mut seen = 0;
        for container in self.world.containers() {
            let Some(user) = container.label("portreeve.user") else {
                continue;
            };
            seen += 1;
            let entry = by_container.get(&container.id());
            let Some(entry) = entry else {
                panic!("a container without a record: {container:#?}\n{books:#?}");
            };
            assert_eq!(entry.user, user, "{container:#?}");
            assert_eq!(
                container.label("portreeve.record"),
                Some(entry.record.clone())
            );
            // One that somebody paused isn't touched before somebody wants it.
            let live = ["running", "paused"].contains(&container.state().as_str());
            assert_eq!(
                live,
                entry.intent == "running",
                "{}: {entry:#?}",
                container.state()
            );
            for (_, port) in container.bindings() {
                assert_eq!(entry.port, Some(port), "{container:#?}");
                assert!(ports.insert(port), "{port} is bound twice");
            }
        }
        assert_eq!(
            seen,
            by_container.len(),
            "each recorded container is there: {books:#?}"
        );
        let wanted: BTreeSet<_> = books
            .entries
            .iter()
            .map(|entry| entry.volume.clone())
            .collect();
        let prefix = &self.world.plan().prefix;
        let there: BTreeSet<_> = self.world.engine.volumes(prefix).into_keys().collect();
        let purged: Vec<_> = there.difference(&wanted).collect();
        assert_eq!(purged, Vec::<&String>::new(), "a purge takes the volume");
        let lost: Vec<_> = wanted
            .difference(&there)
            .filter(|volume| !without.contains(*volume))
            .collect();
        assert_eq!(lost, Vec::<&String>::new(), "nobody's volume is gone");
        for token in self.ledger.tokens() {
            let lies_open = |entry: &&portreeve_tests::books::Entry| {
                entry
                    .token
                    .windows(token.len())
                    .any(|part| part == token.as_bytes())
            };
            assert_eq!(books.entries.iter().find(lies_open), None, "sealed at rest");
        }
    }

    fn everybody_can_be_started_and_stopped(&self, last: &Controller) {
        let users: Vec<_> = (0..self.measure.users)
            .map(|number| format!("u{number}"))
            .collect();
        // Those that run hold ports that others need.
        for few in users.chunks(8) {
            together(few, |user| last.stop(user));
        }
        for few in users.chunks(8) {
            together(few, |user| {
                // A start may have failed just before.
                let endpoint = match last.try_ensure(user) {
                    Err(failure) if failure.code == "backing_off" => {
                        thread::sleep(
                            failure.retry_in.unwrap_or_default() + Duration::from_millis(100),
                        );
                        last.ensure(user)
                    }
                    answer => answer.unwrap_or_else(|failure| panic!("{user}: {failure:#?}")),
                };
                self.ledger.compare_at_last(user, &endpoint);
                assert!(last.stop(user).changed, "{user} ran");
            });
        }
    }
}
