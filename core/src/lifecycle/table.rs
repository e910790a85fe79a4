//! The decision table: the one place where it is decided what happens to a user's container.
//!
//! [`decide`] reads it from the top; the first row that applies names the step.

use super::facts::{
    ContainerFact as Container, Facts, Goal, Hold, PremisesFact as Premises, ReadyFact as Ready,
    RecordFact, VerdictFact as Verdict, VolumeFact as Volume,
};
use crate::record::Intent;

/// What to do next for a user.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Step {
    /// Nothing.
    Rest,
    /// Ask whatever isn't known: store, engine, or both at once.
    Ask,
    /// Look for the container by the record's label.
    AskByRecord,
    /// Look again after a while.
    LookLater,
    AwaitLease,
    AwaitPremises,
    AwaitTurn,
    /// Write the intent and take the lease; claim a port to start on.
    Claim(Intent),
    /// Write what is so and give the lease back.
    Settle(Settled),
    ReplacePort,
    EnsureVolume,
    Create,
    Start,
    Unpause,
    Stop,
    /// Remove the container that is in the way.
    Remove,
    ReadLog,
    Probe,
    /// Have the activity acknowledged by the store.
    Flush,
    /// The run has failed, for this reason.
    Fail(Fault),
    /// Answer all who wait.
    Answer,
}

/// What a run ends with in the store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Settled {
    Running,
    Stopped,
    /// What was begun didn't come to its end.
    Undone,
}

/// Why a run fails, as far as the table can tell.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Fault {
    Unreadable,
    NameTaken,
    VolumeTaken,
    Premises,
    BackingOff,
    Crashed,
}

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

fn running(f: &Facts) -> bool {
    f.goal == Some(Goal::Running)
}

fn stopped(f: &Facts) -> bool {
    f.goal == Some(Goal::Stopped)
}

fn finishing(f: &Facts) -> bool {
    f.holding(Intent::Stopping) || f.holding(Intent::Removing)
}

