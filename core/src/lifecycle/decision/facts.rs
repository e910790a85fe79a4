//! What the decision table looks at: knowledge, boiled down to a few small enums.

use super::goal::Goal;
use crate::id::InstallationId;
use crate::label::Labelled;
use crate::projection::project;
use crate::record::Intent;
use crate::user::UserId;

/// What the store says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum RecordFact {
    Unknown,
    Unreadable,
    Absent,
    Present(Intent, Hold),
}

/// Who holds the user's lease.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Hold {
    Nobody,
    Mine,
    Theirs,
}

/// What the engine says of the user's current container, or of what stands in its place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ContainerFact {
    Unknown,
    /// It isn't under its name, and may be under another, or is by a list that may be behind.
    Unsure,
    /// There is none, and somebody else's has its name.
    Foreign,
    /// There is none, and an old one of the user's is in its place.
    Surplus,
    Absent,
    /// Created or exited.
    Idle,
    Running,
    Paused,
    Restarting,
    Removing,
    Dead,
    /// In a state this release doesn't know.
    Odd,
}

impl ContainerFact {
    /// It has a process, or may have one.
    pub(crate) fn is_live(self) -> bool {
        match self {
            Self::Running | Self::Paused | Self::Restarting | Self::Odd => true,
            Self::Unknown
            | Self::Unsure
            | Self::Foreign
            | Self::Surplus
            | Self::Absent
            | Self::Idle
            | Self::Removing
            | Self::Dead => false,
        }
    }
}

/// Whether the engine that answers is the one that the store knows under the configured name.
/// Nothing that an engine tells is believed, and nothing is begun on it, before that is proven.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum IdentityFact {
    /// Nobody has asked, or it may have changed since.
    Unproven,
    Proven,
    /// It is another one.
    Another,
    /// It didn't tell.
    Failed,
}

/// Whether a new container can be made: engine known, network and image there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum PrerequisitesFact {
    Pending,
    Ready,
    Failed,
}

/// What is known of the user's volume.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum VolumeFact {
    Unknown,
    Absent,
    Ours,
    /// When it was to be made, the engine told of one without labels. Docker does so after a restart,
    /// whatever labels there are, until somebody looks at it.
    Doubted,
    /// Nobody's labels are on it.
    Unlabelled,
    /// Another installation's, or another user's.
    Foreign,
}

project!(
    enum VolumeFact {
        Unknown,
        Absent,
        Ours,
        Doubted,
        Unlabelled,
        Foreign,
    }
);

impl VolumeFact {
    /// It is to be looked at before anything is decided about it.
    pub(crate) fn is_unseen(self) -> bool {
        matches!(self, Self::Unknown | Self::Doubted)
    }

    pub(crate) fn of(
        labels: Labelled<(InstallationId, UserId)>,
        installation: Option<InstallationId>,
        user: &UserId,
        adopted: bool,
    ) -> Self {
        match labels {
            Labelled::As((whose, owner)) if Some(whose) == installation && owner == *user => {
                Self::Ours
            }
            Labelled::Not if adopted => Self::Ours,
            Labelled::Not => Self::Unlabelled,
            // What bears labels that can't be read is somebody's, whatever a record says.
            Labelled::As(_) | Labelled::Unreadable => Self::Foreign,
        }
    }
}

/// How far what was found under the user's names was examined.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ExaminedFact {
    No,
    /// The container was, and not all of the volumes that it mounts.
    Container,
    Whole,
}

/// Whether a running container is ready.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ReadyFact {
    Yes,
    /// A probe is to tell.
    Probe,
    /// Not yet.
    No,
    /// It is to be ready once its health check passes, and has none.
    Never,
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

/// All that a decision hangs on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Facts {
    pub goal: Option<Goal>,
    pub verdict: VerdictFact,
    pub identity: IdentityFact,
    pub record: RecordFact,
    /// Unknown, too, for as long as the engine isn't proven.
    pub container: ContainerFact,
    /// The current container can't serve, or was made from an older configuration.
    pub condemned: bool,
    /// The current container isn't attached to the network it was made for, so nobody reaches it.
    pub cut_off: bool,
    /// The current container carries another token than the record says.
    pub other_token: bool,
    /// Once it is stopped, the current container is to be replaced by a new one.
    pub replace: bool,
    /// The container was started in this run.
    pub renewed: bool,
    /// There is another container of the user's beside the current one.
    pub surplus: bool,
    /// A purge has begun.
    pub purging: bool,
    /// Another user's record names the user's volume, too.
    pub shares_volume: bool,
    /// The record bears a lease that has run out.
    pub stale_lease: bool,
    /// A change is under way, of the record or on the engine, and nobody knows yet what comes of
    /// it.
    pub underway: bool,
    /// Something in the record is to be changed that concerns no container.
    pub amendment: bool,
    /// The user's token was replaced in this run.
    pub rotated: bool,
    /// The container was live when the user's token was replaced.
    pub restart_after: bool,
    /// The user turned out not to be idle.
    pub still_active: bool,
    pub examined: ExaminedFact,
    /// The record claims a port.
    pub port: bool,
    /// The claimed port was found taken by somebody else.
    pub port_bad: bool,
    /// No port was free to claim.
    pub no_free_port: bool,
    pub prerequisites: PrerequisitesFact,
    /// It is this user's turn in the start queue.
    pub turn: bool,
    pub volume: VolumeFact,
    pub ready: ReadyFact,
    /// The user's activity was acknowledged by the store within the slack.
    pub active: bool,
    /// The container was started in this run, and has exited.
    pub crashed: bool,
    /// The container ended in an error soon after it had been answered as running.
    pub flapped: bool,
    /// Its last lines were read.
    pub exit_log_read: bool,
    /// Earlier starts failed, and the next isn't due.
    pub backing_off: bool,
}

impl Facts {
    pub(crate) fn hold(&self) -> Hold {
        match self.record {
            RecordFact::Present(_, hold) => hold,
            RecordFact::Unknown | RecordFact::Unreadable | RecordFact::Absent => Hold::Nobody,
        }
    }

    pub(crate) fn intent(&self) -> Option<Intent> {
        match self.record {
            RecordFact::Present(intent, _) => Some(intent),
            RecordFact::Unknown | RecordFact::Unreadable | RecordFact::Absent => None,
        }
    }

    /// We hold the lease, for this.
    pub(crate) fn holding(&self, intent: Intent) -> bool {
        self.record == RecordFact::Present(intent, Hold::Mine)
    }

    /// The container is to run.
    pub(crate) fn serving(&self) -> bool {
        let ready = self.goal != Some(Goal::Rotated) || (self.rotated && self.restart_after);
        self.goal.is_some_and(Goal::runs) && ready
    }

    /// It runs, and is to be stopped for the sake of a new one.
    pub(crate) fn awaits_replacement(&self) -> bool {
        let wanted = (self.goal == Some(Goal::Fresh) && !self.renewed)
            || (self.goal == Some(Goal::Rotated) && !self.rotated);
        wanted && self.replace && self.container.is_live()
    }

    /// Getting it running takes a new container.
    pub(crate) fn needs_container(&self) -> bool {
        match self.container {
            ContainerFact::Surplus | ContainerFact::Absent | ContainerFact::Dead => true,
            ContainerFact::Idle => self.condemned,
            ContainerFact::Unknown
            | ContainerFact::Unsure
            | ContainerFact::Foreign
            | ContainerFact::Running
            | ContainerFact::Paused
            | ContainerFact::Restarting
            | ContainerFact::Removing
            | ContainerFact::Odd => false,
        }
    }
}
