//! The engine, and the images that are wanted of it.

use std::future::Future;
use std::time::Duration;

use portreeve_config::Configuration;
use portreeve_core::effect::{EngineEffect, Scope};
use portreeve_core::id::{EngineId, InstallationId};
use portreeve_core::observed::Observed;
use portreeve_core::outcome::EngineOutcome;
use portreeve_core::settings::PullPolicy;
use portreeve_tokio::engine::EngineClient;
use portreeve_wire::http::{Body, Method};
use serde_json::Value;
use tokio::time::timeout;

use super::check::Check;
use crate::codes::Exit;
use crate::failure::Failure;

const HOW_TO_GET_ONE: &str = "start it (`systemctl start docker`), install one (on Debian: `apt install docker.io`), or name it with DOCKER_HOST";

/// What was found of the engine.
pub(super) enum Engine {
    /// It answers.
    Reached {
        /// To ask it more.
        client: EngineClient,
        /// The id it says it has.
        id: EngineId,
    },
    /// It doesn't.
    Missing,
}

impl Engine {
    /// The id it says it has.
    pub(super) fn id(&self) -> Option<&EngineId> {
        match self {
            Self::Reached { id, .. } => Some(id),
            Self::Missing => None,
        }
    }
}

/// Whether the engine answers, and which it is.
pub(super) async fn examine(configuration: &Configuration) -> (Vec<Check>, Engine) {
    const NAME: &str = "engine";
    let client = match client(configuration) {
        Ok(client) => client,
        Err(failure) => return (vec![Check::failed(NAME, failure)], Engine::Missing),
    };
    let limit = configuration.timing().engine;
    let unreachable = |why: String| {
        let check = Check::bad(NAME, Exit::Engine, why, HOW_TO_GET_ONE);
        (vec![check], Engine::Missing)
    };
    let version = match within(limit, client.version()).await {
        Some(Ok(version)) => version,
        Some(Err(error)) => return unreachable(error.to_string()),
        None => return unreachable(format!("{} doesn't answer", client.address())),
    };
    let api = match within(limit, client.api_version()).await {
        Some(Ok(api)) => api,
        Some(Err(error)) => return unreachable(error.to_string()),
        None => return unreachable(format!("{} doesn't answer", client.address())),
    };
    let kind = if version.podman { "Podman" } else { "Docker" };
    let detail = format!(
        "{kind} {} at {}, API {api}",
        version.release,
        client.address()
    );
    match carry_out(&client, &EngineEffect::Identify, limit).await {
        EngineOutcome::Identified(id) => {
            let reached = Engine::Reached { client, id };
            (vec![Check::good(NAME, detail)], reached)
        }
        outcome => unreachable(describe(&outcome)),
    }
}

fn client(configuration: &Configuration) -> Result<EngineClient, Failure> {
    EngineClient::new(configuration.engine_address()?)
        .map_err(|error| Failure::from(portreeve_tokio::Error::from(error)))
}

/// The images.
pub(super) async fn images(configuration: &Configuration, engine: &Engine) -> Vec<Check> {
    let Engine::Reached { client, .. } = engine else {
        return Vec::new();
    };
    let mut checks = Vec::new();
    for image in configuration.images() {
        checks.push(check_image(configuration, client, image).await);
    }
    checks
}

async fn check_image(configuration: &Configuration, client: &EngineClient, image: &str) -> Check {
    const NAME: &str = "image";
    let effect = EngineEffect::InspectImage {
        image: image.to_owned(),
    };
    match (
        carry_out(client, &effect, configuration.timing().engine).await,
        configuration.pull(),
    ) {
        (EngineOutcome::Done, _) => Check::good(NAME, format!("{image} is there")),
        (EngineOutcome::Absent | EngineOutcome::NoSuchImage(_), PullPolicy::Missing) => {
            Check::doubtful(
                NAME,
                format!("{image} isn't there, and will be pulled at first use"),
                format!("`docker pull {image}` does so now, and tells whether it can be done"),
            )
        }
        (EngineOutcome::Absent | EngineOutcome::NoSuchImage(_), PullPolicy::Never) => Check::bad(
            NAME,
            Exit::Failed,
            format!("{image} isn't there, and `pull` is \"never\""),
            format!(
                "load it with `docker pull {image}` or `docker load`, or set pull = \"missing\""
            ),
        ),
        (outcome, _) => Check::bad(
            NAME,
            Exit::Failed,
            format!("{image}: {}", describe(&outcome)),
            "check the image's name",
        ),
    }
}

/// The host ports that running containers of the installation are bound to.
pub(super) async fn ports_in_use(
    engine: &Engine,
    installation: Option<InstallationId>,
    limit: Duration,
) -> Vec<u16> {
    let (Engine::Reached { client, .. }, Some(installation)) = (engine, installation) else {
        return Vec::new();
    };
    let effect = EngineEffect::List(Scope::Installation(installation));
    match carry_out(client, &effect, limit).await {
        EngineOutcome::Listed(containers) => containers
            .iter()
            .filter_map(Observed::port)
            .map(std::num::NonZeroU16::get)
            .collect(),
        _ => Vec::new(),
    }
}

pub(super) async fn carry_out(
    client: &EngineClient,
    effect: &EngineEffect,
    limit: Duration,
) -> EngineOutcome {
    within(limit, client.carry_out(effect))
        .await
        .unwrap_or_else(|| EngineOutcome::Unreachable("no answer in time".to_owned()))
}

/// The engine's containers that the query asks for, whoever's they are; `None` if it doesn't list them.
pub(super) async fn containers(
    client: &EngineClient,
    query: &str,
    limit: Duration,
) -> Option<Vec<Value>> {
    let path = format!("/containers/json?{query}");
    let listed = within(limit, client.send(Method::GET, &path, Body::Empty)).await?;
    let (200, body) = listed.ok()? else {
        return None;
    };
    serde_json::from_slice(&body).ok()
}

pub(super) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    timeout(limit, work).await.ok()
}

pub(super) fn describe(outcome: &EngineOutcome) -> String {
    match outcome {
        EngineOutcome::Unreachable(why)
        | EngineOutcome::Refused(why)
        | EngineOutcome::Unclear(why)
        | EngineOutcome::Conflict(why) => why.clone(),
        _ => "an answer that doesn't fit the question".to_owned(),
    }
}
