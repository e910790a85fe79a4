//! What commands answer, in the suite's own words: the fields are those of the command line's JSON
//! documents, so that every host can give them, be it a library, another process or a program.

use std::time::Duration;

use portreeve_core::command::{self, UserStatus};
use portreeve_core::error::Error;
use portreeve_core::event;
use portreeve_core::observed::Health;
use portreeve_core::time::Timestamp;
use portreeve_core::user::UserId;
use serde::{Deserialize, Serialize};

/// To ensure: where the user's container answers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Endpoint {
    /// Whose it is.
    pub user: String,
    /// What was done.
    pub outcome: String,
    /// Where it answers.
    pub url: String,
    /// What it wants to be shown. A test's secret: failures print it.
    pub token: String,
    /// The host port.
    pub port: u16,
    /// The container's id.
    pub container_id: String,
    /// The container's name.
    pub container_name: String,
    /// Whether the store is still to be told that the user is active.
    #[serde(default)]
    pub pending: bool,
}

/// To events: what has changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Event {
    /// Where it stands in the log.
    pub position: u64,
    /// Of whom.
    pub user: String,
    /// What has changed, in one word.
    pub change: String,
    /// Why, in one word.
    pub cause: String,
    /// Who asked for it.
    pub actor: Option<String>,
    /// The code of a start that failed.
    pub code: Option<String>,
}

impl From<event::Event> for Event {
    fn from(event: event::Event) -> Self {
        Self {
            position: event.position.0,
            user: event.user.to_string(),
            change: event.body.change.as_str().to_owned(),
            cause: event.body.cause.as_str().to_owned(),
            actor: event.body.actor.map(|actor| actor.as_str().to_owned()),
            code: match event.body.change {
                event::Change::Failed { code, .. } => Some(code),
                _ => None,
            },
        }
    }
}

/// To touch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Touched {
    /// Whether there is such a user.
    pub known: bool,
    /// Whether the store is still to be told that the user is active.
    pub pending: bool,
}

/// To stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stopped {
    /// Whether there is such a user.
    pub known: bool,
    /// Whether anything had to be stopped.
    pub changed: bool,
}

/// To status and list: what is known of a user.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Status {
    /// Who.
    pub user: String,
    /// What the container is doing, in one word.
    pub status: String,
    /// The host port claimed for it.
    pub port: Option<u16>,
    /// Where it answers, while it runs.
    pub url: Option<String>,
    /// When the user was last active, in microseconds since 1970.
    pub last_active: Option<i64>,
    /// The current container.
    pub container_id: Option<String>,
    /// What its health check says; `None` if it has none.
    pub health: Option<String>,
    /// Whether the container was made from another configuration.
    pub outdated: bool,
    /// How often in a row starts failed.
    pub failures: u32,
}

/// To reap.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reaped {
    /// Who was stopped.
    pub stopped: Vec<String>,
    /// Who could not be, and why.
    pub failed: Vec<(String, Failure)>,
}

/// To health: whether a container that is meant to run does.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UserHealth {
    /// Whose.
    pub user: String,
    /// Whether it is well.
    pub healthy: bool,
    /// Why not.
    pub error: Option<String>,
}

/// To repair: something that store and engine didn't agree on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// Whom it concerns.
    pub user: String,
    /// What is wrong, in one word.
    pub problem: String,
    /// What became of it, in one word.
    pub remedy: String,
    /// The volume, where that is what is wrong.
    pub volume: Option<String>,
    /// The id of the container, where that is what is left for a person.
    pub container_id: Option<String>,
    /// Its name.
    pub container_name: Option<String>,
    /// Why it could not be put right.
    pub error: Option<Failure>,
}

/// To rotate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rotated {
    /// Counts the user's tokens.
    pub generation: u32,
    /// Where the container answers that carries the new one.
    pub endpoint: Option<Endpoint>,
}

/// To rekey.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rekeyed {
    /// How many tokens were sealed anew.
    pub sealed: u32,
    /// How many were sealed with the newest key before.
    pub current: u32,
    /// Whose could not be, and why.
    pub failed: Vec<(String, Failure)>,
}

