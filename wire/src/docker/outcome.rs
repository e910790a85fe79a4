//! What an answer means for the effect it answers.

use portreeve_core::effect::{ContainerRef, EngineEffect};
use portreeve_core::id::{ContainerId, EngineId, InstallationId};
use portreeve_core::label::{self, Labelled};
use portreeve_core::observed::Observed;
use portreeve_core::outcome::EngineOutcome;
use portreeve_core::user::UserId;
use serde_json::Value;

use super::error_response::ErrorResponse;
use super::{container, labels, logs, network, particulars};

/// What an answer means that is read when it is whole.
pub(super) fn of_whole(effect: &EngineEffect, status: u16, body: &[u8]) -> EngineOutcome {
    match status {
        200..=299 => done(effect, body),
        304 if changes_state(effect) => EngineOutcome::AlreadyDone,
        _ => failed(effect, ErrorResponse::read(status, body, secrets(effect))),
    }
}

/// Whether the engine may answer that the container is in the wanted state already.
fn changes_state(effect: &EngineEffect) -> bool {
    matches!(
        effect,
        EngineEffect::Start { .. } | EngineEffect::Stop { .. } | EngineEffect::Unpause { .. }
    )
}

/// What was sent along and must not be repeated in an error. Short values are left alone: they
/// hide nothing, and cutting them out would garble the text.
fn secrets(effect: &EngineEffect) -> impl Iterator<Item = &str> {
    const SHORTEST: usize = 8;
    let environment = match effect {
        EngineEffect::Create(spec) => spec.environment.as_slice(),
        _ => &[],
    };
    environment
        .iter()
        .map(|(_, value)| value.reveal())
        .filter(|value| value.len() >= SHORTEST)
}

fn done(effect: &EngineEffect, body: &[u8]) -> EngineOutcome {
    match effect {
        EngineEffect::Start { .. }
        | EngineEffect::Unpause { .. }
        | EngineEffect::Stop { .. }
        | EngineEffect::Remove { .. }
        | EngineEffect::RemoveVolume { .. }
        | EngineEffect::InspectImage { .. }
        | EngineEffect::CreateNetwork { .. } => EngineOutcome::Done,
        // Whole is what it never should be.
        EngineEffect::Watch { .. } => {
            EngineOutcome::Unclear("the engine's events have ended".to_string())
        }
        EngineEffect::Logs { lines, .. } => EngineOutcome::Log(logs::last_lines(body, *lines)),
        EngineEffect::PullImage { .. } | EngineEffect::List(_) | EngineEffect::ListVolumes(_) => {
            unreadable("it was to be read as it comes")
        }
        EngineEffect::Identify
        | EngineEffect::Inspect(_)
        | EngineEffect::Examine(_)
        | EngineEffect::FindNetworks { .. }
        | EngineEffect::EnsureVolume { .. }
        | EngineEffect::InspectVolume { .. }
        | EngineEffect::Create(_) => match serde_json::from_slice(body) {
            Ok(answer) => told(effect, &answer),
            Err(_) => unreadable("the answer"),
        },
    }
}

/// Reads the answer to an effect that asks for something.
fn told(effect: &EngineEffect, answer: &Value) -> EngineOutcome {
    let told = match effect {
        EngineEffect::Identify => engine_id(answer).map(EngineOutcome::Identified),
        EngineEffect::Inspect(asked) => container::from_inspect(answer).map(|found| {
            if is_it(&found, asked) {
                EngineOutcome::Found(found)
            } else {
                EngineOutcome::Absent
            }
        }),
        EngineEffect::Examine(asked) => particulars::from_inspect(answer).map(|found| {
            if is_it(&found.observed, asked) {
                EngineOutcome::Examined(found)
            } else {
                EngineOutcome::Absent
            }
        }),
        EngineEffect::FindNetworks { name } => {
            network::called(name, answer).map(EngineOutcome::Networks)
        }
        EngineEffect::EnsureVolume { name, .. } => (answer["Name"].as_str() == Some(name))
            .then(|| EngineOutcome::Volume(volume_owner(&answer["Labels"]))),
        EngineEffect::InspectVolume { name } => answer["Name"].as_str().map(|found| {
            if found == name {
                EngineOutcome::Volume(volume_owner(&answer["Labels"]))
            } else {
                EngineOutcome::Absent
            }
        }),
        EngineEffect::Create(_) => answer["Id"]
            .as_str()
            .filter(|id| !id.is_empty())
            .map(|id| EngineOutcome::Created(ContainerId::new(id))),
        // Answered without a document, or read as it comes.
        EngineEffect::Watch { .. }
        | EngineEffect::List(_)
        | EngineEffect::ListVolumes(_)
        | EngineEffect::InspectImage { .. }
        | EngineEffect::PullImage { .. }
        | EngineEffect::CreateNetwork { .. }
        | EngineEffect::RemoveVolume { .. }
        | EngineEffect::Start { .. }
        | EngineEffect::Unpause { .. }
        | EngineEffect::Stop { .. }
        | EngineEffect::Remove { .. }
        | EngineEffect::Logs { .. } => None,
    };
    told.unwrap_or_else(|| unreadable("the answer"))
}

