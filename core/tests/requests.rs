//! Wishes that meet: who joins whom, who takes whose place, who waits.

use std::time::Duration;

use portreeve_core::command::{Command, Ensured, Reaped, Reply};
use portreeve_core::error::Error;
use portreeve_core::id::RequestId;
use portreeve_core::observed::Health;
use portreeve_core::settings::Readiness;
use portreeve_core::user::UserId;

use crate::world::World;

fn user() -> UserId {
    UserId::new("alice").expect("a valid id")
}

/// `first` has come as far as that call when `second` comes; what both are answered.
fn meet(first: Command, until: &str, second: Command) -> (World, Reply, Reply) {
    let mut world = World::new(1);
    if until != "engine: create mosaic-user-alice on 19000" {
        world.ensure("alice");
    }
    let first = world.command(first);
    world.drive_until(|call| call == until);
    let second = world.command(second);
    world.drive();
    let reply = |request: RequestId| world.replies[&request].clone();
    let (first, second) = (reply(first), reply(second));
    (world, first, second)
}

fn outcome(reply: &Reply) -> Ensured {
    match reply {
        Reply::Ensured(endpoint) => endpoint.outcome,
        other => panic!("not ensured: {other:?}"),
    }
}

#[test]
fn a_restart_holds_an_ensure() {
    let create = "engine: create mosaic-user-alice on 19000";
    let (_, ensure, restart) = meet(Command::Ensure(user()), create, Command::Restart(user()));
    assert_eq!(outcome(&ensure), Ensured::Created);
    assert_eq!(outcome(&restart), Ensured::Created);
    let (_, restart, ensure) = meet(
        Command::Restart(user()),
        "engine: stop",
        Command::Ensure(user()),
    );
    assert_eq!(outcome(&restart), Ensured::Started);
    assert_eq!(outcome(&ensure), Ensured::Started);
}

#[test]
fn a_stop_takes_a_restarts_place() {
    let (world, restart, stop) = meet(
        Command::Restart(user()),
        "engine: stop",
        Command::Stop(user()),
    );
    assert_eq!(restart, Reply::Failed(Error::Superseded { by: "stop" }));
    assert!(matches!(stop, Reply::Stopped(stopped) if stopped.known));
    assert_eq!(world.record("alice").expect("it stays").lease, None);
}

#[test]
fn a_purge_is_finished_before_anything_else() {
    let (world, purge, ensure) = meet(
        Command::Purge(user()),
        "engine: remove",
        Command::Ensure(user()),
    );
    assert_eq!(purge, Reply::Purged(true));
    assert_eq!(outcome(&ensure), Ensured::Created);
    assert_eq!(world.removed_volumes.len(), 1);
    assert_eq!(world.volumes.len(), 1, "a new one");
}

#[test]
fn a_rotation_waits_for_a_start_and_an_ensure_for_a_rotation() {
    let create = "engine: create mosaic-user-alice on 19000";
    let (_, ensure, rotate) = meet(Command::Ensure(user()), create, Command::Rotate(user()));
    let Reply::Rotated(rotated) = rotate else {
        panic!("{rotate:?}");
    };
    assert_ne!(rotated.generation, 1);
    let (Reply::Ensured(before), Some(after)) = (ensure, rotated.endpoint) else {
        panic!("both run");
    };
    assert_ne!(before.token, after.token);

    let (_, rotate, ensure) = meet(
        Command::Rotate(user()),
        "engine: stop",
        Command::Ensure(user()),
    );
    let (Reply::Rotated(rotated), Reply::Ensured(ensured)) = (rotate, ensure) else {
        panic!("both are done");
    };
    assert_eq!(ensured.token, rotated.endpoint.expect("it ran").token);
}

#[test]
fn an_amendment_goes_along_with_a_start() {
    let create = "engine: create mosaic-user-alice on 19000";
    let limit = Some(std::time::Duration::from_secs(60));
    let (world, ensure, limited) = meet(
        Command::Ensure(user()),
        create,
        Command::LimitIdle(user(), limit),
    );
    assert_eq!(outcome(&ensure), Ensured::Created);
    assert_eq!(limited, Reply::IdleLimited(true));
    assert_eq!(world.record("alice").expect("there").body.idle_limit, limit);
}

#[test]
fn reaping_leaves_those_alone_for_whom_something_is_done() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.sleep(std::time::Duration::from_secs(3600));
    let restart = world.command(Command::Restart(user()));
    world.drive_until(|call| call == "store: put stopping, lease");
    let reaped = world.run(Command::Reap);
    let Reply::Reaped(reaped) = reaped else {
        panic!("{reaped:?}");
    };
    assert!(reaped.stopped.is_empty() && reaped.failed.is_empty());
    world.drive();
    assert_eq!(outcome(&world.replies[&restart]), Ensured::Started);
}

