//! How the engine is reached, and from where its containers are.

use portreeve_tests::answer::Endpoint;
use portreeve_tests::world::World;

use crate::configured::{Program, store};

fn ensured(program: &Program, flags: &[&str]) -> Endpoint {
    let document = program.document(&[&["ensure", "alice"], flags].concat());
    serde_json::from_value(document).unwrap()
}

pub fn flags_stand_before_or_after_the_command(world: &World) {
    let nowhere = Program::new(world)
        .with("DOCKER_HOST", "unix:///nonexistent/engine.sock")
        .with("PORTREEVE_STORE", "sqlite:/proc/nonexistent/store.db");
    let (engine, store) = (&world.plan().engine, store(&world.plan().store));
    let flags = ["--docker-host", engine, "--store", &store];
    let after = ensured(&nowhere, &flags);
    after.answers();
    let before = nowhere.run(&[&["--json"], &flags[..], &["ensure", "alice"]].concat());
    assert_eq!(before.exit, 0, "{}", before.stderr);
    let before: Endpoint = serde_json::from_value(before.document()).unwrap();
    assert_eq!(before.container_id, after.container_id);
    let around = [&flags[..2], &["status", "alice", "--json"], &flags[2..]].concat();
    assert_eq!(nowhere.run(&around).document()["status"], "running");
}

pub fn an_engine_on_a_tcp_port(world: &World) {
    let proxy = world.engine_proxy_on_tcp();
    let program = Program::new(world).with("DOCKER_HOST", &proxy.url());
    let endpoint = ensured(&program, &[]);
    assert_eq!(endpoint.url, format!("http://127.0.0.1:{}", endpoint.port));
    endpoint.answers();
    assert!(!proxy.requests().is_empty(), "it went through the relay");

    let program = program.with("PORTREEVE_ADVERTISED_HOST", "localhost");
    let advertised = ensured(&program, &[]);
    assert_eq!(advertised.outcome, "already_running");
    assert_eq!(
        advertised.url,
        format!("http://localhost:{}", endpoint.port)
    );
    advertised.answers();
}

pub fn an_engine_that_is_not_local(world: &World) {
    let proxy = world.engine_proxy_on_tcp();
    // No loopback address, so it could be another machine's; yet it leads to the relay.
    let remote = proxy.url().replace("127.0.0.1", "0.0.0.0");
    let program = Program::new(world).with("DOCKER_HOST", &remote);
    for command in [&["ensure", "alice"][..], &["list"]] {
        let (message, hint) = program.fails(command, 2, "config_invalid");
        assert!(message.contains(&remote), "{message}");
        assert!(hint.contains("advertised_host"), "{hint}");
    }
    assert!(proxy.requests().is_empty(), "it is said before it is asked");

    let program = program.with("PORTREEVE_ADVERTISED_HOST", "127.0.0.1");
    let endpoint = ensured(&program, &[]);
    assert_eq!(endpoint.url, format!("http://127.0.0.1:{}", endpoint.port));
    endpoint.answers();
}

pub fn urls_for_callers_on_the_network(world: &World) {
    let program = Program::new(world).with("PORTREEVE_REACH", "network");
    let endpoint = ensured(&program, &[]);
    let name = world.container_name("alice");
    assert_eq!(endpoint.url, format!("http://{name}:18789"));
    let status = program.document(&["status", "alice"]);
    assert_eq!(status["url"], endpoint.url.as_str());
    // What the name leads to for whoever is on that network.
    let address = world.container("alice").address_on(&world.plan().network);
    let within = Endpoint {
        url: format!("http://{address}:18789"),
        ..endpoint
    };
    within.answers();
}
