//! Rows as records. One row that can't be understood never hides another.

use std::time::Duration;

use portreeve_core::id::{
    ContainerId, ControllerId, EngineId, EngineName, InstallationId, Port, RecordId, Revision,
    Version,
};
use portreeve_core::name::Names;
use portreeve_core::outcome::{Pulse, Touch};
use portreeve_core::record::{Ahead, Body, Failure, Header, Intent, Lease, Record, Row};
use portreeve_core::time::Timestamp;
use portreeve_core::token::SealedToken;
use portreeve_core::user::UserId;

use super::columns::{ColumnError, Columns, ColumnsExt as _};

/// What is said of the whole installation.
pub(super) fn header(row: &impl Columns) -> Result<Header, ColumnError> {
    Ok(Header {
        installation: InstallationId::from_bytes(row.need_id("installation")?),
        engine: row.text("engine_id")?.map(EngineId::new),
        newest_generation: row.count("newest_generation")?.unwrap_or(0),
        now: Timestamp::from_micros(row.need_int("now")?),
    })
}

/// Whose row this is; `None` if it is nobody's: an outer join's row without a record, or one whose
/// user id is no user's.
pub(super) fn user(row: &impl Columns) -> Result<Option<UserId>, ColumnError> {
    let Some(bytes) = row.bytes("user_id")? else {
        return Ok(None);
    };
    Ok(String::from_utf8(bytes)
        .ok()
        .and_then(|text| UserId::new(text).ok()))
}

/// A user's record, for a controller of `engine`.
pub(super) fn row(row: &impl Columns, engine: &EngineName) -> Row {
    match record(row, engine) {
        Ok(record) => Row::Found(record),
        Err(error) => Row::Unreadable(error.to_string()),
    }
}

fn record(row: &impl Columns, engine: &EngineName) -> Result<Record, ColumnError> {
    let lives_on = row.need_text("engine")?;
    if lives_on != engine.as_str() {
        // To a controller of another engine the container would look lost.
        let problem = format!(
            "the user lives on the engine {lives_on:?}, not on {:?}",
            engine.as_str()
        );
        return Err(ColumnError::new("engine", problem));
    }
    Ok(Record {
        version: version(row)?,
        port: port(row)?,
        lease: lease(row)?,
        last_active: last_active(row)?,
        shares_volume: row.need_flag("shares_volume")?,
        ahead: Ahead {
            lease: time(row, "lease_ahead")?,
            retry: time(row, "retry_ahead")?,
        },
        body: body(row)?,
    })
}

fn version(row: &impl Columns) -> Result<Version, ColumnError> {
    Ok(Version {
        record: RecordId::from_bytes(row.need_id("record_id")?),
        revision: revision(row)?,
    })
}

pub(super) fn revision(row: &impl Columns) -> Result<Revision, ColumnError> {
    row.need_count("revision").map(Revision)
}

pub(super) fn port(row: &impl Columns) -> Result<Option<Port>, ColumnError> {
    row.count("port")?
        .map(|port: u16| Port::new(port).ok_or_else(|| ColumnError::new("port", "0 is no port")))
        .transpose()
}

pub(super) fn last_active(row: &impl Columns) -> Result<Option<Timestamp>, ColumnError> {
    time(row, "last_active")
}

fn time(row: &impl Columns, column: &'static str) -> Result<Option<Timestamp>, ColumnError> {
    Ok(row.int(column)?.map(Timestamp::from_micros))
}

fn lease(row: &impl Columns) -> Result<Option<Lease>, ColumnError> {
    let Some(owner) = row.id("lease_owner")? else {
        return Ok(None);
    };
    Ok(Some(Lease {
        owner: ControllerId::from_bytes(owner),
        remaining: row.span("lease_remaining")?.unwrap_or(Duration::ZERO),
    }))
}

fn body(row: &impl Columns) -> Result<Body, ColumnError> {
    Ok(Body {
        names: Names {
            container: row.need_text("container_name")?,
            volume: row.need_text("volume_name")?,
        },
        token: SealedToken::from_bytes(row.need_bytes("token")?),
        token_generation: row.need_count("token_generation")?,
        intent: intent(row)?,
        container: row.text("container_id")?.map(ContainerId::new),
        template_generation: row.need_count("template_generation")?,
        idle_limit: row.span("idle_limit")?,
        failure: failure(row)?,
        adopted: row.need_flag("adopted")?,
        purging: row.need_flag("purging")?,
    })
}

fn failure(row: &impl Columns) -> Result<Option<Failure>, ColumnError> {
    let Some(count) = row.count("failure_count")? else {
        return Ok(None);
    };
    let log = row.need_text("failure_log")?;
    Ok(Some(Failure {
        count,
        reason: row.need_text("failure_reason")?,
        exit_code: row.int("failure_exit_code")?,
        log: serde_json::from_str(&log)
            .map_err(|_| ColumnError::new("failure_log", "not a JSON list of lines"))?,
        retry_in: row.span("retry_in")?.unwrap_or(Duration::ZERO),
    }))
}

/// What became of the touch of a user who has a record.
pub(super) fn touch(row: &impl Columns) -> Touch {
    match pulse(row) {
        Ok(pulse) => Touch::Written(pulse),
        Err(error) => Touch::Unreadable(error.to_string()),
    }
}

