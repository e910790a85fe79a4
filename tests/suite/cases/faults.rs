//! The faults that were measured at the reference service, one after the other: each case asserts
//! what the reference gets wrong, and bears the fault's number. What else there is to be said about
//! each is said by the cases named here.
//!
//! | # | fault | further cases |
//! |--:|---|---|
//! | 1 | new users at once are all given one port | `crowd`: `fifty_users_at_once` |
//! | 2 | user `1` is handed, and stops, user `10`'s container; the empty id gets anybody's | `identity` |
//! | 3 | the URL answered can be reached from nowhere | `readiness`: `a_network_url_works_on_that_network` |
//! | 4 | a stopped user's port is given away, and the user can never start again | `lifetime`, `eviction` |
//! | 5 | a restart brings back the old image and environment | `restart` |
//! | 6 | whoever is touched while the reaper runs is stopped all the same | `reaping` |
//! | 7 | of two calls at once for a new user one fails | `crowd` |
//! | 8 | a port that another process holds fails every new user for ever | `ports` |
//! | 9 | an id that the engine refuses leaves a record behind | `identity`: `odd_ids`, `ids_that_are_refused` |
//! | 10 | nothing pulls a missing image, and the record stays | `starting`: `image_missing_and_then_loaded` |
//! | 11 | the token travels in a request's URL | `secrets` |
//! | 12 | ports are published on all interfaces | `ports`: `published_on_loopback_only` |

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use portreeve_tests::plan::{Callers, Plan, Ready};
use portreeve_tests::registry::Registry;
use portreeve_tests::story::{eventually, together};
use portreeve_tests::world::World;

use super::template::changed;

pub fn fault_1_twenty_new_users_at_once_have_a_port_each(world: &World) {
    let controller = world.controller();
    let endpoints = together(1..=20, |user| controller.ensure(&user.to_string()));
    let ports: BTreeSet<_> = endpoints.iter().map(|endpoint| endpoint.port).collect();
    assert_eq!(ports.len(), 20);
    for endpoint in &endpoints {
        endpoint.answers();
    }
}

pub fn fault_2_user_1_is_not_user_10(world: &World) {
    let controller = world.controller();
    let ten = controller.ensure("10");
    assert!(!controller.stop("1").known);
    assert!(world.container("10").is_running());
    let one = controller.ensure("1");
    assert_ne!(one.container_id, ten.container_id);
    controller.stop("1");
    assert_eq!(controller.ensure("1").container_id, one.container_id);
    ten.answers();
    controller.ensure_fails("", "invalid_user");
}

pub fn fault_3_the_url_answered_can_be_reached(world: &World) {
    world.controller().ensure("a").answers();

    let within = world.controller_that(|plan| {
        plan.callers = Callers::OnTheNetwork;
        plan.health_check = true;
        plan.readiness = Ready::Healthy;
    });
    let endpoint = within.ensure("b");
    let (code, said) = world.run_on_the_network(&["ask", &endpoint.url, &endpoint.token]);
    assert_eq!(code, 0, "{said}");
}

pub fn fault_4_a_stopped_users_port_is_not_given_away(world: &World) {
    let controller = world.controller();
    let first = controller.ensure("a");
    controller.stop("a");
    let second = controller.ensure("b");
    let again = controller.ensure("a");
    assert_ne!(second.port, again.port);
    assert_eq!(again.port, first.port);
    again.answers();
    second.answers();
}

pub fn fault_5_a_restart_brings_the_current_configuration(world: &World) {
    world.controller().ensure("a");
    world.controller_that(changed(world)).restart("a").answers();
    let container = world.container("a");
    assert_eq!(container.image(), world.images.second());
    assert_eq!(container.variable("FLAVOUR").as_deref(), Some("new"));
}

/// Whoever is touched after the reaper has looked, and before it is that user's turn.
pub fn fault_6_one_touched_while_the_reap_runs_is_kept(world: &World) {
    let proxy = world.engine_proxy();
    let impatient = |plan: &mut Plan| {
        plan.idle_limit = Duration::from_secs(3);
        plan.slack = Duration::from_millis(100);
    };
    let controller = world.controller_that(|plan| {
        impatient(plan);
        plan.engine = proxy.url();
    });
    let other = world.controller_that(impatient);
    let endpoint = controller.ensure("a");
    thread::sleep(Duration::from_millis(3300));
    thread::scope(|scope| {
        // It has read the store when it asks the engine, and doesn't hear the answer before the touch.
        proxy.forget();
        proxy.stall(&["/containers/json?"]);
        let reap = scope.spawn(|| controller.reap());
        proxy.await_request("/containers/json?");
        assert!(other.touch("a"));
        proxy.flow();
        proxy.end("/containers/json?");
        assert_eq!(reap.join().expect("it was answered"), [""; 0]);
    });
    endpoint.answers();
    assert_eq!(proxy.count("/stop"), 0);
}

