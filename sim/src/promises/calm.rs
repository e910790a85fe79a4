//! What has to come right once nothing goes wrong any more: a sweep puts right what differs, and then
//! everybody can be stopped, started and stopped again. It is asked of controllers like anything else, and
//! each answer must be a success (promises 4 and 8).

use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::error::Error;
use portreeve_core::event::EventsFrom;
use portreeve_core::user::UserId;

use super::verdict::Verdict;

/// Longer than any lease, backoff or rest.
pub const LONG: Duration = Duration::from_secs(400);

/// What a controller is asked for, and what answers will do.
#[derive(Clone, Debug)]
pub struct Expected {
    /// What it is asked for.
    pub command: Command,
    well: fn(&Reply) -> bool,
}

/// A sweep.
pub fn repaired() -> Expected {
    Expected {
        command: Command::Repair { dry_run: false },
        well: |reply| matches!(reply, Reply::Repaired(_)),
    }
}

/// Whether the user was ever started or not, nothing of theirs runs afterwards.
pub fn stopped(user: &UserId) -> Expected {
    Expected {
        command: Command::Stop(user.clone()),
        well: |reply| matches!(reply, Reply::Stopped(_)),
    }
}

/// The user is served.
pub fn served(user: &UserId) -> Expected {
    Expected {
        command: Command::Ensure(user.clone()),
        well: |reply| matches!(reply, Reply::Ensured(_)),
    }
}

/// The user was served before, and is stopped.
pub fn stopped_after(user: &UserId) -> Expected {
    Expected {
        command: Command::Stop(user.clone()),
        well: |reply| matches!(reply, Reply::Stopped(stopped) if stopped.known),
    }
}

/// The user has been served before, and is purged.
pub fn purged(user: &UserId) -> Expected {
    Expected {
        command: Command::Purge(user.clone()),
        well: |reply| *reply == Reply::Purged(true),
    }
}

/// Some of the event log; or that what comes next was dropped meanwhile.
pub fn events(from: EventsFrom) -> Expected {
    Expected {
        command: Command::Events {
            from,
            user: None,
            limit: 7,
        },
        well: |reply| {
            matches!(
                reply,
                Reply::Events(_) | Reply::Failed(Error::EventsGone { .. })
            )
        },
    }
}

impl Expected {
    /// What a controller answered, if it did.
    ///
    /// # Errors
    /// If that is no success.
    pub fn judge(&self, controller: usize, reply: Option<&Reply>) -> Verdict {
        let command = &self.command;
        match reply {
            Some(reply) if (self.well)(reply) => Ok(()),
            Some(reply) => Err(format!(
                "all was well, and controller {controller} answered {command:?} with {reply:?}"
            )),
            None => Err(format!(
                "all was well, and controller {controller} didn't answer {command:?}"
            )),
        }
    }
}
