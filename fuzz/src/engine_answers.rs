//! The engine's answers: whatever it says, what was asked for is what is told, in words fit to be
//! shown, and one odd container hides no other.

use std::time::Duration;

use arbitrary::Unstructured;
use portreeve_core::effect::{ContainerRef, EngineEffect, Scope};
use portreeve_core::id::{ContainerId, InstallationId, Port};
use portreeve_core::outcome::EngineOutcome;
use portreeve_core::spec::{ContainerSpec, EnvValue, PublishedPort};
use portreeve_core::template::Template;
use portreeve_core::user::UserId;
use portreeve_wire::docker::{self, Dialect, version};
use serde_json::{Value, json};

/// The value of a variable that a container is created with.
const SECRET: &str = "hunter2hunter2";
/// What is asked for, where a name or an id is asked for.
const ASKED: &str = "box";
/// How long a text from outside may be.
const LONGEST: usize = 1000 + '…'.len_utf8();

/// Reads the bytes, past some that say what was asked for, as an answer.
pub fn run(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let _ = check(&mut bytes);
}

fn check(bytes: &mut Unstructured) -> arbitrary::Result<()> {
    let effect = effect(bytes)?;
    let statuses = [200, 201, 204, 304, 400, 403, 404, 409, 429, 500, 502, 503];
    let status = match bytes.int_in_range(0..=statuses.len())? {
        one if one < statuses.len() => statuses[one],
        _ => bytes.int_in_range(100..=599)?,
    };
    let lines = bytes.int_in_range(0..=20)?;
    let dialect = Dialect::of_answer(|_| lines % 2 == 1);
    let body = bytes.bytes(bytes.len())?;
    let outcome = docker::outcome(&effect, dialect, status, body);
    is_what_was_asked_for(&effect, &outcome);
    is_fit_to_be_shown(&outcome);
    if matches!(effect, EngineEffect::Create(_)) {
        let said = format!("{outcome:?}");
        assert!(!said.contains(SECRET), "{said}");
    }
    if matches!(effect, EngineEffect::List(Scope::Installation(_))) && status == 200 {
        hides_no_other(&effect, body);
    }
    last_lines(body, lines);
    // Asked at the very first.
    let _ = version::is_refused(status, body);
    let engine = version::EngineVersion::read(body);
    if let Ok(chosen) = version::settle(&engine) {
        assert!(engine.oldest_api.is_none_or(|oldest| oldest <= chosen));
    }
    Ok(())
}

/// Anything that is asked of an engine.
fn effect(bytes: &mut Unstructured) -> arbitrary::Result<EngineEffect> {
    let installation = InstallationId::from_bytes([0xab; 16]);
    let id = || ContainerId::new(ASKED);
    let name = || ASKED.to_owned();
    let labels = Vec::new;
    Ok(match bytes.int_in_range(0..=21u8)? {
        0 => EngineEffect::Identify,
        1 => EngineEffect::Inspect(ContainerRef::Name(name())),
        2 => EngineEffect::Inspect(ContainerRef::Id(id())),
        3 => EngineEffect::Examine(ContainerRef::Name(name())),
        4 => EngineEffect::Examine(ContainerRef::Id(id())),
        5 => EngineEffect::List(Scope::Installation(installation)),
        6 => EngineEffect::List(Scope::User(installation, UserId::new("u").expect("valid"))),
        7 => EngineEffect::List(Scope::Ids(vec![id()])),
        8 => EngineEffect::Watch { installation },
        9 => EngineEffect::InspectImage { image: name() },
        10 => EngineEffect::PullImage { image: name() },
        11 => EngineEffect::FindNetworks { name: name() },
        12 => EngineEffect::CreateNetwork {
            name: name(),
            labels: labels(),
        },
        13 => EngineEffect::EnsureVolume {
            name: name(),
            labels: labels(),
        },
        14 => EngineEffect::InspectVolume { name: name() },
        15 => EngineEffect::ListVolumes(installation),
        16 => EngineEffect::RemoveVolume { name: name() },
        17 => EngineEffect::Create(spec().into()),
        18 => EngineEffect::Start { container: id() },
        19 => EngineEffect::Unpause { container: id() },
        20 => EngineEffect::Stop {
            container: id(),
            grace: Duration::from_secs(10),
        },
        _ => EngineEffect::Remove { container: id() },
    })
}

