//! Simulated storms, from the command line.

use serde_json::Value;

use crate::program::Home;

#[test]
fn the_same_seed_prints_the_same_bytes() {
    let run = || Home::new().run(&["simulate", "--seed", "7", "--trace"]);
    let (one, other) = (run(), run());
    assert_eq!((one.exit, one.stderr.as_str()), (0, ""));
    assert_eq!(one.stdout, other.stdout);
    assert!(
        one.stdout.ends_with("No promise was broken.\n"),
        "{}",
        one.stdout
    );
}

#[test]
fn many_storms_are_counted_together() {
    let run = Home::new().run(&["simulate", "--seeds", "20", "--faults", "light", "--json"]);
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""));
    let told: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(told["storms"], 20);
    assert_eq!(told["faults"], "light");
    assert!(told["commands"].as_u64().unwrap() > 20, "{told}");
    assert_eq!(told["broken"], Value::Array(Vec::new()));
}

/// A script is played as it is written, and nothing else is asked for.
#[test]
fn a_script_is_played() {
    let home = Home::new();
    let script = home.write("script.txt", "# one\n0.5 ask 0 ensure \"alice\"\n");
    let run = home.run(&[
        "simulate",
        "--faults",
        "none",
        "--trace",
        "--script",
        script.to_str().unwrap(),
    ]);
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""));
    let asked = "0.500000  host    asks c0 to ensure \"alice\"";
    assert!(run.stdout.contains(asked), "{}", run.stdout);
}

#[test]
fn a_mistake_in_a_script_is_named() {
    let home = Home::new();
    let script = home.write("script.txt", "0.5 dance 0\n");
    let run = home.run(&["simulate", "--json", "--script", script.to_str().unwrap()]);
    assert_eq!(run.exit, 2);
    let (code, message, _) = run.error();
    assert_eq!(code, "usage");
    assert!(
        message.ends_with("is no script: line 1: there is no input \"dance\""),
        "{message}"
    );
}
