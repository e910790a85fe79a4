//! What concerns one user, and the list of all.

use std::time::Duration;

use anstyle::Style;
use portreeve_api::{
    Adoption, Afterwards, Endpoint, HealthCheck, IdleLimit, Outcome, Purge, Rotation, Status, Stop,
    Touch, User,
};

use portreeve_config::length;

use super::super::table::Table;
use super::style::{BAD, BOLD, BUSY, DIM, GOOD, fields, short, styled, word};
use super::when;

pub(crate) fn ensured(endpoint: &Endpoint) -> String {
    let done = match endpoint.outcome {
        Outcome::AlreadyRunning => "was running already",
        Outcome::Started => "was started",
        Outcome::Created => "was created",
        Outcome::Recreated => "was created anew, with the same volume",
    };
    let head = format!(
        "{} is {}: its container {done}\n",
        styled(BOLD, word(&endpoint.user)),
        styled(GOOD, endpoint.status.as_str()),
    );
    let Endpoint {
        url,
        token,
        port,
        container_id,
        container_name,
        pending,
        ..
    } = endpoint;
    let foot = if *pending { PENDING } else { "" };
    head + &answers_at(url, token.reveal(), *port, container_id, container_name) + foot
}

/// The user was served without the store's word.
const PENDING: &str =
    "the store doesn't answer: that the user is active is pending, and written once it does\n";

fn answers_at(url: &str, token: &str, port: Option<u16>, id: &str, name: &str) -> String {
    let mut told = vec![("url", url.to_owned()), ("token", token.to_owned())];
    told.extend(port.map(|port| ("port", port.to_string())));
    told.push(("container", format!("{name} {}", styled(DIM, short(id)))));
    fields(told)
}

pub(crate) fn stopped(stop: &Stop) -> String {
    let user = styled(BOLD, word(&stop.user));
    match (stop.status, stop.changed) {
        (Afterwards::Unknown, _) => format!("{user} is unknown: there was nothing to stop\n"),
        (Afterwards::Stopped, true) => format!("{user} is stopped\n"),
        (Afterwards::Stopped, false) => format!("{user} was stopped already\n"),
    }
}

pub(crate) fn touched(touch: &Touch) -> String {
    let user = styled(BOLD, word(&touch.user));
    if touch.touched {
        let foot = if touch.pending { PENDING } else { "" };
        format!("{user} was active just now\n{foot}")
    } else {
        format!("{user} is unknown: nothing was noted\n")
    }
}

/// A limit of zero is none at all, and without one the configured one holds.
pub(crate) fn limited(noted: &IdleLimit, limit: Option<Duration>) -> String {
    let user = styled(BOLD, word(&noted.user));
    if !noted.limited {
        return format!("{user} is unknown: nothing was noted\n");
    }
    match limit {
        None => format!("{user} may be idle for as long as the configuration says\n"),
        Some(Duration::ZERO) => format!("{user} may be idle for ever\n"),
        Some(limit) => format!("{user} may be idle for {}\n", length::show(limit)),
    }
}

pub(crate) fn purged(purge: &Purge) -> String {
    let user = styled(BOLD, word(&purge.user));
    if purge.purged {
        format!("{user} is gone: container, volume and record are deleted, the port is free\n")
    } else {
        format!("{user} is unknown: there was nothing to delete\n")
    }
}

pub(crate) fn rotated(rotation: &Rotation) -> String {
    let user = styled(BOLD, word(&rotation.user));
    match rotation {
        Rotation {
            url: Some(url),
            token: Some(token),
            port,
            container_id: Some(id),
            container_name: Some(name),
            ..
        } => {
            let head = format!("{user} has a new token\n");
            head + &answers_at(url, token.reveal(), *port, id, name)
        }
        _ => {
            format!("{user} is stopped and has a new token: the next start brings it\n")
        }
    }
}

pub(crate) fn adopted(adoption: &Adoption) -> String {
    let user = styled(BOLD, word(&adoption.user));
    let what = match &adoption.container_id {
        Some(_) => "container and volume",
        None => "volume",
    };
    let head = if adoption.adopted {
        format!("{user} has its {what} adopted\n")
    } else {
        format!("{user} had its {what} already\n")
    };
    let mut rows = vec![("volume", word(&adoption.volume))];
    if let Some(container) = &adoption.container_id {
        rows.push(("container", short(container).to_owned()));
    }
    if let Some(port) = adoption.port {
        rows.push(("port", port.to_string()));
    }
    head + &fields(rows)
}

