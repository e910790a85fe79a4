//! A failure's direct outcome, and what Portreeve makes of the words it is answered with over HTTP,
//! are the same.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use portreeve_core::effect::{ContainerRef, EngineEffect, Scope};
use portreeve_core::id::{ContainerId, InstallationId, Port};
use portreeve_core::spec::{ContainerSpec, PublishedPort};
use portreeve_core::template::Template;
use portreeve_sim::engine::{Clash, Doing, Failure};
use portreeve_wire::docker::Dialect;

fn id() -> ContainerId {
    ContainerId::new("4f1c".repeat(16))
}

fn effects() -> Vec<EngineEffect> {
    let container = id();
    let installation = InstallationId::from_bytes([7; 16]);
    let name = || "n".to_owned();
    let spec = ContainerSpec {
        name: name(),
        template: Template::reference_service(),
        entrypoint: None,
        command: None,
        environment: vec![],
        labels: vec![],
        volume: name(),
        network: name(),
        published: Some(PublishedPort {
            on: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: Port::MIN,
        }),
    };
    vec![
        EngineEffect::Identify,
        EngineEffect::Inspect(ContainerRef::Name(name())),
        EngineEffect::Examine(ContainerRef::Id(id())),
        EngineEffect::List(Scope::Installation(installation)),
        EngineEffect::Watch { installation },
        EngineEffect::InspectImage { image: name() },
        EngineEffect::PullImage { image: name() },
        EngineEffect::FindNetworks { name: name() },
        EngineEffect::CreateNetwork {
            name: name(),
            labels: vec![],
        },
        EngineEffect::EnsureVolume {
            name: name(),
            labels: vec![],
        },
        EngineEffect::InspectVolume { name: name() },
        EngineEffect::RemoveVolume { name: name() },
        EngineEffect::Create(spec.into()),
        EngineEffect::Start {
            container: container.clone(),
        },
        EngineEffect::Unpause {
            container: container.clone(),
        },
        EngineEffect::Stop {
            container: container.clone(),
            grace: Duration::from_secs(1),
        },
        EngineEffect::Remove {
            container: container.clone(),
        },
        EngineEffect::Logs {
            container,
            lines: 3,
        },
    ]
}

/// Every failure that a request to an engine that is there can end with.
fn failures() -> Vec<Failure> {
    let name = || "n".to_owned();
    let clash = |address| Clash {
        name: name(),
        address,
        port: Port::MIN,
    };
    let [v4, v6] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    vec![
        Failure::NoSuchContainer(name()),
        Failure::AmbiguousId(name()),
        Failure::NoSuchImage("a/b:1".to_owned()),
        Failure::NoSuchNetwork(name()),
        Failure::AmbiguousNetwork {
            name: name(),
            count: 2,
        },
        Failure::BridgeFull(name()),
        Failure::NoSuchVolume(name()),
        Failure::NameTaken {
            name: name(),
            by: id(),
        },
        Failure::InvalidName("*".to_owned()),
        Failure::SameName,
        Failure::PortAllocated(clash(v4)),
        Failure::PortInUse(clash(v6)),
        Failure::StartPaused,
        Failure::MarkedForRemoval,
        Failure::NotPaused(id()),
        Failure::AlreadyPaused(id()),
        Failure::NotRunning(id()),
        Failure::BetweenRuns(id()),
        Failure::StillRuns {
            id: id(),
            paused: false,
        },
        Failure::StillRuns {
            id: id(),
            paused: true,
        },
        Failure::RemovalInProgress(name()),
        // So many that their ids are cut.
        Failure::VolumeInUse {
            name: name(),
            by: vec![id(); 20],
        },
        Failure::NetworkExists(name()),
        Failure::NetworkInUse {
            name: name(),
            id: id().to_string(),
        },
        Failure::PredefinedNetwork(name()),
        Failure::PullDenied("a/b".to_owned()),
        Failure::CannotRun(
            "OCI runtime create failed: exec: \"/nope\": no such file or directory: unknown"
                .to_owned(),
        ),
        Failure::TaskExists(id()),
        Failure::During(Doing::Kill(name()), Box::new(Failure::NotRunning(id()))),
        Failure::During(
            Doing::Restart(name()),
            Box::new(Failure::PortAllocated(clash(v4))),
        ),
        Failure::During(
            Doing::Rename,
            Box::new(Failure::NameTaken {
                name: name(),
                by: id(),
            }),
        ),
    ]
}

/// Whether the engine ever answers that effect with that failure.
fn happens(effect: &EngineEffect, failure: &Failure) -> bool {
    use Failure as F;
    match effect {
        EngineEffect::Identify
        | EngineEffect::List(_)
        | EngineEffect::ListVolumes(_)
        | EngineEffect::Watch { .. }
        | EngineEffect::FindNetworks { .. }
        | EngineEffect::EnsureVolume { .. } => false,
        EngineEffect::Inspect(_)
        | EngineEffect::Examine(_)
        | EngineEffect::Logs { .. }
        | EngineEffect::Stop { .. } => {
            matches!(failure, F::NoSuchContainer(_) | F::AmbiguousId(_))
        }
        EngineEffect::Unpause { .. } => matches!(
            failure,
            F::NoSuchContainer(_) | F::AmbiguousId(_) | F::NotPaused(_)
        ),
        EngineEffect::Remove { .. } => matches!(
            failure,
            F::NoSuchContainer(_)
                | F::AmbiguousId(_)
                | F::StillRuns { .. }
                | F::RemovalInProgress(_)
        ),
        EngineEffect::Start { .. } => matches!(
            failure,
            F::NoSuchContainer(_)
                | F::AmbiguousId(_)
                | F::NoSuchNetwork(_)
                | F::AmbiguousNetwork { .. }
                | F::BridgeFull(_)
                | F::PortAllocated(_)
                | F::PortInUse(_)
                | F::StartPaused
                | F::MarkedForRemoval
                | F::CannotRun(_)
                | F::TaskExists(_)
        ),
        EngineEffect::Create(_) => matches!(
            failure,
            F::NoSuchImage(_) | F::NameTaken { .. } | F::InvalidName(_)
        ),
        EngineEffect::InspectImage { .. } => matches!(failure, F::NoSuchImage(_)),
        EngineEffect::PullImage { .. } => matches!(failure, F::PullDenied(_)),
        EngineEffect::CreateNetwork { .. } => matches!(failure, F::NetworkExists(_)),
        EngineEffect::InspectVolume { .. } => matches!(failure, F::NoSuchVolume(_)),
        EngineEffect::RemoveVolume { .. } => {
            matches!(failure, F::NoSuchVolume(_) | F::VolumeInUse { .. })
        }
    }
}

#[test]
fn both_roads_lead_to_the_same_outcome() {
    let mut compared = 0;
    for effect in effects() {
        for failure in failures().iter().filter(|it| happens(&effect, it)) {
            let body = format!("{{\"message\":{:?}}}", failure.text());
            let read = portreeve_wire::docker::outcome(
                &effect,
                Dialect::Docker,
                failure.status(),
                body.as_bytes(),
            );
            assert_eq!(
                failure.outcome((&effect).into()),
                read,
                "{effect:?} answered with {failure:?}"
            );
            compared += 1;
        }
    }
    assert!(compared > 30, "{compared}");
}
