//! The shapes of the JSON documents. They only grow.

use portreeve_core::command::{Status, Stopped, UserStatus};
use portreeve_core::id::ContainerId;
use portreeve_core::observed::Health;
use portreeve_core::record;
use portreeve_tokio::Endpoint;
use serde::Serialize;

use super::when;
use crate::config::{Config, Line};
use crate::failure::Failure;

/// To `ensure`.
#[derive(Serialize)]
pub(crate) struct Ensured<'a> {
    user: &'a str,
    status: &'static str,
    outcome: &'static str,
    url: &'a str,
    token: &'a str,
    port: u16,
    container_id: &'a str,
    container_name: &'a str,
}

pub(crate) fn ensured(endpoint: &Endpoint) -> Ensured<'_> {
    Ensured {
        user: endpoint.user().as_str(),
        status: Status::Running.as_str(),
        outcome: endpoint.outcome().as_str(),
        url: endpoint.url(),
        token: endpoint.token().reveal(),
        port: endpoint.port(),
        container_id: endpoint.container_id().as_str(),
        container_name: endpoint.container_name(),
    }
}

/// To `stop`.
#[derive(Serialize)]
pub(crate) struct Stop<'a> {
    user: &'a str,
    status: &'static str,
    changed: bool,
}

pub(crate) fn stopped(user: &str, stopped: Stopped) -> Stop<'_> {
    Stop {
        user,
        status: stop_status(stopped),
        changed: stopped.changed,
    }
}

/// What a user is after a stop: `unknown` where there is no such user.
pub(super) fn stop_status(stopped: Stopped) -> &'static str {
    if stopped.known {
        Status::Stopped.as_str()
    } else {
        "unknown"
    }
}

/// To `touch`.
#[derive(Serialize)]
pub(crate) struct Touched<'a> {
    user: &'a str,
    touched: bool,
}

pub(crate) fn touched(user: &str, touched: bool) -> Touched<'_> {
    Touched { user, touched }
}

/// To `status`, and each of those to `list`.
#[derive(Serialize)]
pub(crate) struct Known<'a> {
    user: &'a str,
    status: &'static str,
    port: Option<u16>,
    url: Option<&'a str>,
    /// RFC 3339, UTC.
    last_active: Option<String>,
    container_id: Option<&'a str>,
    outdated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<LastFailure<'a>>,
}

/// Why the last start failed, or why the record can't be understood.
#[derive(Serialize)]
struct LastFailure<'a> {
    reason: &'a str,
    #[serde(flatten)]
    start: Option<FailedStart<'a>>,
}

#[derive(Serialize)]
struct FailedStart<'a> {
    count: u32,
    exit_code: Option<i64>,
    log: &'a [String],
    retry_in_seconds: f64,
}

pub(crate) fn status(status: &UserStatus) -> Known<'_> {
    Known {
        user: status.user.as_str(),
        status: status.status.as_str(),
        port: status.port.map(std::num::NonZeroU16::get),
        url: status.url.as_deref(),
        last_active: status.last_active.and_then(when::rfc3339),
        container_id: status.container.as_ref().map(ContainerId::as_str),
        outdated: status.outdated,
        health: health(status.health),
        failure: failure_of(status),
    }
}

/// What a health check says, in one word; `None` if there is none.
pub(super) fn health(health: Health) -> Option<&'static str> {
    match health {
        Health::Absent => None,
        Health::Starting => Some("starting"),
        Health::Healthy => Some("healthy"),
        Health::Unhealthy => Some("unhealthy"),
    }
}

fn failure_of(status: &UserStatus) -> Option<LastFailure<'_>> {
    if let Status::Unreadable(reason) = &status.status {
        return Some(LastFailure {
            reason,
            start: None,
        });
    }
    let record::Failure {
        count,
        reason,
        exit_code,
        log,
        retry_in,
    } = status.failure.as_ref()?;
    Some(LastFailure {
        reason,
        start: Some(FailedStart {
            count: *count,
            exit_code: *exit_code,
            log,
            retry_in_seconds: retry_in.as_secs_f64(),
        }),
    })
}

/// To `config`.
#[derive(Serialize)]
pub(crate) struct InForce {
    file: Option<String>,
    keys: Vec<Line>,
}

pub(crate) fn config(config: &Config) -> InForce {
    InForce {
        file: config.file.as_ref().map(|path| path.display().to_string()),
        keys: config.lines(),
    }
}

/// To whatever failed.
#[derive(Serialize)]
struct Failed<'a> {
    error: Reason<'a>,
}

#[derive(Serialize)]
struct Reason<'a> {
    code: &'a str,
    message: &'a str,
    hint: &'a str,
}

/// To whatever failed: one line.
pub(crate) fn failure(failure: &Failure) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Failed {
        error: Reason {
            code: failure.code,
            message: &failure.message,
            hint: &failure.hint,
        },
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use portreeve_core::id::Port;
    use portreeve_core::time::Timestamp;
    use portreeve_core::user::UserId;
    use serde_json::json;

    use super::*;

    fn user() -> UserStatus {
        UserStatus {
            user: UserId::new("a b").unwrap(),
            status: Status::Running,
            port: Port::new(19000),
            url: Some("http://127.0.0.1:19000".to_owned()),
            last_active: Some(Timestamp::from_micros(1_700_000_000_250_000)),
            container: Some(ContainerId::new("c1")),
            health: Health::Absent,
            outdated: false,
            failure: None,
        }
    }

    #[test]
    fn a_status_has_exactly_the_documented_keys() {
        assert_eq!(
            serde_json::to_value(status(&user())).unwrap(),
            json!({
                "user": "a b",
                "status": "running",
                "port": 19000,
                "url": "http://127.0.0.1:19000",
                "last_active": "2023-11-14T22:13:20.25Z",
                "container_id": "c1",
                "outdated": false,
            })
        );
    }

    #[test]
    fn a_failure_is_told_with_its_reason() {
        let failed = UserStatus {
            status: Status::Failed,
            failure: Some(record::Failure {
                count: 2,
                reason: "exited with code 3".to_owned(),
                exit_code: Some(3),
                log: vec!["no config".to_owned()],
                retry_in: Duration::from_millis(1500),
            }),
            ..user()
        };
        assert_eq!(
            serde_json::to_value(status(&failed)).unwrap()["failure"],
            json!({
                "reason": "exited with code 3",
                "count": 2,
                "exit_code": 3,
                "log": ["no config"],
                "retry_in_seconds": 1.5,
            })
        );
    }

    #[test]
    fn a_stop_of_nobody_is_told_apart() {
        let stop = |known, changed| serde_json::to_value(stopped("u", Stopped { known, changed }));
        assert_eq!(
            stop(true, true).unwrap(),
            json!({"user": "u", "status": "stopped", "changed": true})
        );
        assert_eq!(
            stop(false, false).unwrap(),
            json!({"user": "u", "status": "unknown", "changed": false})
        );
    }

    #[test]
    fn an_error_is_one_line() {
        let line = failure(&Failure::new("io", "two\nlines", "a way out")).unwrap();
        assert!(!line.contains('\n'));
        assert_eq!(
            line,
            r#"{"error":{"code":"io","message":"two\nlines","hint":"a way out"}}"#
        );
    }
}
