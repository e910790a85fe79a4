//! What is done for each of several users: so many at once, and what came of each.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::kind::BulkKind;
use crate::command::{
    Finding, FoundContainer, Problem, Progress, Reaped, Rekeyed, Remedy, Reply, TimeAhead,
    UserHealth,
};
use crate::error::Error;
use crate::lifecycle::request::ItemResult;
use crate::lifecycle::tenancy::knowledge::Seen;
use crate::observed::Observed;
use crate::projection::project;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::record::{Lease, Row};
use crate::time::Instant;
use crate::user::UserId;

/// So many users are seen to at once.
const AT_ONCE: usize = 32;

/// What is left to do, and what came of what was done.
#[derive(Clone, Default, Debug)]
pub(crate) struct Work {
    queue: VecDeque<Item>,
    under_way: BTreeSet<UserId>,
    total: u32,
    results: BTreeMap<UserId, ItemResult>,
    /// What was found, of those it was looked for.
    pub problems: BTreeMap<UserId, Problem>,
    /// Whose problem may be none, since the engine's list isn't whole: what of it couldn't be read.
    pub unproven: BTreeMap<UserId, String>,
    /// What was found of volumes, of which this tells and nothing else is done. Those of users who
    /// have no record are kept: nobody can tell a lost record from one that was purged. Whose those
    /// are that users share, a person has to say.
    pub volumes: Vec<(UserId, Problem, String)>,
    /// Containers that bear users' labels and aren't shown to be theirs.
    pub copies: Vec<(UserId, FoundContainer)>,
    /// Under whose leases something is done for users, or was begun by a controller that is gone: this
    /// tells of them, and waits for none.
    pub leased: Vec<(UserId, Lease)>,
    /// Which times of records lie further ahead than they can be written: this tells of them, and goes by none.
    pub ahead: Vec<(UserId, TimeAhead)>,
    /// For whom there was nothing to do.
    pub current: u32,
    /// How those are who were asked after.
    pub healths: Vec<UserHealth>,
}

project!(struct Work {
    queue, under_way: users, total, results: by_user, problems: left_out, unproven: left_out, volumes: left_out,
    copies: left_out, leased: left_out, ahead: left_out, current, healths: left_out,
});

/// What is to be done for one user, with what was read of it.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub user: UserId,
    pub row: Row,
    pub sent: Instant,
    pub seen: Seen,
}

#[cfg(feature = "model-checking")]
impl Project for Item {
    fn project(&self, out: &mut Projection) {
        let Self {
            user,
            row,
            sent,
            seen,
        } = self;
        user.project(out);
        out.about(user, |out| {
            row.project(out);
            sent.project(out);
            seen.project(out);
        });
    }
}

impl Work {
    pub(crate) fn add(
        &mut self,
        user: &UserId,
        row: &Row,
        sent: Instant,
        containers: &[&Observed],
    ) {
        self.total += 1;
        self.queue.push_back(Item {
            user: user.clone(),
            row: row.clone(),
            sent,
            seen: Seen::listed_before(containers),
        });
    }

    /// Takes in what is to be done for those of another page.
    pub(crate) fn extend(&mut self, page: Self) {
        self.queue.extend(page.queue);
        self.under_way.extend(page.under_way);
        self.total += page.total;
        self.results.extend(page.results);
        self.problems.extend(page.problems);
        self.unproven.extend(page.unproven);
        self.volumes.extend(page.volumes);
        self.copies.extend(page.copies);
        self.leased.extend(page.leased);
        self.ahead.extend(page.ahead);
        self.current += page.current;
        self.healths.extend(page.healths);
    }

    /// Nothing is done about what was found.
    pub(crate) fn only_tell(&mut self) {
        self.queue.clear();
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress::Users {
            done: u32::try_from(self.results.len()).unwrap_or(u32::MAX),
            total: self.total,
        }
    }

    /// What was found, with nothing done about it.
    fn planned(&self) -> Reply {
        let remedy = |problem| match problem {
            // The last one goes by no plan.
            Problem::Unreadable
            | Problem::OrphanVolume
            | Problem::SharedVolume
            | Problem::Copy
            | Problem::TimeAhead => Remedy::Reported,
            Problem::Unfinished
            | Problem::NotRunning
            | Problem::RunsUnrecorded
            | Problem::Surplus
            | Problem::Orphan
            | Problem::ClaimWithoutContainer
            | Problem::StaleLease
            // One that is waited for is in no plan.
            | Problem::UnderLease => Remedy::Planned,
        };
        let finding = |(user, problem): (&UserId, &Problem)| Finding {
            user: user.clone(),
            problem: *problem,
            remedy: match self.unproven.get(user) {
                Some(what) => Remedy::Failed(Error::EngineRefused(format!(
                    "its list can't be read whole, so nothing is concluded from it: {what}"
                ))),
                None => remedy(*problem),
            },
            volume: None,
            container: None,
        };
        self.found(self.problems.iter().map(finding))
    }