pub fn fault_7_two_calls_at_once_for_a_new_user_both_succeed(world: &World) {
    let one_controller = [world.controller()];
    let two_controllers = [world.controller(), world.controller()];
    for (user, controllers) in [("a", &one_controller[..]), ("b", &two_controllers[..])] {
        let endpoints = together(0..2, |number| {
            controllers[number % controllers.len()].ensure(user)
        });
        assert_eq!(endpoints[0].container_id, endpoints[1].container_id);
        endpoints[0].answers();
    }
    assert_eq!(world.containers().len(), 2);
}

pub fn fault_8_a_port_that_another_process_holds_fails_nobody(world: &World) {
    let first = world.plan().ports.0;
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, first)).expect("it is free");
    let controller = world.controller();
    for user in ["a", "b"] {
        let endpoint = controller.ensure(user);
        assert_ne!(endpoint.port, first);
        endpoint.answers();
    }
    drop(held);
}

pub fn fault_9_odd_ids_work_or_leave_nothing(world: &World) {
    let controller = world.controller();
    let odd = ["with space", "at@home", "a/b", "\u{e9}"];
    for id in odd {
        controller.ensure(id).answers();
    }
    controller.ensure_fails(&"x".repeat(300), "invalid_user");
    let listed: BTreeSet<_> = controller.list().into_iter().map(|one| one.user).collect();
    assert_eq!(listed, odd.map(str::to_owned).into());
    assert_eq!(world.containers().len(), odd.len());
}

pub fn fault_10_a_missing_image_is_pulled(world: &World) {
    let registry = Registry::open(&world.plan().prefix).expect("a port is free");
    let controller = world.controller_that(|plan| {
        registry.image().clone_into(&mut plan.image);
        plan.pull = true;
    });
    let endpoints = together(["a", "b", "c"], |user| controller.ensure(user));
    for endpoint in &endpoints {
        endpoint.answers();
    }
    assert_eq!(registry.pulls(), 1, "once, for whoever waits for it");
    assert_eq!(world.container("a").image(), registry.image());
    for user in ["a", "b", "c"] {
        controller.purge(user);
    }
    world.engine.remove_image(registry.image());
}

/// And where it can't be had, nothing is left behind.
pub fn fault_10_an_image_that_is_not_to_be_had_leaves_nothing(world: &World) {
    let controller = world.controller_that(|plan| {
        // Nothing listens on port 1.
        "127.0.0.1:1/portreeve-test:absent".clone_into(&mut plan.image);
        plan.pull = true;
    });
    controller.ensure_fails("a", "image_missing");
    assert_eq!(controller.list(), []);
    assert!(world.containers().is_empty());
    assert_eq!(world.engine.volume(&world.volume_name("a")), None);
}

pub fn fault_11_the_token_is_in_no_url(world: &World) {
    let proxy = world.engine_proxy();
    let controller = world.controller_that(|plan| plan.engine = proxy.url());
    let mut tokens = vec![controller.ensure("a").token];
    tokens.push(controller.rotate("a").endpoint.expect("it runs").token);
    controller.restart("a");
    let created = proxy.count("POST /containers/create");
    assert_eq!(created, 2);
    for token in tokens {
        assert_eq!(proxy.count(&token), 0);
    }
}

pub fn fault_12_ports_are_published_on_loopback_alone(world: &World) {
    let endpoint = world.controller().ensure("a");
    endpoint.answers();
    let bindings = world.container("a").bindings();
    assert_eq!(bindings, [("127.0.0.1".to_owned(), endpoint.port)]);
    let elsewhere = eventually(
        "an address that isn't loopback",
        Duration::from_secs(1),
        || {
            let network = world.engine.network(&world.plan().network)?;
            let gateway = network.pointer("/IPAM/Config/0/Gateway")?.as_str()?;
            gateway.parse::<Ipv4Addr>().ok()
        },
    );
    let refused =
        TcpStream::connect_timeout(&(elsewhere, endpoint.port).into(), Duration::from_secs(2));
    assert!(refused.is_err(), "nobody listens on {elsewhere}");
}
