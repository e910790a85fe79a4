//! What a look tells: of the engine, of containers, of what happens, of a log.

use portreeve_core::effect::{ContainerRef, EngineEffect, Scope};
use portreeve_core::id::{ContainerId, EngineId};
use portreeve_core::label::Labelled;
use portreeve_core::observed::ContainerState;
use portreeve_core::outcome::EngineOutcome::{
    Absent, Examined, Found, Identified, Listed, Log, Unreachable,
};
use serde_json::json;

use super::effects::outcome;
use super::effects::{
    answers, by_id, by_name, examine, image, inspect_volume, is_refused, is_unclear, list, logs,
    network, remove, remove_volume, says, start, stop, unpause, watch,
};

#[test]
fn engines_and_their_ids() {
    assert_eq!(
        answers(
            &EngineEffect::Identify,
            &json!({"ID": "DGCE:AUQQ", "Name": "h"})
        ),
        Identified(EngineId::new("DGCE:AUQQ"))
    );
    let podman = |id: &str| {
        json!({
            "ID": id,
            "BuildahVersion": "1.39.3",
            "Name": "h",
            "DockerRootDir": "/var/lib/containers/storage",
        })
    };
    let same = Identified(EngineId::new("podman:h:/var/lib/containers/storage"));
    assert_eq!(answers(&EngineEffect::Identify, &podman("one")), same);
    assert_eq!(answers(&EngineEffect::Identify, &podman("two")), same);
    assert!(is_unclear(
        &answers(&EngineEffect::Identify, &json!({"ID": ""})),
        "read"
    ));
}

#[test]
fn an_inspect_is_believed_only_of_what_was_asked_for() {
    let container =
        |id: &str, name: &str| json!({"Id": id, "Name": name, "State": {"Status": "running"}});
    assert!(matches!(
        answers(&by_name("user-1"), &container("9", "/user-1")),
        Found(_)
    ));
    // The engine takes a name for the beginning of an id.
    assert_eq!(
        answers(&by_name("4f"), &container("4f1c", "/user-1")),
        Absent
    );
    assert!(matches!(
        answers(&by_id(), &container("4f1c", "/renamed")),
        Found(_)
    ));
    assert_eq!(answers(&by_id(), &container("4f1cab", "/4f1c")), Absent);
    assert!(is_unclear(
        &answers(&by_id(), &json!({"Name": "/x"})),
        "read"
    ));
    assert!(is_unclear(&outcome(&by_id(), 200, b"{\"Id\":"), "read"));
}

#[test]
fn an_examination_is_believed_only_of_what_was_asked_for() {
    let container =
        |id: &str, name: &str| json!({"Id": id, "Name": name, "Config": {"Env": ["A=b"]}});
    let by_name = |name: &str| EngineEffect::Examine(ContainerRef::Name(name.into()));
    let Examined(found) = answers(&by_name("user-1"), &container("9", "/user-1")) else {
        panic!("not examined")
    };
    assert_eq!(found.environment[0].1.reveal(), "b");
    assert_eq!(
        answers(&by_name("4f"), &container("4f1c", "/user-1")),
        Absent
    );
    assert!(matches!(
        answers(&examine(), &container("4f1c", "/renamed")),
        Examined(_)
    ));
    assert_eq!(answers(&examine(), &container("4f1cab", "/4f1c")), Absent);
    assert!(is_unclear(&answers(&examine(), &json!({})), "read"));
}

#[test]
fn a_list_reads_as_observed_containers() {
    let Listed(containers) = answers(
        &list(),
        &json!([{"Id": "1", "Labels": {}, "State": "exited", "Status": "Exited (3) 2 hours ago"}]),
    ) else {
        panic!("not a list")
    };
    assert_eq!(containers.len(), 1);
    assert_eq!(
        containers[0].state,
        ContainerState::Stopped { exit_code: Some(3) }
    );
    assert_eq!(answers(&list(), &json!([])), Listed(vec![]));
    assert!(is_unclear(&answers(&list(), &json!({})), "read"));
}

#[test]
fn a_list_that_can_not_be_read_whole_says_so() {
    let answer = json!([{"Id": "1", "Labels": {}}, {"Names": ["/a"]}, {"Id": "2", "Labels": null}]);
    let portreeve_core::outcome::EngineOutcome::ListedInPart { containers, unread } =
        answers(&list(), &answer)
    else {
        panic!("not a list in part")
    };
    assert_eq!(containers.len(), 2);
    assert_eq!(unread, "a has no id, and 1 more are unreadable");
}

#[test]
fn a_list_by_ids_keeps_whole_ids_alone() {
    let ids = ["4f1c", "5a2d"].map(ContainerId::new);
    let answer = json!([
        // Nobody's: it bears no labels.
        {"Id": "4f1c", "Names": ["/n"], "State": "running", "Labels": null},
        {"Id": "4f1cab", "Names": ["/x"], "State": "running", "Labels": {}},
        {"Id": "4f", "Names": ["/5a2d"], "State": "running"},
    ]);
    let Listed(found) = answers(&EngineEffect::List(Scope::Ids(ids.to_vec())), &answer) else {
        panic!("not a list")
    };
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].id, &found[0].labels), (&ids[0], &Labelled::Not));
}

#[test]
fn a_container_that_is_not_there() {
    let docker = "No such container: 4f1c";
    let podman = r#"{"cause":"no such container","message":"no container with name or ID \"4f1c\" found: no such container","response":404}"#;
    for effect in [
        by_name("x"),
        by_id(),
        examine(),
        start(),
        stop(),
        unpause(),
        remove(),
        logs(),
    ] {
        assert_eq!(says(&effect, 404, docker), Absent, "{effect:?}");
        assert_eq!(
            outcome(&effect, 404, podman.as_bytes()),
            Absent,
            "{effect:?}"
        );
    }
}

#[test]
fn a_404_of_somebody_else_is_not_absence() {
    for effect in [
        by_id(),
        examine(),
        image(),
        network(),
        inspect_volume(),
        remove_volume(),
        stop(),
        remove(),
    ] {
        let unknown_path = says(&effect, 404, "page not found");
        assert!(
            is_refused(&unknown_path, "page not found"),
            "{unknown_path:?}"
        );
        let proxy = outcome(&effect, 404, b"<html>404 Not Found</html>");
        assert!(is_unclear(&proxy, "404"), "{proxy:?}");
        assert!(is_unclear(&outcome(&effect, 404, b""), "without a word"));
    }
}

#[test]
fn events_that_never_begin_and_those_that_end() {
    for (status, message) in [
        (400, "boom"),
        (404, "page not found"),
        (500, "boom"),
        (301, ""),
    ] {
        let outcome = says(&watch(), status, message);
        assert!(
            matches!(&outcome, Unreachable(why) if why.contains(&status.to_string())),
            "{outcome:?}"
        );
    }
    assert!(is_unclear(&outcome(&watch(), 200, b""), "ended"));
}

#[test]
fn logs_are_lines() {
    assert_eq!(
        outcome(&logs(), 200, b"\x01\0\0\0\0\0\0\x04one\n"),
        Log(vec!["one".into()])
    );
    assert_eq!(
        says(
            &logs(),
            501,
            "configured logging driver does not support reading"
        ),
        Log(vec![])
    );
}
