//! Nobody is taken for somebody else, whatever the ids look like.

use std::collections::BTreeSet;

use portreeve_tests::story::together;
use portreeve_tests::world::World;

pub fn users_1_and_10(world: &World) {
    are_told_apart(world, "10", "1");
}

pub fn capital_and_small_letter(world: &World) {
    are_told_apart(world, "a", "A");
}

pub fn dot_and_dash(world: &World) {
    are_told_apart(world, "a-b", "a.b");
}

pub fn composed_and_decomposed_letter(world: &World) {
    are_told_apart(world, "\u{e9}", "e\u{301}");
}

/// The name of a hashed id's container has `x--` and the hash where a plain id stands as it is.
pub fn an_id_that_looks_like_a_hash(world: &World) {
    let plain = world.container_name("a");
    let hashed = world.container_name("A");
    let before = plain.len() - "a".len();
    are_told_apart(world, "A", &hashed[before..]);
}

fn are_told_apart(world: &World, one: &str, other: &str) {
    let controller = world.controller();
    let first = controller.ensure(one);
    first.answers();
    first.keep(one);

    // While the other is unknown, nothing of the first is handed out or stopped in its name.
    assert!(!controller.stop(other).known);
    assert!(!controller.touch(other));
    let second = controller.ensure(other);
    assert_eq!(second.outcome, "created");
    second.answers();
    assert_ne!(first.port, second.port);
    assert_ne!(first.container_id, second.container_id);
    assert_ne!(
        first.container_name.to_lowercase(),
        second.container_name.to_lowercase()
    );
    first.refuses(&second.token);
    second.refuses(&first.token);
    assert_eq!(second.kept(), None, "the volume is nobody else's");

    // Nor once it is stopped: the first goes on, and the second comes back to its own.
    controller.stop(other);
    assert_eq!(controller.status(one).status, "running");
    assert_eq!(controller.status(other).status, "stopped");
    first.answers();
    let again = controller.ensure(other);
    assert_eq!(
        (&again.container_id, again.port),
        (&second.container_id, second.port)
    );
    again.refuses(&first.token);
    assert_eq!(first.kept().as_deref(), Some(one));
}

pub fn odd_ids(world: &World) {
    let longest = "\u{1F980}".repeat(64);
    assert_eq!(longest.len(), 256);
    let ids = [
        " ",
        "with space",
        "a/b",
        "../up",
        "a:b",
        "-dash",
        "\u{1F980}",
        "nul\0inside",
        "line\nbreak",
        "%2F",
        "{token}",
        "a\"b'c\\d",
        "user@example.org",
        &longest,
        &"x".repeat(256),
    ];
    let controller = world.controller();
    let endpoints = together(ids, |id| controller.ensure(id));
    for (id, endpoint) in ids.iter().zip(&endpoints) {
        assert_eq!(endpoint.user, *id);
        endpoint.answers();
        let container = world.container(id);
        assert_eq!(container.id(), endpoint.container_id);
        assert_eq!(
            container.label("portreeve.user").as_deref(),
            Some(*id),
            "the label holds the id itself"
        );
        assert_eq!(
            controller.status(id).container_id.as_ref(),
            Some(&endpoint.container_id)
        );
    }
    let containers: BTreeSet<_> = endpoints
        .iter()
        .map(|endpoint| &endpoint.container_id)
        .collect();
    assert_eq!(containers.len(), ids.len());

    let listed: Vec<_> = controller
        .list()
        .into_iter()
        .map(|status| status.user)
        .collect();
    let expected: BTreeSet<_> = ids.map(str::to_owned).into();
    assert_eq!(
        listed,
        Vec::from_iter(expected),
        "in the order of their bytes"
    );
    for id in ids {
        assert!(controller.stop(id).changed);
    }
    assert_eq!(world.running(), 0);
}

pub fn ids_that_are_refused(world: &World) {
    let controller = world.controller();
    for id in ["", &"x".repeat(257)] {
        controller.ensure_fails(id, "invalid_user");
        for failure in [
            controller.try_stop(id).map(drop),
            controller.try_status(id).map(drop),
        ] {
            assert_eq!(failure.expect_err("it can't be an id").code, "invalid_user");
        }
    }
    assert_eq!(controller.list(), []);
    assert!(world.containers().is_empty());
}