pub(crate) fn status(user: &User) -> String {
    let mut rows = Vec::new();
    if let Some(port) = user.port {
        rows.push(("port", port.to_string()));
    }
    if let Some(url) = &user.url {
        rows.push(("url", url.clone()));
    }
    rows.push(("active", active(user)));
    if let Some(id) = &user.container_id {
        let name = user.container_name.as_deref().unwrap_or_default();
        rows.push((
            "container",
            format!("{} {}", word(name), styled(DIM, short(id))),
        ));
    }
    if let Some(code) = user.exit_code {
        rows.push(("exit code", code.to_string()));
    }
    if let Some(health) = user.health {
        rows.push(("health", health.as_str().to_owned()));
    }
    if user.outdated {
        rows.push((
            "outdated",
            "made from another configuration than the current one".to_owned(),
        ));
    }
    if let Some(failure) = &user.failure {
        let reason = word(&failure.reason);
        match &failure.start {
            Some(start) => {
                let told = format!("{} times in a row: {reason}", start.count);
                rows.push(("failed", told));
                rows.extend(start.log.iter().map(|line| ("", word(line))));
                let seconds = start.retry_in_seconds.trunc();
                rows.push(("next try", format!("in {seconds}s")));
            }
            None => rows.push(("why", reason)),
        }
    }
    let head = format!(
        "{} is {}\n",
        styled(BOLD, word(&user.user)),
        status_word(user.status)
    );
    head + &fields(rows)
}

/// Many users, told of as their pages come.
pub(crate) struct UserTable {
    table: Table,
    begun: bool,
}

impl UserTable {
    /// One that is as wide as where it is shown, if that is a terminal.
    pub(crate) fn new() -> Self {
        Self {
            table: Table::for_stdout(),
            begun: false,
        }
    }

    /// The next users, behind a head if they are the first.
    pub(crate) fn page(&mut self, users: &[User]) -> String {
        let mut rows = Vec::with_capacity(users.len() + 1);
        if !self.begun && !users.is_empty() {
            self.begun = true;
            let head = ["USER", "STATUS", "CONTAINER", "PORT", "ACTIVE", "NOTES"];
            rows.push(head.iter().map(|title| styled(DIM, title)).collect());
        }
        rows.extend(users.iter().map(row));
        self.table.lines(&rows)
    }

    /// What is left to say once all users were told of.
    pub(crate) fn end(&self) -> &'static str {
        if self.begun {
            ""
        } else {
            "There are no users yet: `portreeve ensure USER` makes the first.\n"
        }
    }
}

fn row(user: &User) -> Vec<String> {
    vec![
        word(&user.user),
        status_word(user.status),
        user.container_name.as_deref().map_or("-".to_owned(), word),
        user.port.map_or("-".to_owned(), |port| port.to_string()),
        active(user),
        notes(user),
    ]
}

fn active(user: &User) -> String {
    user.last_active.map_or("never".to_owned(), when::ago)
}

fn notes(user: &User) -> String {
    let mut notes = Vec::new();
    if user.outdated {
        notes.push("outdated".to_owned());
    }
    if user.health == Some(HealthCheck::Unhealthy) {
        notes.push(styled(BAD, "unhealthy"));
    }
    if let Some(failure) = &user.failure {
        notes.push(word(&failure.reason));
    }
    notes.join(", ")
}

fn status_word(status: Status) -> String {
    let style = match status {
        Status::Running => GOOD,
        Status::Starting | Status::Stopping | Status::Removing | Status::Paused => BUSY,
        Status::Failed | Status::Unreadable => BAD,
        Status::Stopped => Style::new(),
    };
    styled(style, status.as_str())
}

#[cfg(test)]
mod tests {
    use portreeve_api::{FailedStart, LastFailure};

    use super::*;

    #[test]
    fn an_idle_limit_is_told_as_it_was_set() {
        let told = |limit, known| limited(&IdleLimit::new("u", known), limit);
        let user = styled(BOLD, "u");
        assert_eq!(
            told(Some(Duration::from_secs(5400)), true),
            format!("{user} may be idle for 1h 30m\n")
        );
        assert!(told(Some(Duration::ZERO), true).contains("for ever"));
        assert!(told(None, true).contains("the configuration"));
        assert!(told(None, false).contains("unknown"));
    }

    #[test]
    fn a_failed_start_is_told_with_its_log_and_the_next_try() {
        let user = User {
            user: "alice".to_owned(),
            status: Status::Failed,
            port: None,
            url: None,
            last_active: None,
            container_id: None,
            container_name: None,
            exit_code: Some(3),
            outdated: false,
            health: None,
            failure: Some(LastFailure {
                reason: "exited with code 3".to_owned(),
                start: Some(FailedStart {
                    count: 2,
                    exit_code: Some(3),
                    log: vec!["no\u{1b}[2J config".to_owned()],
                    retry_in_seconds: 61.9,
                }),
            }),
        };
        assert_eq!(
            console::strip_ansi_codes(&status(&user)),
            "alice is failed\n  \
               active     never\n  \
               exit code  3\n  \
               failed     2 times in a row: exited with code 3\n             \
                         no\\u{1b}[2J config\n  \
               next try   in 61s\n"
        );
        assert_eq!(notes(&user), "exited with code 3");
    }
}
