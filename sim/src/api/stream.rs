//! A stream of events: which of them a client is sent, and as what document.

use portreeve_core::time::Instant;
use serde_json::{Map, Value, json};

use super::query::Filters;
use super::time;
use crate::engine::{Action, Cursor, Engine, Event, Subject};

/// A stream of events in the making.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stream {
    pub(super) filters: Filters,
    pub(super) cursor: Cursor,
    pub(super) since: Option<i64>,
    /// When it ends.
    pub(super) until: Option<i64>,
}

impl Stream {
    /// What has come since the last time, as bytes of the stream.
    pub fn read(&mut self, engine: &Engine) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (cursor, event) in engine.events_after(self.cursor) {
            self.cursor = cursor;
            if self.wants(event) {
                let document = described(event);
                if passes(&document, event, &self.filters) {
                    bytes.extend(document.to_string().into_bytes());
                    bytes.push(b'\n');
                }
            }
        }
        bytes
    }

    fn wants(&self, event: &Event) -> bool {
        let at = time::nanoseconds(event.at);
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at <= until)
    }

    /// Whether nothing more is to come.
    pub fn is_over(&self, now: Instant) -> bool {
        self.until
            .is_some_and(|until| time::nanoseconds(now) >= until)
    }

    /// When nothing more is to come.
    pub fn ends_in(&self, now: Instant) -> Option<std::time::Duration> {
        let left = self.until?.saturating_sub(time::nanoseconds(now));
        Some(std::time::Duration::from_nanos(
            u64::try_from(left).unwrap_or(0),
        ))
    }
}

fn described(event: &Event) -> Value {
    let action = event.action.word();
    let mut attributes: Map<String, Value> = Map::new();
    let (kind, id) = match &event.subject {
        Subject::Container(face) => {
            for (key, value) in &face.spec.labels {
                attributes.insert(key.clone(), value.as_str().into());
            }
            attributes.insert("image".into(), face.spec.image.as_str().into());
            attributes.insert("name".into(), (*face.name).into());
            ("container", face.id.as_str())
        }
        Subject::Network { id, name } => {
            attributes.insert("name".into(), name.as_str().into());
            attributes.insert("type".into(), "bridge".into());
            ("network", id.as_str())
        }
        Subject::Volume(name) => {
            attributes.insert("driver".into(), "local".into());
            ("volume", name.as_str())
        }
        Subject::Image(name) => {
            attributes.insert("name".into(), name.as_str().into());
            ("image", name.as_str())
        }
    };
    match &event.action {
        Action::Die(code) => {
            attributes.insert("exitCode".into(), code.to_string().into());
        }
        Action::Kill(signal) => {
            attributes.insert("signal".into(), signal.to_string().into());
        }
        Action::Rename(old) => {
            attributes.insert("oldName".into(), format!("/{old}").into());
        }
        Action::Create
        | Action::Start
        | Action::Stop
        | Action::Restart
        | Action::Pause
        | Action::Unpause
        | Action::Health(_)
        | Action::Destroy
        | Action::Pull => {}
    }
    let nanos = time::nanoseconds(event.at);
    let mut document = json!({
        "Type": kind,
        "Action": action,
        "Actor": {"ID": id, "Attributes": attributes},
        "scope": "local",
        "time": nanos / 1_000_000_000,
        "timeNano": nanos,
    });
    if let Subject::Container(face) = &event.subject {
        document["status"] = action.into();
        document["id"] = id.into();
        document["from"] = face.spec.image.as_str().into();
    }
    document
}

fn passes(document: &Value, event: &Event, filters: &Filters) -> bool {
    let kind = document["Type"].as_str().unwrap_or_default();
    let id = document["Actor"]["ID"].as_str().unwrap_or_default();
    let action = event.action.word();
    let is = |wanted_kind: &'static str| {
        move |wanted: &str| {
            kind == wanted_kind
                && (id.starts_with(wanted) || document["Actor"]["Attributes"]["name"] == wanted)
        }
    };
    filters.any("type", |wanted| wanted == kind)
        && filters.any("event", |wanted| {
            // With words after a colon, as those of health checks.
            action == wanted || action.split(':').next() == Some(wanted)
        })
        && filters.any("container", is("container"))
        && filters.any("network", is("network"))
        && filters.any("volume", is("volume"))
        && filters.any("image", |image| document["from"] == image)
        && filters.labels(|key| {
            let value = document["Actor"]["Attributes"].get(key)?;
            Some(value.as_str()?.to_owned())
        })
}
