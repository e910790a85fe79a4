//! When a container counts as ready.

use std::time::Duration;

use portreeve_core::command::{Ailment, Command, Ensured, Reply};
use portreeve_core::effect::{Effect, IssuedEffect};
use portreeve_core::error::Error;
use portreeve_core::observed::{ContainerState, Health};
use portreeve_core::settings::Readiness;

use crate::world::{Fault, World, user};

fn ready_once_healthy(health: Health) -> World {
    let mut world = World::new(1);
    world.health = health;
    world.restart_with(1, |settings| settings.readiness = Readiness::Healthy);
    world
}

#[test]
fn a_container_whose_check_passes_later_is_waited_for() {
    let mut world = ready_once_healthy(Health::Starting);
    let request = world.command(Command::Ensure(user("alice")));
    world.sleep(Duration::from_secs(4));
    assert_eq!(world.replies.get(&request), None);
    world.containers[0].health = Health::Healthy;
    world.drive();
    let reply = &world.replies[&request];
    let created = matches!(reply, Reply::Ensured(endpoint) if endpoint.outcome == Ensured::Created);
    assert!(created, "{reply:?}");
}

#[test]
fn a_container_without_a_check_can_never_be_ready_by_it() {
    let mut world = ready_once_healthy(Health::Absent);
    let reply = world.ensure("alice");
    let fails = matches!(reply, Reply::Failed(Error::NoHealthCheck { .. }));
    assert!(fails, "{reply:?}");
}

/// It was healthy, and ended soon after, each time: that is no start that went well.
#[test]
fn a_container_that_is_healthy_and_ends_is_not_started_for_ever() {
    let mut world = ready_once_healthy(Health::Healthy);
    for _ in 0..3 {
        let reply = world.ensure("alice");
        assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
        world.containers[0].state = ContainerState::Stopped { exit_code: Some(3) };
        world.containers[0].ran_for = Some(Duration::from_secs(2));
    }
    let reply = world.ensure("alice");
    let waits = matches!(reply, Reply::Failed(Error::BackingOff { .. }));
    assert!(waits, "{reply:?}");
}

fn probes(world: &World) -> usize {
    let probes = |issued: &&IssuedEffect| matches!(issued.effect, Effect::Probe(_));
    world.issued.iter().filter(probes).count()
}

fn ready_once_it_listens() -> World {
    let mut world = World::new(1);
    world.restart_with(1, |settings| settings.readiness = Readiness::Tcp);
    world
}

#[test]
fn an_endpoint_that_nobody_listens_on_yet_is_probed_more_and_more_rarely() {
    let mut world = ready_once_it_listens();
    world.set(Fault::NobodyListens, true);
    let request = world.command(Command::Ensure(user("alice")));
    world.assert_tried_rarely(probes);
    world.set(Fault::NobodyListens, false);
    world.finish();
    let reply = &world.replies[&request];
    assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
}

#[test]
fn an_endpoint_that_nobody_ever_listens_on_is_told() {
    let mut world = ready_once_it_listens();
    world.set(Fault::NobodyListens, true);
    let reply = world.ensure("alice");
    let told = matches!(
        &reply,
        Reply::Failed(Error::StartTimeout { last, .. }) if last == "nobody listens"
    );
    assert!(told, "{reply:?}");
}

/// Nobody waits for a container to listen that has ended.
/// The error says what was waited for, and what was seen in its place; and the user stays in sight.
#[test]
fn one_who_was_never_ready_is_told_of_as_ill() {
    let mut world = ready_once_it_listens();
    world.set(Fault::NobodyListens, true);
    let Reply::Failed(error) = world.ensure("alice") else {
        panic!("nobody listens");
    };
    let wanted = "which is once it accepts a connection, and keeps it: nobody listens";
    assert!(error.to_string().ends_with(wanted), "{error}");
    let health = |world: &mut World| match world.run(Command::Health) {
        Reply::Health(users) => users.into_iter().map(|one| one.ailment).collect::<Vec<_>>(),
        other => panic!("no health: {other:?}"),
    };
    let never = Ailment::NeverReady(error.to_string());
    assert_eq!(health(&mut world), [Some(never)]);
    world.set(Fault::NobodyListens, false);
    world.sleep(Duration::from_secs(60));
    world.ensure("alice");
    assert_eq!(health(&mut world), [None]);
}

#[test]
fn a_container_that_ends_while_it_is_probed_has_failed() {
    let mut world = ready_once_it_listens();
    world.set(Fault::NobodyListens, true);
    let request = world.command(Command::Ensure(user("alice")));
    world.sleep(Duration::from_secs(3));
    world.containers[0].state = ContainerState::Stopped { exit_code: Some(3) };
    world.sleep(Duration::from_secs(4));
    let reply = &world.replies[&request];
    assert!(
        matches!(reply, Reply::Failed(Error::StartFailed { .. })),
        "{reply:?}"
    );
}

/// What the record calls running was ready once: whoever comes back waits for no probe.
#[test]
fn an_endpoint_is_probed_once_after_each_start() {
    let mut world = ready_once_it_listens();
    for expected in [1, 1, 1] {
        world.ensure("alice");
        assert_eq!(probes(&world), expected);
    }
    world.run(Command::Stop(user("alice")));
    world.ensure("alice");
    assert_eq!(probes(&world), 2);
}