#[test]
fn a_purge_that_somebody_else_finished_is_not_done_to_who_came_after() {
    let mut world = World::new(1);
    world.ensure("alice");
    let purge = world.command(Command::Purge(user()));
    world.drive_until(|call| call == "store: put removing, lease");
    // Its controller stands still for longer than its lease lasts.
    world.add_controller(2);
    assert_eq!(outcome(&world.ensure("alice")), Ensured::Recreated);
    assert_eq!(world.removed_volumes.len(), 1, "it was finished");
    let record = world.record("alice").expect("a new one").version.record;

    world.sleep(Duration::from_secs(20));
    world.switch(0);
    world.drive();
    assert_eq!(world.replies[&purge], Reply::Purged(true));
    assert_eq!(world.removed_volumes.len(), 1, "not twice");
    assert_eq!(world.containers.len(), 1);
    let after = world.record("alice").expect("it stays").version.record;
    assert_eq!(after, record);
}

/// The write that begins the stop is on its way when the other comes: nobody is handed a container
/// that is about to be stopped.
#[test]
fn an_ensure_waits_for_what_is_under_way() {
    let mut world = World::new(1);
    world.ensure("alice");
    let stop = world.command(Command::Stop(user()));
    world.drive_until(|call| call == "store: load 1");
    let claimed = world.look_and_hold("store: put stopping, lease");
    let ensure = world.command(Command::Ensure(user()));
    world.settle();
    assert_eq!(world.replies.get(&ensure), None);
    world.release(claimed);
    world.drive();
    assert!(matches!(world.replies[&stop], Reply::Failed(_)));
    assert_eq!(outcome(&world.replies[&ensure]), Ensured::Started);
}

/// While a start is written down, the record says which container it is of.
#[test]
fn a_start_says_which_container_it_starts() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.run(Command::Stop(user()));
    let container = world.containers[0].id.clone();
    world.command(Command::Ensure(user()));
    world.drive_until(|call| call == "store: put starting, lease");
    let record = world.record("alice").expect("it is there");
    assert_eq!(record.body.container, Some(container));
    world.drive();
    // One that is to be made isn't that of old.
    world.run(Command::Stop(user()));
    world.remove(0);
    world.command(Command::Ensure(user()));
    world.drive_until(|call| call == "store: put starting, lease");
    let record = world.record("alice").expect("it is there");
    assert_eq!(record.body.container, None);
}

/// Somebody waits for her container to become ready: nobody waits with her, nor is she reaped.
#[test]
fn reaping_does_not_wait_for_who_waits_to_be_ready() {
    let mut world = World::new(1);
    world.health = Health::Starting;
    world.ensure("alice");
    world.sleep(Duration::from_secs(3600));
    world.restart_with(2, |settings| settings.readiness = Readiness::Healthy);
    let ensure = world.command(Command::Ensure(user()));
    world.settle();
    let began = world.now;
    assert_eq!(world.run(Command::Reap), Reply::Reaped(Reaped::default()));
    assert!(world.now.since(began) < Duration::from_secs(1));
    assert_eq!(world.replies.get(&ensure), None);
}

/// What was listed to see who can be reaped is older than what is known of whoever is at work, under
/// a lease or without one.
#[test]
fn who_waits_to_be_ready_is_not_told_of_by_an_older_list() {
    for (ended, expected) in [(true, Ensured::Started), (false, Ensured::AlreadyRunning)] {
        let mut world = World::new(1);
        world.health = Health::Healthy;
        world.ensure("alice");
        world.sleep(Duration::from_secs(3600));
        world.restart_with(2, |settings| settings.readiness = Readiness::Healthy);
        let reap = world.command(Command::Reap);
        world.drive_until(|call| call == "store: scan idle");
        let listed = world.look_and_hold("engine: list container-1");
        if ended {
            world.kill(0);
        }
        world.containers[0].health = Health::Starting;
        let ensure = world.command(Command::Ensure(user()));
        world.settle();
        world.release(listed);
        world.sleep(Duration::from_secs(3));
        assert_eq!(world.replies.get(&ensure), None);
        assert_eq!(world.replies[&reap], Reply::Reaped(Reaped::default()));
        world.containers[0].health = Health::Healthy;
        world.finish();
        assert_eq!(outcome(&world.replies[&ensure]), expected);
    }
}

/// Of those that wait for a purge to end, the newest wins, and those who want the same wait together.
#[test]
fn of_requests_that_wait_the_newest_wins() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.command(Command::Purge(user()));
    world.drive_until(|call| call == "engine: remove");
    let ensures = [(); 2].map(|()| world.command(Command::Ensure(user())));
    world.drive();
    for ensure in ensures {
        let reply = &world.replies[&ensure];
        assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
    }
    world.command(Command::Purge(user()));
    world.drive_until(|call| call == "engine: remove");
    let ensure = world.command(Command::Ensure(user()));
    let stop = world.command(Command::Stop(user()));
    world.drive();
    let superseded = Reply::Failed(Error::Superseded { by: "stop" });
    assert_eq!(world.replies[&ensure], superseded);
    assert!(matches!(world.replies[&stop], Reply::Stopped(stopped) if !stopped.known));
}
