//! What concerns many users.

use portreeve_api::{Finding, Health, Problem, Reap, RecordTime, Rekey, Remedy, Repair, Undone};

use super::super::table::table;
use super::style::{BAD, BUSY, DIM, GOOD, short, styled, word};

fn head<const N: usize>(titles: [&str; N]) -> Vec<String> {
    titles.iter().map(|title| styled(DIM, title)).collect()
}

/// `1 user`, `2 users`.
fn count(number: u32, of: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {of}{ending}")
}

fn failed(users: &[Undone]) -> impl Iterator<Item = Vec<String>> {
    users.iter().map(|Undone { user, error }| {
        let failed = styled(BAD, "failed");
        vec![word(user), failed, word(error)]
    })
}

pub(crate) fn reaped(reap: &Reap) -> String {
    if reap.stopped.is_empty() && reap.failed.is_empty() {
        return "Nobody has been idle for longer than they may be.\n".to_owned();
    }
    let mut rows: Vec<_> = reap
        .stopped
        .iter()
        .map(|user| vec![word(user), styled(GOOD, "stopped")])
        .collect();
    rows.extend(failed(&reap.failed));
    table(&rows)
}

pub(crate) fn health(users: &[Health]) -> String {
    if users.is_empty() {
        return "No container is meant to run.\n".to_owned();
    }
    let mut rows = vec![head(["USER", "HEALTH", "WHY"])];
    rows.extend(users.iter().map(|health| {
        let how = if health.healthy {
            styled(GOOD, "healthy")
        } else {
            styled(BAD, "unhealthy")
        };
        let why = health.error.as_deref().unwrap_or_default();
        vec![word(&health.user), how, word(why)]
    }));
    table(&rows)
}

pub(crate) fn repaired(repair: &Repair) -> String {
    if repair.findings.is_empty() {
        return "Store and engine agree.\n".to_owned();
    }
    let mut rows = vec![head(["USER", "PROBLEM", "REMEDY"])];
    rows.extend(
        repair
            .findings
            .iter()
            .map(|finding| vec![word(&finding.user), problem(finding), remedy(finding)]),
    );
    table(&rows)
}

/// What is wrong, or was.
pub(super) fn problem_words(problem: Problem) -> &'static str {
    match problem {
        Problem::Unfinished => "what a controller began that is gone is unfinished",
        Problem::NotRunning => "the container is recorded as running, and doesn't run",
        Problem::RunsUnrecorded => "the container runs, and isn't recorded as running",
        Problem::SurplusContainer => "there is another container beside the current one",
        Problem::OrphanContainer => "there is a container, and no such user",
        Problem::OrphanVolume => "there is a volume, and no such user",
        Problem::SharedVolume => {
            "another user has the same volume; purge all but one of them, and it stays with that one"
        }
        Problem::CopiedContainer => {
            "a container bears the user's labels and isn't the user's: it has them from its image \
             (`docker commit`), or they were copied"
        }
        Problem::ClaimWithoutContainer => "a port is claimed, and no container is bound to it",
        Problem::StaleLease => "a controller that is gone has left a lease",
        Problem::UnderLease => "something is under way, or its controller is gone: its lease tells",
        Problem::TimeAhead => {
            "the store's clock ran ahead: a time in the record lies further ahead than it can be"
        }
        Problem::RecordUnreadable => "the record can't be read",
    }
}

fn problem(finding: &Finding) -> String {
    let problem = problem_words(finding.problem);
    let container = finding
        .container_name
        .as_deref()
        .zip(finding.container_id.as_deref());
    match (&finding.volume, container) {
        (None, None) => problem.to_owned(),
        (Some(volume), _) => format!("{problem}: {}", word(volume)),
        (None, Some((name, id))) => {
            format!("{problem}: {} ({})", word(name), word(short(id)))
        }
    }
}

/// Whose lease is waited for, and for how long. Whole seconds, and never fewer than it lasts.
fn awaited(finding: &Finding) -> String {
    let owner = finding.lease_owner.as_deref().unwrap_or_default();
    let seconds = finding.lease_ends_in_seconds.unwrap_or_default().ceil();
    format!(
        "{}: the lease of controller {} ends in {seconds} s, unless it is renewed",
        styled(BUSY, "waits"),
        word(short(owner))
    )
}

/// Which time lies ahead, and what it counts as.
fn disregarded(finding: &Finding) -> String {
    let until = finding.until.map(|until| until.to_string());
    let until = until.as_deref().unwrap_or("after the year 9999");
    let counts = match finding.time {
        Some(RecordTime::Lease) | None => format!("counts as over: a lease until {until}"),
        Some(RecordTime::Retry) => {
            format!("counts as over: a pause after failed starts until {until}")
        }
        Some(RecordTime::Activity) => format!("counts as one of now: an activity of {until}"),
    };
    styled(GOOD, &counts)
}

