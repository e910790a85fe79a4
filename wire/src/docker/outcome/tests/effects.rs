//! One effect of each kind, and the answers to it.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use portreeve_core::effect::{ContainerRef, EngineEffect, Scope};
use portreeve_core::id::{ContainerId, InstallationId, Port};
use portreeve_core::outcome::EngineOutcome::{self, Refused, Unclear};
use portreeve_core::spec::{ContainerSpec, EnvValue, PublishedPort};
use portreeve_core::template::Template;
use portreeve_core::user::UserId;
use serde_json::{Value, json};

use crate::docker::dialect::Dialect;

pub(super) fn id() -> ContainerId {
    ContainerId::new("4f1c")
}

pub(super) fn start() -> EngineEffect {
    EngineEffect::Start { container: id() }
}

pub(super) fn stop() -> EngineEffect {
    EngineEffect::Stop {
        container: id(),
        grace: Duration::from_secs(10),
    }
}

pub(super) fn unpause() -> EngineEffect {
    EngineEffect::Unpause { container: id() }
}

pub(super) fn remove() -> EngineEffect {
    EngineEffect::Remove { container: id() }
}

pub(super) fn logs() -> EngineEffect {
    EngineEffect::Logs {
        container: id(),
        lines: 20,
    }
}

pub(super) fn by_name(name: &str) -> EngineEffect {
    EngineEffect::Inspect(ContainerRef::Name(name.into()))
}

pub(super) fn by_id() -> EngineEffect {
    EngineEffect::Inspect(ContainerRef::Id(id()))
}

pub(super) fn list() -> EngineEffect {
    EngineEffect::List(Scope::User(
        InstallationId::from_bytes([1; 16]),
        UserId::new("u").unwrap(),
    ))
}

pub(super) fn examine() -> EngineEffect {
    EngineEffect::Examine(ContainerRef::Id(id()))
}

pub(super) fn watch() -> EngineEffect {
    EngineEffect::Watch {
        installation: InstallationId::from_bytes([1; 16]),
    }
}

pub(super) fn image() -> EngineEffect {
    EngineEffect::InspectImage {
        image: "a/b:1".into(),
    }
}

pub(super) fn pull() -> EngineEffect {
    EngineEffect::PullImage {
        image: "a/b:1".into(),
    }
}

pub(super) fn network() -> EngineEffect {
    EngineEffect::FindNetworks { name: "net".into() }
}

pub(super) fn create_network() -> EngineEffect {
    EngineEffect::CreateNetwork {
        name: "net".into(),
        labels: vec![],
    }
}

pub(super) fn volume() -> EngineEffect {
    EngineEffect::EnsureVolume {
        name: "vol".into(),
        labels: vec![],
    }
}

pub(super) fn inspect_volume() -> EngineEffect {
    EngineEffect::InspectVolume { name: "vol".into() }
}

pub(super) fn remove_volume() -> EngineEffect {
    EngineEffect::RemoveVolume { name: "vol".into() }
}

pub(super) fn create() -> EngineEffect {
    EngineEffect::Create(
        ContainerSpec {
            name: "user-1".into(),
            template: Template::reference_service(),
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
            published: Some(PublishedPort {
                on: IpAddr::V4(Ipv4Addr::LOCALHOST),
                port: Port::new(19000).unwrap(),
            }),
        }
        .into(),
    )
}

/// All that have a whole answer.
pub(super) fn all() -> Vec<EngineEffect> {
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

/// The outcome of an answer of Docker's.
pub(super) fn outcome(effect: &EngineEffect, status: u16, body: &[u8]) -> EngineOutcome {
    crate::docker::outcome(effect, Dialect::Docker, status, body)
}

/// The outcome of an answer with the engine's usual form of error.
pub(super) fn says(effect: &EngineEffect, status: u16, message: &str) -> EngineOutcome {
    outcome(
        effect,
        status,
        json!({ "message": message }).to_string().as_bytes(),
    )
}

pub(super) fn answers(effect: &EngineEffect, answer: &Value) -> EngineOutcome {
    outcome(effect, 200, answer.to_string().as_bytes())
}

pub(super) fn is_refused(outcome: &EngineOutcome, words: &str) -> bool {
    matches!(outcome, Refused(text) if text.contains(words))
}

pub(super) fn is_unclear(outcome: &EngineOutcome, words: &str) -> bool {
    matches!(outcome, Unclear(text) if text.contains(words))
}
