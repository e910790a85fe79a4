//! The decision table: the one place where it is decided what happens to a user's container.
//!
//! [`decide`] reads it from the top; the first row that applies names the step.

use super::facts::{
    ContainerFact as Container, ExaminedFact as Examined, Facts, Hold, IdentityFact as Identity,
    PrerequisitesFact as Prerequisites, ReadyFact as Ready, RecordFact, VerdictFact as Verdict,
    VolumeFact as Volume,
};
use super::goal::Goal;
use super::step::{Commit, Fault, Step};
use crate::record::Intent;

/// One row of the table.
pub(crate) struct Row {
    /// For whom: a goal, or any.
    pub goal: &'static str,
    /// When it applies, in words.
    pub when: &'static str,
    /// What it does, in words.
    pub then: &'static str,
    applies: fn(&Facts) -> bool,
    step: Step,
}

/// The next step, and the number of the row that says so.
pub(crate) fn decide(facts: &Facts) -> (usize, Step) {
    ROWS.iter()
        .enumerate()
        .find(|(_, row)| (row.applies)(facts))
        .map_or((ROWS.len(), Step::Rest), |(number, row)| (number, row.step))
}

/// The decision table in words: goal, condition, step. The first row that applies decides.
pub fn decision_table() -> impl Iterator<Item = [&'static str; 3]> {
    ROWS.iter().map(|row| [row.goal, row.when, row.then])
}

macro_rules! rows {
    ($($goal:literal | $when:literal | $then:literal | $applies:expr => $step:expr,)*) => {
        &[$(Row { goal: $goal, when: $when, then: $then, applies: $applies, step: $step }),*]
    };
}

fn is(f: &Facts, goals: &[Goal]) -> bool {
    f.goal.is_some_and(|goal| goals.contains(&goal))
}

fn stopped(f: &Facts) -> bool {
    is(f, &[Goal::Stopped, Goal::Reaped])
}

fn repaired(f: &Facts) -> bool {
    is(f, &[Goal::Repaired])
}

/// The record bears a lease that is ours, or nobody's any more.
fn lease_is_left(f: &Facts) -> bool {
    f.hold() == Hold::Mine || f.stale_lease
}

fn finishing(f: &Facts) -> bool {
    f.holding(Intent::Stopping) || f.holding(Intent::Removing)
}

/// A purge has come as far as having no container any more.
fn purged_container(f: &Facts) -> bool {
    f.purging && f.holding(Intent::Removing)
}

/// A port is claimed, and no container is bound to it.
pub(crate) fn idle_claim(f: &Facts) -> bool {
    f.port && matches!(f.container, Container::Absent | Container::Foreign)
}

