//! What a real engine tells of its containers.

use std::time::Duration;

use portreeve_core::id::ContainerId;
use portreeve_core::observed::Health;
use portreeve_core::outcome::EngineOutcome::*;
use portreeve_core::outcome::{ContainerChange, EngineEvent};
use portreeve_core::template::HealthCheck;
use portreeve_tokio::engine::EventStream;
use portreeve_wire::http::Method;
use tokio::time::timeout;

use crate::world::{World, remove, start, stop, unpause, user, with_engine};

/// How long an event may be on its way.
const PATIENCE: Duration = Duration::from_secs(20);

/// What happens to one container, read one change at a time.
struct Story {
    events: EventStream,
    id: ContainerId,
}

impl World {
    async fn watched(&self) -> EventStream {
        let mut events = self.engine.watch(self.installation, None).await.unwrap();
        // The engine begins to listen to itself just after it has said that it does.
        let early = timeout(Duration::from_millis(100), events.next()).await;
        assert!(early.is_err(), "nothing has happened yet: {early:?}");
        events
    }

    async fn post(&self, id: &ContainerId, what: &str) {
        let path = format!("/containers/{id}/{what}");
        let status = self.send(Method::POST, &path, "").await;
        assert!((200..300).contains(&status), "{what}: {status}");
    }
}

impl Story {
    async fn next(&mut self) -> ContainerChange {
        let event = timeout(PATIENCE, self.events.next()).await.unwrap();
        match event.unwrap() {
            EngineEvent::Container {
                id,
                user: whose,
                change,
            } => {
                assert_eq!(id, self.id, "{change:?}");
                assert_eq!(whose, Some(user()), "{change:?}");
                change
            }
            EngineEvent::Opened => panic!("told by the driver, not by the engine"),
            EngineEvent::Missed => panic!("no event is so long"),
        }
    }

    /// Reads on to this change, over nothing but changes of no particular kind.
    async fn reads(&mut self, change: ContainerChange) {
        loop {
            match self.next().await {
                next if next == change => return,
                ContainerChange::Other => {}
                next => panic!("{next:?} before {change:?}"),
            }
        }
    }
}

#[tokio::test]
async fn the_life_of_a_container_is_told() {
    with_engine(async |world| {
        let events = world.watched().await;
        // Somebody else's is not told of.
        let mut foreign = world.spec("foreign");
        foreign.labels.clear();
        let foreign = world.created(foreign).await;

        let id = world.created(world.spec("told")).await;
        let mut story = Story {
            events,
            id: id.clone(),
        };
        story.reads(ContainerChange::Created).await;
        assert_eq!(world.does(start(&id)).await, Done);
        story.reads(ContainerChange::Started).await;
        world.post(&id, "pause").await;
        story.reads(ContainerChange::Paused).await;
        assert_eq!(world.does(unpause(&id)).await, Done);
        story.reads(ContainerChange::Unpaused).await;

        let renamed = format!("rename?name={}", world.name("renamed"));
        world.post(&id, &renamed).await;
        assert_eq!(story.next().await, ContainerChange::Other);
        // A signal that it takes no notice of.
        world.post(&id, "kill?signal=WINCH").await;
        assert_eq!(story.next().await, ContainerChange::Other);

        world.post(&id, "kill").await;
        story.reads(ContainerChange::Died).await;
        assert_eq!(world.does(start(&id)).await, Done);
        story.reads(ContainerChange::Started).await;
        world.post(&id, "restart?t=0").await;
        story.reads(ContainerChange::Died).await;
        story.reads(ContainerChange::Started).await;
        assert_eq!(world.does(stop(&id)).await, Done);
        story.reads(ContainerChange::Died).await;
        assert_eq!(world.does(start(&id)).await, Done);
        story.reads(ContainerChange::Started).await;
        // Removed while it runs: it dies before.
        assert_eq!(world.does(remove(&foreign)).await, Done);
        assert_eq!(world.does(remove(&id)).await, Done);
        story.reads(ContainerChange::Died).await;
        story.reads(ContainerChange::Destroyed).await;
    })
    .await;
}

#[tokio::test]
async fn health_is_told_and_what_its_check_does_is_not() {
    with_engine(async |world| {
        let check = |code: &str| {
            let test = vec!["CMD".into(), "/bystander".into(), code.into()];
            let mut check = HealthCheck::new(test);
            check.interval = Some(Duration::from_millis(100));
            check.timeout = Some(Duration::from_secs(10));
            check.retries = Some(1);
            check
        };
        for (code, health) in [("0", Health::Healthy), ("1", Health::Unhealthy)] {
            let events = world.watched().await;
            let mut spec = world.spec(code);
            spec.template.health_check = Some(check(code));
            let id = world.created(spec).await;
            let mut story = Story {
                events,
                id: id.clone(),
            };
            assert_eq!(story.next().await, ContainerChange::Created);
            assert_eq!(world.does(start(&id)).await, Done);
            assert_eq!(story.next().await, ContainerChange::Started);
            assert_eq!(story.next().await, ContainerChange::Health(health));
            assert_eq!(world.does(remove(&id)).await, Done);
            story.reads(ContainerChange::Died).await;
            story.reads(ContainerChange::Destroyed).await;
        }
    })
    .await;
}
