//! A server breaks down while many want something: no answer is wrong, and once it is back
//! everything heals without help.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use portreeve_tests::answer::Endpoint;
use portreeve_tests::disk::Disk;
use portreeve_tests::environment::Server;
use portreeve_tests::plan::Plan;
use portreeve_tests::process::Order;
use portreeve_tests::proxy::EngineProxy;
use portreeve_tests::story::{eventually, together};
use portreeve_tests::world::{Controller, World};
use serde_json::Value;

use super::chance::Chance;
use super::crew::Crew;
use super::promises::Ledger;

const USERS: usize = 10;
const CALLERS: usize = 8;
const LEASE: Duration = Duration::from_secs(3);
/// How long there is load before the breakdown, and after it.
const BEFORE: Duration = Duration::from_secs(3);
const AFTER: Duration = Duration::from_secs(4);
/// Within that all is well again without help.
const HEALED: Duration = Duration::from_secs(60);

pub fn the_engine_is_restarted_under_load(world: &World) {
    breaks_down(world, &Stage::new(world), || Server::Engine.restart());
}

pub fn the_engine_is_killed_under_load(world: &World) {
    breaks_down(world, &Stage::new(world), || {
        Server::Engine.kill();
        thread::sleep(Duration::from_secs(1));
        Server::Engine.start();
    });
}

pub fn the_database_is_restarted_under_load(world: &World) {
    breaks_down(world, &Stage::new(world), || Server::Postgres.restart());
}

pub fn the_database_is_killed_under_load(world: &World) {
    breaks_down(world, &Stage::new(world), || {
        Server::Postgres.kill();
        thread::sleep(Duration::from_secs(1));
        Server::Postgres.start();
    });
}

pub fn the_disk_of_the_store_is_full_under_load(world: &World) {
    let Some(disk) = Disk::make(world.store()) else {
        eprintln!("no full disk: this process may not mount one");
        return;
    };
    let mut stage = Stage::new(world);
    stage.plan.store = disk.store().clone();
    stage.excused = &["store_unwritable", "store_unreachable"];
    let refused = AtomicBool::new(false);
    breaks_down(world, &stage, || {
        disk.fill();
        // New users need room.
        let crowd = world.controller_that(|plan| *plan = stage.plan.clone());
        for number in 0..40 {
            match crowd.try_ensure(&format!("new-{number}")) {
                Ok(endpoint) => endpoint.answers(),
                Err(failure) => {
                    world.note(format!("{failure:?}"));
                    refused.store(true, Ordering::SeqCst);
                    break;
                }
            }
        }
        thread::sleep(Duration::from_secs(2));
        disk.free();
    });
    assert!(refused.into_inner(), "the disk was full");
}

/// What a breakdown is played on.
struct Stage {
    plan: Plan,
    proxy: EngineProxy,
    ledger: Ledger,
    excused: &'static [&'static str],
}

impl Stage {
    fn new(world: &World) -> Self {
        let mut plan = world.plan().clone();
        plan.lease = LEASE;
        plan.grace = Duration::from_secs(2);
        plan.patience = Duration::from_secs(20);
        plan.watch = true;
        plan.sweep = Some(Duration::from_secs(10));
        Self {
            plan,
            proxy: world.engine_proxy(),
            ledger: Ledger::new((0..USERS).map(user), Duration::from_secs(30 * 60)),
            // What an engine does to who makes something while it ends.
            excused: &["engine_refused", "volume_taken"],
        }
    }
}

fn user(number: usize) -> String {
    format!("u{number}")
}

