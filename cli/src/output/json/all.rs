//! The answers to the commands that concern all users.
//!
//! `error` is a text in each of them: what ails a container, or, where something was tried and
//! failed, the error's code, a colon and its message.

use portreeve_core::command::{Finding, Reaped, Rekeyed, Remedy, UserHealth};
use portreeve_core::error::Error;
use portreeve_core::user::UserId;
use serde::Serialize;

/// Whose turn failed, and why.
#[derive(Serialize)]
struct Failed<'a> {
    user: &'a str,
    error: String,
}

fn failed(users: &[(UserId, Error)]) -> Vec<Failed<'_>> {
    users
        .iter()
        .map(|(user, error)| Failed {
            user: user.as_str(),
            error: why(error),
        })
        .collect()
}

/// An error as a text that begins with its code.
pub(in crate::output) fn why(error: &Error) -> String {
    format!("{}: {error}", error.code())
}

/// To `reap`.
#[derive(Serialize)]
pub(crate) struct Reaping<'a> {
    stopped: Vec<&'a str>,
    failed: Vec<Failed<'a>>,
}

pub(crate) fn reaped(reaped: &Reaped) -> Reaping<'_> {
    Reaping {
        stopped: reaped.stopped.iter().map(UserId::as_str).collect(),
        failed: failed(&reaped.failed),
    }
}

/// Each of those to `health`.
#[derive(Serialize)]
pub(crate) struct Health<'a> {
    user: &'a str,
    healthy: bool,
    /// `None` where it is healthy.
    error: Option<String>,
}

pub(crate) fn health(users: &[UserHealth]) -> Vec<Health<'_>> {
    users
        .iter()
        .map(|UserHealth { user, ailment }| Health {
            user: user.as_str(),
            healthy: ailment.is_none(),
            error: ailment.as_ref().map(ToString::to_string),
        })
        .collect()
}

/// To `repair`.
#[derive(Serialize)]
pub(crate) struct Repair<'a> {
    findings: Vec<Found<'a>>,
}

/// What was found, and what became of it.
#[derive(Serialize)]
struct Found<'a> {
    user: &'a str,
    problem: &'static str,
    remedy: &'static str,
    volume: Option<&'a str>,
    container_id: Option<&'a str>,
    container_name: Option<&'a str>,
    error: Option<String>,
}

pub(crate) fn repaired(findings: &[Finding]) -> Repair<'_> {
    Repair {
        findings: findings.iter().map(found).collect(),
    }
}

fn found(finding: &Finding) -> Found<'_> {
    let container = finding.container.as_ref();
    Found {
        user: finding.user.as_str(),
        problem: finding.problem.as_str(),
        remedy: finding.remedy.as_str(),
        volume: finding.volume.as_deref(),
        container_id: container.map(|container| container.id.as_str()),
        container_name: container.map(|container| container.name.as_str()),
        error: match &finding.remedy {
            Remedy::Failed(error) => Some(why(error)),
            Remedy::Mended | Remedy::Planned | Remedy::Reported => None,
        },
    }
}

/// To `rekey`.
#[derive(Serialize)]
pub(crate) struct Rekeying<'a> {
    sealed: u32,
    current: u32,
    failed: Vec<Failed<'a>>,
}

pub(crate) fn rekeyed(rekeyed: &Rekeyed) -> Rekeying<'_> {
    Rekeying {
        sealed: rekeyed.sealed,
        current: rekeyed.current,
        failed: failed(&rekeyed.failed),
    }
}

#[cfg(test)]
mod tests {
    use portreeve_core::command::{Ailment, FoundContainer, Problem};
    use portreeve_core::id::ContainerId;
    use serde_json::{json, to_value};

    use super::*;

    fn user(id: &str) -> UserId {
        UserId::new(id).unwrap()
    }

    fn error() -> Error {
        Error::EngineUnreachable("no such file".to_owned())
    }

    const WHY: &str = "engine_unreachable: the container engine was not reached: no such file";

    #[test]
    fn a_reap_tells_who_was_stopped_and_who_could_not_be() {
        let nobody = to_value(reaped(&Reaped::default())).unwrap();
        assert_eq!(nobody, json!({"stopped": [], "failed": []}));
        let some = Reaped {
            stopped: vec![user("a"), user("b c")],
            failed: vec![(user("d"), error())],
        };
        assert_eq!(
            to_value(reaped(&some)).unwrap(),
            json!({"stopped": ["a", "b c"], "failed": [{"user": "d", "error": WHY}]})
        );
    }

    #[test]
    fn health_is_a_list_with_an_error_where_there_is_one() {
        assert_eq!(to_value(health(&[])).unwrap(), json!([]));
        let users = [
            UserHealth {
                user: user("a"),
                ailment: None,
            },
            UserHealth {
                user: user("b"),
                ailment: Some(Ailment::NotRunning("exited".to_owned())),
            },
        ];
        assert_eq!(
            to_value(health(&users)).unwrap(),
            json!([
                {"user": "a", "healthy": true, "error": null},
                {"user": "b", "healthy": false, "error": "the container is exited"},
            ])
        );
    }

    #[test]
    fn a_repair_tells_what_was_found_and_what_became_of_it() {
        assert_eq!(to_value(repaired(&[])).unwrap(), json!({"findings": []}));
        let finding = |id, problem, remedy| Finding {
            user: user(id),
            problem,
            remedy,
            volume: match problem {
                Problem::OrphanVolume => Some("e-state".to_owned()),
                Problem::SharedVolume => Some("f-state".to_owned()),
                _ => None,
            },
            container: (problem == Problem::Copy).then(|| FoundContainer {
                id: ContainerId::new("8943cec7d27e"),
                name: "copy".to_owned(),
            }),
        };
        let findings = [
            finding("a", Problem::Unfinished, Remedy::Mended),
            finding("b", Problem::NotRunning, Remedy::Planned),
            finding("c", Problem::Unreadable, Remedy::Reported),
            finding("d", Problem::Orphan, Remedy::Failed(error())),
            finding("e", Problem::OrphanVolume, Remedy::Reported),
            finding("f", Problem::SharedVolume, Remedy::Reported),
            finding("g", Problem::Copy, Remedy::Reported),
        ];
        let found = |user, problem, remedy, error: Option<&str>| json!({"user": user, "problem": problem, "remedy": remedy, "volume": null, "container_id": null, "container_name": null, "error": error});
        let mut orphan = found("e", "orphan_volume", "reported", None);
        orphan["volume"] = json!("e-state");
        let mut shared = found("f", "shared_volume", "reported", None);
        shared["volume"] = json!("f-state");
        let mut copy = found("g", "copied_container", "reported", None);
        copy["container_id"] = json!("8943cec7d27e");
        copy["container_name"] = json!("copy");
        assert_eq!(
            to_value(repaired(&findings)).unwrap(),
            json!({"findings": [
                found("a", "unfinished", "mended", None),
                found("b", "not_running", "planned", None),
                found("c", "record_unreadable", "reported", None),
                found("d", "orphan_container", "failed", Some(WHY)),
                orphan,
                shared,
                copy,
            ]})
        );
    }

    #[test]
    fn a_rekey_counts_and_names_who_failed() {
        let some = Rekeyed {
            sealed: 2,
            current: 3,
            failed: vec![(user("d"), error())],
        };
        assert_eq!(
            to_value(rekeyed(&some)).unwrap(),
            json!({"sealed": 2, "current": 3, "failed": [{"user": "d", "error": WHY}]})
        );
    }
}
