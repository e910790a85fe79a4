//! What only the world does to the simulated engine, and what can't be compared with a real one.

mod networks;

use std::sync::Arc;
use std::time::Duration;

use portreeve_core::effect::{ContainerRef, EngineEffect, Scope};
use portreeve_core::id::{ContainerId, EngineId, InstallationId, Port};
use portreeve_core::label::{Labelled, volume_pairs};
use portreeve_core::observed::{ContainerState, Health};
use portreeve_core::outcome::{ContainerChange, EngineEvent, EngineOutcome};
use portreeve_core::user::UserId;
use portreeve_sim::engine::{
    Action, AfterCrash, Answer, Binding, Done, Engine, Exit, Failure, Habits, HealthCheck, Image,
    Listener, NetworkKind, OnTerm, Personality, Program, Protocol, Removal, Restart, Source, Spec,
};

const INSTALLATION: InstallationId = InstallationId::from_bytes([7; 16]);
const SECOND: Duration = Duration::from_secs(1);

fn engine() -> Engine {
    let mut engine = Engine::new(EngineId::new("sim"), 7);
    engine.add_image(Image::new("gateway"));
    engine
}

fn with(personality: Personality) -> Engine {
    let mut engine = engine();
    engine.add_image(Image {
        program: Program::Plain(Arc::new(personality)),
        ..Image::new("gateway")
    });
    engine
}

fn deaf() -> Personality {
    Personality {
        on_term: OnTerm::Ignores,
        ..Personality::default()
    }
}

fn port(port: u16) -> Port {
    Port::new(port).expect("not 0")
}

fn published(on: u16) -> Spec {
    Spec {
        bindings: vec![Binding {
            inside: 80,
            protocol: Protocol::Tcp,
            address: [127, 0, 0, 1].into(),
            outside: Some(port(on)),
        }],
        ..Spec::of_image("gateway")
    }
}

fn passes(engine: &mut Engine, time: Duration) {
    engine.advance(engine.now().after(time));
}

fn state(engine: &Engine, name: &str) -> ContainerState {
    engine.find(name).expect("it is there").state()
}

fn answer_to(engine: &mut Engine, effect: &EngineEffect) -> EngineOutcome {
    match engine.carry_out(effect) {
        Answer::Now(outcome) => outcome,
        other => panic!("{effect:?}: {other:?}"),
    }
}

const FORCE: Removal = Removal {
    force: true,
    volumes: true,
};

#[test]
fn a_stop_goes_on_to_its_end_and_kills_after_the_grace() {
    let mut engine = with(deaf());
    let container = engine.create("c1", Spec::of_image("gateway")).unwrap();
    engine.start("c1").unwrap();
    let stop = EngineEffect::Stop {
        container,
        grace: 10 * SECOND,
    };
    let Answer::Later(first) = engine.carry_out(&stop) else {
        panic!("it takes its grace")
    };
    passes(&mut engine, 4 * SECOND);
    let Answer::Later(second) = engine.carry_out(&stop) else {
        panic!("it still runs")
    };
    assert_eq!(engine.next_due(), Some(engine.now().after(6 * SECOND)));
    passes(&mut engine, 5 * SECOND);
    assert!(engine.take_answers().is_empty());
    passes(&mut engine, SECOND);
    assert_eq!(
        engine.take_answers(),
        [(first, EngineOutcome::Done), (second, EngineOutcome::Done)]
    );
    assert_eq!(
        state(&engine, "c1"),
        ContainerState::Stopped {
            exit_code: Some(137)
        }
    );
    assert_eq!(engine.next_due(), None);
}

