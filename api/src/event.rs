//! What happened to users.

use jiff::Timestamp;
use portreeve_core::event::{self, Change};
use serde::{Deserialize, Serialize};

use crate::Problem;

/// Something that happened to a user.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Event {
    /// Its place in the log. Later events have greater ones.
    pub position: u64,
    /// When it was written down, by the store's clock: RFC 3339 in UTC, to the microsecond.
    pub at: Timestamp,
    /// To whom: the user's id, as the platform gave it.
    pub user: String,
    /// What has changed: `made`, `starting`, `ready`, `found_running`, `stopping`, `removing`, `stopped`,
    /// `failed`, `adopted`, `rotated`, `idle_limited`, `repaired`, `purged`, or a word of a newer release.
    pub change: String,
    /// Why: `ensure`, `restart`, `rotate`, `stop`, `idle`, `evicted`, `purge`, `adopt`, `repair`, `limit`,
    /// `drift`, `unusable`, `superseded`, or `unknown` for what a newer release knows.
    pub cause: String,
    /// Who asked for it; left out where whoever asked didn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Which controller did it: 32 hexadecimal digits, others for each process.
    pub controller: String,
    /// How long it took since it was asked for, in seconds; with `ready` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_seconds: Option<f64>,
    /// Why a start failed; with `failed` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<EventFailure>,
    /// Tells the user's token apart from earlier ones; with `rotated` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u32>,
    /// How long the user may be idle, in seconds, 0 for ever; with `idle_limited`, where it isn't what the
    /// configuration says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_limit_seconds: Option<f64>,
    /// What was wrong; with `repaired` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// Why a start failed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EventFailure {
    /// The kind of failure, in one word.
    pub code: String,
    /// What happened.
    pub reason: String,
    /// The container's exit code, if it exited.
    pub exit_code: Option<i64>,
    /// The last lines that the container wrote, oldest first, without the token.
    pub log: Vec<String>,
}

impl From<&event::Event> for Event {
    fn from(event: &event::Event) -> Self {
        let event::Event {
            position,
            at,
            user,
            controller,
            body,
        } = event;
        let mut document = Self {
            position: position.0,
            at: Timestamp::from_microsecond(at.as_micros()).unwrap_or_default(),
            user: user.as_str().to_owned(),
            change: body.change.as_str().to_owned(),
            cause: body.cause.as_str().to_owned(),
            actor: body.actor.as_ref().map(|actor| actor.as_str().to_owned()),
            controller: controller.to_string(),
            took_seconds: None,
            failure: None,
            generation: None,
            idle_limit_seconds: None,
            problem: None,
        };
        match &body.change {
            Change::Ready { took } => document.took_seconds = Some(took.as_secs_f64()),
            Change::Failed {
                code,
                reason,
                exit_code,
                log,
            } => {
                document.failure = Some(EventFailure {
                    code: code.clone(),
                    reason: reason.clone(),
                    exit_code: *exit_code,
                    log: log.clone(),
                });
            }
            Change::Rotated { generation } => document.generation = Some(*generation),
            Change::IdleLimited { limit } => {
                document.idle_limit_seconds = limit.map(|limit| limit.as_secs_f64());
            }
            Change::Repaired { problem } => document.problem = Some(Problem::from(*problem)),
            // The word says it all.
            _ => {}
        }
        document
    }
}
