//! Controllers with different configurations on one store and engine, such as a command line beside a host.

use portreeve_tests::world::{Controller, World};

use super::template::changed;

/// Ensures the user by one and then the other, and sees that the container stays the same.
fn to_and_fro(world: &World, one: &Controller, other: &Controller, user: &str) {
    let before = one.ensure(user);
    let started_at = world.container(user).started_at();
    for controller in [other, one, other, other, one, one] {
        let again = controller.ensure(user);
        assert_eq!(again.outcome, "already_running");
        assert_eq!(again.container_id, before.container_id);
        assert_eq!((again.port, &again.token), (before.port, &before.token));
        controller.touch(user);
        controller.status(user);
        controller.health();
        assert_eq!(controller.repairs(false), [""; 0]);
    }
    assert_eq!(world.container(user).started_at(), started_at);
    before.answers();
}

pub fn an_older_one_beside_a_host(world: &World) {
    let host = world.controller_that(changed(world));
    let older = world.controller();
    to_and_fro(world, &host, &older, "a");
    to_and_fro(world, &older, &host, "b");
    assert!(!host.status("a").outdated && older.status("a").outdated);
    assert!(host.status("b").outdated && !older.status("b").outdated);

    // Once it is stopped, the newer configuration is what counts, whoever starts it.
    let before = world.container("a").id();
    older.stop("a");
    assert_eq!(
        older.ensure("a").container_id,
        before,
        "not made anew from the older one"
    );
    host.stop("b");
    assert_eq!(host.ensure("b").outcome, "recreated");
    assert_eq!(world.container("b").image(), world.images.second());
    to_and_fro(world, &older, &host, "b");
    for user in ["a", "b"] {
        older.stop(user);
        assert_eq!(older.ensure(user).outcome, "started");
        assert_eq!(world.container(user).image(), world.images.second());
    }
}

/// Two who can't tell which of them is the newer one.
pub fn another_of_the_same_generation_beside_a_host(world: &World) {
    let host = world.controller();
    let other = world.controller_that(|plan| plan.variable("FLAVOUR", "another"));
    to_and_fro(world, &host, &other, "a");
    to_and_fro(world, &other, &host, "b");
    assert!(other.status("a").outdated);
    assert!(host.status("b").outdated);

    // Whoever starts it decides, and it is one container still.
    let before = host.ensure("a");
    host.stop("a");
    let after = other.ensure("a");
    assert_eq!(after.outcome, "recreated");
    assert_eq!((after.port, &after.token), (before.port, &before.token));
    to_and_fro(world, &other, &host, "a");
    assert_eq!(world.containers().len(), 2);
}

pub fn another_network_and_port_range_beside_a_host(world: &World) {
    let host = world.controller();
    let (first, last) = world.plan().ports;
    let middle = first + (last - first) / 2;
    let other = world.controller_that(|plan| {
        plan.ports = (middle, last);
        plan.network += "-other";
    });
    to_and_fro(world, &host, &other, "a");
    to_and_fro(world, &other, &host, "b");
    let before = other.ensure("b");
    assert!(before.port >= middle);
    host.stop("b");
    let after = host.ensure("b");
    assert_eq!((after.port, &after.token), (before.port, &before.token));
}