#[test]
fn a_port_is_had_by_one_container_or_by_a_stranger() {
    let mut engine = engine();
    for name in ["c1", "c2"] {
        engine.create(name, published(19000)).unwrap();
    }
    assert!(engine.occupy_port(port(19000)));
    assert!(matches!(engine.start("c1"), Err(Failure::PortInUse(_))));
    assert_eq!(engine.listener(port(19000)), Listener::Stranger);
    assert_eq!(
        state(&engine, "c1"),
        ContainerState::Stopped { exit_code: None }
    );
    engine.release_port(port(19000));
    assert_eq!(engine.start("c1"), Ok(Done::Now));
    assert!(!engine.occupy_port(port(19000)));
    assert!(matches!(engine.start("c2"), Err(Failure::PortAllocated(_))));
    assert!(matches!(
        engine.listener(port(19000)),
        Listener::Container(1, 80)
    ));
    engine.kill("c1", 9).unwrap();
    assert_eq!(engine.listener(port(19000)), Listener::Nobody);
    assert_eq!(engine.start("c2"), Ok(Done::Now));
}

#[test]
fn a_program_listens_once_it_does() {
    let mut engine = with(Personality {
        listens_after: Some(SECOND),
        ..Personality::default()
    });
    engine.create("c1", published(19000)).unwrap();
    engine.start("c1").unwrap();
    assert!(matches!(engine.listener(port(19000)), Listener::Proxy(1)));
    passes(&mut engine, SECOND);
    assert!(matches!(
        engine.listener(port(19000)),
        Listener::Container(1, 80)
    ));
    engine.pause("c1").unwrap();
    assert!(matches!(engine.listener(port(19000)), Listener::Proxy(1)));
}

#[test]
fn health_turns_at_the_looks_and_is_not_looked_at_in_vain() {
    let mut engine = with(Personality {
        healthy_after: Some(45 * SECOND),
        unhealthy_after: Some(1000 * SECOND),
        ..Personality::default()
    });
    let check = HealthCheck::default();
    let spec = Spec {
        check: Some(check),
        ..Spec::of_image("gateway")
    };
    engine.create("c1", spec).unwrap();
    let start = engine.now();
    engine.start("c1").unwrap();
    let health = |engine: &Engine| engine.find("c1").unwrap().health();
    assert_eq!(health(&engine), Health::Starting);
    engine.advance(start.after(59 * SECOND));
    assert_eq!(health(&engine), Health::Starting);
    engine.advance(start.after(60 * SECOND));
    assert_eq!(health(&engine), Health::Healthy);
    // The first look at which it isn't well, 1020 s after its start.
    assert_eq!(engine.next_due(), Some(start.after(1020 * SECOND)));
    engine.advance(start.after(1079 * SECOND));
    assert_eq!(health(&engine), Health::Healthy);
    engine.advance(start.after(1080 * SECOND));
    assert_eq!(health(&engine), Health::Unhealthy);
    assert_eq!(engine.next_due(), None);
}

#[test]
fn a_restart_policy_tries_less_and_less_often() {
    let mut engine = with(Personality {
        exits: Some(Exit {
            after: Duration::ZERO,
            code: 3,
            last_words: Some("no".to_owned()),
        }),
        ..Personality::default()
    });
    let spec = Spec {
        restart: Restart::OnFailure { retries: 3 },
        ..Spec::of_image("gateway")
    };
    engine.create("c1", spec).unwrap();
    engine.start("c1").unwrap();
    for wait in [100, 200, 400] {
        assert_eq!(state(&engine, "c1"), ContainerState::Starting);
        let wait = Duration::from_millis(wait);
        assert_eq!(engine.next_due(), Some(engine.now().after(wait)));
        passes(&mut engine, wait);
    }
    assert_eq!(
        state(&engine, "c1"),
        ContainerState::Stopped { exit_code: Some(3) }
    );
    let lines = engine.find("c1").unwrap().lines().iter();
    let texts: Vec<_> = lines.map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["no"; 4]);
}

