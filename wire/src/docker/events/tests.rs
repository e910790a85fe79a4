use std::slice;

use proptest::prelude::*;

use super::*;
use crate::http::Method;

/// The life of a container, as Docker 20.10.24 told it to a reader that asked for every action.
const CAPTURED: &[u8] = include_bytes!("docker-20.10.24.jsonl");

fn installation() -> InstallationId {
    InstallationId::from_bytes([0xab; 16])
}

/// Feeds the stream in pieces of this size.
fn decoded(stream: &[u8], piece: usize) -> Result<Vec<EngineEvent>, BrokenEvents> {
    let mut decoder = EventDecoder::new(installation());
    let mut told = Vec::new();
    for piece in stream.chunks(piece) {
        told.extend(decoder.feed(piece)?);
    }
    Ok(told)
}

fn changes(told: &[EngineEvent]) -> Vec<ContainerChange> {
    told.iter()
        .map(|event| match event {
            EngineEvent::Container { change, .. } => *change,
            EngineEvent::Opened | EngineEvent::Missed => panic!("nothing happened to one"),
        })
        .collect()
}

/// One event of a container of ours.
fn told(action: &str) -> Value {
    json!({
        "Type": "container",
        "Action": action,
        "Actor": {
            "ID": "4f1c",
            "Attributes": {
                "portreeve.installation": "ab".repeat(16),
                "portreeve.user": "u",
                "name": "n",
            },
        },
        "scope": "local",
        "timeNano": 1_795_511_046_842_996_120_u64,
    })
}

fn read(event: &Value) -> Vec<EngineEvent> {
    decoded(event.to_string().as_bytes(), usize::MAX).unwrap()
}

#[test]
fn the_life_of_a_container_in_whatever_pieces_it_comes() {
    use ContainerChange::*;

    let whole = decoded(CAPTURED, usize::MAX).unwrap();
    assert_eq!(
        changes(&whole),
        [
            Created,
            Started,
            Health(super::Health::Healthy),
            Paused,
            Unpaused,
            // Renamed, updated, sent a signal.
            Other,
            Other,
            Other,
            // Restarted: killed twice, died, stopped, started, restarted.
            Other,
            Other,
            Died,
            Other,
            Started,
            Other,
            // Stopped: killed twice, died, stopped.
            Other,
            Other,
            Died,
            Other,
            Destroyed,
        ]
    );
    for event in &whole {
        let EngineEvent::Container { id, user, .. } = event else {
            panic!("{event:?}")
        };
        assert!(id.as_str().starts_with("8943cec7d27e"));
        assert_eq!(user.as_ref().unwrap().as_str(), "a}\"{b/ü");
    }
    for piece in [1, 2, 3, 7, 64, 700, 1000] {
        assert_eq!(decoded(CAPTURED, piece), Ok(whole.clone()), "{piece}");
    }
    let lines: Vec<u8> = CAPTURED
        .iter()
        .copied()
        .filter(|byte| *byte != b'\n')
        .collect();
    for piece in [1, 100, usize::MAX] {
        assert_eq!(decoded(&lines, piece), Ok(whole.clone()), "{piece}");
    }
}

#[test]
fn an_event_is_told_as_soon_as_its_last_byte_is_there() {
    let mut decoder = EventDecoder::new(installation());
    let event = told("start").to_string();
    let (most, last) = event.split_at(event.len() - 1);
    assert_eq!(decoder.feed(most.as_bytes()), Ok(vec![]));
    assert_eq!(decoder.feed(last.as_bytes()).unwrap().len(), 1);
    assert_eq!(decoder.feed(b"\r\n \n"), Ok(vec![]));
    // Two at once, and the beginning of a third.
    let stream = format!("{event}{event}{most}");
    assert_eq!(decoder.feed(stream.as_bytes()).unwrap().len(), 2);
    assert_eq!(decoder.feed(b"}").unwrap().len(), 1);
}

