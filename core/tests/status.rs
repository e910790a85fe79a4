//! What is told of one user, and of the health of all.

use std::time::Duration;

use portreeve_core::command::{Command, Reply, Status, UserStatus};
use portreeve_core::observed::ContainerState;

use crate::world::{World, user};

fn told(world: &mut World) -> UserStatus {
    match world.run(Command::Status(user("alice"))) {
        Reply::Status(told) => told,
        other => panic!("no status: {other:?}"),
    }
}

fn status(world: &mut World) -> Status {
    told(world).status
}

/// What is being done is the record's to say for as long as somebody is at it; then the engine's.
#[test]
fn what_is_being_done_is_told_while_somebody_does_it() {
    for (command, until, during, left) in [
        (
            Command::Ensure(user("alice")),
            "engine: start",
            Status::Starting,
            Status::Running,
        ),
        (
            Command::Stop(user("alice")),
            "store: put stopping, lease",
            Status::Stopping,
            Status::Running,
        ),
        (
            Command::Purge(user("alice")),
            "store: put removing, lease",
            Status::Removing,
            Status::Running,
        ),
    ] {
        let mut world = World::new(1);
        if until != "engine: start" {
            world.ensure("alice");
        }
        world.command(command);
        world.drive_until(|call| call == until);
        world.restart_controller(2);
        assert_eq!(status(&mut world), during);
        world.sleep(Duration::from_secs(16));
        assert_eq!(status(&mut world), left);
    }
}

#[test]
fn a_container_is_as_the_engine_says() {
    let mut world = World::new(1);
    world.ensure("alice");
    for (state, told) in [
        (ContainerState::Running, Status::Running),
        (ContainerState::Paused, Status::Paused),
        (ContainerState::Restarting, Status::Starting),
        (ContainerState::Unknown("new".into()), Status::Starting),
        (ContainerState::Removing, Status::Removing),
        (ContainerState::Created, Status::Stopped),
        (ContainerState::Exited { code: 0 }, Status::Stopped),
        (ContainerState::Dead, Status::Stopped),
    ] {
        world.containers[0].state = state;
        let status = self::told(&mut world);
        assert_eq!(status.status, told);
        // Only where somebody answers is anybody sent.
        assert_eq!(status.url.is_some(), told == Status::Running);
    }
    world.containers.clear();
    assert_eq!(status(&mut world), Status::Stopped);
}
