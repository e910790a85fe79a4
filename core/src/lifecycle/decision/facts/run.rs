//! What is wanted of the user, and how far that is.

use crate::lifecycle::decision::goal::Goal;

/// What is wanted, with what only that goal knows of its progress.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum GoalFact {
    /// Nobody wants anything.
    None,
    Running,
    Fresh,
    Rotated(RotationFact),
    Stopped,
    Reaped(IdleFact),
    Evicted,
    Absent,
    Adopted(ExaminedFact),
    Repaired,
}

impl GoalFact {
    pub(crate) fn goal(self) -> Option<Goal> {
        Some(match self {
            Self::None => return None,
            Self::Running => Goal::Running,
            Self::Fresh => Goal::Fresh,
            Self::Rotated(_) => Goal::Rotated,
            Self::Stopped => Goal::Stopped,
            Self::Reaped(_) => Goal::Reaped,
            Self::Evicted => Goal::Evicted,
            Self::Absent => Goal::Absent,
            Self::Adopted(_) => Goal::Adopted,
            Self::Repaired => Goal::Repaired,
        })
    }

    /// Somebody wants something.
    pub(crate) fn is_wanted(self) -> bool {
        self != Self::None
    }
}

/// How far the replacement of the user's token is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum RotationFact {
    Pending,
    /// It was replaced, and the container was live then: it is to run again.
    Restarts,
    /// It was replaced, and the container stays as it is.
    Done,
}

/// Whether a user who is to be reaped is idle.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum IdleFact {
    /// As far as was told.
    Idle,
    /// The user turned out not to be, or its activity is pending.
    Active,
}

/// How far what was found under the user's names was examined.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ExaminedFact {
    No,
    /// The container was, and not all of the volumes that it mounts.
    Container,
    Whole,
}

/// Whether the run has failed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum VerdictFact {
    None,
    /// It has, and the lease can still be given back first.
    Commit,
    /// It has, and the answer can't wait.
    Answer,
}

/// Whether the user may be started by now.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum TurnFact {
    /// Earlier starts failed, the next isn't due, and none has begun.
    NotDue,
    /// It has no turn in the start queue, which it needs for whatever the engine is to do.
    Waits,
    /// It has one, and as many users are running as may.
    NoRoom,
    Come,
}

/// Whether the store knows that the user is active.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ActivityFact {
    /// The store has acknowledged it within the slack, or what is wanted isn't activity.
    Acknowledged,
    /// The store doesn't answer, and whoever waits is to be told that it will hear of it.
    Pending,
    Open,
}
