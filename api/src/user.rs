//! What is known of a user.

use jiff::Timestamp;
use portreeve_core::command::{self, UserStatus};
use portreeve_core::id::ContainerId;
use portreeve_core::observed;
use portreeve_core::record;
use serde::{Deserialize, Serialize};

/// What is known of a user. It never holds the token.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct User {
    /// The user's id, as the platform gave it.
    pub user: String,
    /// What the container is doing.
    pub status: Status,
    /// The port of the engine's host that is claimed for the container.
    pub port: Option<u16>,
    /// Where the container answers, while it runs.
    pub url: Option<String>,
    /// When the user was last active, by the store's clock: RFC 3339 in UTC, to the microsecond.
    pub last_active: Option<Timestamp>,
    /// The id of the current container, as the engine gave it.
    pub container_id: Option<String>,
    /// Its name.
    #[serde(default)]
    pub container_name: Option<String>,
    /// The code that its process ended with; left out where it hasn't ended, or never ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// Whether the container was made from another configuration than the current one.
    pub outdated: bool,
    /// What the container's health check says; left out where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthCheck>,
    /// Why the last start failed, or why the record can't be understood; left out where nothing is
    /// wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<LastFailure>,
}

/// What is known of some users, in user order.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct UserPage {
    /// They.
    pub users: Vec<User>,
    /// After whom the next page begins; left out where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What a user's container is doing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The user is known and no container runs.
    Stopped,
    /// It is being created or started.
    Starting,
    /// It runs.
    Running,
    /// It is frozen.
    Paused,
    /// It is being stopped.
    Stopping,
    /// It is being removed.
    Removing,
    /// The last start failed.
    Failed,
    /// The user's record can't be understood.
    Unreadable,
}

/// What a container's health check says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthCheck {
    /// It has not passed yet.
    Starting,
    /// It passed.
    Healthy,
    /// It failed too often.
    Unhealthy,
}

/// Why the last start failed, or why the record can't be understood.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LastFailure {
    /// What happened, in words.
    pub reason: String,
    /// The start that failed; its keys stand beside `reason`. `None` where it is the record that
    /// can't be understood.
    #[serde(flatten)]
    pub start: Option<FailedStart>,
}

/// A start that failed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FailedStart {
    /// How many starts failed in a row, this one included.
    pub count: u32,
    /// The container's exit code, if it exited.
    pub exit_code: Option<i64>,
    /// The last lines that the container wrote, oldest first, without the token.
    pub log: Vec<String>,
    /// How long until the next start is tried, in seconds.
    pub retry_in_seconds: f64,
}

impl Status {
    /// The status in one word, as it stands in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopping => "stopping",
            Self::Removing => "removing",
            Self::Failed => "failed",
            Self::Unreadable => "unreadable",
        }
    }
}

impl HealthCheck {
    /// What it says in one word, as it stands in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
        }
    }

    /// What a health check says; `None` where there is none, or where the engine's list doesn't tell.
    pub fn of(health: observed::Health) -> Option<Self> {
        match health {
            observed::Health::Absent | observed::Health::Untold => None,
            observed::Health::Starting => Some(Self::Starting),
            observed::Health::Healthy => Some(Self::Healthy),
            observed::Health::Unhealthy => Some(Self::Unhealthy),
        }
    }
}

impl From<&command::Status> for Status {
    fn from(status: &command::Status) -> Self {
        match status {
            command::Status::Stopped => Self::Stopped,
            command::Status::Starting => Self::Starting,
            command::Status::Running => Self::Running,
            command::Status::Paused => Self::Paused,
            command::Status::Stopping => Self::Stopping,
            command::Status::Removing => Self::Removing,
            command::Status::Failed => Self::Failed,
            command::Status::Unreadable(_) => Self::Unreadable,
        }
    }
}

impl From<&command::UserPage> for UserPage {
    fn from(page: &command::UserPage) -> Self {
        Self {
            users: page.users.iter().map(User::from).collect(),
            next: page.next.as_ref().map(|user| user.as_str().to_owned()),
        }
    }
}

impl From<&UserStatus> for User {
    fn from(known: &UserStatus) -> Self {
        Self {
            user: known.user.as_str().to_owned(),
            status: Status::from(&known.status),
            port: known.port.map(std::num::NonZeroU16::get),
            url: known.url.clone(),
            // A year that RFC 3339 can't express is as good as none.
            last_active: known
                .last_active
                .and_then(|time| Timestamp::from_microsecond(time.as_micros()).ok()),
            container_id: known.container.as_ref().map(container_id),
            container_name: known.container_name.clone(),
            exit_code: known.exit_code,
            outdated: known.outdated,
            health: HealthCheck::of(known.health),
            failure: last_failure(known),
        }
    }
}

fn container_id(id: &ContainerId) -> String {
    id.as_str().to_owned()
}

/// A record that can't be understood tells nothing of starts.
fn last_failure(known: &UserStatus) -> Option<LastFailure> {
    match &known.status {
        command::Status::Unreadable(reason) => Some(LastFailure {
            reason: reason.clone(),
            start: None,
        }),
        command::Status::Stopped
        | command::Status::Starting
        | command::Status::Running
        | command::Status::Paused
        | command::Status::Stopping
        | command::Status::Removing
        | command::Status::Failed => known.failure.as_ref().map(LastFailure::from),
    }
}

