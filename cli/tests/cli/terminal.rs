//! What others' texts do to a terminal: nothing.

use crate::program::Home;

/// Sets the direction of writing, so that what follows is read backwards.
const BACKWARDS: char = '\u{202e}';

#[test]
fn an_id_that_turns_the_direction_of_writing_is_written_out() {
    let home = Home::new();
    let user = format!("a{BACKWARDS}b");
    let text = home.run(&["touch", &user]);
    assert_eq!(text.stdout, "a\\u{202e}b is unknown: nothing was noted\n");
    let json = home.run(&["touch", &user, "--json"]);
    let exact = format!("{{\"user\":\"{user}\",\"touched\":false}}\n");
    assert_eq!(json.stdout, exact, "programs are told the id as it is");
}

#[test]
fn an_error_and_a_log_steer_no_terminal() {
    let home = Home::new();
    let wrong = format!("x{BACKWARDS}y\u{1b}[2J");
    for args in [
        &["list", "--store", &format!("sqlite:{wrong}/s")][..],
        &["list", "--set", &wrong],
        &["list", &wrong],
        &["limit", "alice", &wrong],
        &["list", "-vvv", "--config", &wrong],
        &["touch", &wrong, "-vvv"],
    ] {
        home.write(&wrong, "no directory");
        let run = home.run(args);
        let shown = run.stdout + &run.stderr;
        assert!(
            !shown.contains([BACKWARDS, '\u{1b}']),
            "{args:?}: {shown:?}"
        );
        assert!(!shown.is_empty(), "{args:?}");
    }
}
