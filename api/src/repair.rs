//! What store and engine didn't agree on, and what became of it.

use jiff::Timestamp;
use portreeve_core::command;
use serde::{Deserialize, Serialize};

use crate::undone::why;

/// What store and engine didn't agree on.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Repair {
    /// What was found, in user order; nothing where all is well.
    pub findings: Vec<Finding>,
}

/// Something that store and engine didn't agree on, and what became of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// The id of the user whom it concerns.
    pub user: String,
    /// What is wrong.
    pub problem: Problem,
    /// What became of it.
    pub remedy: Remedy,
    /// The volume's name, where the problem is a volume.
    pub volume: Option<String>,
    /// The container's id, where the problem is a container that is only told of.
    pub container_id: Option<String>,
    /// Its name.
    pub container_name: Option<String>,
    /// Why it could not be put right: the error's code, a colon and its message.
    pub error: Option<String>,
    /// Whose lease is waited for, where one is: the controller's id.
    pub lease_owner: Option<String>,
    /// How long that lease lasted when the store was read, in seconds, unless it is renewed.
    pub lease_ends_in_seconds: Option<f64>,
    /// Which time of the user's record lies ahead, where nothing goes by it.
    pub time: Option<RecordTime>,
    /// When that is.
    pub until: Option<Timestamp>,
}

/// A time of a user's record that may lie ahead.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordTime {
    /// Until when a lease lasts.
    Lease,
    /// Before when no start is tried, after one that failed.
    Retry,
    /// When the user was last active.
    Activity,
}

/// What is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// A start, stop, removal or purge was begun by a controller that is gone.
    Unfinished,
    /// The record says that the container runs, and it doesn't.
    NotRunning,
    /// The container runs, and the record doesn't say so.
    RunsUnrecorded,
    /// There is a container of the user's beside the current one.
    SurplusContainer,
    /// There is a container of a user who isn't known.
    OrphanContainer,
    /// There is a volume of a user who isn't known.
    OrphanVolume,
    /// Another user has the same volume.
    SharedVolume,
    /// A container bears the user's labels, and isn't shown to be the user's.
    CopiedContainer,
    /// A port is claimed, and there is no container bound to it.
    ClaimWithoutContainer,
    /// A controller that is gone has left a lease, and nothing else undone.
    StaleLease,
    /// Something is under way under a lease that hasn't run out, or its holder is gone.
    UnderLease,
    /// A time in the user's record lies further ahead than it can be written.
    TimeAhead,
    /// The user's record can't be understood.
    RecordUnreadable,
}

/// What became of a [`Problem`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// It was put right.
    Mended,
    /// It would be put right.
    Planned,
    /// It is for a person to put right.
    Reported,
    /// Nothing can be done before the lease ends.
    Awaited,
    /// Nothing goes by it, so nobody is kept waiting.
    Disregarded,
    /// It could not be put right.
    Failed,
}

impl From<&[command::Finding]> for Repair {
    fn from(findings: &[command::Finding]) -> Self {
        Self {
            findings: findings.iter().map(Finding::from).collect(),
        }
    }
}

impl From<&command::Finding> for Finding {
    fn from(finding: &command::Finding) -> Self {
        let container = finding.container.as_ref();
        let lease = match &finding.remedy {
            command::Remedy::Awaited(lease) => Some(lease),
            command::Remedy::Mended
            | command::Remedy::Planned
            | command::Remedy::Reported
            | command::Remedy::Disregarded(_)
            | command::Remedy::Failed(_) => None,
        };
        let time = match &finding.remedy {
            command::Remedy::Disregarded(time) => Some(time),
            command::Remedy::Mended
            | command::Remedy::Planned
            | command::Remedy::Reported
            | command::Remedy::Awaited(_)
            | command::Remedy::Failed(_) => None,
        };
        Self {
            user: finding.user.as_str().to_owned(),
            problem: Problem::from(finding.problem),
            remedy: Remedy::from(&finding.remedy),
            volume: finding.volume.clone(),
            container_id: container.map(|container| container.id.as_str().to_owned()),
            container_name: container.map(|container| container.name.clone()),
            error: match &finding.remedy {
                command::Remedy::Failed(error) => Some(why(error)),
                command::Remedy::Mended
                | command::Remedy::Planned
                | command::Remedy::Reported
                | command::Remedy::Awaited(_)
                | command::Remedy::Disregarded(_) => None,
            },
            lease_owner: lease.map(|lease| lease.owner.to_string()),
            lease_ends_in_seconds: lease.map(|lease| lease.remaining.as_secs_f64()),
            time: time.map(|time| RecordTime::from(time.what)),
            // A year that RFC 3339 can't express is as good as none.
            until: time.and_then(|time| Timestamp::from_microsecond(time.until.as_micros()).ok()),
        }
    }
}

impl From<command::RecordTime> for RecordTime {
    fn from(time: command::RecordTime) -> Self {
        match time {
            command::RecordTime::Lease => Self::Lease,
            command::RecordTime::Retry => Self::Retry,
            command::RecordTime::Activity => Self::Activity,
        }
    }
}

impl From<command::Problem> for Problem {
    fn from(problem: command::Problem) -> Self {
        match problem {
            command::Problem::Unfinished => Self::Unfinished,
            command::Problem::NotRunning => Self::NotRunning,
            command::Problem::RunsUnrecorded => Self::RunsUnrecorded,
            command::Problem::Surplus => Self::SurplusContainer,
            command::Problem::Orphan => Self::OrphanContainer,
            command::Problem::OrphanVolume => Self::OrphanVolume,
            command::Problem::SharedVolume => Self::SharedVolume,
            command::Problem::Copy => Self::CopiedContainer,
            command::Problem::ClaimWithoutContainer => Self::ClaimWithoutContainer,
            command::Problem::StaleLease => Self::StaleLease,
            command::Problem::UnderLease => Self::UnderLease,
            command::Problem::TimeAhead => Self::TimeAhead,
            command::Problem::Unreadable => Self::RecordUnreadable,
        }
    }
}

