//! What a container needs before it can be made: the right engine, prerequisites, a volume.

use crate::id::InstallationId;
use crate::label::Labelled;
use crate::projection::project;
use crate::user::UserId;

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
