//! Whoever waits for one user's command is told what is being done, or waited for.

use std::time::Duration;

use portreeve_core::command::{Command, Progress, Reply};
use portreeve_core::id::RequestId;
use portreeve_core::settings::Readiness;

use crate::world::{Fault, World, user};

/// What was told of the request.
fn told(world: &World, request: RequestId) -> Vec<Progress> {
    let told = world.told.iter().filter(|(to, _)| *to == request);
    told.map(|(_, progress)| progress.clone()).collect()
}

fn ensure(world: &mut World, id: &str) -> RequestId {
    world.command(Command::Ensure(user(id)))
}

/// The first to need the image waits for it, if only until the engine has said that it is there.
#[test]
fn a_start_is_told_step_by_step() {
    let mut world = World::new(1);
    let request = ensure(&mut world, "alice");
    world.drive();
    let image = world.lifecycle.settings().template.image.clone();
    let image = Progress::AwaitingImage { image };
    let steps = [image, Progress::Creating, Progress::Starting];
    assert_eq!(told(&world, request), steps);
    let warm = ensure(&mut world, "alice");
    world.drive();
    assert_eq!(told(&world, warm), []);
}

#[test]
fn who_is_not_ready_is_waited_for_and_told_of_once() {
    let mut world = World::new(1);
    world.restart_with(1, |settings| settings.readiness = Readiness::Tcp);
    world.ensure("bob");
    world.set(Fault::NobodyListens, true);
    let request = ensure(&mut world, "alice");
    world.finish();
    let steps = [
        Progress::Creating,
        Progress::Starting,
        Progress::AwaitingReadiness,
    ];
    let told = told(&world, request);
    assert!(told.starts_with(&steps), "{told:?}");
    assert!(told.len() < 20, "{} times", told.len());
}

/// A controller is killed in the middle of a start. The next one says whose lease it waits for and until
/// when, once, and to each who asks.
#[test]
fn a_lease_that_is_waited_for_is_told_with_its_holder_and_its_end() {
    for command in [
        Command::Ensure,
        Command::Stop,
        Command::Restart,
        Command::Purge,
        |user| Command::LimitIdle(user, Some(Duration::from_secs(60))),
    ] {
        let mut world = World::new(1);
        ensure(&mut world, "alice");
        world.drive_until(|call| call == "engine: start");
        let lease = world.record("alice").expect("it was begun").lease;
        let lease = lease.expect("it is held");
        world.restart_controller(2);
        // Its requests are counted anew.
        world.told.clear();
        let first = world.command(command(user("alice")));
        world.sleep(Duration::from_secs(3));
        let second = world.command(command(user("alice")));
        world.settle();
        let [Progress::AwaitingLease(to_first)] = told(&world, first)[..] else {
            panic!("{:?}", world.told);
        };
        assert_eq!(to_first.owner, lease.owner);
        assert!(to_first.remaining <= lease.remaining, "{to_first:?}");
        assert!(to_first.remaining + Duration::from_secs(1) > lease.remaining);
        let [Progress::AwaitingLease(to_second)] = told(&world, second)[..] else {
            panic!("{:?}", world.told);
        };
        assert_eq!(to_second.owner, lease.owner);
        assert!(to_second.remaining < to_first.remaining);
        world.finish();
        assert!(!matches!(world.replies[&first], Reply::Failed(_)));
        let lease = |progress: &Progress| matches!(progress, Progress::AwaitingLease(_));
        let again = told(&world, first);
        assert_eq!(again.iter().filter(|it| lease(it)).count(), 1, "{again:?}");
    }
}

#[test]
fn who_waits_for_a_turn_is_told_how_many_come_before() {
    let mut world = World::new(1);
    world.restart_with(1, |settings| settings.limits.starting = 1);
    world.ensure("warm-up");
    world.told.clear();
    let requests = ["a", "b", "c", "d"].map(|id| ensure(&mut world, id));
    world.finish();
    let queued = |request| {
        let told = told(&world, request);
        let queued = told.iter().filter_map(|progress| match progress {
            Progress::Queued { before } => Some(*before),
            _ => None,
        });
        let queued: Vec<_> = queued.collect();
        assert_eq!(told.last(), Some(&Progress::Starting), "{told:?}");
        queued
    };
    assert_eq!(requests.map(queued), [vec![], vec![0], vec![1], vec![2]]);
}
