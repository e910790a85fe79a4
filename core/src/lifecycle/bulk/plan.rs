//! For whom something is to be done, by what was read.

use alloc::string::String;
use alloc::vec::Vec;

use super::copies;
use super::problem::problem_of;
use super::read::{ReadUser, Reading};
use super::report;
use super::worker::Work;
use crate::bounds::TOLERANCE;
use crate::command::{Problem, RecordTime, TimeAhead};
use crate::error::Error;
use crate::id::InstallationId;
use crate::lifecycle::context::Context;
use crate::lifecycle::fleet::tenancies::Tenancies;
use crate::observed::ContainerState;
use crate::record::{Lease, Row};
use crate::time::Timestamp;
use crate::user::UserId;

/// How those are who are meant to run: nothing is to be done for any of them.
pub(crate) fn health(
    cx: &Context,
    reading: &Reading,
    page: &[ReadUser<'_>],
    installation: InstallationId,
) -> Work {
    let healths = page
        .iter()
        .filter_map(|read| report::health(cx, read, installation, reading));
    let mut work = Work::default();
    work.healths = healths.collect();
    work
}

/// Those idle users whose container seems to run. Whether they are idle still is decided by the
/// store when it is asked to write that down.
pub(crate) fn reap(
    page: &[ReadUser<'_>],
    tenancies: &Tenancies,
    installation: InstallationId,
) -> Work {
    let mut work = Work::default();
    for read in page {
        let Row::Found(record) = read.row else {
            continue;
        };
        let runs = report::current(read.user, record, installation, &read.containers)
            .is_some_and(|observed| is_live(&observed.state));
        if runs && !tenancies.is_busy(read.user) {
            work.add(read.user, read.row, read.sent, &read.containers);
        }
    }
    work
}

/// What doesn't agree, as the decision table sees it; with what is left for a person to see to, if
/// one is told.
pub(crate) fn repair(
    cx: &Context,
    reading: &Reading,
    page: &[ReadUser<'_>],
    tenancies: &Tenancies,
    told_for: Option<InstallationId>,
) -> Work {
    let mut work = Work::default();
    if let Some(installation) = told_for {
        work.volumes = shared_volumes(reading);
        work.copies = copies::copies(cx, page, installation);
        work.leased = under_lease(cx, reading, tenancies);
        work.ahead = times_ahead(cx, reading);
    }
    for read in page {
        let (user, row) = (read.user, read.row);
        if tenancies.is_busy(user) {
            continue;
        }
        let Some(problem) = problem_of(cx, user, row, &read.containers) else {
            continue;
        };
        work.problems.insert(user.clone(), problem);
        if let (Row::Found(_), Some(what)) = (row, &reading.unread) {
            work.unproven.insert(user.clone(), what.clone());
        }
        if problem != Problem::Unreadable {
            work.add(user, row, read.sent, &read.containers);
        }
    }
    work
}

/// Those users for whom something is under way under a lease that hasn't run out. One under our own
/// name that we know nothing of any more is nobody's.
fn under_lease(cx: &Context, reading: &Reading, tenancies: &Tenancies) -> Vec<(UserId, Lease)> {
    reading
        .records()
        .filter_map(|(user, record)| Some((user, record.lease?)))
        .filter(|(user, lease)| {
            let is_held = lease.owner != cx.controller || tenancies.is_busy(user);
            is_held && !lease.remaining.is_zero()
        })
        .map(|(user, lease)| (user.clone(), lease))
        .collect()
}

/// Times of records that lie further ahead than they can be written.
fn times_ahead(cx: &Context, reading: &Reading) -> Vec<(UserId, TimeAhead)> {
    let Some(now) = cx.header.as_ref().map(|header| header.now) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (user, record) in reading.records() {
        let activity = record.last_active.filter(|last| is_ahead(*last, now));
        for (what, until) in [
            (RecordTime::Lease, record.ahead.lease),
            (RecordTime::Retry, record.ahead.retry),
            (RecordTime::Activity, activity),
        ] {
            found.extend(until.map(|until| (user.clone(), TimeAhead { what, until })));
        }
    }
    found
}

/// Whether that activity lies so far ahead that it counts as one of now.
pub(crate) fn is_ahead(last_active: Timestamp, now: Timestamp) -> bool {
    last_active.since(now) > TOLERANCE
}

/// Whose token isn't sealed with the newest key.
pub(crate) fn rekey(cx: &Context, reading: &Reading) -> Work {
    let mut work = Work::default();
    for (user, row, sent) in &reading.rows {
        match row {
            Row::Found(record) if cx.settings.keyring.is_newest(&record.body.token) => {
                work.current += 1;
            }
            Row::Found(_) => work.add(user, row, *sent, &[]),
            Row::Unreadable(why) => {
                work.add_failed(user, Error::RecordUnreadable(why.clone()));
            }
            Row::Absent => {}
        }
    }
    work
}

/// Volumes that several records name.
fn shared_volumes(reading: &Reading) -> Vec<(UserId, Problem, String)> {
    reading
        .records()
        .filter(|(_, record)| record.shares_volume)
        .map(|(user, record)| {
            let volume = record.body.names.volume.clone();
            (user.clone(), Problem::SharedVolume, volume)
        })
        .collect()
}

/// Volumes that no record names and whose users have none, once all records were read.
pub(crate) fn orphan_volumes(
    reading: &Reading,
    tenancies: &Tenancies,
) -> Vec<(UserId, Problem, String)> {
    reading
        .volumes
        .unclaimed()
        .filter(|(_, user)| !tenancies.is_busy(user))
        .map(|(name, user)| (user.clone(), Problem::OrphanVolume, name.clone()))
        .collect()
}

fn is_live(state: &ContainerState) -> bool {
    match state {
        ContainerState::Running
        | ContainerState::Paused
        | ContainerState::Starting
        | ContainerState::Unknown(_) => true,
        ContainerState::Stopped { .. } | ContainerState::Removing | ContainerState::Broken => false,
    }
}