/// Whether that is what was asked for: engines take a text for the beginning of an id, too.
fn is_it(found: &Observed, asked: &ContainerRef) -> bool {
    match asked {
        ContainerRef::Name(name) => found.name == *name,
        ContainerRef::Id(id) => found.id == *id,
    }
}

pub(super) fn unreadable(what: &str) -> EngineOutcome {
    EngineOutcome::Unclear(format!("the engine's words can't be read: {what}"))
}

/// The engine's own id. Podman makes a new one up for every answer, so there it is the host and
/// the folder that its containers are kept in.
fn engine_id(info: &Value) -> Option<EngineId> {
    let text = |key: &str| info[key].as_str().filter(|text| !text.is_empty());
    if info["BuildahVersion"].is_null() {
        return text("ID").map(EngineId::new);
    }
    let (host, root) = (text("Name")?, text("DockerRootDir")?);
    Some(EngineId::new(format!("podman:{host}:{root}")))
}

pub(super) fn volume_owner(labels: &Value) -> Labelled<(InstallationId, UserId)> {
    label::volume_owner(labels::pairs(labels))
}

fn failed(effect: &EngineEffect, error: ErrorResponse) -> EngineOutcome {
    let known = match effect {
        EngineEffect::Identify
        | EngineEffect::List(_)
        | EngineEffect::ListVolumes(_)
        | EngineEffect::FindNetworks { .. } => None,
        EngineEffect::Inspect(_)
        | EngineEffect::Examine(_)
        | EngineEffect::InspectImage { .. }
        | EngineEffect::InspectVolume { .. }
        // One in use is a conflict.
        | EngineEffect::RemoveVolume { .. } => {
            error.is_absent().then_some(EngineOutcome::Absent)
        }
        EngineEffect::Watch { .. } => return error.not_begun(),
        EngineEffect::PullImage { .. } => return error.registry_refused(),
        EngineEffect::CreateNetwork { .. } => error
            .is_already_there()
            .then_some(EngineOutcome::AlreadyDone),
        EngineEffect::EnsureVolume { .. } => error
            .is_volume_conflict()
            .then_some(EngineOutcome::Volume(Labelled::Not)),
        EngineEffect::Create(_) => create_failed(&error),
        EngineEffect::Start { .. } => start_failed(&error),
        EngineEffect::Unpause { .. } if error.is_not_paused() => Some(EngineOutcome::AlreadyDone),
        EngineEffect::Logs { .. } if error.is_log_unreadable() => {
            Some(EngineOutcome::Log(Vec::new()))
        }
        EngineEffect::Unpause { .. }
        | EngineEffect::Stop { .. }
        | EngineEffect::Remove { .. }
        | EngineEffect::Logs { .. } => gone(&error),
    };
    known.unwrap_or_else(|| error.otherwise())
}

fn create_failed(error: &ErrorResponse) -> Option<EngineOutcome> {
    if error.is_name_taken() {
        Some(EngineOutcome::NameTaken(error.text()))
    } else if error.is_no_such_image() {
        Some(EngineOutcome::NoSuchImage(error.text()))
    } else if error.is_no_such_network() {
        Some(EngineOutcome::NoSuchNetwork(error.text()))
    } else {
        None
    }
}

/// A 404 may be about the container or about a network, and a 500 about nearly anything.
fn start_failed(error: &ErrorResponse) -> Option<EngineOutcome> {
    if error.is_no_such_container() {
        Some(EngineOutcome::Absent)
    } else if error.is_no_such_network() {
        Some(EngineOutcome::NoSuchNetwork(error.text()))
    } else if error.is_network_full() {
        Some(EngineOutcome::NetworkFull(error.text()))
    } else if error.is_port_taken() {
        Some(EngineOutcome::PortTaken(error.text()))
    } else if error.is_endpoint_taken() {
        Some(EngineOutcome::EndpointTaken(error.text()))
    } else if error.is_removal_in_progress() {
        Some(EngineOutcome::RemovalInProgress)
    } else {
        None
    }
}

fn gone(error: &ErrorResponse) -> Option<EngineOutcome> {
    if error.is_absent() {
        Some(EngineOutcome::Absent)
    } else if error.is_removal_in_progress() {
        Some(EngineOutcome::RemovalInProgress)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
