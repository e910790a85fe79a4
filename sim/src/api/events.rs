//! Events over HTTP.

use portreeve_core::time::Instant;
use serde_json::{Map, Value, json};

use super::query::{Filters, Query};
use super::{Api, Refusal, Reply, time};
use crate::engine::{Action, Cursor, Engine, Event, Subject};

/// So many past events are told at most to whoever asks since when.
const PAST: usize = 256;

/// A stream of events in the making.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stream {
    filters: Filters,
    cursor: Cursor,
    since: Option<i64>,
    /// When it ends.
    until: Option<i64>,
}

pub(super) fn open(api: &Api, query: &Query) -> Result<Reply, Refusal> {
    let filters = query.filters()?;
    let since = moment(api, query, "since")?;
    let until = moment(api, query, "until")?;
    let end = api.engine.cursor();
    let cursor = if since.is_some() {
        let past = api.engine.events_after(api.engine.first_cursor());
        // Before the earliest of those.
        let earliest = past.rev().take(PAST).last();
        earliest.map_or(end, |(cursor, _)| cursor.before())
    } else {
        end
    };
    Ok(Reply::Events(Stream {
        filters,
        cursor,
        since,
        until,
    }))
}

/// A moment in nanoseconds by the wall clock: seconds with a fraction, RFC 3339, or a length of
/// time before now.
fn moment(api: &Api, query: &Query, name: &str) -> Result<Option<i64>, Refusal> {
    let text = match query.text(name) {
        None | Some("" | "0") => return Ok(None),
        Some(text) => text,
    };
    let invalid = || Refusal::bad(format!("invalid value for \"{name}\": {text}"));
    if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
        return Ok(i64::try_from(stamp.as_nanosecond()).ok());
    }
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if let Ok(seconds) = seconds.parse::<i64>() {
        let fraction: String = format!("{fraction:0<9}").chars().take(9).collect();
        let nanos: i64 = fraction.parse().map_err(|_| invalid())?;
        return Ok(Some(
            seconds.saturating_mul(1_000_000_000).saturating_add(nanos),
        ));
    }
    let span: jiff::SignedDuration = text.parse().map_err(|_| invalid())?;
    let nanos = i64::try_from(span.as_nanos()).map_err(|_| invalid())?;
    Ok(Some(
        time::nanoseconds(api.engine.now()).saturating_sub(nanos),
    ))
}

impl Stream {
    /// What has come since the last time, as bytes of the stream.
    pub fn read(&mut self, engine: &Engine) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (cursor, event) in engine.events_after(self.cursor) {
            self.cursor = cursor;
            if self.wants(event) {
                let told = described(event);
                if passes(&told, event, &self.filters) {
                    bytes.extend(told.to_string().into_bytes());
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
    let mut told = json!({
        "Type": kind,
        "Action": action,
        "Actor": {"ID": id, "Attributes": attributes},
        "scope": "local",
        "time": nanos / 1_000_000_000,
        "timeNano": nanos,
    });
    if let Subject::Container(face) = &event.subject {
        told["status"] = action.into();
        told["id"] = id.into();
        told["from"] = face.spec.image.as_str().into();
    }
    told
}

fn passes(told: &Value, event: &Event, filters: &Filters) -> bool {
    let kind = told["Type"].as_str().unwrap_or_default();
    let id = told["Actor"]["ID"].as_str().unwrap_or_default();
    let action = event.action.word();
    let is = |wanted_kind: &'static str| {
        move |wanted: &str| {
            kind == wanted_kind
                && (id.starts_with(wanted) || told["Actor"]["Attributes"]["name"] == wanted)
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
        && filters.any("image", |image| told["from"] == image)
        && filters.labels(|key| {
            let value = told["Actor"]["Attributes"].get(key)?;
            Some(value.as_str()?.to_owned())
        })
}

/// The containers that went since, and the place up to which that was looked for.
pub(super) fn gone_since(engine: &Engine, cursor: Cursor) -> (Cursor, Vec<String>) {
    let gone = engine
        .events_after(cursor)
        .filter_map(|(_, event)| match (&event.subject, &event.action) {
            (Subject::Container(face), Action::Destroy) => Some(face.id.to_string()),
            _ => None,
        })
        .collect();
    (engine.cursor(), gone)
}
