//! What a run aims at, with how far it is in what only that aim knows.

use core::time::Duration;

use super::examined::Examined;
use crate::id::{EffectId, RecordId};
use crate::lifecycle::decision::goal::Goal;
use crate::projection::project;

/// The goal of a run, and what has come of it so far.
#[derive(Clone, Debug)]
pub(crate) enum Aim {
    Run,
    Renew,
    Rotate(Rotation),
    Stop,
    Reap {
        /// The user turned out not to be idle.
        still_active: bool,
    },
    Evict {
        /// How long the container has been stopped, as told with the record.
        stopped_for: Duration,
    },
    Purge(Purge),
    Adopt {
        /// What has the user's container name, as far as it was looked at.
        examined: Option<Examined>,
        /// It was written down that it is the user's.
        written: bool,
    },
    Repair,
}

project!(enum Aim {
    Run, Renew, Rotate(rotation), Stop, Reap { still_active }, Evict { stopped_for }, Purge(purge),
    Adopt { examined, written }, Repair,
});

/// How far the replacement of a token is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rotation {
    Pending,
    /// This write replaces it, if it takes hold.
    Writing(EffectId),
    Done {
        /// The container was live then, and is to run again.
        restart: bool,
    },
}

project!(enum Rotation { Pending, Writing(write), Done { restart } });

impl Rotation {
    pub(crate) fn is_written_by(self, write: EffectId) -> bool {
        matches!(self, Self::Writing(by) if by == write)
    }
}

/// How far a purge is.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Purge {
    /// The record that is to be purged: the one that was there when it was asked for.
    pub record: Option<RecordId>,
    /// There was a record to purge.
    pub met: bool,
}

project!(struct Purge { record, met });

impl Purge {
    /// Notes which record is to be purged, unless that is known.
    pub(crate) fn meet(&mut self, record: RecordId) {
        self.record.get_or_insert(record);
        self.met = true;
    }
}

impl Aim {
    pub(crate) fn of(goal: Goal) -> Self {
        match goal {
            Goal::Running => Self::Run,
            Goal::Fresh => Self::Renew,
            Goal::Rotated => Self::Rotate(Rotation::Pending),
            Goal::Stopped => Self::Stop,
            Goal::Reaped => Self::Reap {
                still_active: false,
            },
            Goal::Evicted => Self::Evict {
                stopped_for: Duration::ZERO,
            },
            Goal::Absent => Self::Purge(Purge::default()),
            Goal::Adopted => Self::Adopt {
                examined: None,
                written: false,
            },
            Goal::Repaired => Self::Repair,
        }
    }

    pub(crate) fn goal(&self) -> Goal {
        match self {
            Self::Run => Goal::Running,
            Self::Renew => Goal::Fresh,
            Self::Rotate(_) => Goal::Rotated,
            Self::Stop => Goal::Stopped,
            Self::Reap { .. } => Goal::Reaped,
            Self::Evict { .. } => Goal::Evicted,
            Self::Purge(_) => Goal::Absent,
            Self::Adopt { .. } => Goal::Adopted,
            Self::Repair => Goal::Repaired,
        }
    }

    /// The purge, if it is one.
    pub(crate) fn purge(&mut self) -> Option<&mut Purge> {
        match self {
            Self::Purge(purge) => Some(purge),
            _ => None,
        }
    }

    /// What was looked at of a container that is to be adopted.
    pub(crate) fn examined(&self) -> Option<&Examined> {
        match self {
            Self::Adopt { examined, .. } => examined.as_ref(),
            _ => None,
        }
    }

    /// How long a container that gives way has been stopped.
    pub(crate) fn stopped_for(&self) -> Duration {
        match self {
            Self::Evict { stopped_for } => *stopped_for,
            _ => Duration::ZERO,
        }
    }

    /// Whether the token was replaced of a container that is to run again.
    pub(crate) fn restarts(&self) -> bool {
        matches!(self, Self::Rotate(Rotation::Done { restart: true }))
    }
}
