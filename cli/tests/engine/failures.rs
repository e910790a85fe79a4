//! How the program ends when something is in the way, and what it says: one JSON line or two lines
//! for people, on stderr, and nothing on stdout.

use portreeve_tests::stores::{self, Store};
use portreeve_tests::world::World;

use crate::configured::{Program, store};

pub fn an_unknown_user_ends_with_1(world: &World) {
    let program = Program::new(world);
    let (_, hint) = program.fails(&["status", "nobody"], 1, "unknown_user");
    assert!(hint.contains("ensure"), "{hint}");
}

pub fn a_taken_name_ends_with_1(world: &World) {
    let name = world.container_name("alice");
    world.foreign_container(&name);
    let (message, _) = Program::new(world).fails(&["ensure", "alice"], 1, "name_taken");
    assert!(message.contains(&name), "{message}");
    assert_eq!(world.containers().len(), 1, "there is none beside it");
}

pub fn an_engine_out_of_reach_ends_with_3(world: &World) {
    let program = Program::new(world);
    program.document(&["ensure", "alice"]);
    let program = program
        .with("DOCKER_HOST", "unix:///nonexistent/engine.sock")
        .impatient();
    for command in [&["ensure", "alice"][..], &["stop", "alice"]] {
        let (message, hint) = program.fails(command, 3, "engine_unreachable");
        assert!(message.contains("/nonexistent/engine.sock"), "{message}");
        assert!(hint.contains("DOCKER_HOST"), "{hint}");
    }
    // The store alone knows that.
    assert_eq!(program.document(&["touch", "alice"])["touched"], true);
}

pub fn a_store_out_of_reach_ends_with_4(world: &World) {
    let nowhere = match &world.plan().store {
        Store::Sqlite(_) => Store::Sqlite("/proc/nonexistent/store.db".into()),
        // Nothing listens on port 1.
        Store::Postgres(url) => Store::Postgres(stores::with_address(url, "127.0.0.1:1")),
    };
    let program = Program::new(world)
        .with("PORTREEVE_STORE", &store(&nowhere))
        .impatient();
    for command in [
        &["ensure", "alice"][..],
        &["stop", "alice"],
        &["touch", "alice"],
        &["status", "alice"],
        &["list"],
    ] {
        program.fails(command, 4, "store_unreachable");
    }
    assert!(world.containers().is_empty(), "nothing without a record");
}