#[test]
fn a_removal_takes_its_time_and_is_told_to_be_under_way() {
    let mut engine = engine().with_habits(Habits {
        removal: SECOND,
        ..Habits::default()
    });
    let container = engine.create("c1", Spec::of_image("gateway")).unwrap();
    engine.start("c1").unwrap();
    let remove = EngineEffect::Remove {
        container: container.clone(),
    };
    let Answer::Later(ticket) = engine.carry_out(&remove) else {
        panic!("it takes a second")
    };
    assert_eq!(state(&engine, "c1"), ContainerState::Removing);
    assert_eq!(
        answer_to(&mut engine, &remove),
        EngineOutcome::RemovalInProgress
    );
    let start = EngineEffect::Start { container };
    assert_eq!(
        answer_to(&mut engine, &start),
        EngineOutcome::RemovalInProgress
    );
    assert!(matches!(
        engine.create("c1", Spec::of_image("gateway")),
        Err(Failure::NameTaken { .. })
    ));
    passes(&mut engine, SECOND);
    assert_eq!(engine.take_answers(), [(ticket, EngineOutcome::Done)]);
    assert_eq!(engine.container_count(), 0);
}

#[test]
fn a_removal_that_the_engine_did_not_live_to_finish_leaves_a_dead_one() {
    let mut engine = engine().with_habits(Habits {
        removal: SECOND,
        ..Habits::default()
    });
    let container = engine.create("c1", Spec::of_image("gateway")).unwrap();
    let remove = EngineEffect::Remove { container };
    let Answer::Later(ticket) = engine.carry_out(&remove) else {
        panic!("it takes a second")
    };
    engine.goes_down();
    assert!(matches!(
        engine.take_answers().as_slice(),
        [(answered, EngineOutcome::Unclear(_))] if *answered == ticket
    ));
    assert!(matches!(
        answer_to(&mut engine, &remove),
        EngineOutcome::Unreachable(_)
    ));
    engine.comes_up(AfterCrash::Survived);
    assert_eq!(state(&engine, "c1"), ContainerState::Broken);
    assert!(matches!(engine.carry_out(&remove), Answer::Later(_)));
    passes(&mut engine, SECOND);
    assert_eq!(engine.container_count(), 0);
}

#[test]
fn containers_run_on_while_the_engine_is_away_and_its_stops_are_forgotten() {
    let mut engine = with(deaf());
    let container = engine.create("c1", published(19000)).unwrap();
    engine.start("c1").unwrap();
    engine.create("c2", published(19001)).unwrap();
    engine.start("c2").unwrap();
    let stop = EngineEffect::Stop {
        container,
        grace: SECOND,
    };
    assert!(matches!(engine.carry_out(&stop), Answer::Later(_)));
    engine.goes_down();
    passes(&mut engine, 10 * SECOND);
    assert_eq!(state(&engine, "c1"), ContainerState::Running);
    engine.comes_up(AfterCrash::Ended);
    assert_eq!(
        state(&engine, "c2"),
        ContainerState::Stopped {
            exit_code: Some(137)
        }
    );
    assert_eq!(engine.listener(port(19001)), Listener::Nobody);
}

#[test]
fn an_orderly_end_stops_containers_and_those_come_back_that_are_to() {
    let mut engine = engine();
    for (name, restart) in [
        ("no", Restart::No),
        ("unless", Restart::UnlessStopped),
        ("stopped", Restart::UnlessStopped),
        ("failure", Restart::OnFailure { retries: 0 }),
    ] {
        let spec = Spec {
            restart,
            ..Spec::of_image("gateway")
        };
        engine.create(name, spec).unwrap();
        engine.start(name).unwrap();
    }
    engine.stop("stopped", Some(SECOND)).unwrap();
    engine.shuts_down();
    assert!(engine.containers().all(|container| !container.is_running()));
    engine.comes_up(AfterCrash::Survived);
    let running: Vec<&str> = engine
        .containers()
        .filter(|container| container.is_running())
        .map(portreeve_sim::engine::Container::name)
        .collect();
    assert_eq!(running, ["unless"]);
}

