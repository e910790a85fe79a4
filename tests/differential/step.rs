//! What is asked for, made up by chance.

use std::ops::Range;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::place::{CONTAINERS, NETWORKS, PORTS, Place, VOLUMES, Which};

/// How many steps a sequence has.
const STEPS: usize = 20;

/// One request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    Create {
        name: Which,
        of: Made,
    },
    Start(Named),
    Stop(Named),
    Restart(Named),
    Kill(Named, Signal),
    Pause(Named),
    Unpause(Named),
    Rename(Named, Which),
    Remove {
        what: Named,
        force: bool,
        volumes: bool,
    },
    Logs(Named),
    CreateNetwork(Which),
    RemoveNetwork(Which),
    CreateVolume {
        name: Which,
        labels: bool,
    },
    RemoveVolume(Which),
    InspectImage {
        there: bool,
    },
    /// A process that isn't the engine's takes a port of the host.
    Occupy(Which),
    /// It is gone.
    Release(Which),
}

/// How a container is called by whoever wants something of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Named {
    Name(Which),
    /// By the id of the container that has the name, whole.
    Id(Which),
    /// By the beginning of that.
    Beginning(Which),
    /// By a name that nobody has.
    Nobody,
}

/// A signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    Default,
    Term,
    /// One that no program here handles.
    Hup,
    /// One that there isn't.
    Nonsense,
}

/// What a container is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Made {
    pub image: bool,
    pub kind: Kind,
    /// On the engine's own network where there is none.
    pub network: Option<Which>,
    pub volume: Option<Which>,
    /// Whether it has a volume of its own, too.
    pub anonymous: bool,
    pub port: Option<Which>,
    pub labels: bool,
}

/// How its program behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// It listens, and ends when it is asked to.
    Well,
    /// It ignores SIGTERM.
    Deaf,
    /// It ends at once, with this code.
    Exits(u8),
    /// The same, and the engine starts it again this often.
    Retried(u8),
    /// It has a health check, which passes.
    Healthy,
    /// It has one, which fails.
    Unhealthy,
    /// Its program isn't there.
    Broken,
    /// The engine starts it again whenever it ends.
    Always,
}

impl Kind {
    fn environment(self) -> Vec<String> {
        match self {
            Self::Well | Self::Healthy | Self::Broken | Self::Always => vec![],
            Self::Deaf => vec!["GATEWAY_IGNORE_TERM=1".to_owned()],
            Self::Exits(code) => vec![format!("GATEWAY_EXIT={code}")],
            Self::Retried(_) => vec!["GATEWAY_EXIT=3".to_owned()],
            Self::Unhealthy => vec!["GATEWAY_UNHEALTHY_AFTER_MS=0".to_owned()],
        }
    }

    fn restart(self) -> Value {
        match self {
            Self::Retried(retries) => {
                json!({"Name": "on-failure", "MaximumRetryCount": retries})
            }
            Self::Always => json!({"Name": "always"}),
            Self::Well
            | Self::Deaf
            | Self::Exits(_)
            | Self::Healthy
            | Self::Unhealthy
            | Self::Broken => Value::Null,
        }
    }

    fn health_check(self) -> Value {
        match self {
            Self::Healthy | Self::Unhealthy => {
                let program = ["CMD", "/gateway", "health"];
                json!({"Test": program, "Interval": 100_000_000, "Retries": 1})
            }
            Self::Well
            | Self::Deaf
            | Self::Exits(_)
            | Self::Retried(_)
            | Self::Broken
            | Self::Always => Value::Null,
        }
    }
}

