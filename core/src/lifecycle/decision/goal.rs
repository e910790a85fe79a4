//! What a user's container is meant to become.

use crate::projection::project;

/// What a user's container is meant to become.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Goal {
    /// Running and ready.
    Running,
    /// Running and ready, started since it was asked for, in the current configuration.
    Fresh,
    /// With a new token: running if it ran before.
    Rotated,
    /// Not running.
    Stopped,
    /// Not running, if the user is idle.
    Reaped,
    /// Not running and without container and port, if it isn't running.
    Evicted,
    /// Without container, volume and record.
    Absent,
    /// What has the user's names, and is nobody's, is the user's.
    Adopted,
    /// As the record says, or the record as it is.
    Repaired,
}

project!(
    enum Goal {
        Running,
        Fresh,
        Rotated,
        Stopped,
        Reaped,
        Evicted,
        Absent,
        Adopted,
        Repaired,
    }
);

impl Goal {
    /// It ends in a container that runs.
    pub(crate) fn runs(self) -> bool {
        match self {
            Self::Running | Self::Fresh | Self::Rotated => true,
            Self::Stopped
            | Self::Reaped
            | Self::Evicted
            | Self::Absent
            | Self::Adopted
            | Self::Repaired => false,
        }
    }

    /// The command that has it, in one word.
    pub(crate) fn command(self) -> &'static str {
        match self {
            Self::Running => "ensure",
            Self::Fresh => "restart",
            Self::Rotated => "rotate",
            Self::Stopped => "stop",
            Self::Reaped => "reap",
            Self::Evicted => "eviction",
            Self::Absent => "purge",
            Self::Adopted => "adopt",
            Self::Repaired => "repair",
        }
    }
}
