//! Many at once: users, callers, processes.

use std::collections::BTreeSet;
use std::time::Duration;

use portreeve_tests::answer::Endpoint;
use portreeve_tests::plan::{Plan, Ready};
use portreeve_tests::story::together;
use portreeve_tests::world::World;

pub fn fifty_users_at_once(world: &World) {
    let controller = world.controller_that(|plan| {
        // How long the last of them waits for its turn is the machine's matter.
        plan.queue = Duration::from_secs(300);
    });
    let endpoints = together(1..=50, |user| controller.ensure(&user.to_string()));

    assert_eq!(
        distinct(&endpoints, |endpoint| endpoint.port),
        50,
        "a port each"
    );
    assert_eq!(
        distinct(&endpoints, |endpoint| &endpoint.container_id),
        50,
        "a container each"
    );
    assert_eq!(
        distinct(&endpoints, |endpoint| &endpoint.token),
        50,
        "a token each"
    );
    assert_eq!(world.running(), 50);
    together(&endpoints, |endpoint| {
        endpoint.answers();
        for other in endpoints.iter().filter(|other| other.user != endpoint.user) {
            endpoint.refuses(&other.token);
        }
    });
}

pub fn the_same_user_twenty_times_at_once(world: &World) {
    let controller = world.controller();
    let endpoints = together(0..20, |_| controller.ensure("one"));
    are_one_container(world, &endpoints);
}

pub fn the_same_user_from_eight_processes(world: &World) {
    let processes: Vec<_> = (0..8).map(|_| world.process()).collect();
    let endpoints = together(&processes, |process| process.ensure("one"));
    are_one_container(world, &endpoints);
    let created = endpoints
        .iter()
        .filter(|endpoint| endpoint.outcome == "created")
        .count();
    assert_eq!(created, 1, "the others waited for the one that created it");
}

pub fn two_controllers_ensure_the_same_users(world: &World) {
    let late = |plan: &mut Plan| {
        plan.readiness = Ready::Http;
        plan.variable("GATEWAY_READY_AFTER_MS", "1500");
    };
    let controllers = [world.controller_that(late), world.controller_that(late)];
    let asked = (0..16).map(|number| (number / 4, &controllers[number % 2]));
    let endpoints = together(asked, |(user, controller)| {
        let endpoint = controller.ensure(&user.to_string());
        assert!(endpoint.answers_now(), "it is ready, whoever started it");
        endpoint
    });

    for of_one in endpoints.chunks(4) {
        assert_eq!(
            distinct(of_one, |endpoint| &endpoint.container_id),
            1,
            "{of_one:#?}"
        );
        of_one[0].answers();
    }
    assert_eq!(distinct(&endpoints, |endpoint| endpoint.port), 4);
    assert_eq!(world.containers().len(), 4);
}

pub fn one_controller_stops_what_another_ensures(world: &World) {
    let (starter, stopper) = (world.controller(), world.controller());
    let users = ["a", "b", "c"];
    for _ in 0..4 {
        let asked = users.iter().flat_map(|user| [(user, true), (user, false)]);
        together(asked, |(user, start)| {
            if start {
                // Whoever came last had it their way; both are answered.
                if let Err(failure) = starter.try_ensure(user) {
                    assert_eq!(failure.code, "superseded", "{failure:#?}");
                }
            } else {
                stopper.stop(user);
            }
        });
    }

    for user in users {
        let endpoint = starter.ensure(user);
        endpoint.answers();
        assert_eq!(stopper.ensure(user).container_id, endpoint.container_id);
        stopper.stop(user);
        assert_eq!(starter.status(user).status, "stopped");
    }
    assert_eq!(
        (world.running(), world.containers().len()),
        (0, users.len())
    );
}

fn are_one_container(world: &World, endpoints: &[Endpoint]) {
    assert_eq!(
        distinct(endpoints, |one| (&one.container_id, one.port, &one.token)),
        1
    );
    assert_eq!(world.containers().len(), 1);
    endpoints[0].answers();
}

fn distinct<'a, K: Ord>(endpoints: &'a [Endpoint], key: impl Fn(&'a Endpoint) -> K) -> usize {
    endpoints.iter().map(key).collect::<BTreeSet<_>>().len()
}
