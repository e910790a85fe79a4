//! What is known of the world outside, and for how long.

use alloc::vec::Vec;

use crate::id::ContainerId;
use crate::observed::{ContainerState, Observed};
use crate::projection::project;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::time::Instant;

/// Something outside, as far as it is known.
#[derive(Clone, Debug)]
pub(crate) enum View<T> {
    Unknown,
    Known { what: T, until: Option<Instant> },
}

#[cfg(feature = "model-checking")]
impl<T: Project> Project for View<T> {
    fn project(&self, out: &mut Projection) {
        match self {
            Self::Unknown => out.word(0),
            Self::Known { what, until } => {
                out.word(1);
                what.project(out);
                until.project(out);
            }
        }
    }
}

impl<T> View<T> {
    pub(crate) fn of(what: T) -> Self {
        Self::Known { what, until: None }
    }

    pub(crate) fn get(&self, now: Instant) -> Option<&T> {
        match self {
            Self::Known { what, until } if until.is_none_or(|until| now < until) => Some(what),
            Self::Known { .. } | Self::Unknown => None,
        }
    }

    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Known { what, .. } => Some(what),
            Self::Unknown => None,
        }
    }

    pub(crate) fn forget(&mut self) {
        *self = Self::Unknown;
    }

    /// Lets what is known be doubted from `at` on.
    pub(crate) fn doubt_from(&mut self, at: Instant) {
        if let Self::Known { until, .. } = self {
            *until = Some(until.map_or(at, |until| until.min(at)));
        }
    }

    /// When it will be doubted.
    pub(crate) fn until(&self) -> Option<Instant> {
        match self {
            Self::Known { until, .. } => *until,
            Self::Unknown => None,
        }
    }
}

/// What was seen of a user's containers on the engine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Whatever bears the user's container name, and whatever bears the user's label.
    pub containers: Vec<Observed>,
    /// Those that only a list has told of. Lists may be behind.
    pub hearsay: Vec<ContainerId>,
    /// Whether it was looked for by the user's label, so that there can't be another.
    pub complete: bool,
    /// Whether one that was adopted, and bears no label, was looked for by its id.
    pub by_id: bool,
    /// When it was asked for: what happened before that is seen.
    pub asked: Instant,
}

project!(struct Seen { containers, hearsay, complete, by_id, asked });

impl Seen {
    /// All of a user's containers, as a list told that was asked for then.
    pub(crate) fn listed(containers: &[&Observed], asked: Instant) -> Self {
        Self {
            containers: containers.iter().copied().cloned().collect(),
            hearsay: Vec::new(),
            complete: true,
            by_id: true,
            asked,
        }
    }

    /// All of a user's containers, as a list told from before records were read.
    pub(crate) fn listed_before(containers: &[&Observed]) -> Self {
        Self::listed(containers, Instant::ORIGIN)
    }

    /// Takes in a fresh observation.
    pub(crate) fn note(&mut self, observed: Observed) {
        self.drop_container(&observed.id);
        self.containers.push(observed);
    }

    /// Takes in what a list tells, unless an inspection has told more.
    pub(crate) fn hear(&mut self, observed: Observed) {
        if !self.containers.iter().any(|known| known.id == observed.id) {
            self.hearsay.push(observed.id.clone());
            self.containers.push(observed);
        }
    }

    /// The container is gone.
    pub(crate) fn drop_container(&mut self, id: &ContainerId) {
        self.containers.retain(|known| known.id != *id);
        self.hearsay.retain(|heard| heard != id);
    }

    pub(crate) fn set_state(&mut self, id: &ContainerId, state: ContainerState) {
        self.hearsay.retain(|heard| heard != id);
        if let Some(known) = self.containers.iter_mut().find(|known| known.id == *id) {
            known.state = state;
        }
    }
}
