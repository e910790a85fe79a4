//! What the decision table looks at: knowledge, boiled down to a few small enums. What can't be
//! together can't be written.

mod container;
mod engine;
mod record;
mod run;

pub(crate) use container::{ContainerFact, ExitLogFact, FitFact, ReadyFact, StartFact};
pub(crate) use engine::{IdentityFact, PrerequisitesFact, VolumeFact};
pub(crate) use record::{Hold, PortFact, PurgeFact, RecordFact};
pub(crate) use run::{
    ActivityFact, ExaminedFact, GoalFact, IdleFact, RotationFact, TurnFact, VerdictFact,
};

use super::goal::Goal;
use crate::record::Intent;

/// All that a decision hangs on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Facts {
    pub goal: GoalFact,
    pub verdict: VerdictFact,
    pub identity: IdentityFact,
    pub record: RecordFact,
    /// Unknown, too, for as long as the engine isn't proven.
    pub container: ContainerFact,
    pub fit: FitFact,
    pub start: StartFact,
    /// There is another container of the user's beside the current one.
    pub surplus: bool,
    pub purge: PurgeFact,
    /// A change is under way, of the record or on the engine, and nobody knows yet what comes of
    /// it.
    pub underway: bool,
    /// Something in the record is to be changed that concerns no container.
    pub amendment: bool,
    pub port: PortFact,
    pub prerequisites: PrerequisitesFact,
    pub turn: TurnFact,
    pub volume: VolumeFact,
    pub ready: ReadyFact,
    pub activity: ActivityFact,
}

impl Facts {
    pub(crate) fn goal(&self) -> Option<Goal> {
        self.goal.goal()
    }

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

    /// A purge has begun.
    pub(crate) fn is_purging(&self) -> bool {
        self.purge != PurgeFact::No
    }

    /// The record claims a port.
    pub(crate) fn has_port(&self) -> bool {
        matches!(
            self.port,
            PortFact::Claimed | PortFact::Taken | PortFact::Needless
        )
    }

    /// The container is to run.
    pub(crate) fn is_serving(&self) -> bool {
        match self.goal {
            GoalFact::Running | GoalFact::Fresh | GoalFact::Rotated(RotationFact::Restarts) => true,
            GoalFact::None
            | GoalFact::Rotated(RotationFact::Pending | RotationFact::Done)
            | GoalFact::Stopped
            | GoalFact::Reaped(_)
            | GoalFact::Evicted
            | GoalFact::Absent
            | GoalFact::Adopted(_)
            | GoalFact::Repaired => false,
        }
    }

    /// It runs, and is to be stopped for the sake of a new one.
    pub(crate) fn awaits_replacement(&self) -> bool {
        let wanted = match self.goal {
            GoalFact::Fresh => !self.start.is_renewed() && self.fit.is_outdated(),
            GoalFact::Rotated(rotation) => rotation == RotationFact::Pending,
            _ => false,
        };
        wanted && self.container.is_live()
    }

    /// Getting it running takes a new container.
    pub(crate) fn needs_container(&self) -> bool {
        match self.container {
            ContainerFact::Surplus | ContainerFact::Absent | ContainerFact::Broken => true,
            ContainerFact::Idle => self.fit != FitFact::Fit,
            ContainerFact::Unknown
            | ContainerFact::Unsure
            | ContainerFact::Foreign
            | ContainerFact::Running
            | ContainerFact::Paused
            | ContainerFact::Starting
            | ContainerFact::Removing
            | ContainerFact::Odd => false,
        }
    }
}
