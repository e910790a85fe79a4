//! Hosts whose caller has gone: nobody is answered, and what was begun goes on.

use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::id::RequestId;
use portreeve_core::lifecycle::Output;
use portreeve_core::observed::ContainerState;

use crate::world::{LIST, World, user};

fn cancel(world: &mut World, request: RequestId) {
    let now = world.now;
    let cancelled = world.lifecycle.handle_cancel(now, request);
    cancelled.expect("time runs forwards");
}

#[test]
fn a_start_that_nobody_waits_for_comes_to_its_end() {
    let mut world = World::new(1);
    let request = world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call == "engine: start");
    cancel(&mut world, request);
    world.drive();
    assert_eq!(world.replies.get(&request), None);
    assert_eq!(world.containers[0].state, ContainerState::Running);
    let record = world.record("alice").expect("it was written");
    assert_eq!(record.lease, None);
}

#[test]
fn others_who_wait_for_the_same_are_answered() {
    let mut world = World::new(1);
    let requests = [(); 3].map(|()| world.command(Command::Ensure(user("alice"))));
    world.drive_until(|call| call == "engine: start");
    cancel(&mut world, requests[1]);
    world.drive();
    let answered: Vec<_> = world.replies.keys().copied().collect();
    assert_eq!(answered, [requests[0], requests[2]]);
}

#[test]
fn an_answer_that_was_about_to_be_given_is_given_to_nobody() {
    let mut world = World::new(1);
    // Closed lifecycles answer at once.
    world.close();
    let requests = ["alice", "bob", "carol"].map(|id| world.command(Command::Ensure(user(id))));
    cancel(&mut world, requests[1]);
    let mut answered = Vec::new();
    loop {
        match world.lifecycle.poll() {
            Output::Reply(request, _) => answered.push(request),
            Output::Idle(_) => break,
            other => panic!("not asked for: {other:?}"),
        }
    }
    assert_eq!(answered, [requests[0], requests[2]]);
}

#[test]
fn a_command_that_concerns_all_is_answered_to_nobody() {
    let mut world = World::new(1);
    world.ensure("alice");
    let request = world.command(LIST);
    world.drive_until(|call| call == "store: scan");
    cancel(&mut world, request);
    world.drive();
    assert_eq!(world.replies.get(&request), None);
    let listed = world.run(LIST);
    assert!(
        matches!(&listed, Reply::Listed(page) if page.users.len() == 1),
        "{listed:?}"
    );
}

/// Whether it is the run's, waits for another run to end, or goes into a record.
#[test]
fn of_two_who_want_the_same_the_other_is_answered() {
    let alice = || user("alice");
    for command in [
        Command::Ensure(alice()),
        Command::Stop(alice()),
        Command::Restart(alice()),
        Command::Rotate(alice()),
        Command::Purge(alice()),
        Command::Touch(alice()),
        Command::LimitIdle(alice(), None),
    ] {
        for first in [false, true] {
            let mut world = World::new(1);
            world.ensure("alice");
            // Long enough that what follows is activity to be written down.
            world.sleep(Duration::from_secs(10));
            let before = world.command(Command::Restart(alice()));
            world.drive_until(|call| call == "engine: stop");
            let both = [(); 2].map(|()| world.command(command.clone()));
            let (gone, stays) = if first { (0, 1) } else { (1, 0) };
            cancel(&mut world, both[gone]);
            world.drive();
            assert!(world.replies.contains_key(&before), "{command:?}");
            assert!(world.replies.contains_key(&both[stays]), "{command:?}");
            assert!(!world.replies.contains_key(&both[gone]), "{command:?}");
        }
    }
}
