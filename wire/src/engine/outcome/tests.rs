use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use portreeve_core::id::Port;
use portreeve_core::observed::ContainerState;
use portreeve_core::spec::{ContainerSpec, EnvValue};
use portreeve_core::template::Template;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use EngineOutcome::*;

mod networks_and_volumes;

fn id() -> ContainerId {
    ContainerId::new("4f1c")
}

fn start() -> EngineEffect {
    EngineEffect::Start { container: id() }
}

fn stop() -> EngineEffect {
    EngineEffect::Stop {
        container: id(),
        grace: Duration::from_secs(10),
    }
}

fn unpause() -> EngineEffect {
    EngineEffect::Unpause { container: id() }
}

fn remove() -> EngineEffect {
    EngineEffect::Remove { container: id() }
}

fn logs() -> EngineEffect {
    EngineEffect::Logs {
        container: id(),
        lines: 20,
    }
}

fn by_name(name: &str) -> EngineEffect {
    EngineEffect::Inspect(ContainerRef::Name(name.into()))
}

fn by_id() -> EngineEffect {
    EngineEffect::Inspect(ContainerRef::Id(id()))
}

fn list() -> EngineEffect {
    EngineEffect::List(Scope::User(
        InstallationId::from_bytes([1; 16]),
        UserId::new("u").unwrap(),
    ))
}

fn examine() -> EngineEffect {
    EngineEffect::Examine(ContainerRef::Id(id()))
}

fn watch() -> EngineEffect {
    EngineEffect::Watch {
        installation: InstallationId::from_bytes([1; 16]),
    }
}

fn image() -> EngineEffect {
    EngineEffect::InspectImage {
        image: "a/b:1".into(),
    }
}

fn pull() -> EngineEffect {
    EngineEffect::PullImage {
        image: "a/b:1".into(),
    }
}

fn network() -> EngineEffect {
    EngineEffect::InspectNetwork { name: "net".into() }
}

fn create_network() -> EngineEffect {
    EngineEffect::CreateNetwork {
        name: "net".into(),
        labels: vec![],
    }
}

fn volume() -> EngineEffect {
    EngineEffect::EnsureVolume {
        name: "vol".into(),
        labels: vec![],
    }
}

fn inspect_volume() -> EngineEffect {
    EngineEffect::InspectVolume { name: "vol".into() }
}

fn remove_volume() -> EngineEffect {
    EngineEffect::RemoveVolume { name: "vol".into() }
}

fn create() -> EngineEffect {
    EngineEffect::Create(
        ContainerSpec {
            name: "user-1".into(),
            template: Template::default(),
            entrypoint: None,
            command: None,
            environment: vec![
                (
                    "AGENT_TOKEN".into(),
                    EnvValue::new("hunter2-hunter2".into()),
                ),
                ("SHORT".into(), EnvValue::new("a".into())),
            ],
            labels: vec![],
            volume: "vol".into(),
            network: "net".into(),
            publish_on: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: Port::new(19000).unwrap(),
        }
        .into(),
    )
}

/// All that have a whole answer.
fn all() -> Vec<EngineEffect> {
    vec![
        EngineEffect::Identify,
        by_name("user-1"),
        by_id(),
        examine(),
        list(),
        image(),
        pull(),
        network(),
        create_network(),
        volume(),
        inspect_volume(),
        remove_volume(),
        create(),
        start(),
        unpause(),
        stop(),
        remove(),
        logs(),
    ]
}

/// The outcome of an answer with the engine's usual form of error.
fn says(effect: &EngineEffect, status: u16, message: &str) -> EngineOutcome {
    outcome(
        effect,
        status,
        json!({ "message": message }).to_string().as_bytes(),
    )
}

fn answers(effect: &EngineEffect, answer: &Value) -> EngineOutcome {
    outcome(effect, 200, answer.to_string().as_bytes())
}

fn is_refused(outcome: &EngineOutcome, words: &str) -> bool {
    matches!(outcome, Refused(text) if text.contains(words))
}

fn is_unclear(outcome: &EngineOutcome, words: &str) -> bool {
    matches!(outcome, Unclear(text) if text.contains(words))
}

