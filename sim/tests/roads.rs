//! What the simulated engine tells directly is what Portreeve reads of its answers over HTTP.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use portreeve_core::effect::{ContainerRef, EngineEffect, Scope};
use portreeve_core::id::{ContainerId, EngineId, InstallationId, Port, RecordId};
use portreeve_core::label::{Labels, volume_pairs};
use portreeve_core::outcome::EngineOutcome;
use portreeve_core::spec::{ContainerSpec, EnvValue, PublishedPort};
use portreeve_core::template::{HealthCheck, Template};
use portreeve_core::user::UserId;
use portreeve_sim::api::{Api, Reply, Request, Response};
use portreeve_sim::engine::{Answer, Engine, Image, Ticket};
use portreeve_wire::docker::{ApiVersion, Dialect, outcome, request};
use proptest::prelude::*;

const INSTALLATION: InstallationId = InstallationId::from_bytes([7; 16]);
const IMAGE: &str = "gateway:1";

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Effect(EngineEffect),
    /// An effect on the container that has this name.
    On(usize, Act),
    /// Behind everybody's back.
    Pause(usize),
    Kill(usize),
    Passes(Duration),
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Inspect,
    Examine,
    Start,
    Stop,
    Unpause,
    Remove,
    Logs,
    List,
}

fn name(which: usize) -> String {
    format!("user-{which}")
}

fn user(which: usize) -> UserId {
    UserId::new(format!("{which} ü")).expect("valid")
}

/// One of three publishes none, and the others share one.
fn port(which: usize) -> Option<Port> {
    [0, 19001, 19001].map(Port::new)[which]
}

