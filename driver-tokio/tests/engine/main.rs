//! Every effect on a real engine: the one that `DOCKER_HOST` names.

mod adopting;
mod events;
mod world;

use std::net::TcpListener;
use std::time::Duration;

use portreeve_core::effect::EngineEffect;
use portreeve_core::id::ContainerId;
use portreeve_core::label::Labelled;
use portreeve_core::observed::{Configured, ContainerState, Health, Observed};
use portreeve_core::outcome::EngineOutcome::{self, *};
use portreeve_core::spec::EnvValue;
use portreeve_core::template::{HealthCheck, Mount, MountSource};
use portreeve_wire::docker::version::{NEWEST, OLDEST};
use portreeve_wire::http::{Body, Method};

use world::{
    SCRATCH, World, by_id, by_name, free_port, logs, remove, start, stop, unpause, user,
    with_engine,
};

const KILLED: ContainerState = ContainerState::Stopped {
    exit_code: Some(137),
};

fn is_refused(outcome: &EngineOutcome, words: &str) -> bool {
    matches!(outcome, Refused(text) if text.contains(words))
}

#[tokio::test]
async fn an_engine_says_which_it_is() {
    with_engine(async |world| {
        let Identified(id) = world.does(EngineEffect::Identify).await else {
            panic!("not identified")
        };
        assert_eq!(world.does(EngineEffect::Identify).await, Identified(id));
        let api = world.engine.api_version().await.unwrap();
        assert!((OLDEST..=NEWEST).contains(&api));
        let version = world.engine.version().await.unwrap();
        assert!(!version.release.is_empty() && version.newest_api >= Some(api));
    })
    .await;
}

#[tokio::test]
async fn the_life_of_a_container() {
    with_engine(async |world| {
        let spec = world.spec("life");
        let name = spec.name.clone();
        let port = spec.port();
        assert_eq!(world.does(by_name(&name)).await, Absent);
        let id = world.created(spec.clone()).await;
        let again = world.does(EngineEffect::Create(spec.into())).await;
        assert!(
            matches!(&again, NameTaken(said) if said.contains(id.as_str())),
            "{again:?}"
        );

        let created = world.found(&id).await;
        assert_eq!(world.does(by_name(&name)).await, Found(created.clone()));
        assert_eq!(created.name, name);
        assert_eq!(created.state, ContainerState::Stopped { exit_code: None });
        assert_eq!(created.health, Health::Absent);
        assert_eq!(created.port(), port);
        assert_eq!(created.labels.told().unwrap().user, user());
        assert_eq!(world.listed().await, [as_listed(created)]);

        assert_eq!(world.does(start(&id)).await, Done);
        assert_eq!(world.does(start(&id)).await, AlreadyDone);
        let running = world.found(&id).await;
        assert_eq!(running.state, ContainerState::Running);
        assert_eq!(world.listed().await, [as_listed(running)]);

        assert_eq!(world.does(stop(&id)).await, Done);
        assert_eq!(world.does(stop(&id)).await, AlreadyDone);
        let stopped = world.found(&id).await;
        assert_eq!(stopped.state, KILLED);
        assert_eq!(stopped.port(), port);
        assert!(stopped.ran_for.is_some());
        assert_eq!(world.listed().await, [as_listed(stopped)]);

        assert_eq!(world.does(remove(&id)).await, Done);
        assert_eq!(world.does(remove(&id)).await, Absent);
        assert_eq!(world.does(by_id(&id)).await, Absent);
        assert_eq!(world.listed().await, []);
    })
    .await;
}

/// The same as a list tells it, which is all but how long it ran, what it mounts, and the port of
/// one that doesn't run.
fn as_listed(observed: Observed) -> Observed {
    let port = observed.port();
    let runs = matches!(
        observed.state,
        ContainerState::Running | ContainerState::Paused
    );
    Observed {
        ran_for: None,
        configured: Configured::Listed {
            port: port.filter(|_| runs),
        },
        ..observed
    }
}

#[tokio::test]
async fn nothing_is_done_to_a_container_that_is_not_there() {
    with_engine(async |world| {
        let id = ContainerId::new("0123456789abcdef".repeat(4));
        for effect in [
            by_id(&id),
            start(&id),
            stop(&id),
            unpause(&id),
            remove(&id),
            logs(&id),
        ] {
            assert_eq!(world.does(effect.clone()).await, Absent, "{effect:?}");
        }
        let real = world.created(world.spec("prefix")).await;
        // The engine takes the beginning of an id for its container's name.
        assert_eq!(world.does(by_name(&real.as_str()[..12])).await, Absent);
    })
    .await;
}