#[test]
fn labels_of_a_volume_are_not_told_after_a_restart_until_somebody_looks() {
    let mut engine = engine();
    let user = UserId::new("u").unwrap();
    let ensure = EngineEffect::EnsureVolume {
        name: "state".to_owned(),
        labels: volume_pairs(INSTALLATION, &user),
    };
    let ours = EngineOutcome::Volume(Labelled::As((INSTALLATION, user)));
    assert_eq!(answer_to(&mut engine, &ensure), ours);
    assert_eq!(answer_to(&mut engine, &ensure), ours);
    engine.goes_down();
    engine.comes_up(AfterCrash::Survived);
    assert_eq!(
        answer_to(&mut engine, &ensure),
        EngineOutcome::Volume(Labelled::Not)
    );
    let inspect = EngineEffect::InspectVolume {
        name: "state".to_owned(),
    };
    assert_eq!(answer_to(&mut engine, &inspect), ours);
    assert_eq!(answer_to(&mut engine, &ensure), ours);
}

#[test]
fn a_container_insists_on_the_network_it_was_attached_to_first() {
    let mut engine = engine();
    engine.create_network("net", [].into()).unwrap();
    let spec = Spec {
        network: "net".to_owned(),
        ..Spec::of_image("gateway")
    };
    engine.create("c1", spec.clone()).unwrap();
    engine.start("c1").unwrap();
    assert!(matches!(
        engine.remove_network("net"),
        Err(Failure::NetworkInUse { .. })
    ));
    engine.kill("c1", 9).unwrap();
    engine.remove_network("net").unwrap();
    engine.create_network("net", [].into()).unwrap();
    assert!(matches!(engine.start("c1"), Err(Failure::NoSuchNetwork(_))));
    engine.create("c2", spec).unwrap();
    assert_eq!(engine.start("c2"), Ok(Done::Now));
}

#[test]
fn lists_may_lag_behind_a_death_and_inspects_never_do() {
    let mut engine = engine().with_habits(Habits {
        lists_lag: Some((Duration::from_millis(50), Duration::from_millis(115))),
        ..Habits::default()
    });
    let id = engine.create("c1", Spec::of_image("gateway")).unwrap();
    engine.start("c1").unwrap();
    engine.kill("c1", 9).unwrap();
    let listed = |engine: &mut Engine| {
        let scope = Scope::Ids(vec![id.clone()]);
        match answer_to(engine, &EngineEffect::List(scope)) {
            EngineOutcome::Listed(found) => found[0].state.clone(),
            other => panic!("{other:?}"),
        }
    };
    passes(&mut engine, Duration::from_millis(49));
    assert_eq!(listed(&mut engine), ContainerState::Running);
    assert_eq!(
        state(&engine, "c1"),
        ContainerState::Stopped {
            exit_code: Some(137)
        }
    );
    passes(&mut engine, Duration::from_millis(66));
    assert_eq!(
        listed(&mut engine),
        ContainerState::Stopped {
            exit_code: Some(137)
        }
    );
}

#[test]
fn a_lost_task_keeps_a_container_from_starting() {
    let mut engine = engine();
    let container = engine.create("c1", Spec::of_image("gateway")).unwrap();
    engine.set_task_lost("c1", true).unwrap();
    let start = EngineEffect::Start { container };
    assert!(matches!(
        answer_to(&mut engine, &start),
        EngineOutcome::Unclear(words) if words.contains("already exists")
    ));
    engine.set_task_lost("c1", false).unwrap();
    assert_eq!(answer_to(&mut engine, &start), EngineOutcome::Done);
}

#[test]
fn removing_takes_anonymous_volumes_along_and_no_named_ones() {
    let mut engine = engine();
    engine.add_image(Image {
        volumes: vec!["/scratch".to_owned()],
        ..Image::new("gateway")
    });
    let mount = portreeve_sim::engine::Mount {
        labels: std::collections::BTreeMap::new(),
        source: Source::Volume("state".to_owned()),
        target: "/state".to_owned(),
        read_only: false,
    };
    let spec = Spec {
        mounts: vec![mount],
        ..Spec::of_image("gateway")
    };
    engine.create("c1", spec).unwrap();
    assert_eq!(engine.volumes().count(), 2);
    assert!(matches!(
        engine.remove_volume("state"),
        Err(Failure::VolumeInUse { .. })
    ));
    engine.remove("c1", FORCE).unwrap();
    let left: Vec<&str> = engine.volumes().map(|volume| &*volume.name).collect();
    assert_eq!(left, ["state"]);
    engine.remove_volume("state").unwrap();
}

