//! All that is a user's goes, and nothing else.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use portreeve_tests::story::{eventually, together};
use portreeve_tests::world::World;

fn nothing_is_left(world: &World, user: &str) {
    assert!(
        world
            .engine
            .container(&world.container_name(user))
            .is_none()
    );
    assert_eq!(world.engine.volume(&world.volume_name(user)), None);
    let controller = world.controller();
    let failure = controller.try_status(user).expect_err("it is forgotten");
    assert_eq!(failure.code, "unknown_user");
    assert!(!controller.touch(user));
}

pub fn a_purge_leaves_nothing(world: &World) {
    let controller = world.controller();
    let other = controller.ensure("b");
    other.keep("precious");
    controller.ensure("a").keep("precious");
    assert!(controller.purge("a"));
    nothing_is_left(world, "a");
    assert!(!controller.purge("a"));

    controller.ensure("a");
    controller.stop("a");
    assert!(world.controller().purge("a"), "stopped ones, by anybody");
    nothing_is_left(world, "a");
    let listed = controller.list();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].user, "b");
    assert_eq!(other.kept().as_deref(), Some("precious"));
    assert_eq!(controller.repairs(true), [""; 0]);
}

pub fn a_purge_of_an_unknown_user(world: &World) {
    let controller = world.controller();
    assert!(!controller.purge("nobody"));
    controller.ensure("1");
    assert!(!controller.purge("10"));
    assert_eq!(world.running(), 1);
}

pub fn one_who_was_purged_is_somebody_else(world: &World) {
    let controller = world.controller();
    let before = controller.ensure("a");
    before.keep("precious");
    controller.purge("a");
    let after = controller.ensure("a");
    assert_eq!(after.outcome, "created");
    assert_ne!(after.token, before.token);
    after.answers();
    after.refuses(&before.token);
    assert_eq!(after.kept(), None, "its state is gone");
}

pub fn the_port_of_a_purged_one_rests_and_is_free(world: &World) {
    let first = world.plan().ports.0;
    let rest = Duration::from_secs(3);
    let controller = world.controller_that(|plan| {
        plan.ports = (first, first);
        plan.rest = rest;
    });
    controller.ensure("a");
    controller.ensure_fails("b", "ports_exhausted");
    let begun = Instant::now();
    controller.purge("a");
    let endpoint = eventually("it is free", rest * 5, || controller.try_ensure("b").ok());
    assert!(begun.elapsed() >= rest, "it had its rest");
    assert_eq!(endpoint.port, first);
    endpoint.answers();
}

/// As if somebody had removed the user's volume and made one of their own.
pub fn a_foreign_volume_outlives_a_purge(world: &World) {
    let controller = world.controller();
    let endpoint = controller.ensure("a");
    let name = world.volume_name("a");
    world.engine.remove(&endpoint.container_id);
    world.engine.remove_volume(&name);
    let labels = BTreeMap::from([("whose", "somebody else's")]);
    world.engine.create_volume(&name, &labels);
    let before = world.engine.volume(&name);
    let foreign = world.foreign_container(&world.elsewhere());

    assert!(controller.purge("a"));
    let failure = controller.try_status("a").expect_err("it is forgotten");
    assert_eq!(failure.code, "unknown_user");
    assert_eq!(world.engine.volume(&name), before);
    assert!(world.engine.container(&foreign).is_some());
}

/// A foreign container on the user's name is no reason to keep the record, and isn't touched.
pub fn a_foreign_container_outlives_a_purge(world: &World) {
    let controller = world.controller();
    let endpoint = controller.ensure("a");
    world.engine.remove(&endpoint.container_id);
    let foreign = world.foreign_container(&endpoint.container_name);
    let before = world.container("a").untouched();
    assert!(controller.purge("a"));
    assert_eq!(world.engine.volume(&world.volume_name("a")), None);
    let after = world.engine.container(&foreign).expect("it is there");
    assert_eq!(after.untouched(), before);
    assert_eq!(controller.list(), []);
}

/// A purge that has begun is finished, whoever wants what meanwhile; and then others have their way.
pub fn a_purge_among_others(world: &World) {
    let controllers = [world.controller(), world.controller()];
    for round in 0..4 {
        let before = controllers[0].ensure("a");
        before.keep("precious");
        together(0..6, |number| match number {
            0 => assert!(controllers[round % 2].try_purge("a").is_ok()),
            1 | 2 => drop(controllers[number % 2].try_ensure("a")),
            3 => drop(controllers[1].try_stop("a")),
            _ => drop(controllers[number % 2].try_status("a")),
        });
        let after = controllers[1].ensure("a");
        after.answers();
        assert_ne!(after.token, before.token, "it was purged");
        assert_eq!(after.kept(), None);
        assert_eq!(controllers[0].ensure("a").container_id, after.container_id);
        assert_eq!(world.containers().len(), 1);
    }
    assert!(controllers[0].purge("a"));
    nothing_is_left(world, "a");
}
