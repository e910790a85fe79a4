//! Turns in the start queue are for the engine's work: nobody waits for those who wait for something
//! else.

use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::error::Error;
use portreeve_core::id::RequestId;
use portreeve_core::observed::{ContainerState, Health};
use portreeve_core::settings::{Readiness, Settings};

use crate::world::{Fault, World, user};

const SECOND: Duration = Duration::from_secs(1);

/// A world with so few turns.
fn with_turns(starting: u32, differs: impl FnOnce(&mut Settings)) -> World {
    let mut world = World::new(1);
    world.restart_with(1, |settings| {
        settings.limits.starting = starting;
        differs(settings);
    });
    world
}

fn ask(world: &mut World, id: &str) -> RequestId {
    world.command(Command::Ensure(user(id)))
}

/// The user is served as if nobody else was there.
#[track_caller]
fn assert_served_at_once(world: &mut World, id: &str) {
    let began = world.now;
    let reply = world.ensure(id);
    assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
    let took = world.now.since(began);
    assert!(took < SECOND, "{took:?}");
}

#[track_caller]
fn assert_all_served(world: &World, requests: &[RequestId]) {
    for request in requests {
        let reply = &world.replies[request];
        assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
    }
}

/// An image was rolled out whose containers never get ready.
#[test]
fn who_never_gets_ready_holds_up_nobody_else() {
    let mut world = with_turns(8, |settings| settings.readiness = Readiness::Healthy);
    world.health = Health::Starting;
    let unready: Vec<_> = (0..8).map(|id| ask(&mut world, &id.to_string())).collect();
    world.sleep(SECOND);
    assert_eq!(world.count("engine: start"), 8);
    world.health = Health::Healthy;
    assert_served_at_once(&mut world, "sound");
    world.finish();
    for request in unready {
        let reply = &world.replies[&request];
        let timed_out = matches!(reply, Reply::Failed(Error::StartTimeout { .. }));
        assert!(timed_out, "{reply:?}");
    }
}

#[test]
fn who_is_probed_in_vain_holds_up_nobody_else() {
    let mut world = with_turns(1, |settings| settings.readiness = Readiness::Tcp);
    world.set(Fault::NobodyListens, true);
    ask(&mut world, "alice");
    world.sleep(SECOND * 5);
    world.set(Fault::NobodyListens, false);
    // Alice is looked at again within two seconds, and bob isn't before that.
    assert_served_at_once(&mut world, "bob");
}

/// All ports but one are in use, and that one rests.
#[test]
fn who_waits_for_a_port_holds_up_nobody_who_has_one() {
    let mut world = with_turns(1, |settings| {
        settings.timing.rest = SECOND * 20;
        settings.timing.queue = SECOND * 40;
    });
    for number in 0..10 {
        world.ensure(&number.to_string());
    }
    world.run(Command::Purge(user("0")));
    let new = ask(&mut world, "new");
    world.sleep(SECOND * 2);
    // A killed container is recorded as running, and gives no port up.
    let three = world.record("3").and_then(|record| record.port);
    let killed = world
        .containers
        .iter()
        .position(|known| known.port() == three);
    world.containers[killed.expect("it is there")].state = ContainerState::Stopped {
        exit_code: Some(137),
    };
    assert_served_at_once(&mut world, "3");
    assert_eq!(world.replies.get(&new), None);
    world.finish();
    let reply = &world.replies[&new];
    assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
}

/// Something of the first one's name is on the network still, and it waits before it tries again.
#[test]
fn who_waits_to_try_again_holds_up_nobody_else() {
    let mut world = with_turns(1, |_| {});
    world.crowded = 1;
    let alice = ask(&mut world, "alice");
    world.drive_until(|call| call == "engine: start");
    ask(&mut world, "bob");
    world.drive_until(|call| call == "engine: start");
    let mut running = world
        .containers
        .iter()
        .filter(|known| known.state == ContainerState::Running);
    let names: Vec<_> = running.by_ref().map(|known| known.name.as_str()).collect();
    assert_eq!(names, ["mosaic-user-bob"]);
    world.finish();
    let reply = &world.replies[&alice];
    assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
}

/// The one turn is held by one who waits for the room that the other one has.
#[test]
fn who_waits_for_room_holds_up_nobody_who_has_some() {
    let mut world = with_turns(1, |settings| settings.limits.running = Some(1));
    world.crowded = 1;
    let alice = ask(&mut world, "alice");
    world.drive_until(|call| call == "engine: start");
    ask(&mut world, "bob");
    world.sleep(SECOND * 10);
    let reply = world.replies.get(&alice);
    assert!(matches!(reply, Some(Reply::Ensured(_))), "{reply:?}");
}

/// The engine takes its time over starts that fail.
#[test]
fn those_whose_starts_failed_have_half_of_the_turns_at_most() {
    let mut world = with_turns(2, |_| {});
    let failing = ["a", "b", "c"];
    world.exits_with = Some(3);
    for id in failing {
        let reply = world.ensure(id);
        let failed = matches!(reply, Reply::Failed(Error::StartFailed { .. }));
        assert!(failed, "{reply:?}");
    }
    world.exits_with = None;
    world.sleep(SECOND * 30);
    let requests = failing.map(|id| ask(&mut world, id));
    let starts = world.hold_starts();
    assert_eq!(starts.len(), 1);
    assert_served_at_once(&mut world, "sound");
    for start in starts {
        world.release(start);
    }
    world.finish();
    assert_all_served(&world, &requests);
}

/// The limit is one on the engine's work, and stays one.
#[test]
fn no_more_starts_are_under_way_than_may_be() {
    let mut world = with_turns(2, |_| {});
    let requests = ["a", "b", "c", "d", "e"].map(|id| ask(&mut world, id));
    for expected in [2, 2, 1] {
        let starts = world.hold_starts();
        assert_eq!(starts.len(), expected);
        for start in starts {
            world.release(start);
        }
    }
    world.finish();
    assert_all_served(&world, &requests);
}
