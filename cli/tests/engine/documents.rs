//! The JSON documents: exactly the documented keys, and what is in them is true.

use jiff::{SignedDuration, Timestamp};
use portreeve_tests::answer::Endpoint;
use portreeve_tests::world::World;
use serde_json::{Value, json};

use crate::configured::{Program, keys};

const OF_ENSURE: [&str; 8] = [
    "container_id",
    "container_name",
    "outcome",
    "port",
    "status",
    "token",
    "url",
    "user",
];
const OF_STATUS: [&str; 8] = [
    "container_id",
    "container_name",
    "last_active",
    "outdated",
    "port",
    "status",
    "url",
    "user",
];

fn with(keys: &[&'static str], further: &'static str) -> Vec<&'static str> {
    let mut keys = [keys, &[further]].concat();
    keys.sort_unstable();
    keys
}

pub fn ensure_tells_where_the_container_answers(world: &World) {
    let program = Program::new(world);
    let created = program.document(&["ensure", "alice"]);
    assert_eq!(keys(&created), OF_ENSURE);
    assert_eq!(created["status"], "running");
    let endpoint: Endpoint = serde_json::from_value(created.clone()).unwrap();
    assert_eq!(endpoint.user, "alice");
    assert_eq!(endpoint.outcome, "created");
    assert_eq!(endpoint.url, format!("http://127.0.0.1:{}", endpoint.port));
    assert_eq!(endpoint.container_name, world.container_name("alice"));
    assert_eq!(endpoint.container_id, world.container("alice").id());
    endpoint.answers();

    let again = program.document(&["ensure", "alice"]);
    let mut expected = created;
    expected["outcome"] = json!("already_running");
    assert_eq!(again, expected);
}

pub fn status_and_list_tell_what_is_known(world: &World) {
    let program = Program::new(world);
    assert_eq!(program.document(&["list"]), json!([]));
    let ensured = program.document(&["ensure", "b"]);
    let running = program.document(&["status", "b"]);
    assert_eq!(keys(&running), OF_STATUS);
    assert_eq!(running["status"], "running");
    assert_eq!(running["outdated"], false);
    for key in ["user", "port", "url", "container_id", "container_name"] {
        assert_eq!(running[key], ensured[key], "{key}");
    }
    assert!(is_now(&running["last_active"]), "{running}");

    let other = program.with("PORTREEVE_TEMPLATE_MEMORY", "64MiB");
    let outdated = other.document(&["status", "b"]);
    assert_eq!(outdated["outdated"], true, "by another configuration");

    let program = Program::new(world);
    program.document(&["stop", "b"]);
    let stopped = program.document(&["status", "b"]);
    let mut expected = running;
    expected["status"] = json!("stopped");
    expected["url"] = Value::Null;
    expected["exit_code"] = json!(0);
    assert_eq!(stopped, expected, "the port stays claimed");

    program.document(&["ensure", "a"]);
    let alice = program.document(&["status", "a"]);
    assert_eq!(program.document(&["list"]), json!([alice, stopped]));
}

fn is_now(rfc3339: &Value) -> bool {
    let time: Timestamp = rfc3339.as_str().unwrap().parse().unwrap();
    time.duration_until(Timestamp::now()).abs() < SignedDuration::from_mins(1)
}

pub fn health_is_told_where_there_is_a_check(world: &World) {
    let program = Program::new(world)
        .with("PORTREEVE_READINESS", "healthy")
        .with(
            "PORTREEVE_TEMPLATE_HEALTH_CHECK",
            r#"{ test = ["CMD", "/gateway", "health"], interval = "200ms", retries = 100 }"#,
        );
    program.document(&["ensure", "alice"]);
    let status = program.document(&["status", "alice"]);
    assert_eq!(keys(&status), with(&OF_STATUS, "health"));
    assert_eq!(status["health"], "healthy");
}

pub fn a_failed_start_is_told_with_its_reason(world: &World) {
    let program = Program::new(world)
        .with("PORTREEVE_READINESS", "http:/health")
        .with("PORTREEVE_TEMPLATE_ENVIRONMENT_GATEWAY_EXIT", "3")
        .with(
            "PORTREEVE_TEMPLATE_ENVIRONMENT_GATEWAY_LAST_WORDS",
            "no disk left",
        );
    let run = program.run(&["ensure", "alice", "--json"]);
    assert_eq!((run.exit, run.error().0.as_str()), (1, "start_failed"));

    let status = program.document(&["status", "alice"]);
    let keys_of_a_failure = with(&with(&OF_STATUS, "failure"), "exit_code");
    assert_eq!(keys(&status), keys_of_a_failure);
    assert_eq!(status["exit_code"], 3);
    assert_eq!(status["status"], "failed");
    let failure = &status["failure"];
    let expected = ["count", "exit_code", "log", "reason", "retry_in_seconds"];
    assert_eq!(keys(failure), expected);
    assert_eq!(
        (&failure["count"], &failure["exit_code"]),
        (&json!(1), &json!(3))
    );
    let log = failure["log"].as_array().unwrap();
    assert_eq!(log.last(), Some(&json!("no disk left")));
}

pub fn stop_tells_what_it_did(world: &World) {
    let program = Program::new(world);
    program.document(&["ensure", "alice"]);
    let stop = |user: &str| program.document(&["stop", user]);
    let stopped = |changed| json!({"user": "alice", "status": "stopped", "changed": changed});
    assert_eq!(stop("alice"), stopped(true));
    assert_eq!(world.container("alice").state(), "exited");
    assert_eq!(stop("alice"), stopped(false));
    assert_eq!(
        stop("nobody"),
        json!({"user": "nobody", "status": "unknown", "changed": false})
    );
}

pub fn touch_tells_whether_there_is_such_a_user(world: &World) {
    let program = Program::new(world);
    let touch = |user: &str| program.document(&["touch", user]);
    assert_eq!(touch("alice"), json!({"user": "alice", "touched": false}));
    program.document(&["ensure", "alice"]);
    let last_active = || program.document(&["status", "alice"])["last_active"].clone();
    let ensured = last_active();
    assert_eq!(touch("alice"), json!({"user": "alice", "touched": true}));
    let time = |value: Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
    assert!(time(last_active()) > time(ensured));
}