fn remedy(finding: &Finding) -> String {
    match finding.remedy {
        Remedy::Mended => styled(GOOD, "mended"),
        Remedy::Planned => styled(BUSY, "would be mended"),
        Remedy::Reported => styled(BAD, "left for you"),
        Remedy::Awaited => awaited(finding),
        Remedy::Disregarded => disregarded(finding),
        Remedy::Failed => {
            let why = finding.error.as_deref().unwrap_or_default();
            format!("{}: {}", styled(BAD, "failed"), word(why))
        }
    }
}

pub(crate) fn rekeyed(rekey: &Rekey) -> String {
    let Rekey {
        sealed,
        current,
        failed: failures,
    } = rekey;
    let sealed = count(*sealed, "token");
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
    use super::*;

    fn plain(text: &str) -> String {
        console::strip_ansi_codes(text).into_owned()
    }

    fn finding(problem: Problem, remedy: Remedy) -> Finding {
        Finding {
            user: "alice".to_owned(),
            problem,
            remedy,
            volume: None,
            container_id: None,
            container_name: None,
            error: None,
            lease_owner: None,
            lease_ends_in_seconds: None,
            time: None,
            until: None,
        }
    }

    fn lines(finding: Finding) -> String {
        let findings = vec![finding];
        plain(&repaired(&Repair { findings }))
    }

    #[test]
    fn nothing_to_tell_is_said_in_words() {
        let nobody = Reap {
            stopped: Vec::new(),
            failed: Vec::new(),
        };
        assert!(reaped(&nobody).contains("Nobody"));
        assert!(health(&[]).contains("No container"));
        let findings = Vec::new();
        assert!(repaired(&Repair { findings }).contains("agree"));
    }

    #[test]
    fn each_user_has_a_line_and_columns_are_aligned() {
        let some = Reap {
            stopped: vec!["alice".to_owned(), "b\nc".to_owned()],
            failed: vec![Undone {
                user: "d".to_owned(),
                error: "superseded: a later ensure of the same user took its place".to_owned(),
            }],
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
            Health {
                user: "alice".to_owned(),
                healthy: true,
                error: None,
            },
            Health {
                user: "bob".to_owned(),
                healthy: false,
                error: Some("the container is gone".to_owned()),
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
        let orphan = |remedy| lines(finding(Problem::OrphanContainer, remedy));
        assert!(orphan(Remedy::Planned).ends_with("would be mended\n"));
        assert!(orphan(Remedy::Mended).ends_with("  mended\n"));
        assert!(orphan(Remedy::Reported).ends_with("left for you\n"));
        let failed = lines(Finding {
            error: Some("engine_refused: no\u{1b}[2J".to_owned()),
            ..finding(Problem::OrphanContainer, Remedy::Failed)
        });
        assert!(failed.ends_with("failed: engine_refused: no\\u{1b}[2J\n"));
    }

    /// Whose it is, and for how long; and never that all agrees.
    #[test]
    fn a_lease_that_is_waited_for_is_told_of_with_its_end() {
        let told = lines(Finding {
            lease_owner: Some("0123456789abcdef0123456789abcdef".to_owned()),
            lease_ends_in_seconds: Some(12.1),
            ..finding(Problem::UnderLease, Remedy::Awaited)
        });
        assert!(!told.contains("agree"), "{told}");
        let whose =
            "waits: the lease of controller 0123456789ab ends in 13 s, unless it is renewed\n";
        assert!(told.ends_with(whose), "{told}");
    }

    #[test]
    fn a_time_that_lies_ahead_is_told_with_what_it_counts_as() {
        let told = |time| {
            lines(Finding {
                time: Some(time),
                until: "2033-05-18T03:33:20Z".parse().ok(),
                ..finding(Problem::TimeAhead, Remedy::Disregarded)
            })
        };
        let lease = told(RecordTime::Lease);
        assert!(
            lease.ends_with("counts as over: a lease until 2033-05-18T03:33:20Z\n"),
            "{lease}"
        );
        let activity = told(RecordTime::Activity);
        assert!(activity.contains("counts as one of now"), "{activity}");
    }

    /// Which volume it is, and what to do about it.
    #[test]
    fn a_shared_volume_is_named_with_the_way_out() {
        let shared = Finding {
            volume: Some("old-state".to_owned()),
            ..finding(Problem::SharedVolume, Remedy::Reported)
        };
        assert_eq!(
            lines(shared).lines().nth(1),
            Some(
                "alice  another user has the same volume; purge all but one of them, and it stays \
                 with that one: old-state  left for you"
            )
        );
    }

    #[test]
    fn a_copy_is_named_with_its_container() {
        let copy = Finding {
            container_id: Some("8943cec7d27e1a2b".to_owned()),
            container_name: Some("copy".to_owned()),
            ..finding(Problem::CopiedContainer, Remedy::Reported)
        };
        assert!(lines(copy).contains(": copy (8943cec7d27e)"));
    }

    #[test]
    fn tokens_are_counted() {
        let one = Rekey {
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
