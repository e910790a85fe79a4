//! What is told of users: their status, and their health.

use alloc::collections::BTreeSet;
use alloc::string::{String, ToString};

use super::read::{ReadUser, Reading};
use crate::command::{Ailment, Status, UserHealth, UserStatus};
use crate::id::{ContainerId, InstallationId};
use crate::lifecycle::context::Context;
use crate::lifecycle::tenancy::whose::{Owner, Whose};
use crate::observed::{ContainerState, Health, Observed};
use crate::record::{Intent, Record, Row};
use crate::user::UserId;

/// Those of a user's containers that are the record's current one.
pub(crate) fn current<'a>(
    user: &UserId,
    record: &Record,
    installation: InstallationId,
    containers: &[&'a Observed],
) -> Option<&'a Observed> {
    let owner = Owner::recorded(user, installation, record);
    let mut containers = containers.iter().copied();
    containers.find(|observed| owner.whose(observed) == Whose::Current)
}

pub(crate) fn status(
    cx: &Context,
    read: &ReadUser<'_>,
    installation: InstallationId,
) -> Option<UserStatus> {
    let user = read.user;
    let record = match read.row {
        Row::Absent => return None,
        Row::Found(record) => record,
        Row::Unreadable(why) => return Some(unreadable(user, why)),
    };
    let current = current(user, record, installation, &read.containers);
    let status = status_word(record, current);
    let gateway_port = cx.settings.template(user).gateway_port;
    let running = current.filter(|_| status == Status::Running);
    let reach = &cx.settings.reach;
    let url = running.and_then(|observed| reach.url(record.port, &observed.name, gateway_port));
    Some(UserStatus {
        user: user.clone(),
        status,
        port: record.port,
        url,
        last_active: record.last_active,
        container: current.map(|observed| observed.id.clone()),
        container_name: current.map(|observed| observed.name.clone()),
        exit_code: current.and_then(exit_code),
        health: current.map_or(Health::Absent, |observed| observed.health),
        outdated: current.is_some_and(|observed| cx.is_outdated(user, observed)),
        failure: record.body.failure.clone(),
    })
}

/// The containers that are meant to run and do, and of whose health the list tells nothing: they are to
/// be looked at, unless they were.
pub(crate) fn of_untold_health(
    page: &[ReadUser<'_>],
    reading: &Reading,
    installation: InstallationId,
) -> BTreeSet<ContainerId> {
    page.iter()
        .filter_map(|read| match read.row {
            Row::Found(record) if should_run(record) => {
                current(read.user, record, installation, &read.containers)
            }
            Row::Found(_) | Row::Absent | Row::Unreadable(_) => None,
        })
        .filter(|seen| seen.is_health_untold() && !reading.unseen.contains_key(&seen.id))
        .map(|seen| seen.id.clone())
        .collect()
}

/// How a container is that is meant to run; `None` if none is. One that is missing in a list of which
/// something couldn't be read isn't gone for that.
pub(crate) fn health(
    cx: &Context,
    read: &ReadUser<'_>,
    installation: InstallationId,
    reading: &Reading,
) -> Option<UserHealth> {
    let user = read.user;
    let ailment = match read.row {
        Row::Absent => return None,
        Row::Unreadable(why) => Some(Ailment::Unreadable(why.clone())),
        Row::Found(record) if !should_run(record) => return None,
        Row::Found(record) => match current(user, record, installation, &read.containers) {
            None => Some(match &reading.unread {
                Some(what) => Ailment::Untold(what.clone()),
                None => Ailment::Gone,
            }),
            Some(observed) => {
                let cut_off = cx.is_cut_off(user, observed);
                let unseen = reading.unseen.get(&observed.id);
                let ailment = ailment(observed, unseen).or(cut_off.then_some(Ailment::CutOff));
                ailment.or_else(|| unready(record))
            }
        },
    };
    Some(UserHealth {
        user: user.clone(),
        ailment,
    })
}

/// The code that its process ended with, if it has ended.
fn exit_code(observed: &Observed) -> Option<i64> {
    match observed.state {
        ContainerState::Stopped { exit_code } => exit_code,
        ContainerState::Starting
        | ContainerState::Running
        | ContainerState::Paused
        | ContainerState::Removing
        | ContainerState::Broken
        | ContainerState::Unknown(_) => None,
    }
}

/// Whether the user's container is to run, or a start was begun that nobody is at any more: its container
/// wasn't ready in time, or its controller is gone.
fn should_run(record: &Record) -> bool {
    match record.body.intent {
        Intent::Running => true,
        Intent::Starting => !is_leased(record),
        Intent::Stopped | Intent::Stopping | Intent::Removing => false,
    }
}

/// Why a container that runs wasn't ready when it was last looked for that.
fn unready(record: &Record) -> Option<Ailment> {
    (record.body.intent == Intent::Starting).then(|| {
        Ailment::NeverReady(match &record.body.failure {
            Some(failure) => failure.reason.clone(),
            None => "its start was begun, and not finished".to_string(),
        })
    })
}

fn is_leased(record: &Record) -> bool {
    record.lease.is_some_and(|lease| !lease.remaining.is_zero())
}

/// What ails it; with what was heard in place of its health, if it was looked at for that in vain.
fn ailment(observed: &Observed, unseen: Option<&String>) -> Option<Ailment> {
    let state = match &observed.state {
        ContainerState::Running => {
            return match observed.health {
                Health::Unhealthy => Some(Ailment::Unhealthy),
                Health::Untold => unseen.cloned().map(Ailment::UntoldHealth),
                Health::Absent | Health::Starting | Health::Healthy => None,
            };
        }
        ContainerState::Stopped { exit_code: None } => "created, and not started".to_string(),
        ContainerState::Paused => "paused".to_string(),
        ContainerState::Starting => "restarting".to_string(),
        ContainerState::Removing => "being removed".to_string(),
        ContainerState::Stopped {
            exit_code: Some(code),
        } => alloc::format!("exited, with code {code}"),
        ContainerState::Broken => "dead: its removal failed half-way".to_string(),
        ContainerState::Unknown(state) => state.clone(),
    };
    Some(Ailment::NotRunning(state))
}

/// The engine's word on what runs, the record's on what is being done.
fn status_word(record: &Record, current: Option<&Observed>) -> Status {
    let leased = is_leased(record);
    match (record.body.intent, current.map(|observed| &observed.state)) {
        (Intent::Starting, _) if leased => Status::Starting,
        (Intent::Stopping, _) if leased => Status::Stopping,
        (Intent::Removing, _) if leased => Status::Removing,
        (_, Some(ContainerState::Running)) => Status::Running,
        (_, Some(ContainerState::Starting | ContainerState::Unknown(_))) => Status::Starting,
        (_, Some(ContainerState::Paused)) => Status::Paused,
        (_, Some(ContainerState::Removing)) => Status::Removing,
        (_, Some(ContainerState::Stopped { .. } | ContainerState::Broken) | None)
            if record.body.failure.is_some() =>
        {
            Status::Failed
        }
        (_, Some(ContainerState::Stopped { .. } | ContainerState::Broken) | None) => {
            Status::Stopped
        }
    }
}

fn unreadable(user: &UserId, why: &str) -> UserStatus {
    UserStatus {
        user: user.clone(),
        status: Status::Unreadable(String::from(why)),
        port: None,
        url: None,
        last_active: None,
        container: None,
        container_name: None,
        exit_code: None,
        health: Health::Absent,
        outdated: false,
        failure: None,
    }
}