impl Made {
    /// The body of a create.
    pub fn body(&self, place: &Place<'_>) -> Value {
        let image = if self.image {
            place.image.clone()
        } else {
            "portreeve-test-nobody:none".to_owned()
        };
        let mut mounts = vec![];
        if let Some(volume) = self.volume {
            mounts.push(json!({"Type": "volume", "Source": place.volume(volume), "Target": "/v"}));
        }
        if self.anonymous {
            mounts.push(json!({"Type": "volume", "Target": "/own"}));
        }
        let mut labels = json!({ portreeve_tests::plan::LABEL: place.prefix });
        if self.labels {
            labels["portreeve.user"] = "u".into();
        }
        let ports = match self.port {
            None => json!({}),
            Some(port) => {
                let binding =
                    json!({"HostIp": "127.0.0.1", "HostPort": place.port(port).to_string()});
                json!({ "18789/tcp": [binding] })
            }
        };
        json!({
            "Image": image,
            "Env": self.kind.environment(),
            "Entrypoint": if self.kind == Kind::Broken { json!(["/nope"]) } else { Value::Null },
            "Labels": labels,
            "Healthcheck": self.kind.health_check(),
            "ExposedPorts": {"18789/tcp": {}},
            "HostConfig": {
                "NetworkMode": self.network.map_or("default".to_owned(), |which| place.network(which)),
                "PortBindings": ports,
                "Mounts": mounts,
                "RestartPolicy": self.kind.restart(),
            },
        })
    }
}

/// A sequence of steps.
pub fn sequence() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(), STEPS)
}

fn named() -> impl Strategy<Value = Named> {
    prop_oneof![
        6 => CONTAINERS.prop_map(Named::Name),
        3 => CONTAINERS.prop_map(Named::Id),
        1 => CONTAINERS.prop_map(Named::Beginning),
        1 => Just(Named::Nobody),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        9 => (CONTAINERS, made()).prop_map(|(name, of)| Step::Create { name, of }),
        8 => named().prop_map(Step::Start),
        3 => named().prop_map(Step::Stop),
        2 => named().prop_map(Step::Restart),
        3 => (named(), signal()).prop_map(|(what, signal)| Step::Kill(what, signal)),
        3 => named().prop_map(Step::Pause),
        3 => named().prop_map(Step::Unpause),
        1 => (named(), CONTAINERS).prop_map(|(what, name)| Step::Rename(what, name)),
        4 => (named(), any::<bool>(), any::<bool>())
            .prop_map(|(what, force, volumes)| Step::Remove { what, force, volumes }),
        1 => named().prop_map(Step::Logs),
        2 => NETWORKS.prop_map(Step::CreateNetwork),
        1 => NETWORKS.prop_map(Step::RemoveNetwork),
        2 => (VOLUMES, any::<bool>())
            .prop_map(|(name, labels)| Step::CreateVolume { name, labels }),
        2 => VOLUMES.prop_map(Step::RemoveVolume),
        1 => any::<bool>().prop_map(|there| Step::InspectImage { there }),
        1 => PORTS.prop_map(Step::Occupy),
        1 => PORTS.prop_map(Step::Release),
    ]
}

fn signal() -> impl Strategy<Value = Signal> {
    prop_oneof![
        3 => Just(Signal::Default),
        2 => Just(Signal::Term),
        1 => Just(Signal::Hup),
        1 => Just(Signal::Nonsense),
    ]
}

fn made() -> impl Strategy<Value = Made> {
    let kind = prop_oneof![
        4 => Just(Kind::Well),
        2 => Just(Kind::Deaf),
        2 => prop_oneof![Just(0), Just(1), Just(42)].prop_map(Kind::Exits),
        1 => (1..3_u8).prop_map(Kind::Retried),
        1 => Just(Kind::Healthy),
        1 => Just(Kind::Unhealthy),
        1 => Just(Kind::Broken),
        1 => Just(Kind::Always),
    ];
    let some = |range: Range<Which>| proptest::option::weighted(0.4, range);
    (
        proptest::bool::weighted(0.9),
        kind,
        some(NETWORKS),
        some(VOLUMES),
        proptest::bool::weighted(0.2),
        some(PORTS),
        any::<bool>(),
    )
        .prop_map(
            |(image, kind, network, volume, anonymous, port, labels)| Made {
                image,
                kind,
                network,
                volume,
                anonymous,
                port,
                labels,
            },
        )
}