#[test]
fn a_watch_is_told_what_comes_after_it_was_opened() {
    let mut engine = engine();
    let mut spec = Spec::of_image("gateway");
    for (key, value) in volume_pairs(INSTALLATION, &UserId::new("u").unwrap()) {
        spec.labels.insert(key, value);
    }
    let id = engine.create("c1", spec).unwrap();
    engine
        .create("stranger", Spec::of_image("gateway"))
        .unwrap();
    let watch = EngineEffect::Watch {
        installation: INSTALLATION,
    };
    let Answer::Open(cursor) = engine.carry_out(&watch) else {
        panic!("it is open")
    };
    for name in ["c1", "stranger"] {
        engine.start(name).unwrap();
        engine.stop(name, Some(SECOND)).unwrap();
        engine.remove(name, FORCE).unwrap();
    }
    let told: Vec<EngineEvent> = engine
        .events_after(cursor)
        .filter_map(|(_, event)| event.told_to(INSTALLATION))
        .collect();
    let changes: Vec<ContainerChange> = told
        .iter()
        .map(|event| match event {
            EngineEvent::Container {
                id: of,
                user,
                change,
            } => {
                assert_eq!((of, user.as_ref().unwrap().as_str()), (&id, "u"));
                *change
            }
            EngineEvent::Opened => panic!("that is told by whoever opens it"),
            EngineEvent::Missed => panic!("no event is so long"),
        })
        .collect();
    assert_eq!(
        changes,
        [
            ContainerChange::Started,
            ContainerChange::Other,
            ContainerChange::Died,
            ContainerChange::Other,
            ContainerChange::Destroyed
        ]
    );
    engine.forget_events_before(engine.cursor());
    assert_eq!(engine.events_after(cursor).count(), 0);
    engine.keep_events(1);
    engine.create_volume("v1", || [].into());
    engine.create_volume("v2", || [].into());
    let kept: Vec<&Action> = engine
        .events_after(cursor)
        .map(|(_, event)| &event.action)
        .collect();
    assert_eq!(kept, [&Action::Create]);
}

#[test]
fn the_same_calls_tell_the_same_byte_for_byte() {
    let run = || {
        let mut engine = engine().with_habits(Habits {
            lists_lag: Some((Duration::from_millis(50), Duration::from_millis(115))),
            ..Habits::default()
        });
        for round in 0..20_u16 {
            let name = format!("c{}", round % 5);
            let _ = engine.create(&name, published(19000 + round % 3));
            let _ = engine.start(&name);
            if round % 3 == 0 {
                let _ = engine.kill(&name, 9);
            }
            passes(&mut engine, Duration::from_millis(30));
        }
        format!("{engine:?}")
    };
    assert_eq!(run(), run());
}

#[test]
fn a_beginning_of_an_id_finds_what_is_alone_with_it() {
    let mut engine = engine();
    let ids: Vec<ContainerId> = (0..20)
        .map(|n| {
            engine
                .create(&format!("c{n}"), Spec::of_image("gateway"))
                .unwrap()
        })
        .collect();
    assert_eq!(engine.find(&ids[3].as_str()[..30]).unwrap().name(), "c3");
    assert!(matches!(engine.find(""), Err(Failure::NoSuchContainer(_))));
    let digits = "0123456789abcdef";
    let several = digits.chars().any(|digit| {
        matches!(
            engine.find(&digit.to_string()),
            Err(Failure::AmbiguousId(_))
        )
    });
    assert!(several, "20 ids begin with 16 digits");
    let inspect = EngineEffect::Inspect(ContainerRef::Name(ids[3].as_str()[..30].to_owned()));
    assert_eq!(answer_to(&mut engine, &inspect), EngineOutcome::Absent);
}
