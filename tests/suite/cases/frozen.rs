//! The process is frozen at each effect of a command, past its lease, while another controller takes over and finishes.
//! When it thaws it does no harm, and whoever waits for its answer gets one.

use std::thread;
use std::time::{Duration, Instant};

use portreeve_tests::answer::{Endpoint, Failure};
use portreeve_tests::plan::Plan;
use portreeve_tests::process::{Failpoint, Order, Pending, Process, When};
use portreeve_tests::stores::Kind;
use portreeve_tests::story::{always, caught, eventually, together};
use portreeve_tests::world::{Controller, World};
use serde_json::Value;

use super::crash::{AT_ONCE, LEASE, TOO_MANY, Turn, is_put_right, running, stopped};

/// After that long, no request of one that was frozen is still waited for, where the case says so.
const OVERDUE: Duration = Duration::from_millis(4500);

/// Whether whoever waits for the frozen controller's answer still does when it thaws.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Caller {
    /// Their time is up: what was asked is not to be done any more.
    GivenUp,
    /// The command is still to be carried out.
    Waiting,
}

struct Scene {
    prepare: fn(&World),
    order: Order,
}

pub fn frozen_while_it_ensures_a_new_user(world: &World) {
    let prepare = |_: &World| {};
    everywhere(world, prepare, &Order::Ensure("a".to_owned()));
}

pub fn frozen_while_it_ensures_a_stopped_one(world: &World) {
    let prepare = |world: &World| stopped(world, "a");
    everywhere(world, prepare, &Order::Ensure("a".to_owned()));
}

pub fn frozen_while_it_stops(world: &World) {
    let prepare = |world: &World| drop(running(world, "a"));
    everywhere(world, prepare, &Order::Stop("a".to_owned()));
}

pub fn frozen_while_it_restarts(world: &World) {
    let prepare = |world: &World| drop(running(world, "a"));
    everywhere(world, prepare, &Order::Restart("a".to_owned()));
}

pub fn frozen_while_it_purges(world: &World) {
    let prepare = |world: &World| drop(running(world, "a"));
    everywhere(world, prepare, &Order::Purge("a".to_owned()));
}

/// Freezes it at every effect there is, right before and right after.
fn everywhere(world: &World, prepare: fn(&World), order: &Order) {
    let scene = Scene {
        prepare,
        order: order.clone(),
    };
    for (when, caller) in [
        (When::TooLate, Caller::GivenUp),
        (When::After, Caller::Waiting),
    ] {
        let block = u64::try_from(AT_ONCE / 2).expect("a small number");
        let mut first = 1;
        while first < TOO_MANY {
            let answered = together(first..first + block, |effect| {
                freeze_at(world, &scene, when, caller, effect)
            });
            if answered.contains(&true) {
                break;
            }
            first += block;
        }
        assert!(first < TOO_MANY, "the command never came to its end");
    }
}

/// Plays the scene in a world of its own; whether the command was answered before the process froze.
fn freeze_at(outer: &World, scene: &Scene, when: When, caller: Caller, effect: u64) -> bool {
    let _turn = Turn::take();
    let world = outer.another();
    match caught(|| play(&world, scene, when, caller, effect)) {
        Ok(answered) => answered,
        Err(why) => panic!(
            "frozen {when:?} effect {effect}, {caller:?}: {why}\n{}",
            world.report()
        ),
    }
}

