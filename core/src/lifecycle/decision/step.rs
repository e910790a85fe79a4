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
    NotAdoptable,
    Identity,
}
