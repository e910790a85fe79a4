//! The shapes of the JSON documents. They only grow.

pub(crate) mod all;
pub(crate) mod plan;

use portreeve_core::command::{Adopted, Status, Stopped, UserStatus};
use portreeve_core::id::ContainerId;
use portreeve_core::observed::Health;
use portreeve_core::record;
use portreeve_core::time::Instant;
use portreeve_sim::batch::Batch;
use portreeve_tokio::Endpoint;
use serde::Serialize;

use super::when;
use crate::args::Storms;
use crate::commands::simulate::{self, Told};
use crate::config::{Config, Line};
use crate::failure::Failure;

/// To `ensure` and `restart`.
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

/// To `limit`.
#[derive(Serialize)]
pub(crate) struct Limited<'a> {
    user: &'a str,
    limited: bool,
}

pub(crate) fn limited(user: &str, limited: bool) -> Limited<'_> {
    Limited { user, limited }
}

/// To `purge`.
#[derive(Serialize)]
pub(crate) struct Purged<'a> {
    user: &'a str,
    purged: bool,
}

pub(crate) fn purged(user: &str, purged: bool) -> Purged<'_> {
    Purged { user, purged }
}

/// To `rotate`. Where the user is stopped there is no container to tell of, and the new token is
/// told by the next `ensure`.
#[derive(Serialize)]
pub(crate) struct Rotated<'a> {
    user: &'a str,
    generation: u32,
    status: &'static str,
    url: Option<&'a str>,
    token: Option<&'a str>,
    port: Option<u16>,
    container_id: Option<&'a str>,
    container_name: Option<&'a str>,
}

pub(crate) fn rotated<'a>(
    user: &'a str,
    generation: u32,
    endpoint: Option<&'a Endpoint>,
) -> Rotated<'a> {
    let status = match endpoint {
        Some(_) => Status::Running,
        None => Status::Stopped,
    };
    Rotated {
        user,
        generation,
        status: status.as_str(),
        url: endpoint.map(Endpoint::url),
        token: endpoint.map(|endpoint| endpoint.token().reveal()),
        port: endpoint.map(Endpoint::port),
        container_id: endpoint.map(|endpoint| endpoint.container_id().as_str()),
        container_name: endpoint.map(Endpoint::container_name),
    }
}

/// To `adopt`.
#[derive(Serialize)]
pub(crate) struct Adoption<'a> {
    user: &'a str,
    /// Whether that was done now: `false` where it was the user's before.
    adopted: bool,
    container_id: Option<&'a str>,
    volume: &'a str,
    port: Option<u16>,
}

pub(crate) fn adopted(adopted: &Adopted) -> Adoption<'_> {
    let Adopted {
        user,
        container,
        volume,
        port,
        already,
    } = adopted;
    Adoption {
        user: user.as_str(),
        adopted: !already,
        container_id: container.as_ref().map(ContainerId::as_str),
        volume,
        port: port.map(std::num::NonZeroU16::get),
    }
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
/// Where the simulated engine listens.
#[derive(Serialize)]
pub(crate) struct Listening<'a> {
    docker_host: &'a str,
}

pub(crate) fn stand_in(docker_host: &str) -> Listening<'_> {
    Listening { docker_host }
}

/// What came of simulated storms.
#[derive(Serialize)]
pub(crate) struct Simulated<'a> {
    seed: u64,
    storms: u64,
    controllers: u8,
    faults: &'a str,
    commands: u64,
    failures: u64,
    effects: u64,
    spoilt: u64,
    deeds: u64,
    broken: Vec<BrokenPromise>,
}

#[derive(Serialize)]
struct BrokenPromise {
    seed: u64,
    promise: &'static str,
    at_seconds: f64,
    text: String,
    again: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<String>,
}

