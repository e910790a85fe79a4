//! The commands that concern all users.

use portreeve_api::{Health, Reap, Rekey, Repair};
use portreeve_core::command::{Finding, Remedy, UserHealth};
use portreeve_tokio::Portreeve;

use super::{events, list, top};
use crate::args::AllUsers;
use crate::codes::Exit;
use crate::failure::Failure;
use crate::output::{Output, Spinner, text};

/// Asks, prints the answer, and tells how the process is to end after it.
pub(super) async fn ask(
    portreeve: &Portreeve,
    command: AllUsers,
    output: Output,
) -> Result<Exit, Failure> {
    // Gone before the answer is printed, below.
    let spinner = Spinner::start(output, doing(&command));
    let tell = spinner.teller();
    match command {
        AllUsers::List => {
            list::list(portreeve, spinner, output).await?;
            Ok(Exit::Done)
        }
        AllUsers::Events(flags) => {
            // What is followed may be long in coming.
            drop(spinner);
            events::events(portreeve, &flags, output).await?;
            Ok(Exit::Done)
        }
        AllUsers::Top { sort } => top::top(portreeve, sort, spinner, output).await,
        AllUsers::Reap => {
            let reaped = portreeve.reap_with_progress(tell).await?;
            drop(spinner);
            output.show(&Reap::from(&reaped), text::reaped)?;
            Ok(unless(!reaped.failed.is_empty()))
        }
        AllUsers::Health => {
            let users = portreeve.health_with_progress(tell).await?;
            drop(spinner);
            let documents: Vec<_> = users.iter().map(Health::from).collect();
            output.show(&documents[..], text::health)?;
            Ok(unless(users.iter().any(ails)))
        }
        AllUsers::Repair { dry_run } => {
            let findings = portreeve.repair_with_progress(dry_run, tell).await?;
            drop(spinner);
            output.show(&Repair::from(&findings[..]), text::repaired)?;
            Ok(unless(findings.iter().any(is_left)))
        }
        AllUsers::Rekey => {
            let rekeyed = portreeve.rekey_with_progress(tell).await?;
            drop(spinner);
            output.show(&Rekey::from(&rekeyed), text::rekeyed)?;
            Ok(unless(!rekeyed.failed.is_empty()))
        }
    }
}

fn doing(command: &AllUsers) -> &'static str {
    match command {
        AllUsers::List | AllUsers::Events(_) => "looking…",
        AllUsers::Top { .. } => "measuring…",
        AllUsers::Reap => "reaping…",
        AllUsers::Health => "looking at all…",
        AllUsers::Repair { dry_run: true } => "comparing…",
        AllUsers::Repair { dry_run: false } => "repairing…",
        AllUsers::Rekey => "sealing…",
    }
}

fn unless(something_is_wrong: bool) -> Exit {
    if something_is_wrong {
        Exit::Failed
    } else {
        Exit::Done
    }
}

fn ails(user: &UserHealth) -> bool {
    user.ailment.is_some()
}

/// Whether it is left for a person to put right. What a dry run plans isn't: it was asked to plan. Nor
/// is what is under a lease: it goes on, or the next repair finishes it. Nor is a time that nothing goes by.
fn is_left(finding: &Finding) -> bool {
    match finding.remedy {
        Remedy::Mended | Remedy::Planned | Remedy::Awaited(_) | Remedy::Disregarded(_) => false,
        Remedy::Reported | Remedy::Failed(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use portreeve_core::command::{Ailment, Problem};
    use portreeve_core::error::Error;
    use portreeve_core::id::ControllerId;
    use portreeve_core::record::Lease;
    use portreeve_core::user::UserId;

    use super::*;

    #[test]
    fn only_what_is_left_for_a_person_fails_a_repair() {
        let left = |remedy| {
            is_left(&Finding {
                user: UserId::new("u").unwrap(),
                problem: Problem::Surplus,
                remedy,
                volume: None,
                container: None,
            })
        };
        assert!(!left(Remedy::Mended));
        assert!(!left(Remedy::Planned));
        let lease = Lease {
            owner: ControllerId::from_bytes([1; 16]),
            remaining: Duration::from_secs(12),
        };
        assert!(!left(Remedy::Awaited(lease)));
        assert!(left(Remedy::Reported));
        assert!(left(Remedy::Failed(Error::Closed)));
    }

    #[test]
    fn one_unhealthy_container_fails_a_health_check() {
        let user = |ailment| UserHealth {
            user: UserId::new("u").unwrap(),
            ailment,
        };
        assert!(!ails(&user(None)));
        assert!(ails(&user(Some(Ailment::Unhealthy))));
    }
}