impl From<&command::Remedy> for Remedy {
    fn from(remedy: &command::Remedy) -> Self {
        match remedy {
            command::Remedy::Mended => Self::Mended,
            command::Remedy::Planned => Self::Planned,
            command::Remedy::Reported => Self::Reported,
            command::Remedy::Awaited(_) => Self::Awaited,
            command::Remedy::Disregarded(_) => Self::Disregarded,
            command::Remedy::Failed(_) => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;
    use portreeve_core::command::FoundContainer;
    use portreeve_core::error::Error;

    use portreeve_core::id::{ContainerId, ControllerId};
    use portreeve_core::record::Lease;
    use portreeve_core::user::UserId;
    use serde_json::{from_value, json, to_value};

    use super::*;

    fn finding(problem: command::Problem, remedy: command::Remedy) -> command::Finding {
        command::Finding {
            user: UserId::new("u").unwrap(),
            problem,
            remedy,
            volume: None,
            container: None,
        }
    }

    fn lease() -> Lease {
        Lease {
            owner: ControllerId::from_bytes([0xab; 16]),
            remaining: Duration::from_millis(12_500),
        }
    }

    #[test]
    fn whose_lease_is_waited_for_and_until_when_is_told() {
        let awaited = command::Remedy::Awaited(lease());
        let told = Finding::from(&finding(command::Problem::UnderLease, awaited));
        assert_eq!(told.problem, Problem::UnderLease);
        assert_eq!(told.remedy, Remedy::Awaited);
        assert_eq!(told.lease_owner, Some("ab".repeat(16)));
        assert_eq!(told.lease_ends_in_seconds, Some(12.5));
        assert_eq!(told.error, None);
    }

    fn ahead() -> command::TimeAhead {
        command::TimeAhead {
            what: command::RecordTime::Retry,
            until: portreeve_core::time::Timestamp::from_micros(2_000_000_000_000_000),
        }
    }

    #[test]
    fn which_time_lies_ahead_and_until_when_is_told() {
        let disregarded = command::Remedy::Disregarded(ahead());
        let told = Finding::from(&finding(command::Problem::TimeAhead, disregarded));
        assert_eq!(told.problem, Problem::TimeAhead);
        assert_eq!(told.remedy, Remedy::Disregarded);
        let value = to_value(told).unwrap();
        assert_eq!(value["time"], "retry");
        assert_eq!(value["until"], "2033-05-18T03:33:20Z");
    }

    #[test]
    fn where_all_is_well_nothing_is_found() {
        let repair = Repair::from(&[][..]);
        assert_eq!(to_value(repair).unwrap(), json!({"findings": []}));
    }

    #[test]
    fn a_finding_has_exactly_the_documented_keys_in_their_order() {
        let copy = command::Finding {
            container: Some(FoundContainer {
                id: ContainerId::new("8943cec7d27e"),
                name: "copy".to_owned(),
            }),
            ..finding(command::Problem::Copy, command::Remedy::Reported)
        };
        let shared = command::Finding {
            volume: Some("u-state".to_owned()),
            ..finding(
                command::Problem::SharedVolume,
                command::Remedy::Failed(Error::Closed),
            )
        };
        let repair = Repair::from(&[copy, shared][..]);
        let text = serde_json::to_string(&repair).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"findings":[{"user":"u","problem":"copied_container","remedy":"reported","#,
                r#""volume":null,"container_id":"8943cec7d27e","container_name":"copy","error":null,"#,
                r#""lease_owner":null,"lease_ends_in_seconds":null,"time":null,"until":null},"#,
                r#"{"user":"u","problem":"shared_volume","remedy":"failed","volume":"u-state","#,
                r#""container_id":null,"container_name":null,"error":"closed: portreeve is being closed","#,
                r#""lease_owner":null,"lease_ends_in_seconds":null,"time":null,"until":null}]}"#,
            )
        );
        assert_eq!(serde_json::from_str::<Repair>(&text).unwrap(), repair);
    }

    #[test]
    fn every_problem_and_remedy_is_the_cores_word() {
        use command::Problem as Theirs;
        for problem in [
            Theirs::Unfinished,
            Theirs::NotRunning,
            Theirs::RunsUnrecorded,
            Theirs::Surplus,
            Theirs::Orphan,
            Theirs::OrphanVolume,
            Theirs::SharedVolume,
            Theirs::Copy,
            Theirs::ClaimWithoutContainer,
            Theirs::StaleLease,
            Theirs::UnderLease,
            Theirs::TimeAhead,
            Theirs::Unreadable,
        ] {
            let value = to_value(Problem::from(problem)).unwrap();
            assert_eq!(value, problem.as_str());
            assert_eq!(from_value::<Problem>(value).unwrap(), problem.into());
        }
        for remedy in [
            command::Remedy::Mended,
            command::Remedy::Planned,
            command::Remedy::Reported,
            command::Remedy::Awaited(lease()),
            command::Remedy::Disregarded(ahead()),
            command::Remedy::Failed(Error::Closed),
        ] {
            assert_eq!(to_value(Remedy::from(&remedy)).unwrap(), remedy.as_str());
        }
    }
}
