//! The end of a host: whoever waits is told, leases are given back, containers run on.

use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::error::Error;
use portreeve_core::observed::ContainerState;
use portreeve_core::settings::{Maintenance, Readiness};

use crate::world::{Fault, LIST, World, user};

#[test]
fn a_start_that_waits_gives_its_lease_back() {
    let mut world = World::new(1);
    // It never becomes healthy.
    world.restart_with(1, |settings| settings.readiness = Readiness::Healthy);
    let request = world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call == "engine: start");
    assert!(
        world
            .record("alice")
            .is_some_and(|record| record.lease.is_some())
    );
    world.close();
    world.drive();
    assert_eq!(world.replies[&request], Reply::Failed(Error::Closed));
    let record = world.record("alice").expect("it stays");
    assert_eq!(record.lease, None);
    assert_eq!(world.containers[0].state, ContainerState::Running);

    // The next controller need not wait for anything.
    world.restart_with(2, |settings| settings.readiness = Readiness::Running);
    let before = world.now;
    assert!(matches!(world.ensure("alice"), Reply::Ensured(_)));
    assert!(world.now.since(before).as_secs() < 2);
}

/// Hosts end once nothing is under way: nobody may be left to be told later.
#[test]
fn a_store_that_is_away_keeps_nobody_waiting() {
    let mut world = World::new(1);
    let start = world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call == "engine: start");
    world.set(Fault::StoreAway, true);
    world.sleep(Duration::from_secs(2));
    let purge = world.command(Command::Purge(user("alice")));
    world.close();
    world.settle();
    let superseded = Reply::Failed(Error::Superseded { by: "purge" });
    assert_eq!(world.replies.get(&start), Some(&superseded));
    assert_eq!(
        world.replies.get(&purge),
        Some(&Reply::Failed(Error::Closed))
    );
}

#[test]
fn a_stop_that_was_begun_comes_to_its_end() {
    let mut world = World::new(1);
    world.ensure("alice");
    let request = world.command(Command::Stop(user("alice")));
    world.drive_until(|call| call == "store: put stopping, lease");
    world.close();
    world.drive();
    assert_eq!(world.replies[&request], Reply::Failed(Error::Closed));
    assert_eq!(world.record("alice").expect("it stays").lease, None);
    assert_ne!(world.containers[0].state, ContainerState::Running);
}

#[test]
fn all_who_wait_are_told_and_nothing_is_begun() {
    let mut world = World::new(1);
    world.restart_with(1, |settings| settings.maintenance = Maintenance::full());
    world.ensure("alice");
    let requests = [
        Command::Touch(user("nobody")),
        LIST,
        Command::Reap,
        Command::Purge(user("alice")),
    ]
    .map(|command| world.command(command));
    world.close();
    world.calls.clear();
    world.drive();
    for request in requests {
        assert_eq!(world.replies[&request], Reply::Failed(Error::Closed));
    }
    let late = world.run(Command::Ensure(user("bob")));
    assert_eq!(late, Reply::Failed(Error::Closed));
    let changes = |call: &&String| call.contains("put") || call.contains("create");
    assert_eq!(world.calls.iter().find(changes), None);
    assert_eq!(world.containers[0].state, ContainerState::Running);
    assert_eq!(world.watch, None, "events are followed no longer");
}
