//! A user for whom step follows step without a wait: told, counted, and left alone, so that all others are
//! served.

use std::time::Duration;

use portreeve_core::command::{Command, Ensured, Reply};

use crate::world::{World, user};

/// A world whose lifecycle takes so few steps for a user at once that a start is a loop to it.
fn looping() -> World {
    let mut world = World::new(1);
    // What is asked once, for all users.
    world.ensure("before");
    world.lifecycle = world.lifecycle.clone().with_most_steps(1);
    world.loops = Some(Vec::new());
    world
}

#[test]
fn a_loop_is_told_and_counted() {
    let mut world = looping();
    for (name, times) in [("alice", 1), ("bob", 2)] {
        world.command(Command::Ensure(user(name)));
        let told = loop {
            world.sleep(Duration::from_millis(100));
            if let Some(told) = world.loops.as_mut().and_then(Vec::pop) {
                break told;
            }
        };
        assert_eq!(told.user, user(name));
        assert_eq!(told.times, times);
        let [_, _, step] = portreeve_core::lifecycle::decision_table()
            .nth(told.row)
            .unwrap();
        assert_eq!(told.step, "wait for the turn");
        assert!(step.contains(told.step), "{step}");
    }
}

/// It goes on with what is heard next, or else answers by its deadline.
#[test]
fn who_is_in_a_loop_is_answered() {
    let mut world = looping();
    let alice = world.command(Command::Ensure(user("alice")));
    world.finish();
    assert!(world.replies.contains_key(&alice));
    world.lifecycle = world.lifecycle.clone().with_most_steps(64);
    world.loops = None;
    world.sleep(Duration::from_secs(120));
    let Reply::Ensured(endpoint) = world.ensure("alice") else {
        panic!("not ensured: {:?}", world.calls)
    };
    assert_ne!(endpoint.outcome, Ensured::Recreated);
}
