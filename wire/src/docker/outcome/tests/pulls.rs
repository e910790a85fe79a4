//! Pulls of an image.

use portreeve_core::outcome::EngineOutcome::{Done, Refused, Unclear};

use super::effects::outcome;
use super::effects::{is_refused, is_unclear, pull, says};

#[test]
fn pulls() {
    assert_eq!(
        outcome(
            &pull(),
            200,
            b"{\"status\":\"x\"}\r\n{\"status\":\"y\"}\r\n"
        ),
        Done
    );
    let failed = b"{\"status\":\"x\"}\r\n{\"errorDetail\":{\"message\":\"unauthorized: \\u001b[31mno\"},\"error\":\"x\"}\r\n";
    assert_eq!(
        outcome(&pull(), 200, failed),
        Refused("unauthorized: no".into())
    );
    for status in [404, 500] {
        let denied = says(
            &pull(),
            status,
            "pull access denied for a/b, repository does not exist or may require 'docker login'",
        );
        assert!(is_refused(&denied, "pull access denied"), "{denied:?}");
    }
    assert!(is_unclear(&outcome(&pull(), 200, b"{\"stat"), "read"));
}

/// What stands between us and the engine has words of its own for a pull that didn't begin.
#[test]
fn a_pull_is_refused_by_the_engine_alone() {
    for status in [404, 500] {
        let told = outcome(&pull(), status, b"<html>try again</html>");
        assert!(matches!(told, Unclear(_)), "{told:?}");
        let told = says(&pull(), status, "pull access denied");
        assert!(matches!(told, Refused(_)), "{told:?}");
    }
}
