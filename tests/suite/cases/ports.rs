//! Host ports: each container has its own, and what others hold is passed by.

use std::net::{Ipv4Addr, TcpListener};

use portreeve_tests::proxy::Asked;
use portreeve_tests::world::World;

pub fn a_port_held_by_another_process(world: &World) {
    passes_by_held_ports(world, 1);
}

pub fn three_held_ports_in_a_row(world: &World) {
    passes_by_held_ports(world, 3);
}

fn passes_by_held_ports(world: &World, count: u16) {
    let first = world.plan().ports.0;
    let held: Vec<_> = (0..count).map(|number| hold(first + number)).collect();
    let proxy = world.engine_proxy();
    let controller = world.controller_that(|plan| plan.engine = proxy.url());

    let endpoint = controller.ensure("a");
    assert!(endpoint.port >= first + count, "{} is held", endpoint.port);
    endpoint.answers();
    assert_eq!(
        world.containers().len(),
        1,
        "none is left of those that found their port taken"
    );

    // Nobody else runs into them.
    proxy.forget();
    controller.ensure("b").answers();
    assert_eq!(creates(&proxy.requests()), 1);

    // Once they are free again, nobody who runs is moved.
    drop(held);
    let again = controller.ensure("a");
    assert_eq!(
        (again.outcome.as_str(), again.port),
        ("already_running", endpoint.port)
    );
}

pub fn published_on_loopback_only(world: &World) {
    let endpoint = world.controller().ensure("a");
    let bindings = world.container("a").bindings();
    assert_eq!(bindings, [("127.0.0.1".to_owned(), endpoint.port)]);
}

pub fn ports_run_out(world: &World) {
    let first = world.plan().ports.0;
    let controller = world.controller_that(|plan| plan.ports = (first, first + 1));
    let endpoints = ["a", "b"].map(|user| controller.ensure(user));
    let failure = controller.ensure_fails("c", "ports_exhausted");
    assert!(
        failure.message.contains(&first.to_string()),
        "{}",
        failure.message
    );
    for endpoint in &endpoints {
        endpoint.answers();
    }
    assert_eq!(world.containers().len(), 2);

    // Nobody is stuck: with more ports the third comes up too.
    let wider = world.controller();
    wider.ensure("c").answers();
}

pub fn all_ports_held_by_other_processes(world: &World) {
    let first = world.plan().ports.0;
    let held = [hold(first), hold(first + 1)];
    let controller = world.controller_that(|plan| plan.ports = (first, first + 1));
    controller.ensure_fails("a", "ports_exhausted");
    assert_eq!(world.running(), 0);

    // Nobody is stuck: with more ports there is one for it.
    let wider = world.controller();
    let endpoint = wider.ensure("a");
    assert!(endpoint.port > first + 1, "{} is held", endpoint.port);
    endpoint.answers();
    assert_eq!(world.containers().len(), 1);
    drop(held);
}

fn hold(port: u16) -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a port of the case's own is free")
}

fn creates(requests: &[Asked]) -> usize {
    requests
        .iter()
        .filter(|asked| asked.what.starts_with("POST /containers/create"))
        .count()
}
