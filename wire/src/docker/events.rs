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
use serde_json::{Value, json};

use super::{labels, size};
use crate::http::{Request, encode};
use crate::json::Malformed;
use crate::json::sieve::{self, Needed};
use crate::json::split::{Entries, Entry, Splitter};

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

/// What is read of an event.
const NEEDED: Needed = Needed::Members(&[
    ("Type", Needed::Scalar),
    ("Action", Needed::Scalar),
    (
        "Actor",
        Needed::Members(&[
            ("ID", Needed::Scalar),
            (
                "Attributes",
                Needed::Members(&[
                    (label::INSTALLATION, Needed::Scalar),
                    (label::USER, Needed::Scalar),
                ]),
            ),
        ]),
    ),
]);

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
/// between two events, and what comes after an event's end never holds it up. Of an event that is longer
/// than any that is read, the beginning is; where that doesn't say whom it concerns, an event was missed.
#[derive(Clone, Debug)]
pub struct EventDecoder {
    installation: InstallationId,
    rest: Splitter,
}

/// The stream can't be read any further: where one event ends and the next begins is lost.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the engine's events can't be read: {0}")]
pub struct BrokenEvents(#[from] Malformed);

impl EventDecoder {
    /// A reader of the events that were asked for with a
    /// [`Watch`](portreeve_core::effect::EngineEffect::Watch) of this installation.
    pub fn new(installation: InstallationId) -> Self {
        Self {
            installation,
            rest: Splitter::new(Entries::Stream, size::OF_ONE),
        }
    }

    /// Takes the stream's next bytes, and tells what they bring to an end. After an error the
    /// stream is of no use any more.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<EngineEvent>, BrokenEvents> {
        let mut told = Vec::new();
        self.rest.feed(bytes, |entry| {
            told.extend(match entry {
                Entry::Whole(object) => event(&sieve::read(object, &NEEDED)?, self.installation),
                Entry::TooLong { beginning, .. } => {
                    let beginning = sieve::read_beginning(beginning, &NEEDED);
                    event_that_is_cut(&beginning, self.installation)
                }
            });
            Ok(())
        })?;
        Ok(told)
    }
}

/// The event that begins so. Of what it doesn't tell any more, anything may be so.
fn event_that_is_cut(beginning: &Value, installation: InstallationId) -> Option<EngineEvent> {
    let is_told = |text: &Value| text.is_string();
    let attributes = &beginning["Actor"]["Attributes"];
    let is_no_news = is_told(&beginning["Type"]) && beginning["Type"] != "container"
        || beginning["Action"]
            .as_str()
            .is_some_and(|action| change(action).is_none());
    let is_all_told = is_told(&beginning["Action"])
        && is_told(&beginning["Actor"]["ID"])
        && is_told(&attributes[label::INSTALLATION])
        && is_told(&attributes[label::USER]);
    if is_no_news {
        None
    } else if is_all_told {
        event(beginning, installation)
    } else {
        Some(EngineEvent::Missed)
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