fn spec() -> ContainerSpec {
    ContainerSpec {
        name: ASKED.to_owned(),
        template: Template::reference_service(),
        entrypoint: None,
        command: None,
        environment: vec![("TOKEN".to_owned(), EnvValue::new(SECRET.to_owned()))],
        labels: Vec::new(),
        volume: "v".to_owned(),
        network: "n".to_owned(),
        published: Some(PublishedPort {
            on: [127, 0, 0, 1].into(),
            port: Port::MAX,
        }),
    }
}

/// Engines take a name for the beginning of an id, too.
fn is_what_was_asked_for(effect: &EngineEffect, outcome: &EngineOutcome) {
    let found = match outcome {
        EngineOutcome::Found(found) => found,
        EngineOutcome::Examined(found) => &found.observed,
        EngineOutcome::Listed(listed)
        | EngineOutcome::ListedInPart {
            containers: listed, ..
        } => {
            if let EngineEffect::List(Scope::Ids(ids)) = effect {
                assert!(listed.iter().all(|found| ids.contains(&found.id)));
            }
            return;
        }
        EngineOutcome::Created(id) => return assert!(!id.as_str().is_empty()),
        _ => return,
    };
    match effect {
        EngineEffect::Inspect(asked) | EngineEffect::Examine(asked) => match asked {
            ContainerRef::Name(name) => assert_eq!(found.name, *name),
            ContainerRef::Id(id) => assert_eq!(found.id, *id),
        },
        other => panic!("{other:?} is answered {outcome:?}"),
    }
}

fn is_fit_to_be_shown(outcome: &EngineOutcome) {
    let words: Vec<&String> = match outcome {
        EngineOutcome::Conflict(words)
        | EngineOutcome::EndpointTaken(words)
        | EngineOutcome::NetworkFull(words)
        | EngineOutcome::Refused(words)
        | EngineOutcome::Unreachable(words)
        | EngineOutcome::Unclear(words)
        | EngineOutcome::ListedInPart { unread: words, .. } => vec![words],
        EngineOutcome::Log(lines) => lines.iter().collect(),
        _ => return,
    };
    for words in words {
        assert!(!words.contains(char::is_control), "{words:?}");
        assert!(words.len() <= LONGEST + "the engine answered 000: ".len());
    }
}

/// Puts a container that nothing is wrong with at the end of a list.
fn hides_no_other(effect: &EngineEffect, body: &[u8]) {
    let Ok(Value::Array(mut listed)) = serde_json::from_slice(body) else {
        return;
    };
    let sound = json!({
        "Id": "5007d",
        "Names": ["/sound"],
        "State": "running",
        "Labels": { "portreeve.installation": "ab".repeat(16) },
    });
    listed.push(sound);
    let body = Value::Array(listed).to_string();
    match docker::outcome(effect, Dialect::Docker, 200, body.as_bytes()) {
        EngineOutcome::Listed(listed)
        | EngineOutcome::ListedInPart {
            containers: listed, ..
        } => {
            let is_sound =
                |found: &portreeve_core::observed::Observed| found.id.as_str() == "5007d";
            assert!(listed.iter().any(is_sound), "{listed:?}");
        }
        other => panic!("{other:?}"),
    }
}

fn last_lines(body: &[u8], lines: u32) {
    let effect = EngineEffect::Logs {
        container: ContainerId::new(ASKED),
        lines,
    };
    let outcome = docker::outcome(&effect, Dialect::Docker, 200, body);
    is_fit_to_be_shown(&outcome);
    match outcome {
        EngineOutcome::Log(log) => {
            assert!(log.len() <= usize::try_from(lines).unwrap_or(usize::MAX));
        }
        other => panic!("{other:?}"),
    }
}