/// All rows, in the order they are read.
pub(crate) const ROWS: &[Row] = rows! {
    // What was begun under our lease is finished, whatever the goal has become.
    "any" | "the run failed while starting under our lease" | "write that it is undone, give the lease back"
        | |f| f.goal.is_some() && f.verdict == Verdict::Settle && f.holding(Intent::Starting) => Step::Settle(Settled::Undone),
    "any" | "the run failed" | "answer the failure"
        | |f| f.goal.is_some() && f.verdict != Verdict::None => Step::Answer,
    "stopped" | "no record" | "answer: no such user"
        | |f| stopped(f) && f.record == RecordFact::Absent => Step::Answer,
    "any" | "record unknown, or container unknown" | "ask the store, the engine, or both at once"
        | |f| (f.goal.is_some() || finishing(f))
            && (f.record == RecordFact::Unknown || f.container == Container::Unknown) => Step::Ask,
    "any" | "record unreadable" | "fail: `record_unreadable`"
        | |f| f.goal.is_some() && f.record == RecordFact::Unreadable => Step::Fail(Fault::Unreadable),
    "any" | "another controller holds the lease" | "wait for it"
        | |f| f.goal.is_some() && f.hold() == Hold::Theirs => Step::AwaitLease,
    "any" | "a stop or removal was left behind by a controller that is gone" | "take the lease, to remove the container: a late call of the other's could still hit it"
        | |f| f.goal.is_some() && f.hold() == Hold::Nobody
            && matches!(f.intent(), Some(Intent::Stopping | Intent::Removing)) => Step::Claim(Intent::Removing),
    "any" | "stopping or removing under our lease, container not under its name" | "look by the record's label"
        | |f| finishing(f) && f.container == Container::Unsure => Step::AskByRecord,
    "any" | "removing under our lease, the engine is at it" | "look again"
        | |f| f.holding(Intent::Removing) && f.container == Container::Removing => Step::LookLater,
    "any" | "removing under our lease, container there" | "remove it"
        | |f| f.holding(Intent::Removing)
            && (f.container.is_live() || matches!(f.container, Container::Idle | Container::Dead)) => Step::Remove,
    "any" | "stopping under our lease, container paused" | "let it run on: not every engine stops a paused one"
        | |f| f.holding(Intent::Stopping) && f.container == Container::Paused => Step::Unpause,
    "any" | "stopping under our lease, container live" | "stop it"
        | |f| f.holding(Intent::Stopping) && f.container.is_live() => Step::Stop,

    // Nobody wants anything.
    "none" | "stopping or removing under our lease is done" | "write that it is stopped, give the lease back"
        | |f| f.goal.is_none() && finishing(f) => Step::Settle(Settled::Stopped),
    "none" | "our lease is left over" | "write that it is undone, give the lease back"
        | |f| f.goal.is_none() && f.hold() == Hold::Mine => Step::Settle(Settled::Undone),
    "none" | "otherwise" | "rest"
        | |f| f.goal.is_none() => Step::Rest,

    // Both goals.
    "any" | "container not under its name, and may be under another" | "look by the record's label"
        | |f| f.container == Container::Unsure => Step::AskByRecord,

    // It is to be stopped.
    "stopped" | "container live" | "take the lease, to stop it"
        | |f| stopped(f) && f.container.is_live() => Step::Claim(Intent::Stopping),
    "stopped" | "the record doesn't say so, or we hold the lease" | "write that it is stopped, give the lease back"
        | |f| stopped(f) && (f.intent() != Some(Intent::Stopped) || f.hold() == Hold::Mine) => Step::Settle(Settled::Stopped),
    "stopped" | "otherwise" | "answer"
        | stopped => Step::Answer,

    // It is to run, and does.
    "running" | "container running, not ready yet" | "look again"
        | |f| running(f) && f.container == Container::Running && f.ready == Ready::No => Step::LookLater,
    "running" | "container running, readiness to be probed" | "probe it"
        | |f| running(f) && f.container == Container::Running && f.ready == Ready::Probe => Step::Probe,
    "running" | "container running and ready, the record doesn't say so, or we hold the lease" | "write that it is running, with the activity; give the lease back"
        | |f| running(f) && f.container == Container::Running
            && (f.intent() != Some(Intent::Running) || f.hold() == Hold::Mine) => Step::Settle(Settled::Running),
    "running" | "container running and ready, activity not acknowledged" | "flush the activity"
        | |f| running(f) && f.container == Container::Running && !f.active => Step::Flush,
    "running" | "container running and ready" | "answer"
        | |f| running(f) && f.container == Container::Running => Step::Answer,

    // It is to run, and something is in the way.
    "running" | "somebody else's container has the name" | "fail: `name_taken`"
        | |f| running(f) && f.container == Container::Foreign => Step::Fail(Fault::NameTaken),
    "running" | "container restarting, being removed, or in a state unknown to us" | "look again"
        | |f| running(f) && matches!(f.container, Container::Restarting | Container::Removing | Container::Odd) => Step::LookLater,
    "running" | "container exited after we started it" | "read its last lines"
        | |f| running(f) && f.crashed && !f.autopsied => Step::ReadLog,
    "running" | "the same, its last lines read" | "fail: `start_failed`"
        | |f| running(f) && f.crashed => Step::Fail(Fault::Crashed),
    "running" | "earlier starts failed, the next isn't due" | "fail: `backing_off`"
        | |f| running(f) && f.backing_off && f.hold() != Hold::Mine => Step::Fail(Fault::BackingOff),

    // It is to run, and is got ready to.
    "running" | "a new container is needed; engine, network or image can't be had" | "fail with the reason"
        | |f| running(f) && f.needs_container() && f.premises == Premises::Failed => Step::Fail(Fault::Premises),
    "running" | "a new container is needed; engine, network or image not there yet; we hold the lease" | "give it back for as long as that takes"
        | |f| running(f) && f.needs_container() && f.premises == Premises::Pending && f.hold() == Hold::Mine => Step::Settle(Settled::Undone),
    "running" | "a new container is needed; engine, network or image not there yet" | "wait for them"
        | |f| running(f) && f.needs_container() && f.premises == Premises::Pending => Step::AwaitPremises,
    "running" | "not our turn in the start line" | "wait for it"
        | |f| running(f) && !f.turn => Step::AwaitTurn,
    "running" | "starting isn't written down under our lease" | "take the lease, claim a port, to start"
        | |f| running(f) && !f.holding(Intent::Starting) => Step::Claim(Intent::Starting),
    "running" | "container paused" | "let it run on"
        | |f| running(f) && f.container == Container::Paused => Step::Unpause,
    "running" | "an old container is in the way, or ours can't serve" | "remove it"
        | |f| running(f) && f.needs_container() && f.container != Container::Absent => Step::Remove,
    "running" | "no container, and the claimed port was found taken" | "let that port rest, claim another"
        | |f| running(f) && f.container == Container::Absent && f.port_bad => Step::ReplacePort,
    "running" | "no container, volume unknown" | "make sure the volume is there and ours"
        | |f| running(f) && f.container == Container::Absent && f.volume == Volume::Unknown => Step::EnsureVolume,
    "running" | "no container, somebody else's volume has the name" | "fail: `volume_taken`"
        | |f| running(f) && f.container == Container::Absent && f.volume == Volume::Foreign => Step::Fail(Fault::VolumeTaken),
    "running" | "no container" | "create it"
        | |f| running(f) && f.container == Container::Absent => Step::Create,
    "running" | "container idle" | "start it"
        | |f| running(f) && f.container == Container::Idle => Step::Start,
};

#[cfg(test)]
mod tests;
