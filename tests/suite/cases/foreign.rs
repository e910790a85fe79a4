//! What is not ours is left alone.

use std::collections::BTreeMap;

use portreeve_tests::world::World;
use serde_json::json;

pub fn foreign_container_on_the_name(world: &World) {
    let controller = world.controller();
    let name = world.container_name("a");
    let foreign = world.foreign_container(&name);
    world.engine.start(&foreign);
    stands_in_the_way(world, &foreign);

    // Nor is it touched once it has stopped.
    world.engine.stop(&foreign);
    stands_in_the_way(world, &foreign);
    assert!(
        !controller
            .try_stop("a")
            .is_ok_and(|stopped| stopped.changed)
    );

    world.engine.remove(&foreign);
    controller.ensure("a").answers();
}

/// As if two installations used one engine and one name pattern.
pub fn container_of_another_installation_on_the_name(world: &World) {
    let ours = world.controller().ensure("a");
    let labels = world.container("a");
    world.engine.remove(&ours.container_id);
    let label = |name: &str| labels.label(name).expect("ours bear it");
    let (test, value) = world.plan().label();
    let foreign = world.engine.create_container(
        &ours.container_name,
        json!({
            "Image": world.images.first(),
            "Labels": {
                test: value,
                "portreeve.installation": "0123456789abcdef0123456789abcdef",
                "portreeve.user": "a",
                "portreeve.record": label("portreeve.record"),
                "portreeve.port": label("portreeve.port"),
                "portreeve.spec": label("portreeve.spec"),
                "portreeve.token-generation": label("portreeve.token-generation"),
            },
        }),
    );
    stands_in_the_way(world, &foreign);
}

/// As if two machines shared a store, and a user came to the wrong one.
pub fn user_of_another_engine(world: &World) {
    let controller = world.controller();
    let endpoint = controller.ensure("a");
    let status = controller.status("a");
    let container = world.container("a").untouched();
    let volume = world.engine.volume(&world.volume_name("a"));

    let away = world.controller_that(|plan| "elsewhere".clone_into(&mut plan.engine_name));
    for failure in [
        away.ensure_fails("a", "record_unreadable"),
        away.try_stop("a").expect_err("it isn't its to stop"),
    ] {
        assert_eq!(failure.code, "record_unreadable");
        for engine in ["local", "elsewhere"] {
            let message = &failure.message;
            assert!(message.contains(engine), "it names both: {message}");
        }
    }
    let seen = away.status("a");
    assert_eq!((seen.status.as_str(), seen.url), ("unreadable", None));
    assert_eq!(away.list(), [], "it has no users of its own");

    assert_eq!(controller.status("a"), status);
    assert_eq!(world.container("a").untouched(), container);
    assert_eq!(world.engine.volume(&world.volume_name("a")), volume);
    assert_eq!(world.containers().len(), 1, "and there is none beside it");
    endpoint.answers();

    // Activity is the user's, wherever it is noticed.
    assert!(away.touch("a"));
    assert!(controller.status("a").last_active > status.last_active);
    // And others are served.
    away.ensure("b").answers();
    assert_eq!(away.list().len(), 1);
}

fn stands_in_the_way(world: &World, foreign: &str) {
    let name = world.container_name("a");
    let before = world
        .engine
        .container(foreign)
        .expect("it was made")
        .untouched();
    let failure = world.controller().ensure_fails("a", "name_taken");
    assert!(
        failure.message.contains(&name),
        "it names the name: {}",
        failure.message
    );
    assert!(!failure.hint.is_empty(), "and the way out");
    let after = world
        .engine
        .container(foreign)
        .expect("it is still there")
        .untouched();
    assert_eq!(before, after);
    assert_eq!(world.containers().len(), 1, "and there is none beside it");
}

pub fn foreign_volume_on_the_volumes_name(world: &World) {
    let controller = world.controller();
    let name = world.volume_name("a");
    world
        .engine
        .create_volume(&name, &BTreeMap::from([("whose", "somebody else's")]));
    let before = world.engine.volume(&name);

    let failure = controller.ensure_fails("a", "volume_taken");
    assert!(
        failure.message.contains(&name),
        "it names the name: {}",
        failure.message
    );
    assert_eq!(world.engine.volume(&name), before);
    assert_eq!(world.running(), 0);

    // Another user isn't in its way, and with the volume gone nor is this one.
    controller.ensure("b").answers();
    world.engine.remove_volume(&name);
    controller.ensure("a").answers();
}

pub fn foreign_network_of_the_name_is_used(world: &World) {
    let network = &world.plan().network;
    world.engine.create_network(network);
    let id = |world: &World| world.engine.network(network).expect("it was made")["Id"].clone();
    let before = id(world);
    world.controller().ensure("a").answers();
    assert_eq!(
        world.container("a").networks(),
        std::slice::from_ref(network)
    );
    assert_eq!(id(world), before);
}

pub fn foreign_container_on_the_port(world: &World) {
    let port = world.plan().ports.0;
    let (label, value) = world.plan().label();
    let foreign = world.engine.create_container(
        &format!("{}-elsewhere", world.plan().prefix),
        json!({
            "Image": world.images.first(),
            "Labels": { label: value },
            "ExposedPorts": { "18789/tcp": {} },
            "HostConfig": { "PortBindings": { "18789/tcp": [{ "HostIp": "127.0.0.1", "HostPort": port.to_string() }] } },
        }),
    );
    world.engine.start(&foreign);
    let before = world
        .engine
        .container(&foreign)
        .expect("it was made")
        .untouched();

    let endpoint = world.controller().ensure("a");
    assert_ne!(endpoint.port, port);
    endpoint.answers();
    let after = world
        .engine
        .container(&foreign)
        .expect("it is still there")
        .untouched();
    assert_eq!(before, after);
}