pub(crate) fn simulated<'a>(storms: &'a Storms, batch: &Batch, told: &[Told]) -> Simulated<'a> {
    let broken = |(broken, script): &Told| BrokenPromise {
        seed: broken.seed,
        promise: broken.violation.promise,
        at_seconds: broken.violation.at.since(Instant::ORIGIN).as_secs_f64(),
        text: broken.violation.text.clone(),
        again: simulate::again(storms, broken.seed),
        script: script.as_ref().map(portreeve_sim::script::write),
    };
    Simulated {
        seed: storms.seed,
        storms: batch.trials,
        controllers: storms.controllers(),
        faults: storms.faults(),
        commands: batch.tally.commands,
        failures: batch.tally.failures,
        effects: batch.tally.effects,
        spoilt: batch.tally.faults,
        deeds: batch.tally.deeds,
        broken: told.iter().map(broken).collect(),
    }
}

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

    use portreeve_core::command;
    use portreeve_core::id::Port;
    use portreeve_core::time::Timestamp;
    use portreeve_core::token::Token;
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

    fn endpoint() -> Endpoint {
        Endpoint::from(command::Endpoint {
            user: UserId::new("u").unwrap(),
            url: "http://127.0.0.1:19000".to_owned(),
            token: Token::from_random(&[0; 32]),
            port: Port::new(19000).unwrap(),
            container: ContainerId::new("c1"),
            container_name: "mosaic-user-u".to_owned(),
            outcome: command::Ensured::Recreated,
        })
    }

    #[test]
    fn ensure_and_restart_tell_where_it_answers() {
        assert_eq!(
            serde_json::to_value(ensured(&endpoint())).unwrap(),
            json!({
                "user": "u",
                "status": "running",
                "outcome": "recreated",
                "url": "http://127.0.0.1:19000",
                "token": "A".repeat(43),
                "port": 19000,
                "container_id": "c1",
                "container_name": "mosaic-user-u",
            })
        );
    }

    #[test]
    fn whether_there_was_such_a_user_is_told() {
        assert_eq!(
            serde_json::to_value(touched("u", true)).unwrap(),
            json!({"user": "u", "touched": true})
        );
        assert_eq!(
            serde_json::to_value(limited("u", false)).unwrap(),
            json!({"user": "u", "limited": false})
        );
        assert_eq!(
            serde_json::to_value(purged("u", true)).unwrap(),
            json!({"user": "u", "purged": true})
        );
    }

    #[test]
    fn a_rotation_tells_where_the_new_token_is_taken() {
        assert_eq!(
            serde_json::to_value(rotated("u", 2, Some(&endpoint()))).unwrap(),
            json!({
                "user": "u",
                "generation": 2,
                "status": "running",
                "url": "http://127.0.0.1:19000",
                "token": "A".repeat(43),
                "port": 19000,
                "container_id": "c1",
                "container_name": "mosaic-user-u",
            })
        );
        assert_eq!(
            serde_json::to_value(rotated("u", 3, None)).unwrap(),
            json!({
                "user": "u",
                "generation": 3,
                "status": "stopped",
                "url": null,
                "token": null,
                "port": null,
                "container_id": null,
                "container_name": null,
            })
        );
    }

    #[test]
    fn an_adoption_tells_what_is_the_users_now() {
        let whole = Adopted {
            user: UserId::new("u").unwrap(),
            container: Some(ContainerId::new("c1")),
            volume: "mosaic-user-u-state".to_owned(),
            port: Port::new(19000),
            already: false,
        };
        assert_eq!(
            serde_json::to_value(adopted(&whole)).unwrap(),
            json!({
                "user": "u",
                "adopted": true,
                "container_id": "c1",
                "volume": "mosaic-user-u-state",
                "port": 19000,
            })
        );
        let volume_alone = Adopted {
            container: None,
            port: None,
            already: true,
            ..whole
        };
        assert_eq!(
            serde_json::to_value(adopted(&volume_alone)).unwrap(),
            json!({
                "user": "u",
                "adopted": false,
                "container_id": null,
                "volume": "mosaic-user-u-state",
                "port": null,
            })
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
