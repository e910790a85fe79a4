//! Users whose callers are on the same network, and whose containers have no host port.

use portreeve_core::command::{Command, Endpoint, Ensured, Reply};
use portreeve_core::error::Error;
use portreeve_core::id::ContainerId;
use portreeve_core::observed::ContainerState;
use portreeve_core::settings::{Reach, Settings};

use crate::world::{World, user};

const URL: &str = "http://mosaic-user-alice:18789";

fn unpublished(settings: &mut Settings) {
    settings.reach = Reach::Network { publish_on: None };
}

fn world() -> World {
    let mut world = World::new(1);
    world.restart_with(1, unpublished);
    world
}

fn ensure(world: &mut World) -> Endpoint {
    match world.ensure("alice") {
        Reply::Ensured(endpoint) => endpoint,
        other => panic!("not ensured: {other:?}, {:?}", world.calls),
    }
}

fn repair(world: &mut World) -> usize {
    match world.run(Command::Repair { dry_run: false }) {
        Reply::Repaired(findings) => findings.len(),
        other => panic!("not repaired: {other:?}"),
    }
}

/// Neither a claim nor a host port, through a whole life.
#[test]
fn a_user_lives_without_a_host_port() {
    let mut world = world();
    let created = ensure(&mut world);
    assert_eq!(created.outcome, Ensured::Created);
    assert_eq!((created.url.as_str(), created.port), (URL, None));
    assert_eq!(world.claims(), []);
    assert_eq!(world.containers[0].port(), None);
    assert_eq!(ensure(&mut world).outcome, Ensured::AlreadyRunning);
    assert_eq!(repair(&mut world), 0);

    world.run(Command::Stop(user("alice")));
    let started = ensure(&mut world);
    assert_eq!(started.outcome, Ensured::Started);
    assert_eq!((started.url.as_str(), started.port), (URL, None));
    assert_eq!(started.container, created.container);

    world.run(Command::Restart(user("alice")));
    world.run(Command::Rotate(user("alice")));
    let rotated = ensure(&mut world);
    assert_ne!(rotated.container, created.container);
    assert_eq!((rotated.url.as_str(), rotated.port), (URL, None));

    let purged = world.run(Command::Purge(user("alice")));
    assert_eq!(purged, Reply::Purged(true));
    assert!(world.containers.is_empty(), "{:?}", world.containers);
}

/// More users than there are ports.
#[test]
fn no_port_is_wanted_for_them() {
    let mut world = world();
    for number in 0..20 {
        let reply = world.ensure(&number.to_string());
        assert!(matches!(reply, Reply::Ensured(_)), "{number}: {reply:?}");
    }
    assert_eq!(world.claims(), []);
}

/// A controller that never heard that its container was made leaves nothing behind.
#[test]
fn what_a_lost_controller_made_is_found_again() {
    let mut world = world();
    world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call == "engine: start");
    let made = world.containers[0].id.clone();
    world.restart_controller(2);
    let endpoint = ensure(&mut world);
    assert_eq!(endpoint.container, made);
    assert_eq!(world.containers.len(), 1, "{:?}", world.containers);
}

/// A container that was made with a host port keeps it, and its claim, for as long as it is there.
#[test]
fn a_port_from_before_is_given_up_with_its_container() {
    let mut world = World::new(1);
    let before = ensure(&mut world);
    world.restart_with(2, unpublished);

    let running = ensure(&mut world);
    assert_eq!(running.outcome, Ensured::AlreadyRunning);
    assert_eq!((running.url.as_str(), running.port), (URL, before.port));
    assert_eq!(world.claims().len(), 1);

    let Reply::Ensured(renewed) = world.run(Command::Restart(user("alice"))) else {
        panic!("not renewed: {:?}", world.calls);
    };
    assert_eq!(renewed.outcome, Ensured::Recreated);
    assert_eq!((renewed.url.as_str(), renewed.port), (URL, None));
    assert_eq!(world.containers.len(), 1);
    assert_eq!(world.claims(), []);
    assert_eq!(repair(&mut world), 0);
}

/// Callers who come by a host port aren't answered with a container that has none, nor is one that runs
/// taken from whoever uses it.
#[test]
fn a_container_without_the_port_that_callers_need_is_told_of_until_it_is_renewed() {
    let mut world = world();
    let before = ensure(&mut world);
    world.restart_with(2, by_host_port);
    let reply = world.ensure("alice");
    let told = Reply::Failed(Error::NoHostPort {
        container: "mosaic-user-alice".to_owned(),
    });
    assert_eq!(reply, told);
    assert_eq!(world.containers[0].state, ContainerState::Running);
    assert_eq!(world.containers[0].id, before.container);

    let Reply::Ensured(after) = world.run(Command::Restart(user("alice"))) else {
        panic!("not renewed: {:?}", world.calls);
    };
    has_port(&world, &after);
}

#[test]
fn a_stopped_container_without_the_port_that_callers_need_is_made_anew() {
    let mut world = world();
    ensure(&mut world);
    world.run(Command::Stop(user("alice")));
    world.restart_with(2, by_host_port);
    let after = ensure(&mut world);
    has_port(&world, &after);
}

/// A new token takes a new container, which has one.
#[test]
fn a_rotation_publishes_a_port_again() {
    let mut world = world();
    ensure(&mut world);
    world.restart_with(2, by_host_port);
    let Reply::Rotated(rotated) = world.run(Command::Rotate(user("alice"))) else {
        panic!("not rotated: {:?}", world.calls);
    };
    has_port(&world, &rotated.endpoint.expect("it runs"));
}

fn by_host_port(settings: &mut Settings) {
    settings.reach = Reach::default();
}

fn has_port(world: &World, endpoint: &Endpoint) {
    assert_eq!(endpoint.outcome, Ensured::Recreated);
    let port = endpoint.port.expect("one is published");
    assert_eq!(endpoint.url, format!("http://127.0.0.1:{port}"));
    assert_eq!(world.claims(), [(user("alice"), port.get())]);
}

/// An image hands its labels on, `none` for a port among them: what was made of one isn't the user's.
#[test]
fn a_copy_is_nobodys() {
    let mut world = world();
    ensure(&mut world);
    world.add_copy("alice");
    repair(&mut world);
    let copy = ContainerId::new("copy");
    let left = world.containers.iter().find(|known| known.id == copy);
    assert_eq!(left.map(|left| &left.state), Some(&ContainerState::Running));
}

/// What is adopted needs no host port either.
#[test]
fn a_container_that_publishes_nothing_can_be_adopted() {
    let mut world = world();
    world.add_foreign("mosaic-user-alice");
    let claimed = world.containers[0].port();
    let Reply::Adopted(adopted) = world.run(Command::Adopt(user("alice"))) else {
        panic!("not adopted: {:?}", world.calls);
    };
    assert_eq!(adopted.port, claimed, "what it has is claimed");

    let mut world = self::world();
    world.add_foreign("mosaic-user-alice");
    world.unpublish(0);
    let Reply::Adopted(adopted) = world.run(Command::Adopt(user("alice"))) else {
        panic!("not adopted: {:?}", world.calls);
    };
    assert_eq!(adopted.port, None);
    assert_eq!(ensure(&mut world).url, URL);
    assert_eq!(world.claims(), []);
}
