//! When no port is free, whoever has been stopped longest gives way.

use std::time::{Duration, Instant};

use portreeve_tests::story::together;
use portreeve_tests::world::{Controller, World};

const REST: Duration = Duration::from_secs(3);

fn with_three_ports(world: &World) -> Controller {
    let first = world.plan().ports.0;
    world.controller_that(|plan| {
        plan.ports = (first, first + 2);
        plan.rest = REST;
    })
}

pub fn the_longest_stopped_gives_way(world: &World) {
    let controller = with_three_ports(world);
    let before = ["a", "b", "c"].map(|user| {
        let endpoint = controller.ensure(user);
        endpoint.keep(user);
        endpoint
    });
    for user in ["b", "a", "c"] {
        controller.stop(user);
    }
    let begun = Instant::now();
    let fourth = controller.ensure("d");
    world.note(format!("the fourth came after {:?}", begun.elapsed()));
    assert_eq!(
        fourth.port, before[1].port,
        "that of whom was stopped first"
    );
    fourth.answers();
    let evicted = controller.status("b");
    assert_eq!((evicted.status.as_str(), evicted.port), ("stopped", None));
    assert_eq!(evicted.container_id, None);
    assert!(world.engine.container(&before[1].container_id).is_none());
    assert!(world.engine.volume(&world.volume_name("b")).is_some());
    for user in ["a", "c"] {
        assert!(controller.status(user).port.is_some(), "one is enough");
    }
    assert_eq!(controller.repairs(true), [""; 0], "and nothing is wrong");

    // It comes back, and the next one gives way.
    let after = controller.ensure("b");
    assert_eq!(after.outcome, "created");
    assert_eq!(after.port, before[0].port);
    assert_eq!(after.token, before[1].token);
    after.answers();
    assert_eq!(after.kept().as_deref(), Some("b"));
    assert_eq!(controller.status("a").port, None);
    assert_eq!(controller.ensure("c").container_id, before[2].container_id);
}

pub fn nobody_who_runs_gives_way(world: &World) {
    let controller = with_three_ports(world);
    let before = ["a", "b", "c"].map(|user| controller.ensure(user));
    controller.ensure_fails("d", "ports_exhausted");
    for endpoint in &before {
        endpoint.answers();
        assert_eq!(
            controller.ensure(&endpoint.user).container_id,
            endpoint.container_id
        );
    }
    assert_eq!(world.containers().len(), 3);
}

/// Whoever used the port last is given the time to notice.
pub fn a_port_given_up_rests(world: &World) {
    let controller = with_three_ports(world);
    for user in ["a", "b", "c"] {
        controller.ensure(user);
    }
    let stopping = Instant::now();
    controller.stop("a");
    controller.ensure("d").answers();
    let took = stopping.elapsed();
    assert!(took >= REST, "after {took:?}");
    assert!(took < REST * 5, "after {took:?}");
}

/// As many give way as are needed, and each gives way to one.
pub fn three_give_way_to_three(world: &World) {
    let controller = with_three_ports(world);
    let users = ["a", "b", "c"];
    for user in users {
        controller.ensure(user);
        controller.stop(user);
    }
    let endpoints = together(["d", "e", "f"], |user| controller.ensure(user));
    for endpoint in &endpoints {
        endpoint.answers();
    }
    assert_eq!(world.containers().len(), 3);
    for user in users {
        assert_eq!(controller.status(user).port, None);
    }
    controller.ensure_fails("a", "ports_exhausted");
}