#[test]
fn the_fields_that_newer_engines_drop_are_not_needed() {
    // API 1.52 has no `status`, `id` and `from` beside `Action` and `Actor`; where they are, they
    // count for nothing.
    let mut event = told("die");
    assert_eq!(changes(&read(&event)), [ContainerChange::Died]);
    event["status"] = "start".into();
    event["id"] = "other".into();
    let events = read(&event);
    assert_eq!(changes(&events), [ContainerChange::Died]);
    assert!(
        matches!(&events[..], [EngineEvent::Container { id, .. }] if *id == ContainerId::new("4f1c"))
    );
}

#[test]
fn actions_and_what_they_change() {
    let healthy = |health| Some(ContainerChange::Health(health));
    for (action, expected) in [
        ("create", Some(ContainerChange::Created)),
        ("start", Some(ContainerChange::Started)),
        ("die", Some(ContainerChange::Died)),
        ("died", Some(ContainerChange::Died)),
        ("pause", Some(ContainerChange::Paused)),
        ("unpause", Some(ContainerChange::Unpaused)),
        ("destroy", Some(ContainerChange::Destroyed)),
        ("remove", Some(ContainerChange::Destroyed)),
        ("health_status: healthy", healthy(Health::Healthy)),
        ("health_status:unhealthy", healthy(Health::Unhealthy)),
        ("health_status: starting", healthy(Health::Starting)),
        ("health_status: new in 2031", Some(ContainerChange::Other)),
        ("health_status", Some(ContainerChange::Other)),
        ("kill", Some(ContainerChange::Other)),
        ("rename", Some(ContainerChange::Other)),
        ("restart", Some(ContainerChange::Other)),
        ("oom", Some(ContainerChange::Other)),
        ("update", Some(ContainerChange::Other)),
        ("stop", Some(ContainerChange::Other)),
        ("new in 2031", Some(ContainerChange::Other)),
        ("", Some(ContainerChange::Other)),
        ("exec_create: sh -c 'kill: x'", None),
        ("exec_start: /start", None),
        ("exec_die", None),
        ("attach", None),
        ("top", None),
        ("resize", None),
        ("exec_died", None),
    ] {
        let expected: Vec<ContainerChange> = expected.into_iter().collect();
        assert_eq!(changes(&read(&told(action))), expected, "{action}");
    }
}

#[test]
fn whose_a_container_is() {
    let with = |labels: Value| {
        let mut event = told("start");
        event["Actor"]["Attributes"] = labels;
        read(&event)
    };
    let nobodys = EngineEvent::Container {
        id: ContainerId::new("4f1c"),
        user: None,
        change: ContainerChange::Started,
    };
    let another = "cd".repeat(16);
    assert_eq!(
        with(json!({"portreeve.installation": another, "portreeve.user": "u"})),
        []
    );
    // Without the installation's label it isn't known whose user that is.
    for labels in [json!({"portreeve.user": "u"}), json!(null), json!([])] {
        assert_eq!(with(labels), std::slice::from_ref(&nobodys));
    }
    let ours = "ab".repeat(16);
    assert_eq!(
        with(json!({"portreeve.installation": ours, "portreeve.user": ""})),
        [nobodys]
    );
}

#[test]
fn what_is_no_news_of_a_container_is_left_out() {
    let network = json!({"Type": "network", "Action": "destroy", "Actor": {"ID": "4f1c"}});
    let nameless = json!({"Type": "container", "Action": "prune", "Actor": {"ID": ""}});
    for odd in [
        network,
        nameless,
        json!({}),
        json!([]),
        json!("}"),
        json!(7),
    ] {
        let stream = format!("{odd} {}", told("start"));
        let events = decoded(stream.as_bytes(), 3).unwrap();
        assert_eq!(changes(&events), [ContainerChange::Started], "{odd}");
    }
}

