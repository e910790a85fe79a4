//! The text for people.

pub(super) mod all;
pub(super) mod plan;

use std::fmt::Write as _;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use portreeve_core::command::{Adopted, Ensured, Status, Stopped, UserStatus};
use portreeve_core::observed::Health;
use portreeve_sim::batch::Batch;
use portreeve_tokio::Endpoint;

use super::json::health;
use super::table::table;
use super::when;
use crate::args::Storms;
use crate::commands::simulate::{self, Told};
use crate::config::Config;
use crate::doctor::{Report, Verdict};
use crate::failure::Failure;
use crate::length;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BUSY: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
/// How much of a container's id is shown, as with the engine's own command line.
const SHORT_ID: usize = 12;

fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Text from elsewhere, with what would steer a terminal written out.
fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|char| {
            let steers = char.is_control() && char != '\n';
            let escaped = steers.then(|| char.escape_default());
            let plain = (!steers).then_some(char);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect()
}

/// The same, on one line.
pub(crate) fn word(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}

fn fields(rows: Vec<(&str, String)>) -> String {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(name, value)| vec![format!("  {}", styled(DIM, name)), value])
        .collect();
    table(&rows)
}

pub(super) fn ensured(endpoint: &Endpoint) -> String {
    let done = match endpoint.outcome() {
        Ensured::AlreadyRunning => "was running already",
        Ensured::Started => "was started",
        Ensured::Created => "was created",
        Ensured::Recreated => "was created anew, with the same volume",
    };
    let head = format!(
        "{} is {}: its container {done}\n",
        styled(BOLD, word(endpoint.user().as_str())),
        styled(GOOD, Status::Running.as_str()),
    );
    head + &answers_at(endpoint)
}

fn answers_at(endpoint: &Endpoint) -> String {
    let container = format!(
        "{} {}",
        endpoint.container_name(),
        styled(DIM, short(endpoint.container_id().as_str()))
    );
    fields(vec![
        ("url", endpoint.url().to_owned()),
        ("token", endpoint.token().reveal().to_owned()),
        ("port", endpoint.port().to_string()),
        ("container", container),
    ])
}

pub(super) fn stopped(user: &str, stopped: Stopped) -> String {
    let user = styled(BOLD, word(user));
    match stopped {
        Stopped { known: false, .. } => format!("{user} is unknown: there was nothing to stop\n"),
        Stopped { changed: true, .. } => format!("{user} is stopped\n"),
        Stopped { changed: false, .. } => format!("{user} was stopped already\n"),
    }
}

pub(super) fn touched(user: &str, touched: bool) -> String {
    let user = styled(BOLD, word(user));
    if touched {
        format!("{user} was active just now\n")
    } else {
        format!("{user} is unknown: nothing was noted\n")
    }
}

/// A limit of zero is none at all, and without one the configured one holds.
pub(super) fn limited(user: &str, limit: Option<Duration>, known: bool) -> String {
    let user = styled(BOLD, word(user));
    if !known {
        return format!("{user} is unknown: nothing was noted\n");
    }
    match limit {
        None => format!("{user} may be idle for as long as the configuration says\n"),
        Some(Duration::ZERO) => format!("{user} may be idle for ever\n"),
        Some(limit) => format!("{user} may be idle for {}\n", length::show(limit)),
    }
}

pub(super) fn purged(user: &str, purged: bool) -> String {
    let user = styled(BOLD, word(user));
    if purged {
        format!("{user} is gone: container, volume and record are deleted, the port is free\n")
    } else {
        format!("{user} is unknown: there was nothing to delete\n")
    }
}

pub(super) fn rotated(user: &str, generation: u32, endpoint: Option<&Endpoint>) -> String {
    let user = styled(BOLD, word(user));
    match endpoint {
        Some(endpoint) => {
            let head = format!("{user} has a new token, the {}\n", nth(generation));
            head + &answers_at(endpoint)
        }
        None => format!(
            "{user} is stopped and has a new token, the {}: the next start brings it\n",
            nth(generation)
        ),
    }
}

fn nth(count: u32) -> String {
    let ending = match (count % 10, count % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        (_, _) => "th",
    };
    format!("{count}{ending}")
}

pub(super) fn adopted(adopted: &Adopted) -> String {
    let user = styled(BOLD, word(adopted.user.as_str()));
    let what = match &adopted.container {
        Some(_) => "container and volume",
        None => "volume",
    };
    let head = if adopted.already {
        format!("{user} had its {what} already\n")
    } else {
        format!("{user} has its {what} adopted\n")
    };
    let mut rows = vec![("volume", word(&adopted.volume))];
    if let Some(container) = &adopted.container {
        rows.push(("container", short(container.as_str()).to_owned()));
    }
    if let Some(port) = adopted.port {
        rows.push(("port", port.to_string()));
    }
    head + &fields(rows)
}

pub(super) fn status(user: &UserStatus) -> String {
    let mut rows = Vec::new();
    if let Some(port) = user.port {
        rows.push(("port", port.to_string()));
    }
    if let Some(url) = &user.url {
        rows.push(("url", url.clone()));
    }
    let active = user.last_active.map_or("never".to_owned(), when::ago);
    rows.push(("active", active));
    if let Some(container) = &user.container {
        rows.push(("container", short(container.as_str()).to_owned()));
    }
    if let Some(health) = health(user.health) {
        rows.push(("health", health.to_owned()));
    }
    if user.outdated {
        rows.push((
            "outdated",
            "made from another configuration than the current one".to_owned(),
        ));
    }
    if let Some(failure) = &user.failure {
        let reason = word(&failure.reason);
        rows.push((
            "failed",
            format!("{} times in a row: {reason}", failure.count),
        ));
        rows.extend(failure.log.iter().map(|line| ("", word(line))));
        rows.push(("next try", format!("in {}s", failure.retry_in.as_secs())));
    }
    if let Status::Unreadable(why) = &user.status {
        rows.push(("why", word(why)));
    }
    let head = format!(
        "{} is {}\n",
        styled(BOLD, word(user.user.as_str())),
        status_word(&user.status)
    );
    head + &fields(rows)
}

