//! What is said when the engine or the store is not in reach.

use std::time::{Duration, Instant};

use crate::program::Home;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// Nothing listens on port 1.
const NO_POSTGRES: &str = "postgres://me:s3cret@127.0.0.1:1/x";

#[test]
fn without_an_engine_commands_that_need_it_end_with_3() {
    let home = Home::new();
    let run = home.run(&["ensure", "alice", "--json"]);
    assert_eq!(run.exit, 3);
    let (code, message, _) = run.error();
    assert_eq!(code, "engine_unreachable");
    assert!(message.contains("no-engine.sock"), "{message}");
}

#[test]
fn without_a_store_commands_end_with_4() {
    let home = Home::new()
        .with("PORTREEVE_KEY", KEY)
        .with("PORTREEVE_STORE", NO_POSTGRES);
    for args in [&["touch", "alice"][..], &["status", "alice"], &["list"]] {
        let run = home.run(&[args, &["--json"]].concat());
        assert_eq!(run.exit, 4, "{args:?}: {}", run.stderr);
        assert_eq!(run.error().0, "store_unreachable");
        assert!(!run.stderr.contains("s3cret"));
    }
}

#[test]
fn a_store_that_cannot_be_opened_is_told_at_once_and_ends_with_4() {
    let home = Home::new()
        .with("PORTREEVE_TIMING_PATIENCE", "20s")
        .with("PORTREEVE_TIMING_ANSWER", "60s");
    home.write("file", "");
    for place in [".", "file/store.db", "/proc/nonexistent/store.db"] {
        let store = format!("sqlite:{place}");
        for command in [&["ensure", "alice"][..], &["status", "alice"], &["list"]] {
            let begun = Instant::now();
            let run = home.run(&[command, &["--json", "--store", &store]].concat());
            assert!(begun.elapsed() < Duration::from_secs(10), "{command:?}");
            assert_eq!(run.exit, 4, "{command:?}: {}", run.stderr);
            let (code, message, hint) = run.error();
            assert_eq!(code, "store_unreachable");
            assert!(message.contains(place), "{message}");
            assert!(hint.contains("PORTREEVE_STORE"), "{hint}");
        }
    }
    assert!(!home.state().join("key").exists(), "it needs no key");
}

#[test]
fn a_store_that_is_no_database_is_refused_with_1() {
    let home = Home::new().with("PORTREEVE_KEY", KEY);
    home.write("text", &"not a database at all".repeat(100));
    let run = home.run(&["list", "--json", "--store", "sqlite:text"]);
    assert_eq!(run.exit, 1, "{}", run.stderr);
    assert_eq!(run.error().0, "store_refused");
}

#[test]
fn an_unknown_user_is_an_error_of_status_alone() {
    let home = Home::new();
    let touched = home.run(&["touch", "nobody", "--json"]);
    assert_eq!(touched.stdout, "{\"user\":\"nobody\",\"touched\":false}\n");
    assert_eq!(touched.exit, 0);
}

#[test]
fn doctor_without_an_engine_ends_with_3_and_says_how_to_get_one() {
    let home = Home::new();
    let run = home.run(&["doctor", "--json"]);
    assert_eq!(run.exit, 3);
    let report = run.document();
    assert_eq!(report["ok"], false);
    let check = |name: &str| {
        let checks = report["checks"].as_array().unwrap();
        checks
            .iter()
            .find(|check| check["name"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(check("engine")["status"], "fail");
    assert!(
        check("engine")["mend"]
            .as_str()
            .unwrap()
            .contains("DOCKER_HOST")
    );
    for name in ["configuration", "store", "key", "advertised host"] {
        assert_eq!(check(name)["status"], "ok", "{name}");
    }
    assert!(!home.state().exists(), "a look changes nothing");
}

#[test]
fn doctor_explains_what_a_remote_engine_needs() {
    let home = Home::new().with("DOCKER_HOST", "tcp://127.0.0.2:1");
    let local = home.run(&["doctor", "--json"]).document();
    assert!(local.to_string().contains("URLs name 127.0.0.1"));
    let home = Home::new()
        .with("DOCKER_HOST", "tcp://engine.invalid:2375")
        .with("PORTREEVE_TIMING_ENGINE", "2s");
    let run = home.run(&["doctor", "--json"]);
    let report = run.document();
    assert!(
        report.to_string().contains("set advertised_host"),
        "{report}"
    );
    let home = home.with("PORTREEVE_ADVERTISED_HOST", "engine.invalid");
    let report = home.run(&["doctor", "--json"]).document();
    assert!(report.to_string().contains("set publish_on"), "{report}");
}

#[test]
fn doctor_reports_a_wrong_configuration_and_ends_with_2() {
    let home = Home::new();
    home.write("p.toml", "netwrok = \"x\"");
    let run = home.run(&["doctor", "--json", "--config", "p.toml"]);
    assert_eq!(run.exit, 2);
    assert!(
        run.document()["checks"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("network")
    );
}

#[test]
fn demo_without_an_engine_says_so_and_how_to_get_one() {
    let run = Home::new().run(&["demo"]);
    assert_eq!((run.exit, run.stdout.as_str()), (3, ""));
    assert!(run.stderr.contains("the demo needs a container engine"));
    assert!(run.stderr.contains("apt install docker.io"));
}

#[test]
fn demo_where_nobody_names_an_engine_and_none_is_plays_on_a_simulated_one() {
    let usual = std::path::Path::new("/var/run/docker.sock");
    if usual.exists() {
        eprintln!("left out: there is an engine in the usual place");
        return;
    }
    let run = Home::new()
        .with("DOCKER_HOST", "")
        .with("PORTREEVE_TIMING_ANSWER", "30s")
        .run(&["demo"]);
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert!(
        run.stdout
            .contains("Portreeve on a simulated engine instead")
    );
    assert!(run.stdout.contains("hello, this is bob's gateway"));
}