/// All rows, in the order they are read.
pub(crate) const ROWS: &[Row] = rows! {
    // A run that failed, and users that don't exist.
    "any" | "the run failed while starting under our lease, and nothing is under way" | "write that it is undone, give the lease back"
        | |f| f.goal.is_some() && !f.underway && f.verdict == Verdict::Commit && f.holding(Intent::Starting) => Step::Commit(Commit::Undone),
    "any" | "the run failed" | "answer the failure"
        | |f| f.goal.is_some() && f.verdict != Verdict::None => Step::Answer,
    "any or none" | "a change of the record or on the engine is under way, and nobody knows yet what comes of it" | "wait for that"
        | |f| f.underway => Step::Rest,
    "any" | "another engine answers than the one that the store knows, or it doesn't tell which it is" | "fail with the reason"
        | |f| f.goal.is_some() && matches!(f.identity, Identity::Another | Identity::Failed) => Step::Fail(Fault::Identity),
    "none" | "another engine answers, and we hold the lease" | "write that it is undone, give the lease back"
        | |f| f.goal.is_none() && f.identity == Identity::Another && f.hold() == Hold::Mine => Step::Commit(Commit::Undone),
    "stopped, reaped, evicted, rotated, absent" | "no record, engine proven" | "answer: no such user"
        | |f| f.record == RecordFact::Absent && f.identity == Identity::Proven && is(f, &[Goal::Stopped, Goal::Reaped, Goal::Evicted, Goal::Rotated, Goal::Absent]) => Step::Answer,

    // What has to be known first.
    "any" | "record unknown, container unknown, or engine not proven to be the right one" | "ask the store and the engine whatever isn't known, all at once"
        | |f| (f.goal.is_some() || finishing(f))
            && (f.record == RecordFact::Unknown || f.container == Container::Unknown || f.identity == Identity::Unproven) => Step::Ask,
    "none" | "an amendment waits, record unknown" | "ask the store"
        | |f| f.goal.is_none() && f.amendment && f.record == RecordFact::Unknown => Step::AskStore,
    "any or none" | "an amendment waits, no record, or an unreadable one" | "answer it"
        | |f| f.amendment && matches!(f.record, RecordFact::Absent | RecordFact::Unreadable) => Step::AnswerAmendment,
    "any" | "record unreadable" | "fail: `record_unreadable`"
        | |f| f.goal.is_some() && f.record == RecordFact::Unreadable => Step::Fail(Fault::Unreadable),
    "reaped, evicted, repaired" | "another controller holds the lease" | "answer: it is being seen to"
        | |f| f.hold() == Hold::Theirs && !f.amendment && is(f, &[Goal::Reaped, Goal::Evicted, Goal::Repaired]) => Step::Answer,
    "any, or an amendment waits" | "another controller holds the lease" | "wait for it"
        | |f| (f.goal.is_some() || f.amendment) && f.hold() == Hold::Theirs => Step::AwaitLease,
    "any or none" | "an amendment waits" | "write it"
        | |f| f.amendment && matches!(f.record, RecordFact::Present(..)) => Step::Amend,

    // What was begun is finished, whatever the goal has become.
    "any" | "a purge has begun, not under our lease" | "take the lease, to go on with it"
        | |f| f.goal.is_some() && f.purging && !f.holding(Intent::Removing) => Step::Claim(Intent::Removing),
    "any" | "a stop or removal was left behind by a controller that is gone" | "take the lease, to remove the container: a late call of the other's could still hit it"
        | |f| f.goal.is_some() && f.hold() == Hold::Nobody
            && matches!(f.intent(), Some(Intent::Stopping | Intent::Removing)) => Step::Claim(Intent::Removing),
    "any" | "stopping or removing under our lease, container not under its name" | "look by the user's label, then by id"
        | |f| finishing(f) && f.container == Container::Unsure => Step::AskByUser,
    "any" | "removing under our lease, the engine is at it" | "look again"
        | |f| f.holding(Intent::Removing) && f.container == Container::Removing => Step::LookLater,
    "any" | "removing under our lease, container idle, dead or surplus, or any while a purge goes on" | "remove it"
        | |f| f.holding(Intent::Removing)
            && (matches!(f.container, Container::Idle | Container::Dead | Container::Surplus)
                || (f.purging && f.container.is_live())) => Step::Remove,
    "any" | "stopping or removing under our lease, container paused" | "let it run on: not every engine stops a paused one"
        | |f| finishing(f) && f.container == Container::Paused => Step::Unpause,
    "any" | "stopping or removing under our lease, container live" | "stop it"
        | |f| finishing(f) && f.container.is_live() => Step::Stop,
    "any" | "purging, container gone, another user's record names the volume, too" | "delete the record, let its port rest; the volume is the other's"
        | |f| purged_container(f) && f.shares_volume => Step::Delete,
    "any" | "purging, container gone, volume unknown" | "look at the volume"
        | |f| purged_container(f) && f.volume.is_unseen() => Step::LookAtVolume,
    "any" | "purging, container gone, volume there and ours" | "remove it"
        | |f| purged_container(f) && f.volume == Volume::Ours => Step::RemoveVolume,
    "any" | "purging, container and volume gone" | "delete the record, let its port rest"
        | purged_container => Step::Delete,

    // Nobody wants anything.
    "none" | "stopping or removing under our lease is done" | "write that it is stopped, give the lease back"
        | |f| f.goal.is_none() && finishing(f) => Step::Commit(Commit::Stopped),
    "none" | "our lease is left over" | "write that it is undone, give the lease back"
        | |f| f.goal.is_none() && f.hold() == Hold::Mine => Step::Commit(Commit::Undone),
    "none" | "otherwise" | "rest"
        | |f| f.goal.is_none() => Step::Rest,

    // All goals.
    "any" | "container not under its name, and may be under another" | "look by the user's label, then by id"
        | |f| f.container == Container::Unsure => Step::AskByUser,

    // It is to go.
    "absent" | "otherwise" | "take the lease, write that a purge has begun"
        | |f| is(f, &[Goal::Absent]) => Step::Claim(Intent::Removing),

    // It is to be stopped.
    "reaped" | "the user is not idle" | "answer"
        | |f| is(f, &[Goal::Reaped]) && f.still_active => Step::Answer,
    "stopped, reaped" | "container live" | "take the lease, to stop it (reaped: if the user is still idle)"
        | |f| stopped(f) && f.container.is_live() => Step::Claim(Intent::Stopping),
    "stopped, reaped" | "the record doesn't say so, or we hold the lease" | "write that it is stopped, give the lease back"
        | |f| stopped(f) && (f.intent() != Some(Intent::Stopped) || f.hold() == Hold::Mine) => Step::Commit(Commit::Stopped),
    "stopped, reaped" | "otherwise" | "answer"
        | stopped => Step::Answer,

    // It is to make room.
    "evicted" | "container live or being removed" | "answer: it can't be"
        | |f| is(f, &[Goal::Evicted]) && (f.container.is_live() || f.container == Container::Removing) => Step::Answer,
    "evicted" | "a container is there" | "take the lease, to remove it"
        | |f| is(f, &[Goal::Evicted]) && matches!(f.container, Container::Idle | Container::Dead | Container::Surplus) => Step::Claim(Intent::Removing),
    "evicted" | "no container, and a port claimed, or we hold the lease" | "write that it is stopped, let the port rest, give the lease back"
        | |f| is(f, &[Goal::Evicted]) && (f.port || f.hold() == Hold::Mine) => Step::Commit(Commit::Stopped),
    "evicted" | "otherwise" | "answer"
        | |f| is(f, &[Goal::Evicted]) => Step::Answer,

    // It is to be the user's.
    "adopted" | "a container of the user's is there" | "answer: it is the user's already"
        | |f| is(f, &[Goal::Adopted]) && !matches!(f.container, Container::Foreign | Container::Absent) => Step::Answer,
    "adopted" | "somebody else's container has the name, not examined" | "examine it"
        | |f| is(f, &[Goal::Adopted]) && f.container == Container::Foreign && f.examined == Examined::No => Step::Examine,
    "adopted" | "the same, examined, and not all the volumes that it mounts" | "look at the next of them: it may be somebody's"
        | |f| is(f, &[Goal::Adopted]) && f.container == Container::Foreign && f.examined == Examined::Container => Step::ExamineVolume,
    "adopted" | "the same, examined whole" | "write that it is the user's, if nothing would be lost or mixed up by that"
        | |f| is(f, &[Goal::Adopted]) && f.container == Container::Foreign => Step::Commit(Commit::Adopted),
    "adopted" | "no container, volume unknown" | "look at the volume"
        | |f| is(f, &[Goal::Adopted]) && f.volume.is_unseen() => Step::LookAtVolume,
    "adopted" | "no container, a volume has the name that bears nobody's labels" | "write that it is the user's"
        | |f| is(f, &[Goal::Adopted]) && f.volume == Volume::Unlabelled => Step::Commit(Commit::Adopted),
    "adopted" | "no container, the volume is the user's" | "answer: it is the user's already"
        | |f| is(f, &[Goal::Adopted]) && f.volume == Volume::Ours && f.record != RecordFact::Absent => Step::Answer,
    "adopted" | "otherwise" | "fail: `not_adoptable`"
        | |f| is(f, &[Goal::Adopted]) => Step::Fail(Fault::NotAdoptable),

    // Record and engine are to agree.
    "repaired" | "no record, and a container of the user's" | "remove it"
        | |f| repaired(f) && f.record == RecordFact::Absent && f.container == Container::Surplus => Step::Remove,
    "repaired" | "no record" | "answer"
        | |f| repaired(f) && f.record == RecordFact::Absent => Step::Answer,
    "repaired" | "no current container, and an old one" | "take the lease, to remove it"
        | |f| repaired(f) && f.container == Container::Surplus => Step::Claim(Intent::Removing),
    "repaired" | "a container beside the current one, under our lease" | "remove it"
        | |f| repaired(f) && f.surplus && f.hold() == Hold::Mine => Step::RemoveSurplus,
    "repaired" | "container running, not recorded as ready, readiness to be probed" | "probe it"
        | |f| repaired(f) && f.container == Container::Running && f.ready == Ready::Probe => Step::Probe,
    "repaired" | "container running, not recorded as ready, and has no health check to be ready by" | "fail: `no_health_check`"
        | |f| repaired(f) && f.container == Container::Running && f.ready == Ready::Never && f.intent() != Some(Intent::Running) => Step::Fail(Fault::NoHealthCheck),
    "repaired" | "container running, not recorded as ready, and not ready yet" | "look again"
        | |f| repaired(f) && f.container == Container::Running && f.ready == Ready::No && f.intent() != Some(Intent::Running) => Step::LookLater,
    "repaired" | "container running and ready, the record doesn't say so, or we hold the lease, or one is left that has run out" | "write that it is running, give the lease back"
        | |f| repaired(f) && f.container == Container::Running && f.ready == Ready::Yes
            && (f.intent() != Some(Intent::Running) || lease_is_left(f)) => Step::Commit(Commit::Running),
    "repaired" | "container live or being removed, we hold the lease, or one is left that has run out" | "give it back"
        | |f| repaired(f) && lease_is_left(f) && (f.container.is_live() || f.container == Container::Removing) => Step::Commit(Commit::Undone),
    "repaired" | "container live, as recorded, and another beside it" | "take the lease, to remove that"
        | |f| repaired(f) && f.container.is_live() && f.surplus && f.intent() == Some(Intent::Running) => Step::Claim(Intent::Running),
    "repaired" | "container live or being removed" | "answer"
        | |f| repaired(f) && (f.container.is_live() || f.container == Container::Removing) => Step::Answer,
    "repaired" | "the record doesn't say that it is stopped, or claims a port for no container, or we hold the lease, or one is left that has run out" | "write that it is stopped, let the port rest, give the lease back"
        | |f| repaired(f) && (f.intent() != Some(Intent::Stopped) || lease_is_left(f) || idle_claim(f)) => Step::Commit(Commit::Stopped),
    "repaired" | "container stopped, as recorded, and another beside it" | "take the lease, to remove that"
        | |f| repaired(f) && f.surplus => Step::Claim(Intent::Stopped),
    "repaired" | "otherwise" | "answer"
        | repaired => Step::Answer,

    // It is to be replaced: not before a new one can be made.
    "fresh, rotated" | "container live and to be replaced; engine, network or image can't be had" | "fail with the reason"
        | |f| f.awaits_replacement() && f.prerequisites == Prerequisites::Failed => Step::Fail(Fault::Prerequisites),
    "fresh, rotated" | "container live and to be replaced; engine, network or image not there yet" | "wait for them"
        | |f| f.awaits_replacement() && f.prerequisites == Prerequisites::Pending => Step::AwaitPrerequisites,

    // Its token is to be replaced.
    "rotated" | "not replaced yet, container live" | "take the lease, to stop it, with a new token"
        | |f| is(f, &[Goal::Rotated]) && !f.rotated && f.container.is_live() => Step::Claim(Intent::Stopping),
    "rotated" | "not replaced yet" | "write the new token, give the lease back"
        | |f| is(f, &[Goal::Rotated]) && !f.rotated => Step::Commit(Commit::Rotated),
    "rotated" | "replaced, and the container wasn't live" | "answer"
        | |f| is(f, &[Goal::Rotated]) && !f.restart_after => Step::Answer,

    // It is to run, and does.
    "running" | "container live, and carries another token than the user's" | "take the lease, to stop it"
        | |f| f.serving() && f.container.is_live() && f.other_token => Step::Claim(Intent::Stopping),
    "running" | "container live, and taken off its network, so that nobody reaches it" | "take the lease, to stop it"
        | |f| f.serving() && f.container.is_live() && f.cut_off => Step::Claim(Intent::Stopping),
    "fresh, rotated" | "container live, not started since" | "take the lease, to stop it"
        | |f| is(f, &[Goal::Fresh, Goal::Rotated]) && f.container.is_live() && !f.renewed => Step::Claim(Intent::Stopping),
    "running" | "container running, to be ready once its health check passes, and has none" | "fail: `no_health_check`"
        | |f| f.serving() && f.container == Container::Running && f.ready == Ready::Never => Step::Fail(Fault::NoHealthCheck),
    "running" | "container running, not ready yet" | "look again"
        | |f| f.serving() && f.container == Container::Running && f.ready == Ready::No => Step::LookLater,
    "running" | "container running, readiness to be probed" | "probe it"
        | |f| f.serving() && f.container == Container::Running && f.ready == Ready::Probe => Step::Probe,
    "running" | "container running and ready, the record doesn't say so, or we hold the lease" | "write that it is running, with the activity; give the lease back"
        | |f| f.serving() && f.container == Container::Running
            && (f.intent() != Some(Intent::Running) || f.hold() == Hold::Mine) => Step::Commit(Commit::Running),
    "running" | "container running and ready, activity not acknowledged" | "flush the activity"
        | |f| f.serving() && f.container == Container::Running && !f.active => Step::Flush,
    "running" | "container running and ready" | "answer"
        | |f| f.serving() && f.container == Container::Running => Step::Answer,

    // It is to run, and something is in the way.
    "running" | "somebody else's container has the name" | "fail: `name_taken`"
        | |f| f.serving() && f.container == Container::Foreign => Step::Fail(Fault::NameTaken),
    "running" | "container restarting, being removed, or in a state unknown to us" | "look again"
        | |f| f.serving() && matches!(f.container, Container::Restarting | Container::Removing | Container::Odd) => Step::LookLater,
    "running" | "container exited after we started it" | "read its last lines"
        | |f| f.serving() && f.crashed && !f.exit_log_read => Step::ReadLog,
    "running" | "the same, its last lines read" | "fail: `start_failed`"
        | |f| f.serving() && f.crashed => Step::Fail(Fault::Crashed),
    "running" | "container ended in an error soon after it had been answered as running" | "read its last lines"
        | |f| f.serving() && f.flapped && !f.exit_log_read => Step::ReadLog,
    "running" | "the same, its last lines read" | "write that the start failed, give the lease back"
        | |f| f.serving() && f.flapped => Step::Commit(Commit::Flapped),
    "running" | "earlier starts failed, the next isn't due" | "fail: `backing_off`"
        | |f| f.serving() && f.backing_off && f.hold() != Hold::Mine => Step::Fail(Fault::BackingOff),

    // It is to run, and is got ready to.
    "running" | "a new container is needed; engine, network or image can't be had" | "fail with the reason"
        | |f| f.serving() && f.needs_container() && f.prerequisites == Prerequisites::Failed => Step::Fail(Fault::Prerequisites),
    "running" | "a new container is needed; engine, network or image not there yet; we hold the lease" | "give it back for as long as that takes"
        | |f| f.serving() && f.needs_container() && f.prerequisites == Prerequisites::Pending && f.hold() == Hold::Mine => Step::Commit(Commit::Undone),
    "running" | "a new container is needed; engine, network or image not there yet" | "wait for them"
        | |f| f.serving() && f.needs_container() && f.prerequisites == Prerequisites::Pending => Step::AwaitPrerequisites,
    "running" | "not our turn in the start queue" | "wait for it"
        | |f| f.serving() && !f.turn => Step::AwaitTurn,
    "running" | "no port is free" | "have the longest stopped give way"
        | |f| f.serving() && f.no_free_port => Step::AwaitPort,
    "running" | "ours can't serve" | "take the lease, to remove it: a late call of ours would hit whoever starts it instead"
        | |f| f.serving() && f.needs_container() && matches!(f.container, Container::Idle | Container::Dead) => Step::Claim(Intent::Removing),
    "running" | "starting isn't written down under our lease" | "take the lease, claim a port, to start"
        | |f| f.serving() && !f.holding(Intent::Starting) => Step::Claim(Intent::Starting),
    "running" | "container paused" | "let it run on"
        | |f| f.serving() && f.container == Container::Paused => Step::Unpause,
    "running" | "an old container is in the way" | "remove it"
        | |f| f.serving() && f.container == Container::Surplus => Step::Remove,
    "running" | "no container, and the claimed port was found taken" | "let that port rest, claim another"
        | |f| f.serving() && f.container == Container::Absent && f.port_bad => Step::ReplacePort,
    "running" | "no container, volume unknown, or there was none" | "make sure the volume is there and ours"
        | |f| f.serving() && f.container == Container::Absent && matches!(f.volume, Volume::Unknown | Volume::Absent) => Step::EnsureVolume,
    "running" | "no container, volume told of without labels when it was to be made" | "look at it: Docker doesn't tell all it knows there"
        | |f| f.serving() && f.container == Container::Absent && f.volume == Volume::Doubted => Step::LookAtVolume,
    "running" | "no container, somebody else's volume has the name" | "fail: `volume_taken`"
        | |f| f.serving() && f.container == Container::Absent
            && matches!(f.volume, Volume::Foreign | Volume::Unlabelled) => Step::Fail(Fault::VolumeTaken),
    "running" | "no container" | "create it"
        | |f| f.serving() && f.container == Container::Absent => Step::Create,
    "running" | "container idle" | "start it"
        | |f| f.serving() && f.container == Container::Idle => Step::Start,
};

#[cfg(test)]
mod tests;
