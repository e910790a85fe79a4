//! What is asked about containers and volumes that may be nobody's.

use portreeve_core::effect::{ContainerRef, EngineEffect, Scope};
use portreeve_core::id::ContainerId;
use portreeve_core::label::Labelled;
use portreeve_core::outcome::EngineOutcome::*;
use portreeve_core::outcome::MountedVolume;
use portreeve_wire::http::Method;

use crate::world::{SCRATCH, STATE, World, remove, user, with_engine};

#[tokio::test]
async fn an_examination_tells_what_a_container_was_made_of() {
    with_engine(async |world| {
        let spec = world.spec("examined");
        let name = spec.name.clone();
        let port = spec.published.expect("it publishes one").port;
        let inside = spec.template.gateway_port;
        let id = world.created(spec).await;
        let by_name = EngineEffect::Examine(ContainerRef::Name(name));
        let Examined(created) = world.does(by_name.clone()).await else {
            panic!("not examined")
        };
        assert_eq!(created.observed, world.found(&id).await);
        let token = created
            .environment
            .iter()
            .find(|(name, _)| name == "TOKEN")
            .unwrap();
        assert_eq!(token.1.reveal(), "hunter2-hunter2");
        let state = MountedVolume {
            name: world.name("state"),
            target: STATE.to_string(),
            anonymous: false,
        };
        assert!(created.volumes.contains(&state), "{:?}", created.volumes);
        let scratch = |volume: &MountedVolume| volume.target == SCRATCH && volume.anonymous;
        assert!(created.volumes.iter().any(scratch), "an anonymous one");
        assert_eq!(created.ports, [(inside, port)]);

        world.start(&id).await;
        let Examined(running) = world.does(by_name).await else {
            panic!("not examined")
        };
        assert_eq!(running.observed, world.found(&id).await);
        assert_eq!(running.ports, created.ports);

        let prefix = id.as_str()[..12].to_string();
        for absent in [
            ContainerRef::Name(prefix.clone()),
            ContainerRef::Id(ContainerId::new(prefix)),
            ContainerRef::Name(world.name("nobody")),
        ] {
            let outcome = world.does(EngineEffect::Examine(absent)).await;
            assert_eq!(outcome, Absent);
        }
    })
    .await;
}

#[tokio::test]
async fn containers_are_listed_by_their_ids_whatever_labels_they_bear() {
    with_engine(async |world| {
        let mut spec = world.spec("unlabelled");
        spec.labels.clear();
        let nobodys = world.created(spec).await;
        let ours = world.created(world.spec("ours")).await;
        let third = world.created(world.spec("third")).await;
        let ids = vec![
            nobodys.clone(),
            ours.clone(),
            ContainerId::new("0123456789abcdef".repeat(4)),
            // The engine takes the beginning of an id for the id.
            ContainerId::new(&third.as_str()[..12]),
        ];
        let mut listed = world.listed_of(Scope::Ids(ids.clone())).await;
        listed.sort_by_key(|container| container.id != nobodys);
        assert_eq!(listed.len(), 2, "{listed:?}");
        assert_eq!(
            (&listed[0].id, &listed[0].labels),
            (&nobodys, &Labelled::Not)
        );
        assert_eq!(listed[1], crate::as_listed(world.found(&ours).await));

        // So many that they are picked out of all there are.
        let many = ids.iter().cycle().take(1000).cloned().collect();
        assert_eq!(world.listed_of(Scope::Ids(many)).await.len(), 2);
        let all = world
            .listed_of(Scope::Installation(world.installation))
            .await;
        assert_eq!(all.len(), 2);
        assert_eq!(world.does(remove(&nobodys)).await, Done);
    })
    .await;
}

#[tokio::test]
async fn a_volume_is_removed_once_nothing_uses_it() {
    with_engine(async |world| {
        let name = world.name("state");
        let inspect = |name: &str| EngineEffect::InspectVolume { name: name.into() };
        let remove_it = EngineEffect::RemoveVolume { name: name.clone() };
        assert_eq!(world.does(inspect(&name)).await, Absent);
        assert_eq!(world.does(remove_it.clone()).await, Absent);

        let foreign = format!(r#"{{"Name":"{name}"}}"#);
        world.send(Method::POST, "/volumes/create", &foreign).await;
        assert_eq!(world.does(inspect(&name)).await, Volume(Labelled::Not));
        assert_eq!(world.does(remove_it.clone()).await, Done);

        world.ensure_volume(&name).await;
        let ours = Volume(Labelled::As((world.installation, user())));
        assert_eq!(world.does(inspect(&name)).await, ours);
        assert_eq!(world.does(inspect(&name[..name.len() - 1])).await, Absent);

        let id = world.created(world.spec("user")).await;
        let outcome = world.does(remove_it.clone()).await;
        assert!(matches!(outcome, Conflict(_)), "{outcome:?}");
        assert_eq!(world.does(inspect(&name)).await, ours);
        assert_eq!(world.does(remove(&id)).await, Done);
        assert_eq!(world.does(remove_it).await, Done);
        assert_eq!(world.does(inspect(&name)).await, Absent);
    })
    .await;
}

impl World {
    async fn start(&self, id: &ContainerId) {
        assert_eq!(self.does(crate::world::start(id)).await, Done);
    }
}
