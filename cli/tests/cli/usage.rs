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
        for args in [
            &["ensure", user][..],
            &["stop", user],
            &["restart", user],
            &["touch", user],
            &["status", user],
            &["limit", user, "never"],
            &["rotate", user],
            &["adopt", user],
            &["purge", user, "--yes"],
        ] {
            let run = home.run(&[args, &["--json"]].concat());
            assert_eq!(run.exit, 2, "{args:?}");
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

#[test]
fn nothing_moves_where_no_terminal_shows_it() {
    let home = Home::new();
    for args in [&["reap"][..], &["health"], &["repair"], &["rekey"]] {
        let run = home.run(args);
        let steers = |text: &str| text.contains(|char: char| char.is_control() && char != '\n');
        assert!(!steers(&run.stdout) && !steers(&run.stderr), "{args:?}");
        // Nothing but why it failed, where it did.
        assert!(
            run.stderr.is_empty() || run.stderr.starts_with("error: "),
            "{args:?}: {}",
            run.stderr
        );
    }
}

#[test]
fn without_a_terminal_a_purge_must_be_confirmed() {
    let home = Home::new();
    let run = home.run(&["purge", "alice", "--json"]);
    assert_eq!(run.exit, 2);
    let (code, _, hint) = run.error();
    assert_eq!(code, "usage");
    assert!(hint.contains("--yes"), "{hint}");
    let run = home.run(&["purge", "alice"]);
    assert_eq!((run.exit, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("--yes"), "{}", run.stderr);
    assert!(!home.state().exists(), "it was refused before anything");
}

#[test]
fn an_idle_limit_that_is_none_is_an_error_that_names_its_form() {
    for wrong in ["45", "soon", "-5m"] {
        let run = Home::new().run(&["limit", "alice", wrong, "--json"]);
        assert_eq!((run.exit, run.error().0.as_str()), (2, "usage"), "{wrong}");
    }
    let run = Home::new().run(&["limit", "alice", "45"]);
    assert!(
        run.stderr
            .contains("expected \"never\" or a duration such as"),
        "{}",
        run.stderr
    );
}