#[test]
fn a_stream_that_is_none_is_broken() {
    for stream in ["<html>}", "}", "{\"a\":}", "{\"a\" 1}", "[}"] {
        let broken = decoded(stream.as_bytes(), 1);
        assert!(broken.is_err(), "{stream}");
    }
}

/// An event that bears these attributes, beside what is told of it, and is longer than any that is read.
fn endless(attributes: &Value, action: &str) -> String {
    let long = format!("\"long\":\"{}\"", "x".repeat(size::OF_ONE));
    let Value::Object(attributes) = attributes else {
        panic!("attributes are an object")
    };
    let mut all: Vec<String> = attributes
        .iter()
        .map(|(key, value)| format!("\"{key}\":{value}"))
        .collect();
    all.push(long);
    format!(
        r#"{{"Type":"container","Action":"{action}","Actor":{{"ID":"4f1c","Attributes":{{{}}}}}}}"#,
        all.join(",")
    )
}

#[test]
fn an_event_that_is_too_long_breaks_no_stream() {
    let after = told("start").to_string();
    for piece in [8192, 5000, usize::MAX] {
        let stream = endless(&json!({}), "die") + &after;
        let told = decoded(stream.as_bytes(), piece).unwrap();
        let [EngineEvent::Missed, started] = &told[..] else {
            panic!("{told:?}")
        };
        assert_eq!(
            changes(slice::from_ref(started)),
            [ContainerChange::Started]
        );
    }
}

#[test]
fn an_event_that_is_too_long_is_told_as_far_as_its_beginning_tells_it() {
    let decoded = |stream: String| decoded(stream.as_bytes(), 8192).unwrap();
    let whose =
        |installation: &str| json!({"portreeve.installation": installation, "portreeve.user": "u"});
    let ours = decoded(endless(&whose(&"ab".repeat(16)), "die"));
    assert_eq!(ours, read(&told("die")));
    assert_eq!(decoded(endless(&whose(&"cd".repeat(16)), "die")), []);
    assert_eq!(decoded(endless(&json!({}), "exec_die")), []);
    let network = endless(&json!({}), "die").replacen("container", "network", 1);
    assert_eq!(decoded(network), []);
}

#[test]
fn many_large_events_at_once_are_not_one_that_is_too_large() {
    let mut event = told("start");
    event["Actor"]["Attributes"]["long"] = "x".repeat(size::OF_ONE / 2).into();
    let stream = event.to_string().repeat(5);
    assert_eq!(decoded(stream.as_bytes(), usize::MAX).unwrap().len(), 5);
    assert_eq!(decoded(stream.as_bytes(), 8192).unwrap().len(), 5);
}

#[test]
fn events_are_asked_for_by_label_and_action() {
    let request = request(installation());
    let (path, filters) = request.target.split_once("?filters=").unwrap();
    assert_eq!((request.method, path), (Method::GET, "/events"));
    let filters = percent_encoding::percent_decode_str(filters)
        .decode_utf8()
        .unwrap();
    let filters: Value = serde_json::from_str(&filters).unwrap();
    assert_eq!(filters["type"], json!(["container"]));
    let label = format!("portreeve.installation={}", "ab".repeat(16));
    assert_eq!(filters["label"], json!([label]));
    // Nothing is asked for that would be left out.
    for action in filters["event"].as_array().unwrap() {
        assert!(change(action.as_str().unwrap()).is_some(), "{action}");
    }
}

proptest! {
    #[test]
    fn no_stream_panics_and_no_cut_changes_what_is_told(
        stream in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..100),
            r#"(\{"(Type|Action|Actor)":(null|"\PC{0,9}"|\[\]|\{"ID":"1"\})\}\n?){0,5}"#
                .prop_map(String::into_bytes),
        ],
        piece in 1..20_usize,
    ) {
        let whole = decoded(&stream, usize::MAX);
        let cut = decoded(&stream, piece);
        prop_assert_eq!(whole, cut);
    }
}
