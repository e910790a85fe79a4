//! What holds of every answer, whatever its words: what they mean, and what is shown of them.

use portreeve_core::effect::EngineEffect;
use portreeve_core::outcome::EngineOutcome::{Conflict, Unclear};
use proptest::prelude::*;
use serde_json::json;

use super::effects::outcome;
use super::effects::{all, create, is_refused, is_unclear, says, start, stop, unpause, volume};

#[test]
fn lasting_failures_are_refused_and_others_unclear() {
    for message in [
        r#"could not select device driver "" with capabilities: [[gpu]]"#,
        "OCI runtime create failed: container_linux.go:380: starting container process caused",
    ] {
        assert!(is_refused(&says(&start(), 500, message), &message[..20]));
    }
    let shim =
        r#"failed to create shim task: exec: "/nope": stat /nope: no such file or directory"#;
    assert!(is_refused(&says(&start(), 400, shim), "/nope"));
    for effect in all() {
        for status in [100, 301, 429, 502, 503, 599, 999] {
            let outcome = says(&effect, status, "boom");
            assert!(is_unclear(&outcome, "boom"), "{effect:?} {outcome:?}");
        }
        for status in [401, 403] {
            assert!(is_refused(&says(&effect, status, "boom"), "boom"));
        }
    }
    assert!(is_unclear(
        &says(&stop(), 500, "boom"),
        "answered 500: boom"
    ));
}

/// A word that means something may turn up in another answer, too, and so may a status.
#[test]
fn half_a_meaning_is_none() {
    let is_unclear = |effect: &EngineEffect, status, text| {
        let told = says(effect, status, text);
        assert!(matches!(told, Unclear(_)), "{status} {text}: {told:?}");
    };
    let is_conflict = |effect: &EngineEffect, text| {
        let told = says(effect, 409, text);
        assert!(matches!(told, Conflict(_)), "{text}: {told:?}");
    };
    is_unclear(&create(), 503, "no such image");
    is_unclear(&start(), 500, "endpoint with name x can't be found");
    is_unclear(&start(), 500, "layer already exists");
    is_unclear(&start(), 500, "removal of container failed");
    is_unclear(&start(), 500, "a health check is in progress");
    is_conflict(&volume(), "volume is in use");
    is_unclear(&volume(), 500, "volume name must be unique");
    is_conflict(&unpause(), "container is marked otherwise");
    is_unclear(&unpause(), 503, "container is not paused");
}

#[test]
fn an_error_never_repeats_the_token() {
    let text = "invalid environment variable: =hunter2-hunter2 and a";
    for (status, body) in [
        (400, json!({"message": text}).to_string()),
        (500, text.to_string()),
        (409, json!({"message": text}).to_string()),
    ] {
        let shown = format!("{:?}", outcome(&create(), status, body.as_bytes()));
        assert!(shown.contains("variable: =.. and a"), "{shown}");
    }
}

/// Found by the fuzzer: what stood between its characters was cut out after it had been looked for.
#[test]
fn an_error_never_puts_the_token_together() {
    let text = "invalid: =hunter2\u{7}-hunter2 and a";
    let body = json!({"message": text}).to_string();
    let shown = format!("{:?}", outcome(&create(), 400, body.as_bytes()));
    assert!(shown.contains("invalid: =.. and a"), "{shown}");
}

#[test]
fn words_are_bounded() {
    for effect in all() {
        let outcome = says(&effect, 400, &"long ".repeat(100_000));
        assert!(format!("{outcome:?}").len() < 1100);
    }
}

proptest! {
    #[test]
    fn no_answer_panics(
        which in 0..18_usize,
        status in prop_oneof![Just(200_u16), Just(404), Just(409), Just(500), any::<u16>()],
        body in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            r#"\{"(Id|Name|State|Labels|message|error)":(null|"\PC{0,30}"|\[\]|\{"Status":3\})\}"#
                .prop_map(String::into_bytes),
        ],
    ) {
        let _ = outcome(&all()[which], status, &body);
    }
}
