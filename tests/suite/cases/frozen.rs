//! The process is frozen at each effect of a command, past its lease, while another controller
//! takes over and finishes. When it thaws it does no harm, and whoever waits for its answer gets
//! one.

use std::thread;
use std::time::{Duration, Instant};

use portreeve_tests::answer::{Endpoint, Failure};
use portreeve_tests::plan::Plan;
use portreeve_tests::process::{Order, When};
use portreeve_tests::stores::Kind;
use portreeve_tests::story::{always, eventually};
use portreeve_tests::world::{Controller, World};
use serde_json::Value;

use super::failpoints::{
    Beginning, LEASE, Moment, controller, everywhere, is_put_right, running, stopped,
};

/// Right before an effect, and right after.
const MOMENTS: &[When] = &[When::TooLate, When::After];
/// After that long, no request of one that was frozen is still waited for, where the case says so.
const OVERDUE: Duration = Duration::from_millis(4500);
/// Whoever waits for one that thawed gets an answer before that.
const TO_ANSWER: Duration = Duration::from_secs(120);

/// Whether whoever waits for the frozen controller's answer still does when it thaws.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Caller {
    /// Their time is up: what was asked is not to be done any more.
    GivenUp,
    /// The command is still to be carried out.
    Waiting,
}

pub fn frozen_while_it_ensures_a_new_user(world: &World) {
    frozen_everywhere(world, Order::Ensure("a".to_owned()), |_| {});
}

pub fn frozen_while_it_ensures_a_stopped_one(world: &World) {
    let order = Order::Ensure("a".to_owned());
    frozen_everywhere(world, order, |world| stopped(world, "a"));
}

pub fn frozen_while_it_stops(world: &World) {
    let order = Order::Stop("a".to_owned());
    frozen_everywhere(world, order, |world| drop(running(world, "a")));
}

pub fn frozen_while_it_restarts(world: &World) {
    let order = Order::Restart("a".to_owned());
    frozen_everywhere(world, order, |world| drop(running(world, "a")));
}

pub fn frozen_while_it_purges(world: &World) {
    let order = Order::Purge("a".to_owned());
    frozen_everywhere(world, order, |world| drop(running(world, "a")));
}

/// Freezes it at every effect that is chosen.
fn frozen_everywhere(world: &World, order: Order, prepare: fn(&World)) {
    let begins = Beginning {
        prepare,
        differs: |_| {},
        order,
    };
    everywhere(world, MOMENTS, |world, moment| play(world, &begins, moment));
}

fn play(world: &World, begins: &Beginning, moment: Moment) -> Option<String> {
    let caller = match moment.when {
        When::Before | When::TooLate => Caller::GivenUp,
        When::During | When::After => Caller::Waiting,
    };
    (begins.prepare)(world);
    let record = || world.books().of("a").map(|entry| entry.record.clone());
    let before = record();
    let interrupted = begins.interrupt(
        world,
        moment,
        false,
        match caller {
            Caller::GivenUp => hurried,
            Caller::Waiting => |_| {},
        },
    );
    let at = interrupted.at?;
    let frozen = Instant::now();
    let next = controller(world, |_| {});
    let taken_over = match next.try_ensure("a") {
        Ok(endpoint) => endpoint,
        // Who is frozen in the middle of a write to a file holds all others up: they are told so.
        Err(failure) if world.store() == Kind::Sqlite && failure.code == "store_unreachable" => {
            interrupted.process.thaw();
            // For a moment, those who ask again are told the same.
            eventually("the store is reached", TO_ANSWER, || {
                match next.try_ensure("a") {
                    Err(failure) if failure.code == "store_unreachable" => None,
                    answer => Some(answer.unwrap_or_else(|failure| panic!("{failure:#?}"))),
                }
            })
        }
        Err(failure) => panic!("it is taken over: {failure:#?}"),
    };
    taken_over.answers();
    taken_over.keep("newer");
    let afterwards = record();
    thread::sleep(OVERDUE.saturating_sub(frozen.elapsed()));
    interrupted.process.thaw();
    world.note("the process thawed");
    let answer: Option<Result<Value, Failure>> = interrupted.pending.wait_for(TO_ANSWER);
    world.note(format!("the process answered {answer:?}"));
    let answer = answer.expect("its caller gets an answer");
    match caller {
        Caller::GivenUp => did_nothing(world, &taken_over),
        Caller::Waiting => told_the_truth(world, &begins.order, &taken_over, &answer),
    }
    // A purge that had not begun may come after all. One that had is over, and isn't done to who came after.
    let may_be_purged = matches!(begins.order, Order::Purge(_)) && before == afterwards;
    is_whole(world, &next, &taken_over, may_be_purged);
    Some(at)
}

/// Its requests' time is up sooner than it thaws.
fn hurried(plan: &mut Plan) {
    plan.answer = Duration::from_millis(500);
    plan.grace = Duration::from_millis(500);
    plan.start = LEASE + Duration::from_millis(500);
    plan.queue = plan.start;
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

/// The command was carried out, and the answer says what is so.
fn told_the_truth(
    world: &World,
    order: &Order,
    taken_over: &Endpoint,
    answer: &Result<Value, Failure>,
) {
    let Ok(answer) = answer else {
        return;
    };
    match order {
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
        // It was the last that was done; or it was done before the other controller's, which found
        // it stopped.
        Order::Stop(_) if world.running() > 0 => {
            assert_ne!(taken_over.outcome, "already_running", "it was stopped");
            did_nothing(world, taken_over);
        }
        // And a purge is done once: what came after it is somebody else's.
        Order::Stop(_) | Order::Purge(_) => {}
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