fn breaks_down(world: &World, stage: &Stage, breakdown: impl FnOnce()) {
    let watching = world.controller_that(|plan| {
        *plan = stage.plan.clone();
        plan.engine = stage.proxy.url();
    });
    // Everybody is there before: an engine that ends while it makes a volume may lose its labels.
    together((0..USERS).map(user), |user| {
        watching.ensure(&user).answers();
    });
    follows_events(stage, &watching);
    let crew = Crew::start(vec![stage.plan.clone(), stage.plan.clone()], 1);
    let (over, given) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                while !over.load(Ordering::SeqCst) {
                    let number = given.fetch_add(1, Ordering::SeqCst);
                    carry_out(world, stage, &crew, Chance::new(0, number));
                }
            });
        }
        thread::sleep(BEFORE);
        let disturbed = stage.ledger.disturb_everybody();
        world.note("the breakdown begins");
        breakdown();
        world.note("the breakdown is over");
        drop(disturbed);
        thread::sleep(AFTER);
        over.store(true, Ordering::SeqCst);
    });
    world.note(stage.ledger.figures());
    heals(world, stage, &watching);
    follows_events(stage, &watching);
    stage.ledger.is_clean();
}

fn carry_out(world: &World, stage: &Stage, crew: &Crew, mut chance: Chance) {
    let user = user(chance.below(USERS));
    let controller = chance.below(crew.size());
    let ledger = &stage.ledger;
    let begun = Instant::now();
    match chance.below(10) {
        0..6 => {
            let quiet = ledger.quiet(&user);
            let answer = crew.ask(controller, Order::Ensure(user.clone()));
            ledger.count("Ensure", answer.as_ref(), stage.excused);
            world.note(format!(
                "{controller} ensure {user}, begun {:?} ago: {answer:?}",
                begun.elapsed()
            ));
            if let Some(Ok(answer)) = answer {
                let endpoint: Endpoint = serde_json::from_value(answer).expect("an endpoint");
                ledger.compare(world, &user, &endpoint, quiet);
            }
        }
        6..8 => {
            let disturbed = ledger.disturb(&user);
            let answer = crew.ask(controller, Order::Stop(user.clone()));
            ledger.count("Stop", answer.as_ref(), stage.excused);
            world.note(format!(
                "{controller} stop {user}, begun {:?} ago: {answer:?}",
                begun.elapsed()
            ));
            if !matches!(answer, Some(Ok(_))) {
                disturbed.has_an_aftermath();
            }
        }
        _ => {
            let answer = crew.ask(controller, Order::Touch(user));
            ledger.count::<Value>("Touch", answer.as_ref(), stage.excused);
        }
    }
}

/// A controller that was there all the time serves everybody, without anything being done about it.
fn heals(world: &World, stage: &Stage, watching: &Controller) {
    let begun = Instant::now();
    together((0..USERS).map(user), |user| {
        let endpoint = eventually(&format!("{user} is served"), HEALED, || {
            watching.try_ensure(&user).ok()
        });
        stage.ledger.compare_at_last(&user, &endpoint);
    });
    world.note(format!("healed within {:?}", begun.elapsed()));
    assert_eq!(
        world
            .containers()
            .iter()
            .filter(|one| one
                .label("portreeve.user")
                .is_some_and(|user| user.starts_with('u')))
            .count(),
        USERS,
        "one each"
    );
    thread::sleep(LEASE);
    eventually("nothing is left to put right", HEALED, || {
        watching.try_repair(false).ok()?;
        watching.try_repair(true).ok()?.is_empty().then_some(())
    });
    portreeve_tests::books::Books::read(&stage.plan.store).are_in_order();
    together((0..USERS).map(user), |user| {
        assert!(watching.stop(&user).known);
    });
}

/// Events are followed: what runs is answered without a question to the engine, and what is done
/// behind our back is heard of.
fn follows_events(stage: &Stage, watching: &Controller) {
    let user = user(0);
    eventually("events are followed", HEALED, || {
        watching.try_ensure(&user).ok()?;
        stage.proxy.forget();
        let endpoint = watching.try_ensure(&user).ok()?;
        let asked = stage.proxy.requests();
        let asked = asked
            .iter()
            .any(|asked| asked.what.contains("/containers/"));
        (!asked && endpoint.outcome == "already_running").then_some(())
    });
}