fn pulse(row: &impl Columns) -> Result<Pulse, ColumnError> {
    Ok(Pulse {
        version: version(row)?,
        intent: intent(row)?,
        last_active: Timestamp::from_micros(row.need_int("last_active")?),
    })
}

/// An intent as it is written.
pub(super) fn intent_text(intent: Intent) -> &'static str {
    match intent {
        Intent::Stopped => "stopped",
        Intent::Starting => "starting",
        Intent::Running => "running",
        Intent::Stopping => "stopping",
        Intent::Removing => "removing",
    }
}

fn intent(row: &impl Columns) -> Result<Intent, ColumnError> {
    let text = row.need_text("intent")?;
    [
        Intent::Stopped,
        Intent::Starting,
        Intent::Running,
        Intent::Stopping,
        Intent::Removing,
    ]
    .into_iter()
    .find(|intent| intent_text(*intent) == text)
    .ok_or_else(|| ColumnError::new("intent", format!("{text:?} is none this release knows")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite;
    use crate::store::statement::Value;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    /// A sound row, but for one column.
    fn columns(other: Option<(&str, Value)>) -> sqlite::SqliteRow {
        let mut columns = vec![
            ("user_id", Value::Bytes(b"u".to_vec())),
            ("record_id", Value::Bytes(vec![1; 16])),
            ("revision", Value::Int(3)),
            ("engine", text("local")),
            ("container_name", text("c")),
            ("volume_name", text("v")),
            ("token", Value::Bytes(b"hush".to_vec())),
            ("token_generation", Value::Int(1)),
            ("intent", text("running")),
            ("container_id", Value::Null),
            ("template_generation", Value::Int(5)),
            ("idle_limit", Value::Int(1_000_000)),
            ("failure_count", Value::Int(2)),
            ("failure_reason", text("died")),
            ("failure_exit_code", Value::Int(-9)),
            ("failure_log", text(r#"["a","b"]"#)),
            ("retry_in", Value::Int(7)),
            ("adopted", Value::Int(0)),
            ("purging", Value::Int(1)),
            ("lease_owner", Value::Bytes(vec![2; 16])),
            ("lease_remaining", Value::Int(0)),
            ("lease_ahead", Value::Int(12)),
            ("retry_ahead", Value::Null),
            ("last_active", Value::Int(11)),
            ("shares_volume", Value::Int(1)),
            ("port", Value::Int(19000)),
        ];
        if let Some((name, value)) = other {
            columns.retain(|(known, _)| *known != name);
            columns.push((name, value));
        }
        let named = columns
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        sqlite::SqliteRow::new(named.collect())
    }

    fn read(other: Option<(&str, Value)>) -> Row {
        row(&columns(other), &EngineName::new("local"))
    }

    #[test]
    fn a_sound_row_is_a_record() {
        let Row::Found(record) = read(None) else {
            panic!("{:?}", read(None));
        };
        assert_eq!(record.version.revision, Revision(3));
        assert_eq!(record.port, Port::new(19000));
        assert_eq!(record.lease.unwrap().remaining, Duration::ZERO);
        assert_eq!(record.last_active, Some(Timestamp::from_micros(11)));
        assert_eq!(record.body.idle_limit, Some(Duration::from_secs(1)));
        assert!(record.body.purging && !record.body.adopted);
        assert!(record.shares_volume);
        let lease = Some(Timestamp::from_micros(12));
        assert_eq!(record.ahead, Ahead { lease, retry: None });
        let failure = record.body.failure.unwrap();
        assert_eq!(failure.log, ["a", "b"]);
        assert_eq!(failure.retry_in, Duration::from_micros(7));
    }

    #[test]
    fn what_cannot_be_understood_is_named_by_its_column() {
        for (column, value) in [
            ("record_id", Value::Bytes(vec![1; 15])),
            ("revision", Value::Int(-1)),
            ("revision", Value::Null),
            ("engine", text("other")),
            ("intent", text("dreaming")),
            ("port", Value::Int(0)),
            ("port", Value::Int(65_536)),
            ("token", text("not bytes")),
            ("token_generation", Value::Int(-1)),
            ("idle_limit", Value::Int(-1)),
            ("failure_log", text("not JSON")),
            ("failure_reason", Value::Null),
            ("lease_owner", Value::Bytes(Vec::new())),
            ("adopted", Value::Null),
            ("purging", Value::Null),
            ("shares_volume", Value::Null),
        ] {
            match read(Some((column, value.clone()))) {
                Row::Unreadable(text) => {
                    assert!(text.starts_with(&format!("column {column}: ")), "{text}");
                }
                other => panic!("{column} {value:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_user_id_that_is_no_users_is_nobodys() {
        let bad = Value::Bytes(vec![0xff]);
        assert_eq!(user(&columns(Some(("user_id", bad)))), Ok(None));
        assert_eq!(user(&columns(Some(("user_id", Value::Null)))), Ok(None));
        let whose = user(&columns(None)).unwrap();
        assert_eq!(whose, Some(UserId::new("u").unwrap()));
    }
}
