//! What `doctor` says of secrets that others can read on their way.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::program::{Home, checks};

const PASSWORD: &str = "s3cret";

fn home() -> Home {
    Home::new()
        .with(
            "PORTREEVE_KEY",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        )
        .with("PORTREEVE_TIMING_STORE", "100ms")
        .with("PORTREEVE_TIMING_ENGINE", "100ms")
}

/// `doctor` warns of what this variable names on another machine, says nothing about it where it is on
/// this one, and shows no password.
#[track_caller]
fn warns_of_another_machine(variable: &str, check: &str, on: impl Fn(&str) -> String) {
    let told = |host| {
        let run = home().with(variable, &on(host)).run(&["doctor", "--json"]);
        assert!(!run.stdout.contains(PASSWORD), "{}", run.stdout);
        (checks(&run.document(), check), run.stdout)
    };
    let (quiet, stdout) = told("127.0.0.1:1");
    assert!(quiet.is_empty(), "{stdout}");
    let (warned, stdout) = told("elsewhere.invalid");
    let [warning] = &warned[..] else {
        panic!("{stdout}");
    };
    assert_eq!(warning["status"], "warn");
}

#[test]
fn doctor_warns_of_a_database_without_tls_on_another_machine() {
    warns_of_another_machine("PORTREEVE_STORE", "store without TLS", |host| {
        format!("postgres://me:{PASSWORD}@{host}/x")
    });
}

#[test]
fn doctor_warns_of_an_engine_over_plain_tcp_on_another_machine() {
    warns_of_another_machine("DOCKER_HOST", "engine without TLS", |host| {
        format!("tcp://{host}")
    });
}

#[test]
fn doctor_warns_of_secrets_on_the_command_line() {
    let store = format!("postgres://me:{PASSWORD}@127.0.0.1:1/x");
    let variable = format!("template.environment.API_KEY={PASSWORD}");
    let args = ["doctor", "--json", "--store", &store, "--set", &variable];
    let run = home().run(&args);
    let told = checks(&run.document(), "command line");
    let [check] = &told[..] else {
        panic!("{}", run.stdout);
    };
    assert_eq!(check["status"], "warn");
    assert_eq!(
        check["detail"],
        "the process list shows the store's password in --store and template.environment.API_KEY in --set"
    );
    let mend = check["mend"].as_str().unwrap();
    assert!(mend.contains("PORTREEVE_STORE"), "{mend}");
    assert!(!run.stdout.contains(PASSWORD), "{}", run.stdout);
    let quiet = home()
        .with("PORTREEVE_STORE", &store)
        .run(&["doctor", "--json"]);
    assert!(checks(&quiet.document(), "command line").is_empty());
}

#[test]
fn doctor_warns_of_a_store_that_others_may_write() {
    let home = home();
    let doctor = || {
        home.run(&["doctor", "--json", "--store", "sqlite:s.db"])
            .document()
    };
    let file = home.write("s.db", "");
    assert!(checks(&doctor(), "store's file").is_empty());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    let told = checks(&doctor(), "store's file");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["status"], "warn");
    assert_eq!(told[0]["mend"], "chmod go-w s.db");
    assert!(told[0]["detail"].as_str().unwrap().contains("0666"));
}
