//! The end of a host: whoever waits is told, leases are given back, containers run on.

use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::error::Error;
use portreeve_core::id::{Port, PortRange};
use portreeve_core::observed::ContainerState;
use portreeve_core::record::Intent;
use portreeve_core::settings::{Maintenance, Readiness};
use portreeve_core::user::UserId;

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

/// Whoever was stopped by then is told of, and whoever wasn't.
#[test]
fn a_reap_that_is_cut_short_tells_whom_it_has_stopped() {
    let mut world = World::new(1);
    let port = |number| Port::new(number).expect("not 0");
    let ports = PortRange::new(port(19000), port(19049)).expect("not empty");
    world.restart_with(1, |settings| settings.ports = ports);
    for number in 0..40 {
        world.ensure(&format!("user-{number:02}"));
    }
    world.sleep(Duration::from_secs(3600));
    let request = world.command(Command::Reap);
    world.drive_until(|call| call == "store: put stopped, release");
    world.close();
    world.drive();
    let Some(Reply::Reaped(told)) = world.replies.get(&request).cloned() else {
        panic!("{:?}", world.replies.get(&request));
    };
    assert_eq!(told.stopped.len() + told.failed.len(), 40);
    assert!(!told.stopped.is_empty() && told.failed.len() >= 8);
    assert!(told.failed.iter().all(|(_, error)| *error == Error::Closed));
    let is_stopped = |user: &UserId| {
        let record = world.record(user.as_str()).expect("it stays");
        record.body.intent == Intent::Stopped
    };
    assert!(told.stopped.iter().all(is_stopped));
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
