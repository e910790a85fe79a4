//! What doesn't agree between store and engine, as the decision table sees it.

use crate::command::Problem;
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::Facts;
use crate::lifecycle::decision::goal::Goal;
use crate::lifecycle::decision::step::{Commit, Fault, Step};
use crate::lifecycle::decision::table;
use crate::lifecycle::tenancy::knowledge::Seen;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::observed::Observed;
use crate::record::{Intent, Row};
use crate::user::UserId;

/// What the decision table would do for a user of whom this is known, as a problem.
pub(crate) fn problem_of(
    cx: &Context,
    user: &UserId,
    row: &Row,
    containers: &[&Observed],
) -> Option<Problem> {
    let (facts, step) = repair_of(cx, user, row, containers);
    problem(&facts, step)
}

/// What the decision table would do to repair what is known of a user.
pub(crate) fn repair_of(
    cx: &Context,
    user: &UserId,
    row: &Row,
    containers: &[&Observed],
) -> (Facts, Step) {
    let names = match row {
        Row::Found(record) => record.body.names.clone(),
        Row::Absent | Row::Unreadable(_) => cx.settings.naming.names(user),
    };
    let tenancy = Tenancy::read(
        user.clone(),
        names,
        row.clone(),
        Seen::listed_before(containers),
        Goal::Repaired,
        cx,
    );
    let facts = tenancy.facts(cx);
    let (_, step) = table::decide(&facts);
    (facts, step)
}

/// What is wrong where this is what would be done.
fn problem(facts: &Facts, step: Step) -> Option<Problem> {
    let unfinished = matches!(
        facts.intent(),
        Some(Intent::Starting | Intent::Stopping | Intent::Removing)
    ) || facts.is_purging();
    match step {
        Step::Answer => None,
        Step::Fail(Fault::Unreadable) => Some(Problem::Unreadable),
        // Anything else is removed under a lease alone.
        Step::Remove => Some(Problem::Orphan),
        _ if unfinished => Some(Problem::Unfinished),
        // What else would be claimed was begun and not finished.
        Step::Claim(_) => Some(Problem::Surplus),
        Step::Commit(Commit::Stopped) if facts.intent() == Some(Intent::Running) => {
            Some(Problem::NotRunning)
        }
        Step::Commit(Commit::Stopped) if !(table::IDLE_CLAIM.holds)(facts) => {
            Some(Problem::StaleLease)
        }
        Step::Commit(Commit::Running) if facts.intent() == Some(Intent::Running) => {
            Some(Problem::StaleLease)
        }
        Step::Commit(Commit::Undone) => Some(Problem::StaleLease),
        Step::Commit(Commit::Stopped) => Some(Problem::ClaimWithoutContainer),
        Step::Commit(Commit::Running) | Step::Probe | Step::LookLater => {
            Some(Problem::RunsUnrecorded)
        }
        // The table does nothing else for this goal to what was read whole.
        _ => None,
    }
}
