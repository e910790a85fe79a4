//! How all containers are that are meant to run.

use std::time::Duration;

use portreeve_tests::plan::Ready;
use portreeve_tests::story::{eventually, together};
use portreeve_tests::world::World;

pub fn the_health_of_all_takes_one_list(world: &World) {
    let proxy = world.engine_proxy();
    let controller = world.controller_that(|plan| plan.engine = proxy.url());
    assert_eq!(controller.health(), []);
    let users: Vec<_> = (0..9).map(|number| number.to_string()).collect();
    together(&users, |user| controller.ensure(user));
    proxy.forget();
    let health = controller.health();
    let told: Vec<_> = health.iter().map(|one| &one.user).collect();
    assert_eq!(told, users.iter().collect::<Vec<_>>(), "in user order");
    assert!(health.iter().all(|one| one.healthy && one.error.is_none()));
    let requests = proxy.requests();
    assert_eq!(requests.len(), 1, "{requests:#?}");
    assert!(requests[0].what.starts_with("GET /containers/json?"));
}

/// Right after a check: a Docker whose container is paused while it begins one waits for that for ever, and
/// whoever looks at the container waits with it.
fn pause_between_checks(world: &World, user: &str) {
    let last = || world.container(user).last_check();
    let before = last();
    eventually("a check ends", Duration::from_secs(20), || {
        (last() != before).then_some(())
    });
    world.engine.pause(&world.container_name(user));
}

pub fn what_ails_whom(world: &World) {
    let controller = world.controller_that(|plan| {
        plan.health_check = true;
        plan.readiness = Ready::Healthy;
        plan.variable_for("sick", "GATEWAY_UNHEALTHY_AFTER_MS", "2000");
    });
    let users = [
        "exited", "killed", "paused", "removed", "sick", "stopped", "well",
    ];
    together(users, |user| controller.ensure(user));
    let name = |user| world.container_name(user);
    controller.stop("stopped");
    world.engine.stop(&name("exited"));
    world.engine.kill(&name("killed"));
    pause_between_checks(world, "paused");
    world.engine.remove(&name("removed"));
    eventually("it falls sick", Duration::from_secs(20), || {
        (world.container("sick").health()? == "unhealthy").then_some(())
    });

    let told = [
        ("exited", "the container is exited, with code 0"),
        ("killed", "the container is exited, with code 137"),
        ("paused", "the container is paused"),
        ("removed", "the container is gone"),
        ("sick", "the container's health check fails"),
    ]
    .map(|(user, why)| (user.to_owned(), why.to_owned()));
    for controller in [&controller, &world.controller()] {
        assert_eq!(controller.ailments(), told);
        let health = controller.health();
        let well: Vec<_> = health.iter().filter(|one| one.healthy).collect();
        assert_eq!(well.len(), 1, "whoever is stopped isn't told of");
        assert_eq!(well[0].user, "well");
    }

    // Looking mended nothing, and an ensure mends what it can.
    for user in ["exited", "killed", "paused", "removed"] {
        controller.ensure(user).answers();
    }
    let ailments = controller.ailments();
    assert_eq!(ailments.len(), 1, "{ailments:?}");
}

pub fn the_health_of_adopted_ones(world: &World) {
    let controller = world.controller();
    let first = world.plan().ports.0;
    for (user, port) in [("a", first + 10), ("b", first + 11)] {
        world.make(&world.reference(user, port));
        controller.adopt(user);
    }
    controller.ensure("c");
    let proxy = world.engine_proxy();
    let looking = world.controller_that(|plan| plan.engine = proxy.url());
    assert_eq!(looking.ailments(), []);
    assert_eq!(looking.health().len(), 3);
    let lists = proxy.count("GET /containers/json?");
    assert_eq!(lists, 2, "one for all of them, each time");
    assert_eq!(proxy.count("GET /containers/"), lists);

    world.engine.kill(&world.container_name("a"));
    let ailments = looking.ailments();
    assert_eq!(ailments.len(), 1, "{ailments:?}");
    assert_eq!(ailments[0].0, "a");
}