    fn repaired(&self) -> Reply {
        let finding = |(user, problem): (&UserId, &Problem)| {
            let remedy = match self.results.get(user) {
                // A look at this user alone showed that all agrees.
                Some(ItemResult::Done { changed: false }) if self.unproven.contains_key(user) => {
                    return None;
                }
                Some(ItemResult::Done { .. }) => Remedy::Mended,
                Some(ItemResult::Failed(error)) => Remedy::Failed(error.clone()),
                Some(ItemResult::Dropped) => return None,
                None => Remedy::Reported,
            };
            Some(Finding {
                user: user.clone(),
                problem: *problem,
                remedy,
                volume: None,
                container: None,
            })
        };
        self.found(self.problems.iter().filter_map(finding))
    }

    /// What was found, in user order, with what nothing is done about: what was found of volumes,
    /// containers that only bear users' labels, what is under somebody's lease, and times that lie ahead.
    fn found(&self, findings: impl Iterator<Item = Finding>) -> Reply {
        let of_volume = |(user, problem, name): &(UserId, Problem, String)| Finding {
            user: user.clone(),
            problem: *problem,
            remedy: Remedy::Reported,
            volume: Some(name.clone()),
            container: None,
        };
        let copy = |(user, container): &(UserId, FoundContainer)| Finding {
            user: user.clone(),
            problem: Problem::Copy,
            remedy: Remedy::Reported,
            volume: None,
            container: Some(container.clone()),
        };
        let leased = |(user, lease): &(UserId, Lease)| Finding {
            user: user.clone(),
            problem: Problem::UnderLease,
            remedy: Remedy::Awaited(*lease),
            volume: None,
            container: None,
        };
        let ahead = |(user, time): &(UserId, TimeAhead)| Finding {
            user: user.clone(),
            problem: Problem::TimeAhead,
            remedy: Remedy::Disregarded(*time),
            volume: None,
            container: None,
        };
        let mut findings: Vec<_> = findings
            .chain(self.volumes.iter().map(of_volume))
            .chain(self.copies.iter().map(copy))
            .chain(self.leased.iter().map(leased))
            .chain(self.ahead.iter().map(ahead))
            .collect();
        findings.sort_by(|one, other| one.user.cmp(&other.user));
        Reply::Repaired(findings)
    }

    fn failed(&self) -> Vec<(UserId, Error)> {
        let failed = |(user, result): (&UserId, &ItemResult)| match result {
            ItemResult::Failed(error) => Some((user.clone(), error.clone())),
            ItemResult::Done { .. } | ItemResult::Dropped => None,
        };
        self.results.iter().filter_map(failed).collect()
    }

    fn changed(&self) -> impl Iterator<Item = &UserId> {
        self.results
            .iter()
            .filter(|(_, result)| **result == ItemResult::Done { changed: true })
            .map(|(user, _)| user)
    }

    /// What is answered once all was done.
    pub(crate) fn reply(&mut self, kind: &BulkKind) -> Reply {
        match kind {
            BulkKind::Health => Reply::Health(core::mem::take(&mut self.healths)),
            BulkKind::Rekey => Reply::Rekeyed(Rekeyed {
                sealed: u32::try_from(self.changed().count()).unwrap_or(u32::MAX),
                current: self.current,
                failed: self.failed(),
            }),
            BulkKind::Repair { dry_run: true } => self.planned(),
            BulkKind::Sweep | BulkKind::Repair { dry_run: false } => self.repaired(),
            BulkKind::Reap
            | BulkKind::Status(_)
            | BulkKind::LogSource(_)
            | BulkKind::List { .. }
            | BulkKind::Events { .. } => Reply::Reaped(Reaped {
                stopped: self.changed().cloned().collect(),
                failed: self.failed(),
            }),
        }
    }

    /// There is nothing that can be done for the user.
    pub(crate) fn add_failed(&mut self, user: &UserId, error: Error) {
        self.total += 1;
        self.results.insert(user.clone(), ItemResult::Failed(error));
    }

    /// Whoever wasn't seen to won't be.
    pub(crate) fn give_up(&mut self) {
        let queued = self.queue.drain(..).map(|item| item.user);
        let left: Vec<_> = core::mem::take(&mut self.under_way)
            .into_iter()
            .chain(queued)
            .collect();
        for user in left {
            self.results.insert(user, ItemResult::Failed(Error::Closed));
        }
    }

    /// The next user to be seen to, if one more may be.
    pub(crate) fn next(&mut self) -> Option<Item> {
        if self.under_way.len() >= AT_ONCE {
            return None;
        }
        let item = self.queue.pop_front()?;
        self.under_way.insert(item.user.clone());
        Some(item)
    }

    /// What came of it for one user; false if it wasn't under way.
    pub(crate) fn note(&mut self, user: &UserId, result: ItemResult) -> bool {
        let known = self.under_way.remove(user);
        if known {
            self.results.insert(user.clone(), result);
        }
        known
    }

    /// Whether nothing is left to do.
    pub(crate) fn is_over(&self) -> bool {
        self.queue.is_empty() && self.under_way.is_empty()
    }
}
