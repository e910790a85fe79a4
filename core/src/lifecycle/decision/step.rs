//! The steps of the decision table.

use crate::record::Intent;

/// What to do next for a user.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Step {
    /// Nothing.
    Rest,
    /// Ask whatever isn't known: store, engine, or both at once.
    Ask,
    /// Ask the store alone.
    AskStore,
    /// Look for the user's containers by their label.
    AskByUser,
    /// Look again after a while.
    LookLater,
    AwaitLease,
    AwaitPrerequisites,
    AwaitTurn,
    AwaitPort,
    /// Write the intent and take the lease; claim a port to start on.
    Claim(Intent),
    /// Write what is so and give the lease back.
    Commit(Commit),
    /// Write what is to be changed in the record, and nothing else.
    Amend,
    /// Answer those who wanted it changed: there is nothing to change.
    AnswerAmendment,
    /// Delete the record.
    Delete,
    ReplacePort,
    FreePort,
    EnsureVolume,
    LookAtVolume,
    RemoveVolume,
    Create,
    Start,
    Unpause,
    Stop,
    /// Remove the container that is in the way.
    Remove,
    /// Remove one that is beside the current container.
    RemoveSurplus,
    /// Look at what somebody else's container was made of.
    Examine,
    /// Look at the next of the volumes that it mounts.
    ExamineVolume,
    ReadLog,
    Probe,
    /// Have the activity acknowledged by the store.
    Flush,
    /// The run has failed, for this reason.
    Fail(Fault),
    /// Answer all who wait.
    Answer,
}

impl Step {
    /// What it does, in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Rest => "wait",
            Self::Ask => "ask the store and the engine whatever isn't known, all at once",
            Self::AskStore => "ask the store",
            Self::AskByUser => "look by the user's label, then by id",
            Self::LookLater => "look again",
            Self::AwaitLease => "wait for the lease",
            Self::AwaitPrerequisites => "wait for them",
            Self::AwaitTurn => "wait for the turn",
            Self::AwaitPort => "have the longest stopped give way",
            Self::Claim(Intent::Starting) => "take the lease, claim a port, to start",
            Self::Claim(Intent::Stopping) => {
                "take the lease, to stop it (reaped: if the user is still idle)"
            }
            Self::Claim(Intent::Removing) => "take the lease, to remove it (absent: for good)",
            Self::Claim(Intent::Running | Intent::Stopped) => "take the lease",
            Self::Commit(commit) => commit.words(),
            Self::Amend => "write it",
            Self::AnswerAmendment => "answer it",
            Self::Delete => "delete the record, let its port rest",
            Self::ReplacePort => "let that port rest, claim another",
            Self::FreePort => "let that port rest, and claim none",
            Self::EnsureVolume => "make sure the volume is there and ours",
            Self::LookAtVolume => "look at the volume",
            Self::RemoveVolume => "remove the volume",
            Self::Create => "create it",
            Self::Start => "start it",
            Self::Unpause => "let it run on",
            Self::Stop => "stop it",
            Self::Remove => "remove it",
            Self::RemoveSurplus => "remove that",
            Self::Examine => "examine it",
            Self::ExamineVolume => "look at the next of them: it may be somebody's",
            Self::ReadLog => "read its last lines",
            Self::Probe => "probe it",
            Self::Flush => "flush the activity",
            Self::Fail(fault) => fault.words(),
            Self::Answer => "answer",
        }
    }
}

/// What a run ends with in the store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Commit {
    Running,
    Stopped,
    /// The container has ended, and wasn't to.
    Flapped,
    /// What was begun didn't come to its end.
    Undone,
    /// The user has a new token, and is stopped.
    Rotated,
    /// What was found is the user's.
    Adopted,
}

impl Commit {
    fn words(self) -> &'static str {
        match self {
            Self::Running => "write that it is running, with the activity; give the lease back",
            Self::Stopped => {
                "write that it is stopped, let the port rest if there is no container, give the lease back"
            }
            Self::Flapped => "write that the start failed, give the lease back",
            Self::Undone => "write that it is undone, give the lease back",
            Self::Rotated => "write the new token, give the lease back",
            Self::Adopted => {
                "write that it is the user's, if nothing would be lost or mixed up by that"
            }
        }
    }
}

/// Why a run fails, as far as the table can tell.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Fault {
    Unreadable,
    NameTaken,
    VolumeTaken,
    Prerequisites,
    BackingOff,
    Crashed,
    NoHealthCheck,
    NoHostPort,
    NotAdoptable,
    Identity,
}

impl Fault {
    fn words(self) -> &'static str {
        match self {
            Self::Unreadable => "fail: `record_unreadable`",
            Self::NameTaken => "fail: `name_taken`",
            Self::VolumeTaken => "fail: `volume_taken`",
            Self::Prerequisites | Self::Identity => "fail with the reason",
            Self::BackingOff => "fail: `backing_off`",
            Self::Crashed => "fail: `start_failed`",
            Self::NoHealthCheck => "fail: `no_health_check`",
            Self::NoHostPort => "fail: `no_host_port`",
            Self::NotAdoptable => "fail: `not_adoptable`",
        }
    }
}