#[tokio::test]
async fn a_container_that_exits_leaves_its_code_and_last_lines() {
    with_engine(async |world| {
        let mut spec = world.spec("exits");
        spec.command = Some(vec!["3".to_string()]);
        let id = world.started(spec).await;
        let wait = format!("/containers/{id}/wait");
        assert_eq!(world.send(Method::POST, &wait, "").await, 200);
        let exited = world.found(&id).await;
        assert_eq!(exited.state, ContainerState::Stopped { exit_code: Some(3) });
        // It says two lines and goes.
        assert!(
            exited
                .ran_for
                .is_some_and(|ran| ran < Duration::from_secs(5))
        );
        assert_eq!(world.listed().await, [as_listed(exited)]);
        let Log(mut lines) = world.does(logs(&id)).await else {
            panic!("no log")
        };
        lines.sort();
        assert_eq!(lines, ["to stderr", "to stdout"]);
    })
    .await;
}

/// Neither a look nor a list tells of a host port, whatever the image exposes.
#[tokio::test]
async fn a_container_that_publishes_nothing_has_no_port() {
    with_engine(async |world| {
        let mut spec = world.spec("unpublished");
        spec.published = None;
        let id = world.created(spec).await;
        assert_eq!(world.found(&id).await.port(), None);
        assert_eq!(world.does(start(&id)).await, Done);
        let running = world.found(&id).await;
        assert_eq!(running.state, ContainerState::Running);
        assert_eq!(running.port(), None);
        assert_eq!(world.listed().await, [as_listed(running)]);
    })
    .await;
}

#[tokio::test]
async fn a_port_in_use_is_told_whoever_has_it() {
    with_engine(async |world| {
        let held = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut spec = world.spec("process");
        let published = spec.published.as_mut().unwrap();
        published.port = held.local_addr().unwrap().port().try_into().unwrap();
        let id = world.created(spec).await;
        assert!(matches!(world.does(start(&id)).await, PortTaken(_)));
        let unstarted = world.found(&id).await;
        assert_eq!(unstarted.state, ContainerState::Stopped { exit_code: None });
        drop(held);
        assert_eq!(world.does(start(&id)).await, Done);

        let mut spec = world.spec("container");
        spec.published.as_mut().unwrap().port = unstarted.port().unwrap();
        let id = world.created(spec).await;
        assert!(matches!(world.does(start(&id)).await, PortTaken(_)));
    })
    .await;
}

#[tokio::test]
async fn a_paused_container() {
    with_engine(async |world| {
        let id = world.created(world.spec("paused")).await;
        let pause = format!("/containers/{id}/pause");
        assert_eq!(world.does(unpause(&id)).await, AlreadyDone);
        assert_eq!(world.does(start(&id)).await, Done);
        assert_eq!(world.does(unpause(&id)).await, AlreadyDone);
        assert_eq!(world.send(Method::POST, &pause, "").await, 204);
        let paused = world.found(&id).await;
        assert_eq!(paused.state, ContainerState::Paused);
        assert_eq!(world.listed().await, [as_listed(paused)]);
        assert!(matches!(world.does(start(&id)).await, Conflict(_)));
        assert_eq!(world.does(unpause(&id)).await, Done);

        assert_eq!(world.send(Method::POST, &pause, "").await, 204);
        match world.does(stop(&id)).await {
            Done => assert_eq!(world.found(&id).await.state, KILLED),
            // Podman wants it unpaused first.
            Conflict(_) => {
                assert_eq!(world.does(unpause(&id)).await, Done);
                assert_eq!(world.does(stop(&id)).await, Done);
            }
            other => panic!("{other:?}"),
        }

        assert_eq!(world.does(start(&id)).await, Done);
        assert_eq!(world.send(Method::POST, &pause, "").await, 204);
        assert_eq!(world.does(remove(&id)).await, Done);
    })
    .await;
}

#[tokio::test]
async fn images() {
    with_engine(async |world| {
        let inspect = |image: String| EngineEffect::InspectImage { image };
        assert_eq!(world.does(inspect(world.image())).await, Done);
        let missing = world.name("missing");
        assert_eq!(world.does(inspect(missing.clone())).await, Absent);
        let mut spec = world.spec("no-image");
        spec.template.image = missing;
        let made = world.does(EngineEffect::Create(spec.into())).await;
        assert!(matches!(made, NoSuchImage(_)), "{made:?}");
        // Nobody listens there.
        let image = format!("127.0.0.1:{}/a/b:1", free_port());
        let pulled = world.does(EngineEffect::PullImage { image }).await;
        assert!(is_refused(&pulled, "connection refused"), "{pulled:?}");
    })
    .await;
}

#[tokio::test]
async fn networks() {
    with_engine(async |world| {
        let name = world.name("net");
        let find = || EngineEffect::FindNetworks { name: name.clone() };
        let create = EngineEffect::CreateNetwork {
            name: name.clone(),
            labels: vec![("k".to_string(), "v".to_string())],
        };
        assert_eq!(world.does(find()).await, Networks(Vec::new()));
        assert_eq!(world.does(create.clone()).await, Done);
        assert_eq!(world.does(create.clone()).await, AlreadyDone);
        let Networks(found) = world.does(find()).await else {
            panic!("it was made");
        };
        let serves = found
            .iter()
            .map(|it| (it.driver.as_str(), it.internal, it.created.is_some()));
        assert_eq!(serves.collect::<Vec<_>>(), [("bridge", false, true)]);

        let mut spec = world.spec("networked");
        spec.network.clone_from(&name);
        let id = world.started(spec).await;
        assert_eq!(world.does(stop(&id)).await, Done);
        // Podman keeps a network that stopped containers are to be attached to.
        if world.engine.remove_network(&name).await.is_ok() {
            assert!(matches!(world.does(start(&id)).await, NoSuchNetwork(_)));
            // The container is bound to the id that the network had, so one of the same name
            // won't do.
            assert_eq!(world.does(create).await, Done);
            assert!(matches!(world.does(start(&id)).await, NoSuchNetwork(_)));
        }
        assert_eq!(world.does(remove(&id)).await, Done);
    })
    .await;
}

