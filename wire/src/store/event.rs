//! Events as they are written: one JSON object each, which newer releases may add to.

use std::time::Duration;

use portreeve_core::command::Problem;
use portreeve_core::event::{Actor, Cause, Change, Event, EventBody, Position};
use portreeve_core::id::ControllerId;
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::columns::{ColumnError, Columns, ColumnsExt as _};
use super::page::page_length;
use super::record;

/// What a controller has told, in the words of the store.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Written {
    change: String,
    cause: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    took_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    log: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_us: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// An event's text. It holds no NUL, whatever is told: JSON escapes it.
pub(super) fn text(event: &EventBody) -> String {
    serde_json::to_string(&written(event)).unwrap_or_default()
}

fn written(event: &EventBody) -> Written {
    let mut written = Written {
        change: event.change.as_str().to_owned(),
        cause: event.cause.as_str().to_owned(),
        actor: event.actor.as_ref().map(|actor| actor.as_str().to_owned()),
        ..Written::default()
    };
    match &event.change {
        Change::Ready { took } => written.took_us = Some(micros(*took)),
        Change::Failed {
            code,
            reason,
            exit_code,
            log,
        } => {
            written.code = Some(code.clone());
            written.reason = Some(reason.clone());
            written.exit_code = *exit_code;
            written.log.clone_from(log);
        }
        Change::Rotated { generation } => written.generation = Some(*generation),
        Change::IdleLimited { limit } => written.limit_us = limit.map(micros),
        Change::Repaired { problem } => written.problem = Some(problem.as_str().to_owned()),
        // The word says it all.
        _ => {}
    }
    written
}

fn read(written: Written) -> EventBody {
    let Written {
        change,
        cause,
        actor,
        took_us,
        code,
        reason,
        exit_code,
        log,
        generation,
        limit_us,
        problem,
    } = written;
    let known = match change.as_str() {
        "made" => Some(Change::Made),
        "starting" => Some(Change::Starting),
        "ready" => Some(Change::Ready {
            took: Duration::from_micros(took_us.unwrap_or_default()),
        }),
        "found_running" => Some(Change::FoundRunning),
        "stopping" => Some(Change::Stopping),
        "removing" => Some(Change::Removing),
        "stopped" => Some(Change::Stopped),
        "failed" => Some(Change::Failed {
            code: code.unwrap_or_default(),
            reason: reason.unwrap_or_default(),
            exit_code,
            log,
        }),
        "adopted" => Some(Change::Adopted),
        "rotated" => generation.map(|generation| Change::Rotated { generation }),
        "idle_limited" => Some(Change::IdleLimited {
            limit: limit_us.map(Duration::from_micros),
        }),
        "repaired" => problem
            .as_deref()
            .and_then(Problem::of)
            .map(|problem| Change::Repaired { problem }),
        "purged" => Some(Change::Purged),
        _ => None,
    };
    EventBody {
        change: known.unwrap_or(Change::Unknown { kind: change }),
        cause: Cause::of(&cause),
        actor: actor.and_then(|actor| Actor::new(actor).ok()),
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// A page of events. The rows tell, beside each event, `newest` and `dropped`; one more than asked for is
/// read, to know whether there are more.
pub(super) fn read_page<C: Columns>(limit: u32, rows: &[C]) -> Result<StoreOutcome, ColumnError> {
    let Some(first) = rows.first() else {
        return Err(ColumnError::new("newest", "no row"));
    };
    let limit = usize::try_from(page_length(limit)).unwrap_or(usize::MAX);
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        events.extend(event(row)?);
    }
    let more = events.len() > limit;
    events.truncate(limit);
    Ok(StoreOutcome::Events {
        events,
        newest: Position(first.need_count("newest")?),
        dropped: Position(first.need_count("dropped")?),
        more,
    })
}

/// `None` for the row that comes where there is no event.
fn event(row: &impl Columns) -> Result<Option<Event>, ColumnError> {
    let Some(position) = row.count("position")? else {
        return Ok(None);
    };
    let body = row.need_text("body")?;
    let written = serde_json::from_str(&body).unwrap_or_else(|_| Written {
        change: "unreadable".to_owned(),
        ..Written::default()
    });
    Ok(Some(Event {
        position: Position(position),
        at: Timestamp::from_micros(row.need_int("at")?),
        user: record::user(row)?.ok_or_else(|| ColumnError::new("user_id", "no user's id"))?,
        controller: ControllerId::from_bytes(row.need_id("controller")?),
        body: read(written),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Change> {
        vec![
            Change::Made,
            Change::Starting,
            Change::Ready {
                took: Duration::from_millis(1200),
            },
            Change::FoundRunning,
            Change::Stopping,
            Change::Removing,
            Change::Stopped,
            Change::Failed {
                code: "start_failed".to_owned(),
                reason: "died\0".to_owned(),
                exit_code: Some(-1),
                log: vec!["last\0 words".to_owned()],
            },
            Change::Adopted,
            Change::Rotated { generation: 2 },
            Change::IdleLimited { limit: None },
            Change::IdleLimited {
                limit: Some(Duration::ZERO),
            },
            Change::Repaired {
                problem: Problem::NotRunning,
            },
            Change::Purged,
        ]
    }

    #[test]
    fn what_is_written_is_read() {
        for change in all() {
            for cause in Cause::ALL {
                let told = EventBody {
                    change: change.clone(),
                    cause,
                    actor: Some(Actor::new("ops\0").unwrap()),
                };
                let text = text(&told);
                assert!(!text.contains('\0'), "{text}");
                assert_eq!(read(serde_json::from_str(&text).unwrap()), told);
            }
        }
    }

    #[test]
    fn what_a_newer_release_tells_is_told_by_its_word() {
        let text = r#"{"change":"dreamt","cause":"moon","of":"sheep"}"#;
        let told = read(serde_json::from_str(text).unwrap());
        let kind = "dreamt".to_owned();
        assert_eq!(told.change, Change::Unknown { kind });
        assert_eq!(told.cause, Cause::Unknown);
    }

    #[test]
    fn every_problem_has_a_word_of_its_own() {
        for problem in Problem::ALL {
            assert_eq!(Problem::of(problem.as_str()), Some(problem));
        }
    }
}
