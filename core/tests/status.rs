//! What is told of one user, and of the health of all.

use std::time::Duration;

use portreeve_core::command::{Ailment, Command, Reply, Status, UserStatus};
use portreeve_core::id::PortRange;
use portreeve_core::observed::{ContainerState, Health};
use portreeve_core::outcome::EngineOutcome;

use crate::world::{Fault, World, user};

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
        (ContainerState::Starting, Status::Starting),
        (ContainerState::Unknown("new".into()), Status::Starting),
        (ContainerState::Removing, Status::Removing),
        (ContainerState::Stopped { exit_code: None }, Status::Stopped),
        (
            ContainerState::Stopped { exit_code: Some(0) },
            Status::Stopped,
        ),
        (ContainerState::Broken, Status::Stopped),
    ] {
        world.containers[0].state = state;
        let status = self::told(&mut world);
        assert_eq!(status.status, told);
        let code = match &world.containers[0].state {
            ContainerState::Stopped { exit_code } => *exit_code,
            _ => None,
        };
        assert_eq!(status.exit_code, code);
        assert_eq!(status.container_name.as_deref(), Some("mosaic-user-alice"));
        // Only where somebody answers is anybody sent.
        assert_eq!(status.url.is_some(), told == Status::Running);
    }
    world.containers.clear();
    assert_eq!(status(&mut world), Status::Stopped);
}

#[test]
fn a_container_that_failed_to_start_has_failed() {
    let mut world = World::new(1);
    world.exits_with = Some(3);
    world.ensure("alice");
    assert_eq!(status(&mut world), Status::Failed);
    world.exits_with = None;
    world.ensure("alice");
    assert_eq!(status(&mut world), Status::Running);
}

/// Of whoever is meant to run.
#[test]
fn what_ails_a_container_is_told() {
    let mut world = World::new(1);
    world.ensure("alice");
    let ailment = |world: &mut World| match world.run(Command::Health) {
        Reply::Health(users) => users
            .into_iter()
            .map(|user| user.ailment)
            .collect::<Vec<_>>(),
        other => panic!("no health: {other:?}"),
    };
    for (state, told) in [
        (
            ContainerState::Stopped { exit_code: None },
            "created, and not started",
        ),
        (ContainerState::Paused, "paused"),
        (ContainerState::Starting, "restarting"),
        (ContainerState::Removing, "being removed"),
        (
            ContainerState::Stopped { exit_code: Some(7) },
            "exited, with code 7",
        ),
        (ContainerState::Broken, "dead: its removal failed half-way"),
        (ContainerState::Unknown("new".into()), "new"),
    ] {
        world.containers[0].state = state;
        let expected = Some(Ailment::NotRunning(told.into()));
        assert_eq!(ailment(&mut world), [expected]);
    }
    world.containers[0].state = ContainerState::Running;
    assert_eq!(ailment(&mut world), [None]);
    world.containers[0].health = Health::Unhealthy;
    assert_eq!(ailment(&mut world), [Some(Ailment::Unhealthy)]);
    world.containers.clear();
    assert_eq!(ailment(&mut world), [Some(Ailment::Gone)]);
    world.unreadable = Some(user("alice"));
    let ailments = ailment(&mut world);
    assert!(
        matches!(ailments[..], [Some(Ailment::Unreadable(_))]),
        "{ailments:?}"
    );
    world.unreadable = None;
    world.run(Command::Stop(user("alice")));
    assert_eq!(ailment(&mut world), []);
}

/// Lists of some engines tell nothing of health: those that run are looked at, each once, and sixteen
/// side by side.
#[test]
fn an_unhealthy_container_is_told_where_lists_tell_no_health() {
    let mut world = World::new(1);
    world.restart_with(1, |settings| settings.ports = PortRange::DEFAULT);
    let users: Vec<_> = (0..40).map(|number| format!("user-{number:02}")).collect();
    for id in &users {
        world.ensure(id);
    }
    world.set(Fault::ListsNoHealth, true);
    world.containers[3].health = Health::Unhealthy;
    world.run(Command::Stop(user(&users[9])));
    world.calls.clear();

    let request = world.command(Command::Health);
    world.drive_until(|call| call == "engine: list container-1");
    let looks: Vec<_> = (1..=40)
        .map(|number| format!("engine: inspect container-{number}"))
        .collect();
    let waiting = looks.iter().map(|look| world.waiting(look));
    assert_eq!(waiting.sum::<usize>(), 16);
    world.finish();
    let had: Vec<_> = looks.iter().map(|look| world.count(look)).collect();
    let wanted: Vec<_> = (0..40).map(|index| usize::from(index != 9)).collect();
    assert_eq!(had, wanted);
    let Reply::Health(healths) = &world.replies[&request] else {
        panic!("not the health")
    };
    let ill = healths.iter().filter(|one| one.ailment.is_some());
    let ill: Vec<_> = ill
        .map(|one| (one.user.as_str(), one.ailment.clone()))
        .collect();
    assert_eq!(ill, [("user-03", Some(Ailment::Unhealthy))]);
    assert_eq!(healths.len(), 39);
}

/// One look that brings nothing is had again, and the others aren't.
#[test]
fn a_look_at_an_untold_health_that_is_lost_is_had_again() {
    let mut world = World::new(1);
    for id in ["alice", "bob"] {
        world.ensure(id);
    }
    world.set(Fault::ListsNoHealth, true);
    world.containers[0].health = Health::Unhealthy;
    world.lose_answer_to = Some("engine: inspect container-1");
    let before = world.count("engine: inspect container-2");
    let Reply::Health(healths) = world.run(Command::Health) else {
        panic!("not the health")
    };
    let ailments: Vec<_> = healths.into_iter().map(|health| health.ailment).collect();
    assert_eq!(ailments, [Some(Ailment::Unhealthy), None]);
    assert_eq!(world.count("engine: inspect container-2"), before + 1);
}

/// One that the engine can't tell of costs nobody else's health.
#[test]
fn a_container_that_cannot_be_looked_at_is_told_of_beside_the_others() {
    let mut world = World::new(1);
    for id in ["alice", "bob"] {
        world.ensure(id);
    }
    world.set(Fault::ListsNoHealth, true);
    world.containers[1].health = Health::Unhealthy;
    let spoilt = EngineOutcome::Unclear("spoilt".into());
    world.refuses = Some(("engine: inspect container-1", spoilt));
    let before = world.count("engine: inspect container-1");
    let Reply::Health(healths) = world.run(Command::Health) else {
        panic!("not the health")
    };
    let ailments: Vec<_> = healths.into_iter().map(|health| health.ailment).collect();
    let alices = Some(Ailment::UntoldHealth("spoilt".into()));
    assert_eq!(ailments, [alices, Some(Ailment::Unhealthy)]);
    assert_eq!(world.count("engine: inspect container-1"), before + 2);
}
