//! Another engine under the name: the store knows one, and `DOCKER_HOST` leads to another.

use hyper::Method;
use portreeve_tests::world::World;
use serde_json::Value;

use crate::configured::Program;
use crate::simulated::Engine;

const COMMANDS: &[&[&str]] = &[
    &["ensure", "alice"],
    &["stop", "alice"],
    &["restart", "alice"],
    &["rotate", "alice"],
    &["adopt", "alice"],
    &["purge", "alice", "--yes"],
    &["status", "alice"],
    &["list"],
    &["health"],
    &["reap"],
    &["repair", "--dry-run"],
    &["repair"],
    &["ensure", "bob"],
    &["stop", "bob"],
];

pub fn whatever_is_asked_is_refused_on_another_engine(world: &World) {
    let program = Program::new(world);
    let ensured = program.document(&["ensure", "alice"]);
    let other = Engine::start(&["--tcp", "127.0.0.1:0"]);
    let elsewhere = Program::new(world).with("DOCKER_HOST", &other.address.url());
    for command in COMMANDS {
        let (message, hint) = elsewhere.fails(command, 1, "engine_changed");
        assert!(message.contains("local"), "{message}");
        assert!(hint.contains("DOCKER_HOST"), "{hint}");
    }
    let there = |target| other.done(Method::GET, target, &Value::Null);
    assert_eq!(there("/containers/json?all=true"), Value::Array(Vec::new()));
    assert_eq!(there("/volumes")["Volumes"], Value::Array(Vec::new()));
    let networks = there("/networks").to_string();
    assert!(!networks.contains(&world.plan().network), "{networks}");

    // Nothing has changed where it was meant.
    let again = program.document(&["ensure", "alice"]);
    assert_eq!(again["outcome"], "already_running");
    for key in ["container_id", "port", "token"] {
        assert_eq!(again[key], ensured[key], "{key}");
    }
    assert_eq!(
        program.document(&["repair"])["findings"],
        Value::Array(Vec::new())
    );
}
