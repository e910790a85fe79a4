//! Where the key comes from, and what is wrong with it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::program::{Home, Run, mode};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// What is said of a key that can't be used, and the way out.
#[track_caller]
fn refused(run: &Run) -> (String, String) {
    assert_eq!(run.exit, 2);
    let (code, message, hint) = run.error();
    assert_eq!(code, "key_invalid");
    (message, hint)
}

#[test]
fn a_key_file_is_made_at_first_use_for_its_owner_alone() {
    let home = Home::new();
    let key = home.state().join("key");
    home.run(&["list"]);
    let made = fs::read_to_string(&key).unwrap();
    assert_eq!(mode(&key), 0o600);
    assert_eq!(mode(&home.state()), 0o700);
    home.run(&["list"]);
    assert_eq!(fs::read_to_string(&key).unwrap(), made);
}

#[test]
fn with_a_key_in_the_variable_no_file_is_made() {
    let home = Home::new().with("PORTREEVE_KEY", KEY);
    home.run(&["list"]);
    assert!(!home.state().join("key").exists());
}

#[test]
fn a_key_file_that_others_can_read_is_refused() {
    let home = Home::new();
    let key = home.write("key", KEY);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let run = home.run(&["list", "--json", "--set", "key_file=key"]);
    let (message, hint) = refused(&run);
    assert!(
        message.contains("0644") && hint.contains("chmod 600"),
        "{message} {hint}"
    );
}

#[test]
fn a_malformed_key_is_refused_and_not_shown() {
    for wrong in ["c2VjcmV0", "not base64 at all"] {
        let run = Home::new()
            .with("PORTREEVE_KEY", wrong)
            .run(&["list", "--json"]);
        assert_eq!(run.exit, 2);
        assert_eq!(run.error().0, "key_invalid");
        assert!(!run.stderr.contains(wrong));
    }
}

#[test]
fn no_key_is_made_up_for_a_store_that_others_share() {
    let home = Home::new();
    // One that was made up for a SQLite store is not taken either.
    home.write(".local/state/portreeve/key", KEY);
    let run = home.run(&[
        "list",
        "--json",
        "--store",
        "postgres://me:pw@127.0.0.1:1/x",
    ]);
    assert_eq!(run.exit, 2);
    let (code, message, hint) = run.error();
    assert_eq!(code, "key_missing");
    assert!(message.contains("PORTREEVE_KEY") && hint.contains("PORTREEVE_KEY"));
}

#[test]
fn a_lost_key_is_not_replaced_while_its_store_is_there() {
    let home = Home::new();
    home.run(&["list"]);
    fs::write(home.state().join("portreeve.db"), "").unwrap();
    fs::remove_file(home.state().join("key")).unwrap();
    let run = home.run(&["list", "--json"]);
    assert_eq!(run.exit, 2);
    assert_eq!(run.error().0, "key_missing");
    assert!(!home.state().join("key").exists());
}

#[test]
fn a_pipe_in_the_key_files_place_is_refused_at_once() {
    let home = Home::new();
    let pipe = home.path("key");
    let made = Command::new("mkfifo")
        .args(["-m", "600"])
        .arg(&pipe)
        .status();
    assert!(made.unwrap().success());
    let run = home.run(&["list", "--json", "--set", "key_file=key"]);
    let (message, hint) = refused(&run);
    assert!(
        message.contains("the key file key is no regular file"),
        "{message}"
    );
    assert!(hint.contains("PORTREEVE_KEY"), "{hint}");
}

#[test]
fn a_key_that_others_may_replace_is_refused() {
    let home = Home::new();
    home.write("shared/key", KEY);
    let list = || home.run(&["list", "--json", "--set", "key_file=shared/key"]);
    let shared = home.path("shared");
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o777)).unwrap();
    let run = list();
    let (message, hint) = refused(&run);
    assert!(
        message.contains("the key file shared/key is not safe"),
        "{message}"
    );
    assert!(hint.contains("chmod go-w shared"), "{hint}");
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(list().exit, 0);
}