/// To adopt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Adopted {
    /// Whose it is now.
    pub user: String,
    /// The container, if there was one.
    pub container_id: Option<String>,
    /// The volume.
    pub volume: String,
    /// The host port, if a container is bound to one.
    pub port: Option<u16>,
    /// Whether it was the user's before.
    pub already: bool,
}

/// To any command: why it failed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// The kind of failure, in one word from a closed list.
    pub code: String,
    /// What happened.
    pub message: String,
    /// The way out.
    pub hint: String,
    /// The exit code of a container that failed to start.
    pub exit_code: Option<i64>,
    /// The last lines it wrote.
    pub log: Box<[String]>,
    /// How long until the next start is tried.
    pub retry_in: Option<Duration>,
}

impl From<command::Touched> for Touched {
    fn from(touched: command::Touched) -> Self {
        let command::Touched { known, pending } = touched;
        Self { known, pending }
    }
}

impl From<command::Stopped> for Stopped {
    fn from(stopped: command::Stopped) -> Self {
        Self {
            known: stopped.known,
            changed: stopped.changed,
        }
    }
}

impl From<command::Reaped> for Reaped {
    fn from(reaped: command::Reaped) -> Self {
        Self {
            stopped: reaped.stopped.iter().map(ToString::to_string).collect(),
            failed: failures(reaped.failed),
        }
    }
}

impl From<command::UserHealth> for UserHealth {
    fn from(health: command::UserHealth) -> Self {
        Self {
            user: health.user.to_string(),
            healthy: health.ailment.is_none(),
            error: health.ailment.map(|ailment| ailment.to_string()),
        }
    }
}

impl From<command::Finding> for Finding {
    fn from(finding: command::Finding) -> Self {
        Self {
            user: finding.user.to_string(),
            problem: finding.problem.as_str().to_owned(),
            remedy: finding.remedy.as_str().to_owned(),
            volume: finding.volume,
            container_name: finding.container.as_ref().map(|one| one.name.clone()),
            container_id: finding.container.map(|one| one.id.to_string()),
            error: match finding.remedy {
                command::Remedy::Failed(error) => Some(error.into()),
                command::Remedy::Mended
                | command::Remedy::Planned
                | command::Remedy::Reported
                | command::Remedy::Awaited(_)
                | command::Remedy::Disregarded(_) => None,
            },
        }
    }
}

impl From<command::Rekeyed> for Rekeyed {
    fn from(rekeyed: command::Rekeyed) -> Self {
        Self {
            sealed: rekeyed.sealed,
            current: rekeyed.current,
            failed: failures(rekeyed.failed),
        }
    }
}

impl From<command::Adopted> for Adopted {
    fn from(adopted: command::Adopted) -> Self {
        Self {
            user: adopted.user.to_string(),
            container_id: adopted.container.map(|id| id.to_string()),
            volume: adopted.volume,
            port: adopted.port.map(u16::from),
            already: adopted.already,
        }
    }
}

fn failures(failed: Vec<(UserId, Error)>) -> Vec<(String, Failure)> {
    let failed = failed.into_iter();
    failed
        .map(|(user, error)| (user.to_string(), error.into()))
        .collect()
}

impl From<UserStatus> for Status {
    fn from(status: UserStatus) -> Self {
        let health = match status.health {
            Health::Absent | Health::Untold => None,
            Health::Starting => Some("starting"),
            Health::Healthy => Some("healthy"),
            Health::Unhealthy => Some("unhealthy"),
        };
        Self {
            user: status.user.to_string(),
            status: status.status.as_str().to_owned(),
            port: status.port.map(u16::from),
            url: status.url,
            last_active: status.last_active.map(Timestamp::as_micros),
            container_id: status.container.map(|id| id.to_string()),
            health: health.map(str::to_owned),
            outdated: status.outdated,
            failures: status.failure.map_or(0, |failure| failure.count),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let mut failure = Self {
            code: error.code().to_owned(),
            message: error.to_string(),
            hint: error.hint().to_owned(),
            exit_code: None,
            log: Box::default(),
            retry_in: None,
        };
        match error {
            Error::StartFailed { exit_code, log } => {
                failure.exit_code = exit_code;
                failure.log = log.into();
            }
            Error::BackingOff { retry_in, .. } => failure.retry_in = Some(retry_in),
            _ => {}
        }
        failure
    }
}
