//! Networks: those of one name, those that publish nothing, and those that are full.

use super::*;

#[test]
fn networks_made_at_once_may_have_one_name() {
    let mut engine = engine().with_habits(Habits {
        networks_appear_after: SECOND,
        ..Habits::default()
    });
    let create = EngineEffect::CreateNetwork {
        name: "net".to_owned(),
        labels: vec![],
    };
    assert_eq!(answer_to(&mut engine, &create), EngineOutcome::Done);
    assert_eq!(answer_to(&mut engine, &create), EngineOutcome::Done);
    let find = EngineEffect::FindNetworks {
        name: "net".to_owned(),
    };
    assert!(matches!(
        answer_to(&mut engine, &find),
        EngineOutcome::Networks(found) if found.len() == 2
    ));
    let ambiguous = engine.network("net").unwrap_err();
    assert!(ambiguous.text().contains("ambiguous (2"));
    passes(&mut engine, SECOND);
    assert_eq!(answer_to(&mut engine, &create), EngineOutcome::AlreadyDone);
}

/// What no host port leads into has none.
#[test]
fn an_internal_network_and_some_drivers_publish_no_port() {
    let internal = NetworkKind {
        internal: true,
        ..NetworkKind::default()
    };
    for (kind, is_published) in [
        (NetworkKind::default(), true),
        (internal, false),
        (NetworkKind::of_driver("macvlan"), false),
    ] {
        let mut engine = engine();
        engine.create_network_of("net", kind, [].into()).unwrap();
        let mut spec = published(8080);
        spec.network = "net".to_owned();
        engine.create("c1", spec).unwrap();
        engine.start("c1").unwrap();
        let mut others = engine.clone();
        others.create("c2", published(8080)).unwrap();
        assert_eq!(others.start("c2").is_err(), is_published);
    }
}

#[test]
fn a_bridge_takes_no_more_containers_than_it_has_ports() {
    let mut engine = engine().with_habits(Habits {
        bridge_ceiling: Some(1),
        ..Habits::default()
    });
    for name in ["c1", "c2"] {
        engine.create(name, Spec::of_image("gateway")).unwrap();
    }
    engine.start("c1").unwrap();
    let full = engine.start("c2").unwrap_err();
    assert!(matches!(full, Failure::BridgeFull(_)));
    engine.kill("c1", 9).unwrap();
    assert_eq!(engine.start("c2"), Ok(Done::Now));
}