#[test]
fn what_is_done_and_what_was_done_before() {
    for effect in [start(), stop(), unpause()] {
        assert_eq!(outcome(&effect, 204, b""), Done);
        assert_eq!(outcome(&effect, 304, b""), AlreadyDone);
    }
    assert_eq!(outcome(&remove(), 204, b""), Done);
    assert_eq!(outcome(&image(), 200, b"{}"), Done);
    assert_eq!(outcome(&create_network(), 201, b"{}"), Done);
    assert!(is_unclear(&outcome(&by_id(), 304, b""), "304"));
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
fn a_list_reads_as_observed_containers() {
    let Listed(containers) = answers(
        &list(),
        &json!([{"Id": "1", "State": "exited", "Status": "Exited (3) 2 hours ago"}, {}]),
    ) else {
        panic!("not a list")
    };
    assert_eq!(containers.len(), 1);
    assert_eq!(containers[0].state, ContainerState::Exited { code: 3 });
    assert_eq!(answers(&list(), &json!([])), Listed(vec![]));
    assert!(is_unclear(&answers(&list(), &json!({})), "read"));
}

#[test]
fn create_failures() {
    assert_eq!(
        answers(&create(), &json!({"Id": "4f1c", "Warnings": null})),
        Created(id())
    );
    assert!(is_unclear(&answers(&create(), &json!({"Id": ""})), "read"));
    let docker = r#"Conflict. The container name "/user-1" is already in use by container "9a". You have to remove (or rename) that container to be able to reuse that name."#;
    let podman = r#"creating container storage: the container name "user-1" is already in use by 9a. You have to remove that container to be able to reuse that name: that name is already in use"#;
    assert_eq!(says(&create(), 409, docker), NameTaken);
    assert_eq!(says(&create(), 500, podman), NameTaken);
    assert_eq!(says(&create(), 404, "No such image: a/b:1"), NoSuchImage);
    assert_eq!(says(&create(), 404, "a/b:1: image not known"), NoSuchImage);
    assert_eq!(
        says(
            &create(),
            500,
            "unable to find network with name or ID net: network not found"
        ),
        NoSuchNetwork
    );
    let bind = r#"invalid mount config for type "bind": bind source path does not exist: /srv"#;
    assert!(is_refused(&says(&create(), 400, bind), "/srv"));
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

/// Found by the fuzzer: what stood between its characters was cut out after it had been looked for.
#[test]
fn an_error_never_puts_the_token_together() {
    let text = "invalid: =hunter2\u{7}-hunter2 and a";
    let body = json!({"message": text}).to_string();
    let shown = format!("{:?}", outcome(&create(), 400, body.as_bytes()));
    assert!(shown.contains("invalid: =.. and a"), "{shown}");
}

#[test]
fn a_place_on_the_network_that_is_taken() {
    for (status, message) in [
        (
            403,
            "endpoint with name user-1 already exists in network mosaic-internal",
        ),
        (403, "service endpoint with name user-1 already exists"),
        (
            500,
            "failed to set up container networking: endpoint with name user-1 already exists in network mosaic-internal",
        ),
        (
            403,
            "container 4f1c is already connected to network mosaic-internal",
        ),
    ] {
        assert_eq!(
            says(&start(), status, message),
            EndpointTaken(message.into())
        );
    }
    // Of another thing than a container that is to start, nothing is made of it.
    assert!(matches!(
        says(&create(), 403, "endpoint with name user-1 already exists"),
        Refused(_)
    ));
}

#[test]
fn ports_that_are_taken() {
    for message in [
        // 20.10
        "driver failed programming external connectivity on endpoint user-1 (5c): Bind for 127.0.0.1:19000 failed: port is already allocated",
        "driver failed programming external connectivity on endpoint user-1 (5c): Error starting userland proxy: listen tcp4 127.0.0.1:19000: bind: address already in use",
        // 28
        "failed to set up container networking: driver failed programming external connectivity on endpoint user-1 (5c): failed to bind host port for 127.0.0.1:19000:172.18.0.2:18789/tcp: address already in use",
        // Podman
        "rootlessport listen tcp 127.0.0.1:19000: bind: address already in use",
        // Docker Desktop
        "Ports are not available: exposing port TCP 127.0.0.1:19000 -> 0.0.0.0:0: listen tcp 127.0.0.1:19000: bind: Only one usage of each socket address is normally permitted.",
    ] {
        assert_eq!(says(&start(), 500, message), PortTaken, "{message}");
    }
    assert_ne!(
        says(&start(), 400, "exec: \"address already in use\""),
        PortTaken
    );
}

#[test]
fn a_network_that_is_gone_at_start() {
    for (status, message) in [
        (404, "network 0a1b2c not found"),
        (
            404,
            "failed to set up container networking: network net not found",
        ),
        (404, "network net not found: no such network"),
        (
            500,
            "unable to find network with name or ID net: network not found",
        ),
    ] {
        assert_eq!(says(&start(), status, message), NoSuchNetwork, "{message}");
    }
    let other = says(&start(), 404, "volume plugin not found");
    assert!(is_refused(&other, "plugin"), "{other:?}");
}

#[test]
fn states_that_do_not_allow_it() {
    let paused = "cannot start a paused container, try unpause instead";
    assert_eq!(says(&start(), 409, paused), Conflict(paused.into()));
    assert_eq!(
        says(
            &start(),
            409,
            "container is marked for removal and cannot be started"
        ),
        RemovalInProgress
    );
    assert_eq!(
        says(
            &remove(),
            409,
            "removal of container 4f1c is already in progress"
        ),
        RemovalInProgress
    );
    for (status, message) in [
        (409, "Container 4f1c is not paused"),
        (500, "Container 4f1c is not paused"),
        (
            500,
            r#""4f1c" is not paused, can't unpause: container state improper"#,
        ),
    ] {
        assert_eq!(says(&unpause(), status, message), AlreadyDone);
    }
    let podman = "container 4f1c must be in Created or Stopped state to be started: container state improper";
    assert_eq!(says(&start(), 500, podman), Conflict(podman.into()));
    let running = "You cannot remove a running container 4f1c";
    assert_eq!(says(&remove(), 409, running), Conflict(running.into()));
}

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
