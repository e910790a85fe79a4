//! What containers print, and what they take.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use portreeve_tests::answer::Endpoint;
use portreeve_tests::world::World;
use serde_json::{Value, json};

use crate::configured::{Program, keys};

pub fn a_log_is_told_as_text_and_as_documents(world: &World) {
    let program = Program::new(world);
    let (message, _) = program.fails(&["logs", "alice"], 1, "unknown_user");
    assert_eq!(message, "there is no such user");
    let endpoint = program.document(&["ensure", "alice"]);
    let endpoint: Endpoint = serde_json::from_value(endpoint).unwrap();
    endpoint.say(&format!("one\tmy {}\ntwo\n", endpoint.token));
    let text = program.words(&["logs", "alice", "--tail", "2"]);
    assert_eq!(text, "one\tmy [token]\ntwo\n");
    assert_eq!(program.words(&["logs", "alice", "--tail", "0"]), "");
    assert_eq!(
        program
            .words(&["logs", "alice", "--since", "1h"])
            .lines()
            .count(),
        3
    );

    let run = program.run(&["logs", "alice", "--tail", "1", "--json"]);
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""));
    let line: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(keys(&line), ["at", "output", "text"]);
    assert_eq!(
        (&line["output"], &line["text"]),
        (&json!("stdout"), &json!("two"))
    );
    let at = line["at"].as_str().unwrap();
    assert_eq!(program.words(&["logs", "alice", "--since", at]), "two\n");

    world.engine.remove(&world.container("alice").id());
    program.fails(&["logs", "alice"], 1, "no_container");
}

pub fn who_follows_a_log_ends_it_with_a_signal(world: &World) {
    let program = Program::new(world);
    let endpoint = program.document(&["ensure", "alice"]);
    let endpoint: Endpoint = serde_json::from_value(endpoint).unwrap();
    for (signal, exit) in [("INT", 130), ("TERM", 143)] {
        let mut command = program.command(&["logs", "--follow", "alice"]);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Whether or not it follows already: what is said after this is told in any case.
        program.document(&["restart", "alice"]);
        endpoint.say(&format!("{signal}\n"));
        let mut told = lines.by_ref().map(Result::unwrap);
        assert!(told.any(|line| line == signal));
        interrupt(&child, signal);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(exit));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

pub fn a_signal_ends_what_waits_with_its_number(world: &World) {
    let program = Program::new(world).with("PORTREEVE_READINESS", "tcp").with(
        "PORTREEVE_TEMPLATE_ENVIRONMENT_GATEWAY_READY_AFTER_MS",
        "600000",
    );
    let mut command = program.command(&["ensure", "alice", "--json"]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let child = child.unwrap();
    world.await_state("alice", "running");
    interrupt(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["error"]["code"], "interrupted");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

fn interrupt(child: &Child, signal: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &id])
        .status();
    assert!(sent.unwrap().success());
}

pub fn what_containers_take_is_told_once_to_programs(world: &World) {
    let program = Program::new(world);
    assert_eq!(program.words(&["top"]), "Nobody runs.\n");
    for user in ["alice", "bob"] {
        program.document(&["ensure", user]);
    }
    program.document(&["stop", "bob"]);
    let reading = program.document(&["top", "--sort", "idle"]);
    let [taken] = &reading.as_array().unwrap()[..] else {
        panic!("not one who runs: {reading}");
    };
    assert_eq!(taken["user"], "alice");
    assert_eq!(taken["container_id"], json!(world.container("alice").id()));
    assert!(taken["memory_bytes"].as_u64().unwrap() > 0, "{taken}");
    assert!(taken["cpu_percent"].as_f64().unwrap() >= 0.0, "{taken}");
    let text = program.words(&["top"]);
    let head: Vec<_> = text.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(head, ["USER", "CPU", "MEMORY", "RECEIVED", "SENT", "IDLE"]);
    assert!(text.lines().nth(1).unwrap().starts_with("alice"), "{text}");
}
