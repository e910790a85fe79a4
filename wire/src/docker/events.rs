//! What happens to containers, as the engine tells it: a stream of JSON objects without end.
//!
//! What Docker 20.10.24 was seen to do, asked for the events of containers with a label:
//!
//! * Every event of such a container is told (`create`, `start`, `kill`, `die`, `stop`, `pause`,
//!   `rename`, `update`, `destroy`, also the `die` of a removal), and bears all of the container's
//!   labels in `Actor.Attributes`, beside attributes of the engine's own (`image`, `name`,
//!   `exitCode`, `signal`, `oldName`).
//! * A stop tells `kill`, `die`, `stop`; a restart tells `kill`, `die`, `stop`, `start`, `restart`.
//! * `health_status` tells of `healthy` and `unhealthy` only: that a container which was started
//!   again is `starting` is not told.
//! * Each health check tells `exec_create`, `exec_start` and `exec_die`, which is why the engine is
//!   asked for the actions that matter by name: it drops events of a reader that lags.
//! * The head of the answer is sent just before the engine begins to listen to itself, so what
//!   happens in the same instant may be missed; the lists in between make up for that, as for the
//!   events that engines drop.
//!
//! Containers that bear no label of ours (adopted ones) are not told of at all.

use portreeve_core::id::{ContainerId, InstallationId};
use portreeve_core::label;
use portreeve_core::observed::Health;
use portreeve_core::outcome::{ContainerChange, EngineEvent};
use portreeve_core::user::UserId;
use serde_json::{Deserializer, Value, json};

use super::labels;
use crate::http::{Request, encode};

/// The actions that are asked for. With `health_status` among them engines compare beginnings,
/// which is how the words after its colon are let through.
const ASKED: [&str; 16] = [
    "create",
    "start",
    "die",
    // Podman's word for it.
    "died",
    "pause",
    "unpause",
    "destroy",
    // Podman's word for it.
    "remove",
    "health_status",
    "kill",
    "stop",
    "restart",
    "rename",
    "oom",
    "update",
    "restore",
];

/// The largest event that is read, in bytes: it holds all of a container's labels.
const LARGEST: usize = 1 << 20;

pub(super) fn request(installation: InstallationId) -> Request {
    let filters = json!({
        "type": ["container"],
        "label": [labels::of_installation(installation)],
        "event": ASKED,
    });
    Request::get(format!("/events?filters={}", encode(&filters.to_string())))
}

/// Reads the stream of events, in whatever pieces it comes.
///
/// What is no news of a container of the installation's is left out. No separator is needed
/// between two events, and what comes after an event's end never holds it up.
#[derive(Clone, Debug)]
pub struct EventDecoder {
    installation: InstallationId,
    /// The beginning of an event whose end hasn't come yet.
    unread: Vec<u8>,
}

/// The stream can't be read any further: where one event ends and the next begins is lost.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BrokenEvents {
    /// It isn't JSON.
    #[error("the engine's events can't be read: {0}")]
    NotJson(String),
    /// One of them has no end.
    #[error("the engine tells an event of more than {LARGEST} bytes")]
    TooLarge,
}

impl EventDecoder {
    /// A reader of the events that were asked for with a
    /// [`Watch`](portreeve_core::effect::EngineEffect::Watch) of this installation.
    pub fn new(installation: InstallationId) -> Self {
        Self {
            installation,
            unread: Vec::new(),
        }
    }

    /// Takes the stream's next bytes, and tells what they bring to an end. After an error the
    /// stream is of no use any more.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<EngineEvent>, BrokenEvents> {
        self.unread.extend_from_slice(bytes);
        // Without the end of an object there is nothing new to be read; looking for it each time
        // would take long where the stream comes in small pieces.
        let told = if bytes.contains(&b'}') {
            self.read()?
        } else {
            Vec::new()
        };
        if self.unread.len() > LARGEST {
            return Err(BrokenEvents::TooLarge);
        }
        Ok(told)
    }

    fn read(&mut self) -> Result<Vec<EngineEvent>, BrokenEvents> {
        let mut told = Vec::new();
        let mut objects = Deserializer::from_slice(&self.unread).into_iter::<Value>();
        let read = loop {
            match objects.next() {
                Some(Ok(object)) => told.extend(event(&object, self.installation)),
                Some(Err(error)) if !error.is_eof() => {
                    return Err(BrokenEvents::NotJson(error.to_string()));
                }
                Some(Err(_)) | None => break objects.byte_offset(),
            }
        };
        self.unread.drain(..read);
        Ok(told)
    }
}

fn event(object: &Value, installation: InstallationId) -> Option<EngineEvent> {
    if object["Type"]
        .as_str()
        .is_some_and(|kind| kind != "container")
    {
        return None;
    }
    let id = object["Actor"]["ID"].as_str().filter(|id| !id.is_empty())?;
    let attributes = &object["Actor"]["Attributes"];
    let whose = attributes[label::INSTALLATION].as_str();
    let ours = whose.map(|whose| InstallationId::parse(whose) == Some(installation));
    let user = match ours {
        // An engine that doesn't know the filter tells of everybody's containers.
        Some(false) => return None,
        Some(true) => attributes[label::USER].as_str(),
        None => None,
    };
    Some(EngineEvent::Container {
        id: ContainerId::new(id),
        user: user.and_then(|user| UserId::new(user).ok()),
        change: change(object["Action"].as_str().unwrap_or_default())?,
    })
}

/// What an action does to a container; `None` if it changes neither its state nor its name.
fn change(action: &str) -> Option<ContainerChange> {
    let (name, detail) = action.split_once(':').unwrap_or((action, ""));
    Some(match name {
        "create" => ContainerChange::Created,
        "start" => ContainerChange::Started,
        "die" | "died" => ContainerChange::Died,
        "pause" => ContainerChange::Paused,
        "unpause" => ContainerChange::Unpaused,
        "destroy" | "remove" => ContainerChange::Destroyed,
        "health_status" => match detail.trim() {
            "healthy" => ContainerChange::Health(Health::Healthy),
            "unhealthy" => ContainerChange::Health(Health::Unhealthy),
            "starting" => ContainerChange::Health(Health::Starting),
            _ => ContainerChange::Other,
        },
        // Docker's.
        "exec_create" | "exec_start" | "exec_detach" | "exec_die" | "attach" | "detach" | "top"
        | "resize" | "archive-path" | "extract-to-dir" | "copy" | "commit" | "export"
        // Podman's.
        | "exec" | "exec_died" | "mount" | "unmount" | "init" | "sync" | "cleanup" => return None,
        // Whatever this may be, it may have changed something: a look at the container tells.
        _ => ContainerChange::Other,
    })
}

#[cfg(test)]
mod tests;
