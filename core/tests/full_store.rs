//! A store whose disk is full is read as ever, and whoever needs it written is refused at once.

use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::error::Error;
use portreeve_core::user::UserId;

use crate::world::{Fault, LIST, World};

/// What a few calls on a store and an engine in reach may take.
const AT_ONCE: Duration = Duration::from_millis(250);

fn user(id: &str) -> UserId {
    UserId::new(id).expect("a valid id")
}

fn full() -> Reply {
    Reply::Failed(Error::StoreUnwritable("no room".into()))
}

/// A world whose alice runs and has been idle for a while.
fn with_alice() -> World {
    let mut world = World::new(1);
    world.ensure("alice");
    world.sleep(Duration::from_secs(3600));
    world
}

fn refuses_at_once(world: &mut World, command: &Command) {
    let before = world.now;
    let reply = world.run(command.clone());
    assert_eq!(reply, full(), "{command:?}");
    let took = world.now.since(before);
    assert!(took <= AT_ONCE, "{command:?}: {took:?}");
}

#[test]
fn whoever_needs_it_written_is_refused_at_once() {
    let commands: [fn(UserId) -> Command; 6] = [
        Command::Ensure,
        Command::Restart,
        Command::Stop,
        Command::Touch,
        Command::Purge,
        |user| Command::LimitIdle(user, Some(Duration::from_secs(60))),
    ];
    for command in commands {
        let mut world = with_alice();
        world.set(Fault::StoreIsFull, true);
        refuses_at_once(&mut world, &command(user("alice")));
    }
    let mut world = World::new(1);
    world.set(Fault::StoreIsFull, true);
    refuses_at_once(&mut world, &Command::Ensure(user("bob")));
    assert_eq!(world.count("engine: create mosaic-user-bob on 19000"), 0);
}

/// The lease that was taken can't be given back either, so nobody waits for that.
#[test]
fn a_disk_that_fills_up_during_a_start_fails_it_at_once() {
    let mut world = World::new(1);
    let request = world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call.starts_with("engine: create mosaic"));
    world.set(Fault::StoreIsFull, true);
    let before = world.now;
    world.finish();
    assert_eq!(world.replies[&request], full());
    let took = world.now.since(before);
    // A started container is looked at after a moment.
    assert!(took <= 2 * AT_ONCE, "{took:?}");
}

#[test]
fn what_only_reads_is_answered_as_ever() {
    let mut world = with_alice();
    world.set(Fault::StoreIsFull, true);
    for command in [LIST, Command::Status(user("alice")), Command::Health] {
        let reply = world.run(command.clone());
        assert!(!matches!(reply, Reply::Failed(_)), "{command:?}: {reply:?}");
    }
}

#[test]
fn once_there_is_room_everything_is_done_again() {
    let mut world = World::new(1);
    let request = world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call.starts_with("engine: create mosaic"));
    world.set(Fault::StoreIsFull, true);
    world.finish();
    assert_eq!(world.replies[&request], full());
    world.set(Fault::StoreIsFull, false);
    let reply = world.ensure("alice");
    assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
    assert_eq!(world.containers.len(), 1, "what was begun is gone on with");
}
