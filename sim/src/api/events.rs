//! Events over HTTP.

use super::message::Reply;
use super::query::Query;
use super::refusal::Refusal;
use super::state::Api;
use super::stream::Stream;
use super::time;
use crate::engine::{Action, Cursor, Engine, Subject};

/// So many past events are told at most to whoever asks since when.
const PAST: usize = 256;

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
pub(super) fn moment(api: &Api, query: &Query, name: &str) -> Result<Option<i64>, Refusal> {
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