#[tokio::test]
async fn volumes_tell_whose_they_are() {
    with_engine(async |world| {
        let name = world.name("state");
        let foreign = format!(r#"{{"Name":"{name}","Labels":{{"a":"b"}}}}"#);
        assert_eq!(
            world.send(Method::POST, "/volumes/create", &foreign).await,
            201
        );
        assert_eq!(world.ensure_volume(&name).await, Volume(Labelled::Not));
        world.engine.remove_volume(&name).await.unwrap();
        let ours = Volume(Labelled::As((world.installation, user())));
        assert_eq!(world.ensure_volume(&name).await, ours);
        assert_eq!(world.ensure_volume(&name).await, ours);
    })
    .await;
}

/// The engine makes a volume in silence that is gone when its container is made.
#[tokio::test]
async fn a_volume_that_is_made_with_its_container_bears_the_users_labels() {
    with_engine(async |world| {
        let name = world.name("state");
        let looked = || EngineEffect::InspectVolume { name: name.clone() };
        assert_eq!(world.does(looked()).await, Absent);
        let id = world.created(world.spec("maker")).await;
        let ours = Volume(Labelled::As((world.installation, user())));
        assert_eq!(world.does(looked()).await, ours);
        // From then on a removal that comes too late does nothing.
        let late = EngineEffect::RemoveVolume { name: name.clone() };
        assert!(matches!(world.does(late).await, Conflict(_)));
        assert_eq!(world.does(remove(&id)).await, Done);
        assert_eq!(world.does(looked()).await, ours);
    })
    .await;
}

#[tokio::test]
async fn removing_a_container_keeps_named_volumes_and_leaves_no_others_behind() {
    with_engine(async |world| {
        let shared = world.name("shared");
        let state = world.name("state");
        world.ensure_volume(&state).await;
        let mut spec = world.spec("volumes");
        let source = MountSource::Volume(shared.clone());
        spec.template.mounts.push(Mount::new(source, "/shared"));
        let id = world.started(spec).await;
        let scratch = anonymous_volume(world, &id).await;
        assert_eq!(world.does(remove(&id)).await, Done);
        for (volume, status) in [(&state, 200), (&shared, 200), (&scratch, 404)] {
            let path = format!("/volumes/{volume}");
            assert_eq!(world.send(Method::GET, &path, "").await, status, "{volume}");
        }
        world.engine.remove_volume(&shared).await.unwrap();
    })
    .await;
}

/// The name of the volume that the engine made for the image's own folder.
async fn anonymous_volume(world: &World, id: &ContainerId) -> String {
    let path = format!("/containers/{id}/json");
    let (_, body) = world
        .engine
        .send(Method::GET, &path, Body::default())
        .await
        .unwrap();
    let container: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let mounts = container["Mounts"].as_array().unwrap();
    let scratch = mounts
        .iter()
        .find(|mount| mount["Destination"] == SCRATCH)
        .unwrap();
    scratch["Name"].as_str().unwrap().to_string()
}

#[tokio::test]
async fn health_reads_the_same_in_a_list() {
    with_engine(async |world| {
        let mut spec = world.spec("health");
        let test = vec!["CMD".into(), "/bystander".into(), "0".into()];
        let mut check = HealthCheck::new(test);
        check.interval = Some(std::time::Duration::from_secs(60));
        spec.template.health_check = Some(check);
        let id = world.started(spec).await;
        let starting = world.found(&id).await;
        assert_eq!(starting.health, Health::Starting);
        // Podman's list doesn't tell.
        if !world.engine.version().await.unwrap().podman {
            assert_eq!(world.listed().await, [as_listed(starting)]);
        }
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_started_is_refused_in_the_engines_words() {
    with_engine(async |world| {
        let mut spec = world.spec("no-program");
        spec.entrypoint = Some(vec!["/nope".to_string()]);
        let id = world.created(spec).await;
        let outcome = world.does(start(&id)).await;
        assert!(is_refused(&outcome, "/nope"), "{outcome:?}");

        let mut spec = world.spec("no-variable");
        spec.environment = vec![(String::new(), EnvValue::new("hunter2-hunter2".into()))];
        let outcome = world.does(EngineEffect::Create(spec.into())).await;
        assert!(is_refused(&outcome, "=.."), "{outcome:?}");
    })
    .await;
}
