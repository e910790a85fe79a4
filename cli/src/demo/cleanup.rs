//! Takes away all that the demo made, however far it came.

use std::future::Future;
use std::time::Duration;

use portreeve_core::effect::{ContainerRef, EngineEffect};
use portreeve_core::outcome::EngineOutcome;
use portreeve_tokio::engine::{EngineClient, EngineError};
use tokio::time::{sleep, timeout};

use super::stage::Stage;
use super::story::{heading, line};
use crate::failure::Failure;

/// How often a thing is tried to be removed: what the engine was told last may still be under way.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(500);
/// How long one request may take.
const LIMIT: Duration = Duration::from_secs(20);

/// Removes containers, volumes, network, image and store, in that order, and says what can't be.
pub(super) async fn clean(stage: Stage) -> Result<(), Failure> {
    heading("All of it is taken away again")?;
    let engine = &stage.engine;
    let mut left = Vec::new();
    for (container, volume) in stage.things() {
        let removed = insist(|| remove_container(engine, &container)).await;
        left.extend(
            removed
                .err()
                .map(|why| format!("container {container}: {why}")),
        );
        let removed = insist(|| settle(engine.remove_volume(&volume))).await;
        left.extend(removed.err().map(|why| format!("volume {volume}: {why}")));
    }
    let network = stage.network();
    let removed = insist(|| settle(engine.remove_network(network))).await;
    left.extend(removed.err().map(|why| format!("network {network}: {why}")));
    let image = stage.image();
    let removed = insist(|| settle(engine.remove_image(image))).await;
    left.extend(removed.err().map(|why| format!("image {image}: {why}")));
    let torn_down = stage.tear_down();
    if !left.is_empty() {
        return Err(Failure::new(
            "demo_failed",
            format!("something could not be taken away: {}", left.join("; ")),
            "remove it with `docker rm -f`, `docker volume rm`, `docker network rm` or `docker rmi`",
        ));
    }
    torn_down?;
    line("containers, volumes, network, image and store are gone")
}

/// Tries until it is done, or for so long that it won't be.
async fn insist<F: Future<Output = Result<(), String>>>(
    attempt: impl Fn() -> F,
) -> Result<(), String> {
    let mut tries = 1;
    loop {
        match attempt().await {
            Ok(()) => return Ok(()),
            Err(why) if tries == TRIES => return Err(why),
            Err(_) => {
                tries += 1;
                sleep(PAUSE).await;
            }
        }
    }
}

async fn settle(request: impl Future<Output = Result<(), EngineError>>) -> Result<(), String> {
    match timeout(LIMIT, request).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err("the engine doesn't answer".to_owned()),
    }
}

/// Only once it can't be found any more is it gone.
async fn remove_container(engine: &EngineClient, name: &str) -> Result<(), String> {
    let look = EngineEffect::Inspect(ContainerRef::Name(name.to_owned()));
    let found = match timeout(LIMIT, engine.carry_out(&look)).await {
        Ok(EngineOutcome::Absent) => return Ok(()),
        Ok(EngineOutcome::Found(container)) => container,
        Ok(EngineOutcome::Unreachable(why) | EngineOutcome::Refused(why)) => return Err(why),
        Ok(_) => return Err("the engine's answer can't be understood".to_owned()),
        Err(_) => return Err("the engine doesn't answer".to_owned()),
    };
    let remove = EngineEffect::Remove {
        container: found.id,
    };
    match timeout(LIMIT, engine.carry_out(&remove)).await {
        Ok(EngineOutcome::Done | EngineOutcome::Absent) => Ok(()),
        Ok(_) => Err("it is still there".to_owned()),
        Err(_) => Err("the engine doesn't answer".to_owned()),
    }
}
