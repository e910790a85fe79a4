//! What the command line takes, and how it says that it doesn't.

use crate::program::Home;

#[test]
fn a_wrong_command_line_is_an_error_with_status_2() {
    let home = Home::new();
    for args in [
        &["ensur", "alice"][..],
        &["ensure"],
        &["list", "--jso"],
        &[],
        &["status", "a", "b"],
    ] {
        let run = home.run(args);
        assert_eq!((run.exit, run.stdout.as_str()), (2, ""), "{args:?}");
        assert!(run.stderr.contains("Usage"), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn with_json_a_wrong_command_line_is_a_json_line_too() {
    for args in [
        &["--json", "ensur", "alice"][..],
        &["ensur", "alice", "--json"],
    ] {
        let run = Home::new().run(args);
        assert_eq!(run.exit, 2);
        let (code, message, _) = run.error();
        assert_eq!(code, "usage");
        assert_eq!(message, "unrecognized subcommand 'ensur'");
    }
}

#[test]
fn help_is_no_error_and_lists_statuses_and_codes() {
    for args in [&["--help"][..], &["help"], &["--json", "--help"]] {
        let run = Home::new().run(args);
        assert_eq!((run.exit, run.stderr.as_str()), (0, ""), "{args:?}");
        for expected in [
            "3  the engine was not reached",
            "ports_exhausted",
            "start_failed",
        ] {
            assert!(run.stdout.contains(expected), "{expected}");
        }
        assert!(!run.stdout.contains("demo-gateway"));
    }
}

#[test]
fn global_flags_stand_before_or_after_the_command() {
    let home = Home::new();
    let before = home
        .run(&["--json", "--set", "network=n", "config"])
        .document();
    let after = home
        .run(&["config", "--set", "network=n", "--json"])
        .document();
    assert_eq!(before, after);
    assert!(before.to_string().contains("--set"));
}

#[test]
fn a_user_id_that_cannot_be_is_refused_before_anything_is_asked() {
    let home = Home::new();
    for user in ["", &"x".repeat(257)] {
        for command in ["ensure", "stop", "touch", "status"] {
            let run = home.run(&[command, user, "--json"]);
            assert_eq!(run.exit, 2);
            assert_eq!(run.error().0, "invalid_user");
        }
    }
}

#[test]
fn text_has_no_colours_where_no_terminal_shows_them() {
    let home = Home::new();
    for args in [&["config"][..], &["doctor"], &["status", "alice"]] {
        let run = home.run(args);
        assert!(
            !run.stdout.contains('\u{1b}') && !run.stderr.contains('\u{1b}'),
            "{args:?}"
        );
    }
}