impl From<&record::Failure> for LastFailure {
    fn from(failure: &record::Failure) -> Self {
        let record::Failure {
            count,
            reason,
            exit_code,
            log,
            retry_in,
        } = failure;
        Self {
            reason: reason.clone(),
            start: Some(FailedStart {
                count: *count,
                exit_code: *exit_code,
                log: log.clone(),
                retry_in_seconds: retry_in.as_secs_f64(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use portreeve_core::id::Port;
    use portreeve_core::time;
    use portreeve_core::user::UserId;
    use serde_json::{from_value, json, to_value};

    use super::*;

    fn known() -> UserStatus {
        UserStatus {
            user: UserId::new("a b").unwrap(),
            status: command::Status::Running,
            port: Port::new(19000),
            url: Some("http://127.0.0.1:19000".to_owned()),
            last_active: Some(time::Timestamp::from_micros(1_700_000_000_250_000)),
            container: Some(ContainerId::new("c1")),
            container_name: Some("user-a-b".to_owned()),
            exit_code: None,
            health: observed::Health::Absent,
            outdated: false,
            failure: None,
        }
    }

    #[test]
    fn it_has_exactly_the_documented_keys_in_their_order() {
        let user = User::from(&known());
        let text = serde_json::to_string(&user).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"user":"a b","status":"running","port":19000,"url":"http://127.0.0.1:19000","#,
                r#""last_active":"2023-11-14T22:13:20.25Z","container_id":"c1","#,
                r#""container_name":"user-a-b","outdated":false}"#,
            )
        );
        assert_eq!(serde_json::from_str::<User>(&text).unwrap(), user);
    }

    #[test]
    fn a_page_says_where_the_next_begins() {
        let mut known = command::UserPage {
            users: vec![known()],
            next: Some(UserId::new("a b").unwrap()),
        };
        let page = UserPage::from(&known);
        let value = to_value(&page).unwrap();
        assert_eq!(value["users"], json!([page.users[0]]));
        assert_eq!(value["next"], "a b");
        assert_eq!(from_value::<UserPage>(value).unwrap(), page);

        known.next = None;
        let last = to_value(UserPage::from(&known)).unwrap();
        assert_eq!(last.get("next"), None);
    }

    #[test]
    fn what_is_not_there_is_null() {
        let nothing = UserStatus {
            port: None,
            url: None,
            last_active: None,
            container: None,
            container_name: None,
            ..known()
        };
        let value = to_value(User::from(&nothing)).unwrap();
        for key in [
            "port",
            "url",
            "last_active",
            "container_id",
            "container_name",
        ] {
            assert_eq!(value[key], json!(null), "{key}");
        }
    }

    #[test]
    fn a_time_beyond_all_years_is_none() {
        let beyond = UserStatus {
            last_active: Some(time::Timestamp::from_micros(i64::MAX)),
            ..known()
        };
        assert_eq!(User::from(&beyond).last_active, None);
    }

    #[test]
    fn a_failed_start_is_told_with_its_reason() {
        let failed = UserStatus {
            status: command::Status::Failed,
            failure: Some(record::Failure {
                count: 2,
                reason: "exited with code 3".to_owned(),
                exit_code: Some(3),
                log: vec!["no config".to_owned()],
                retry_in: Duration::from_millis(1500),
            }),
            ..known()
        };
        let user = User::from(&failed);
        let value = to_value(&user).unwrap();
        assert_eq!(
            value["failure"],
            json!({
                "reason": "exited with code 3",
                "count": 2,
                "exit_code": 3,
                "log": ["no config"],
                "retry_in_seconds": 1.5,
            })
        );
        assert_eq!(from_value::<User>(value).unwrap(), user);
    }

    #[test]
    fn one_that_has_ended_is_told_with_its_exit_code() {
        let ended = UserStatus {
            status: command::Status::Stopped,
            exit_code: Some(3),
            ..known()
        };
        assert_eq!(to_value(User::from(&ended)).unwrap()["exit_code"], 3);
    }

    #[test]
    fn a_record_that_is_not_understood_is_told_with_its_reason_alone() {
        let unreadable = UserStatus {
            status: command::Status::Unreadable("a newer release's".to_owned()),
            ..known()
        };
        let user = User::from(&unreadable);
        let value = to_value(&user).unwrap();
        assert_eq!(value["status"], "unreadable");
        assert_eq!(value["failure"], json!({"reason": "a newer release's"}));
        assert_eq!(from_value::<User>(value).unwrap(), user);
    }

    #[test]
    fn every_status_is_the_cores_word() {
        for status in [
            command::Status::Stopped,
            command::Status::Starting,
            command::Status::Running,
            command::Status::Paused,
            command::Status::Stopping,
            command::Status::Removing,
            command::Status::Failed,
            command::Status::Unreadable(String::new()),
        ] {
            let ours = Status::from(&status);
            assert_eq!(to_value(ours).unwrap(), status.as_str());
            assert_eq!(ours.as_str(), status.as_str());
        }
    }

    #[test]
    fn a_health_check_is_one_word() {
        for check in [
            HealthCheck::Starting,
            HealthCheck::Healthy,
            HealthCheck::Unhealthy,
        ] {
            assert_eq!(to_value(check).unwrap(), check.as_str());
        }
        let healthy = UserStatus {
            health: observed::Health::Healthy,
            ..known()
        };
        assert_eq!(to_value(User::from(&healthy)).unwrap()["health"], "healthy");
    }
}
