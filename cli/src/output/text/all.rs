//! The answers to the commands that concern all users.

use portreeve_core::command::{Finding, Problem, Reaped, Rekeyed, Remedy, UserHealth};
use portreeve_core::error::Error;
use portreeve_core::user::UserId;

use super::super::json::all::why;
use super::super::table::table;
use super::{BAD, BUSY, DIM, GOOD, short, styled, word};

fn head<const N: usize>(titles: [&str; N]) -> Vec<String> {
    titles.iter().map(|title| styled(DIM, title)).collect()
}

/// `1 user`, `2 users`.
fn count(number: usize, of: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {of}{ending}")
}

fn failed(users: &[(UserId, Error)]) -> impl Iterator<Item = Vec<String>> {
    users.iter().map(|(user, error)| {
        vec![
            word(user.as_str()),
            styled(BAD, "failed"),
            word(&why(error)),
        ]
    })
}

pub(in crate::output) fn reaped(reaped: &Reaped) -> String {
    if *reaped == Reaped::default() {
        return "Nobody has been idle for longer than they may be.\n".to_owned();
    }
    let mut rows: Vec<_> = reaped
        .stopped
        .iter()
        .map(|user| vec![word(user.as_str()), styled(GOOD, "stopped")])
        .collect();
    rows.extend(failed(&reaped.failed));
    table(&rows)
}

pub(in crate::output) fn health(users: &[UserHealth]) -> String {
    if users.is_empty() {
        return "No container is meant to run.\n".to_owned();
    }
    let mut rows = vec![head(["USER", "HEALTH", "WHY"])];
    rows.extend(users.iter().map(|UserHealth { user, ailment }| {
        let (health, why) = match ailment {
            None => (styled(GOOD, "healthy"), String::new()),
            Some(ailment) => (styled(BAD, "unhealthy"), word(&ailment.to_string())),
        };
        vec![word(user.as_str()), health, why]
    }));
    table(&rows)
}

pub(in crate::output) fn repaired(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "Store and engine agree.\n".to_owned();
    }
    let mut rows = vec![head(["USER", "PROBLEM", "REMEDY"])];
    rows.extend(findings.iter().map(|finding| {
        vec![
            word(finding.user.as_str()),
            problem(finding),
            remedy(&finding.remedy),
        ]
    }));
    table(&rows)
}

fn problem(finding: &Finding) -> String {
    let problem = match finding.problem {
        Problem::Unfinished => "what a controller began that is gone is unfinished",
        Problem::NotRunning => "the container is recorded as running, and doesn't run",
        Problem::RunsUnrecorded => "the container runs, and isn't recorded as running",
        Problem::Surplus => "there is another container beside the current one",
        Problem::Orphan => "there is a container, and no such user",
        Problem::OrphanVolume => "there is a volume, and no such user",
        Problem::SharedVolume => {
            "another user has the same volume; purge all but one of them, and it stays with that one"
        }
        Problem::Copy => {
            "a container bears the user's labels and isn't the user's: it has them from its image \
             (`docker commit`), or they were copied"
        }
        Problem::ClaimWithoutContainer => "a port is claimed, and no container is bound to it",
        Problem::StaleLease => "a controller that is gone has left a lease",
        Problem::Unreadable => "the record can't be read",
    };
    match (&finding.volume, &finding.container) {
        (None, None) => problem.to_owned(),
        (Some(volume), _) => format!("{problem}: {}", word(volume)),
        (None, Some(container)) => format!(
            "{problem}: {} ({})",
            word(&container.name),
            word(short(container.id.as_str()))
        ),
    }
}

fn remedy(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Mended => styled(GOOD, "mended"),
        Remedy::Planned => styled(BUSY, "would be mended"),
        Remedy::Reported => styled(BAD, "left for you"),
        Remedy::Failed(error) => format!("{}: {}", styled(BAD, "failed"), word(&why(error))),
    }
}

pub(in crate::output) fn rekeyed(rekeyed: &Rekeyed) -> String {
    let Rekeyed {
        sealed,
        current,
        failed: failures,
    } = rekeyed;
    let sealed = count(*sealed as usize, "token");
    let mut text =
        format!("{sealed} sealed anew, {current} were sealed with the newest key before\n");
    if !failures.is_empty() {
        let failures: Vec<_> = failed(failures).collect();
        text.push_str(&table(&failures));
    }
    text
}

#[cfg(test)]
mod tests {
    use portreeve_core::command::Ailment;

    use super::*;

    fn user(id: &str) -> UserId {
        UserId::new(id).unwrap()
    }

    fn plain(text: &str) -> String {
        console::strip_ansi_codes(text).into_owned()
    }

    #[test]
    fn nothing_to_tell_is_said_in_words() {
        assert!(reaped(&Reaped::default()).contains("Nobody"));
        assert!(health(&[]).contains("No container"));
        assert!(repaired(&[]).contains("agree"));
    }

    #[test]
    fn each_user_has_a_line_and_columns_are_aligned() {
        let some = Reaped {
            stopped: vec![user("alice"), user("b\nc")],
            failed: vec![(user("d"), Error::Superseded { by: "ensure" })],
        };
        assert_eq!(
            plain(&reaped(&some)),
            "alice  stopped\n\
             b\\nc   stopped\n\
             d      failed   superseded: a later ensure of the same user took its place\n"
        );
    }

    #[test]
    fn who_is_unhealthy_is_told_why() {
        let users = [
            UserHealth {
                user: user("alice"),
                ailment: None,
            },
            UserHealth {
                user: user("bob"),
                ailment: Some(Ailment::Gone),
            },
        ];
        assert_eq!(
            plain(&health(&users)),
            "USER   HEALTH     WHY\n\
             alice  healthy\n\
             bob    unhealthy  the container is gone\n"
        );
    }

    #[test]
    fn what_would_be_done_is_told_apart_from_what_was() {
        let lines = |remedy| {
            plain(&repaired(&[Finding {
                user: user("u"),
                problem: Problem::Orphan,
                remedy,
                volume: None,
                container: None,
            }]))
        };
        assert!(lines(Remedy::Planned).ends_with("would be mended\n"));
        assert!(lines(Remedy::Mended).ends_with("  mended\n"));
        assert!(lines(Remedy::Reported).ends_with("left for you\n"));
        let failed = lines(Remedy::Failed(Error::EngineRefused(
            "no\u{1b}[2J".to_owned(),
        )));
        assert!(
            failed
                .ends_with("failed: engine_refused: the container engine refused: no\\u{1b}[2J\n")
        );
    }

    /// Which volume it is, and what to do about it.
    #[test]
    fn a_shared_volume_is_named_with_the_way_out() {
        let shared = Finding {
            user: user("alice"),
            problem: Problem::SharedVolume,
            remedy: Remedy::Reported,
            volume: Some("old-state".to_owned()),
            container: None,
        };
        assert_eq!(
            plain(&repaired(&[shared])).lines().nth(1),
            Some(
                "alice  another user has the same volume; purge all but one of them, and it stays \
                 with that one: old-state  left for you"
            )
        );
    }

    #[test]
    fn tokens_are_counted() {
        let one = Rekeyed {
            sealed: 1,
            current: 4,
            failed: Vec::new(),
        };
        assert_eq!(
            rekeyed(&one),
            "1 token sealed anew, 4 were sealed with the newest key before\n"
        );
    }
}