fn play(world: &World, scene: &Scene, when: When, caller: Caller, effect: u64) -> bool {
    (scene.prepare)(world);
    let failpoint = Failpoint {
        effect,
        when,
        killed: false,
    };
    let process = world.struck_process(failpoint, |plan| {
        plan.lease = LEASE;
        if caller == Caller::GivenUp {
            hurried(plan);
        }
    });
    let record = || world.books().of("a").map(|entry| entry.record.clone());
    let pending = process.begin(scene.order.clone());
    let Some(kind) = awaited(&process, &pending) else {
        return true;
    };
    let frozen = Instant::now();
    let before = record();
    world.note(format!(
        "the process froze {when:?} effect {effect}, {kind}"
    ));
    let next = world.controller_that(|plan| plan.lease = LEASE);
    let taken_over = match next.try_ensure("a") {
        Ok(endpoint) => endpoint,
        // Who is frozen in the middle of a write to a file holds all others up: they are told so.
        Err(failure) if world.store() == Kind::Sqlite && failure.code == "store_unreachable" => {
            process.thaw();
            next.ensure("a")
        }
        Err(failure) => panic!("it is taken over: {failure:#?}"),
    };
    taken_over.answers();
    taken_over.keep("newer");
    let taken_over_record = record();
    thread::sleep(OVERDUE.saturating_sub(frozen.elapsed()));
    process.thaw();
    world.note("the process thawed");
    let answer: Option<Result<Value, Failure>> = pending.wait_for(Duration::from_secs(60));
    world.note(format!("the process answered {answer:?}"));
    let answer = answer.expect("its caller gets an answer");
    match caller {
        Caller::GivenUp => did_nothing(world, &taken_over),
        Caller::Waiting => told_the_truth(world, scene, &taken_over, &answer),
    }
    // A purge that had not begun may come after all. One that had is over, and isn't done to who came after.
    let may_be_purged = matches!(scene.order, Order::Purge(_)) && before == taken_over_record;
    is_whole(world, &next, &taken_over, may_be_purged);
    false
}

/// Its requests' time is up sooner than it thaws.
fn hurried(plan: &mut Plan) {
    plan.answer = Duration::from_millis(500);
    plan.grace = Duration::from_millis(500);
    plan.start = LEASE + Duration::from_millis(500);
    plan.queue = plan.start;
}

/// Waits until the failpoint struck, and tells where; `None` if there was an answer without that.
fn awaited(process: &Process, pending: &Pending) -> Option<String> {
    eventually("it freezes or answers", Duration::from_secs(60), || {
        if let Some(kind) = process.struck() {
            return Some(Some(kind));
        }
        pending.is_answered().then_some(None)
    })
}

/// What the other controller answered with runs on, and nothing is beside it.
fn did_nothing(world: &World, taken_over: &Endpoint) {
    let as_it_was = || {
        let containers = world.containers();
        matches!(containers.as_slice(), [one] if one.id() == taken_over.container_id && one.is_running())
    };
    always(
        "the new one is the only one, and runs",
        Duration::from_millis(1500),
        as_it_was,
    );
    taken_over.answers();
    assert_eq!(taken_over.kept().as_deref(), Some("newer"));
}

/// The command was carried out after all, after what the other controller did, and the answer says what is so.
fn told_the_truth(
    world: &World,
    scene: &Scene,
    taken_over: &Endpoint,
    answer: &Result<Value, Failure>,
) {
    let Ok(answer) = answer else {
        return;
    };
    match &scene.order {
        Order::Ensure(_) => {
            let endpoint: Endpoint = serde_json::from_value(answer.clone()).expect("an endpoint");
            assert_eq!(
                endpoint.container_id, taken_over.container_id,
                "there is one"
            );
            assert_eq!(endpoint.token, taken_over.token);
            did_nothing(world, taken_over);
        }
        Order::Restart(_) => {
            let endpoint: Endpoint = serde_json::from_value(answer.clone()).expect("an endpoint");
            endpoint.answers();
            assert_eq!(endpoint.token, taken_over.token);
            assert_eq!(endpoint.kept().as_deref(), Some("newer"));
        }
        Order::Stop(_) => assert_eq!(world.running(), 0, "it is stopped"),
        // A purge is done once: what came after it is somebody else's.
        Order::Purge(_) => {}
        other => panic!("no scene has {other:?}"),
    }
}

/// The user has one container, and all there is to them is in order.
fn is_whole(world: &World, next: &Controller, taken_over: &Endpoint, may_be_purged: bool) {
    let endpoint = next.ensure("a");
    endpoint.answers();
    if !may_be_purged {
        assert_eq!(
            endpoint.kept().as_deref(),
            Some("newer"),
            "nothing was lost"
        );
        assert_eq!(endpoint.token, taken_over.token, "the token stayed");
    }
    assert_eq!(world.containers().len(), 1);
    assert!(next.stop("a").changed);
    is_put_right(next);
    world.books().are_settled();
    // One whose stop was left half done is made anew the next time.
    assert!(world.containers().len() <= 1);
}