pub(crate) fn list(users: &[UserStatus]) -> String {
    if users.is_empty() {
        return "There are no users yet: `portreeve ensure USER` makes the first.\n".to_owned();
    }
    let head = ["USER", "STATUS", "PORT", "URL", "ACTIVE", "NOTES"];
    let mut rows = vec![head.iter().map(|title| styled(DIM, title)).collect()];
    rows.extend(users.iter().map(|user| {
        vec![
            word(user.user.as_str()),
            status_word(&user.status),
            user.port.map_or("-".to_owned(), |port| port.to_string()),
            user.url.clone().unwrap_or("-".to_owned()),
            user.last_active.map_or("never".to_owned(), when::ago),
            notes(user),
        ]
    }));
    table(&rows)
}

fn notes(user: &UserStatus) -> String {
    let mut notes = Vec::new();
    if user.outdated {
        notes.push("outdated".to_owned());
    }
    if user.health == Health::Unhealthy {
        notes.push(styled(BAD, "unhealthy"));
    }
    if let Some(failure) = &user.failure {
        notes.push(word(&failure.reason));
    }
    if let Status::Unreadable(why) = &user.status {
        notes.push(word(why));
    }
    notes.join(", ")
}

fn status_word(status: &Status) -> String {
    let style = match status {
        Status::Running => GOOD,
        Status::Starting | Status::Stopping | Status::Removing | Status::Paused => BUSY,
        Status::Failed | Status::Unreadable(_) => BAD,
        Status::Stopped => Style::new(),
    };
    styled(style, status.as_str())
}

fn short(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
}

pub(super) fn config(config: &Config) -> String {
    let file = match &config.file {
        Some(path) => format!("# read from {}\n", path.display()),
        None => "# no configuration file was read\n".to_owned(),
    };
    let rows: Vec<_> = config
        .lines()
        .into_iter()
        .map(|line| {
            let style = if line.default { DIM } else { BOLD };
            let value = line.value.unwrap_or("(unset)".to_owned());
            vec![
                styled(style, word(&line.key)),
                word(&value),
                styled(DIM, word(&line.source)),
            ]
        })
        .collect();
    styled(DIM, file) + &table(&rows)
}

pub(super) fn stand_in(docker_host: &str) -> String {
    format!(
        "A simulated engine listens. Nothing really runs on it, and it forgets everything when it ends.\n\n  export DOCKER_HOST={docker_host}\n"
    )
}

/// What came of simulated storms. Nothing in it hangs on the machine or the time.
pub(super) fn simulated(storms: &Storms, batch: &Batch, told: &[Told]) -> String {
    let tally = &batch.tally;
    let mut text = format!(
        "{} storms from seed {}, {} controllers, {} faults\n{} commands, {} answered with a failure; {} effects, {} of them spoilt; {} deeds\n",
        batch.trials,
        storms.seed,
        storms.controllers(),
        storms.faults(),
        tally.commands,
        tally.failures,
        tally.effects,
        tally.faults,
        tally.deeds,
    );
    if told.is_empty() {
        text.push_str("No promise was broken.\n");
    }
    for (broken, script) in told {
        let again = simulate::again(storms, broken.seed);
        let _ = write!(
            text,
            "\nseed {}: {}\n  again: {again}\n",
            broken.seed, broken.violation
        );
        if let Some(script) = script {
            text.push_str("  what it takes:\n");
            for line in portreeve_sim::script::write(script).lines() {
                let _ = writeln!(text, "    {line}");
            }
        }
    }
    text
}

pub(super) fn report(report: &Report) -> String {
    let mut text = String::new();
    for check in &report.checks {
        let (style, mark) = match check.verdict {
            Verdict::Good => (GOOD, "ok  "),
            Verdict::Doubtful => (BUSY, "warn"),
            Verdict::Bad => (BAD, "FAIL"),
        };
        let line = [
            styled(style, mark),
            format!("{:<16}", check.name),
            word(&check.detail),
        ];
        text.push_str(&line.join(" "));
        text.push('\n');
        if let Some(mend) = &check.mend {
            text.push_str(&" ".repeat(22));
            text.push_str(&styled(DIM, word(mend)));
            text.push('\n');
        }
    }
    text
}

pub(super) fn failure(failure: &Failure) -> String {
    format!(
        "{} {}\n  {} {}\n",
        styled(BAD, "error:"),
        printable(&failure.message),
        styled(DIM, "hint:"),
        printable(&failure.hint)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_elsewhere_steers_the_terminal() {
        assert_eq!(
            printable("a\u{1b}[2Jb\r\u{9b}\tc"),
            "a\\u{1b}[2Jb\\r\\u{9b}\\tc"
        );
        assert_eq!(printable("日本 \n"), "日本 \n");
        assert_eq!(word("a\nb"), "a\\nb");
    }
    #[test]
    fn an_idle_limit_is_told_as_it_is_meant() {
        let told = |limit, known| limited("u", limit, known);
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
    fn tokens_are_counted() {
        let told = [1, 2, 3, 4, 11, 12, 13, 21, 111].map(nth);
        assert_eq!(
            told,
            [
                "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "111th"
            ]
        );
    }
}
