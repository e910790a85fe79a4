//! One effect at a time in each direction: to the engine, and to the store.

use crate::id::EffectId;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::time::Instant;

/// What is under way in one direction.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Slot {
    Free,
    Sent {
        id: EffectId,
        /// It may change what is known: of a record, more than how long its lease is held.
        changes: bool,
    },
    /// The last one brought nothing: the next isn't sent before.
    WaitUntil(Instant),
}

#[cfg(feature = "model-checking")]
impl Project for Slot {
    fn project(&self, out: &mut Projection) {
        match self {
            Self::Sent { id, changes } => {
                out.word(1);
                id.project(out);
                changes.project(out);
            }
            // A wait that is over is none.
            Self::Free => {
                out.word(0);
                out.due(Instant::ORIGIN);
            }
            Self::WaitUntil(at) => {
                out.word(0);
                out.due(*at);
            }
        }
    }
}

impl Slot {
    /// Takes the slot for an effect that was sent.
    pub(crate) fn send(&mut self, id: EffectId, changes: bool) {
        *self = Self::Sent { id, changes };
    }

    /// What was under way has come to its end; false if it was something else that has.
    pub(crate) fn complete(&mut self, completed: EffectId) -> bool {
        let is_it = matches!(self, Self::Sent { id, .. } if *id == completed);
        if is_it {
            *self = Self::Free;
        }
        is_it
    }

    /// Whether something may be sent now.
    pub(crate) fn is_free(&self, now: Instant) -> bool {
        match self {
            Self::Free => true,
            Self::Sent { .. } => false,
            Self::WaitUntil(at) => *at <= now,
        }
    }

    /// Whether something is under way.
    pub(crate) fn is_taken(&self) -> bool {
        matches!(self, Self::Sent { .. })
    }

    /// Whether what is under way may change what is known.
    pub(crate) fn changes(&self) -> bool {
        matches!(self, Self::Sent { changes: true, .. })
    }

    /// Sends nothing before then, once what is under way has come to its end.
    pub(crate) fn wait_until(&mut self, at: Instant) {
        *self = Self::WaitUntil(at);
    }

    /// Waits no longer.
    pub(crate) fn hurry(&mut self) {
        if let Self::WaitUntil(_) = self {
            *self = Self::Free;
        }
    }

    /// When the wait is over.
    pub(crate) fn waits_until(&self) -> Option<Instant> {
        match self {
            Self::WaitUntil(at) => Some(*at),
            Self::Free | Self::Sent { .. } => None,
        }
    }
}