fn spec(which: usize, image: bool, network: bool, check: bool) -> ContainerSpec {
    let labels = Labels {
        installation: INSTALLATION,
        user: user(which),
        record: RecordId::from_bytes([1; 16]),
        port: port(which),
        spec: "1:ff".to_owned(),
        token_generation: 3,
    };
    let check = check.then(|| {
        let mut check = HealthCheck::new(vec!["CMD".to_owned(), "x".to_owned()]);
        check.interval = Some(Duration::from_secs(1));
        check.retries = Some(2);
        check
    });
    let mut template = Template::new(if image { IMAGE } else { "nobody:1" });
    template.health_check = check;
    ContainerSpec {
        name: name(which),
        template,
        entrypoint: None,
        command: None,
        environment: vec![(
            "AGENT_TOKEN".to_owned(),
            EnvValue::new("s3cret-s3cret".into()),
        )],
        labels: labels.pairs(),
        volume: format!("{}-state", name(which)),
        network: if network { "net" } else { "other" }.to_owned(),
        published: port(which).map(|port| PublishedPort {
            on: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port,
        }),
    }
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..3_usize;
    let act = prop_oneof![
        Just(Act::Inspect),
        Just(Act::Examine),
        Just(Act::Start),
        Just(Act::Start),
        Just(Act::Stop),
        Just(Act::Unpause),
        Just(Act::Remove),
        Just(Act::Logs),
        Just(Act::List),
    ];
    prop_oneof![
        3 => (which.clone(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
            |(which, image, network, check)| {
                Step::Effect(EngineEffect::Create(spec(which, image || network, network || check, check).into()))
            }
        ),
        9 => (which.clone(), act).prop_map(|(which, act)| Step::On(which, act)),
        2 => which.clone().prop_map(Step::Pause),
        1 => which.clone().prop_map(Step::Kill),
        2 => (0..3000_u64).prop_map(|millis| Step::Passes(Duration::from_millis(millis))),
        2 => thing().prop_map(Step::Effect),
    ]
}

fn thing() -> impl Strategy<Value = EngineEffect> {
    let network = prop_oneof![Just("net"), Just("other")];
    let volume = (0..3_usize).prop_map(|which| (which, format!("{}-state", name(which))));
    prop_oneof![
        network
            .clone()
            .prop_map(|name| EngineEffect::FindNetworks { name: name.into() }),
        network.prop_map(|name| EngineEffect::CreateNetwork {
            name: name.into(),
            labels: vec![],
        }),
        volume
            .clone()
            .prop_map(|(which, name)| EngineEffect::EnsureVolume {
                name,
                labels: volume_pairs(INSTALLATION, &user(which)),
            }),
        volume
            .clone()
            .prop_map(|(_, name)| EngineEffect::InspectVolume { name }),
        volume.prop_map(|(_, name)| EngineEffect::RemoveVolume { name }),
        (0..3_usize).prop_map(|which| EngineEffect::Inspect(ContainerRef::Name(name(which)))),
        Just(EngineEffect::Inspect(ContainerRef::Name("nobody".into()))),
        Just(EngineEffect::Identify),
        Just(EngineEffect::List(Scope::Installation(INSTALLATION))),
        (0..3_usize).prop_map(|which| EngineEffect::List(Scope::User(INSTALLATION, user(which)))),
        Just(EngineEffect::InspectImage {
            image: IMAGE.into()
        }),
        Just(EngineEffect::InspectImage {
            image: "nobody:1".into()
        }),
        Just(EngineEffect::PullImage {
            image: "registry.invalid/nobody:1".into()
        }),
    ]
}

fn on(act: Act, container: ContainerId) -> EngineEffect {
    match act {
        Act::Inspect => EngineEffect::Inspect(ContainerRef::Id(container)),
        Act::Examine => EngineEffect::Examine(ContainerRef::Id(container)),
        Act::Start => EngineEffect::Start { container },
        Act::Stop => EngineEffect::Stop {
            container,
            grace: Duration::from_secs(1),
        },
        Act::Unpause => EngineEffect::Unpause { container },
        Act::Remove => EngineEffect::Remove { container },
        Act::Logs => EngineEffect::Logs {
            container,
            lines: 5,
        },
        Act::List => EngineEffect::List(Scope::Ids(vec![container])),
    }
}

fn engine() -> Engine {
    let mut engine = Engine::new(EngineId::new("sim"), 7);
    engine.add_image(Image::new(IMAGE));
    engine
        .create_network("net", [].into())
        .expect("there is none yet");
    engine
}

/// Carried out directly.
fn directly(engine: &mut Engine, effect: &EngineEffect) -> EngineOutcome {
    match engine.carry_out(effect) {
        Answer::Now(outcome) => outcome,
        Answer::Open(_) => panic!("no watch is asked for"),
        Answer::Later(ticket) => loop {
            let found = engine.take_answers().into_iter().find(|it| it.0 == ticket);
            if let Some((_, outcome)) = found {
                return outcome;
            }
            let due = engine.next_due().expect("something is to happen");
            engine.advance(due);
        },
    }
}

/// Sent, answered and read.
fn over_http(api: &mut Api, effect: &EngineEffect) -> EngineOutcome {
    let asked = request(effect, ApiVersion::new(1, 41));
    let (method, path) = (asked.method.to_string(), asked.target.clone());
    let answer = sent(api, &method, &path, &asked.body.into_bytes());
    outcome(effect, Dialect::Docker, answer.status, &answer.body)
}

fn sent(api: &mut Api, method: &str, target: &str, body: &[u8]) -> Response {
    let request = Request {
        method,
        target,
        body,
    };
    match api.handle(request) {
        Reply::Whole(response) => response,
        Reply::Later(ticket, pending) => {
            let result = result_of(api.engine_mut(), ticket);
            api.finish(pending, result)
        }
        other => panic!("{target}: {other:?}"),
    }
}

fn result_of(engine: &mut Engine, ticket: Ticket) -> Result<(), portreeve_sim::engine::Failure> {
    loop {
        let found = engine.take_results().into_iter().find(|it| it.0 == ticket);
        if let Some((_, result)) = found {
            return result;
        }
        let due = engine.next_due().expect("something is to happen");
        engine.advance(due);
    }
}

proptest! {
    #[test]
    fn both_roads_tell_the_same(steps in proptest::collection::vec(step(), 1..60)) {
        let mut engine = engine();
        let mut api = Api::new(engine.clone(), "sim");
        for step in steps {
            let effect = match &step {
                Step::Effect(effect) => Some(effect.clone()),
                Step::On(which, act) => {
                    let found = engine.find(&name(*which));
                    let id = found.map_or(ContainerId::new("0123"), |found| found.id().clone());
                    Some(on(*act, id))
                }
                Step::Pause(which) => {
                    let path = format!("/containers/{}/pause", name(*which));
                    let response = sent(&mut api, "POST", &path, b"");
                    let direct = engine.pause(&name(*which));
                    prop_assert_eq!(direct.is_ok(), response.status == 204);
                    None
                }
                Step::Kill(which) => {
                    let path = format!("/containers/{}/kill", name(*which));
                    let response = sent(&mut api, "POST", &path, b"");
                    let direct = engine.kill(&name(*which), portreeve_sim::engine::SIGKILL);
                    prop_assert_eq!(direct.is_ok(), response.status == 204);
                    None
                }
                Step::Passes(time) => {
                    let later = engine.now().after(*time);
                    engine.advance(later);
                    api.engine_mut().advance(later);
                    None
                }
            };
            if let Some(effect) = effect {
                let direct = directly(&mut engine, &effect);
                let read = over_http(&mut api, &effect);
                prop_assert_eq!(direct, read, "{:?}", effect);
            }
        }
    }
}
