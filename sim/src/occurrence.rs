//! What truly happens in a world, as one stream, for whoever keeps account of it.
//!
//! An [`Observer`] is told of each [`Occurrence`] right after it happened, with a [`Sight`] of the
//! world as it is by then. It changes nothing, and knows nothing of how a controller decides.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use portreeve_core::effect::StoreEffect;
use portreeve_core::outcome::{Outcome, StoreOutcome};
use portreeve_core::time::Instant;

use crate::engine::{Engine, Event};
use crate::store::Store;

/// The world, to look at.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// What time it is.
    pub now: Instant,
    /// The engine.
    pub engine: &'a Engine,
    /// The store.
    pub store: &'a Store,
}

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub enum Occurrence<'a> {
    /// A statement took hold in the store, or was refused there.
    Stored {
        /// What was asked of the store.
        effect: &'a StoreEffect,
        /// What came of it, whatever its controller is told.
        outcome: &'a StoreOutcome,
    },
    /// Something happened on the engine, by itself or since somebody asked for it.
    Engine(&'a Event),
    /// The engine is back. If it was killed, it tells no event of what ended with it.
    EngineBack,
    /// A controller is told what came of an effect.
    Heard(&'a Outcome),
}

/// Keeps account of what happens in a world.
pub trait Observer: Debug + Send {
    /// Something has happened.
    fn observe(&mut self, sight: Sight<'_>, occurrence: Occurrence<'_>);
}

/// An observer that its owner reads while the world goes on.
impl<O: Observer> Observer for Arc<Mutex<O>> {
    fn observe(&mut self, sight: Sight<'_>, occurrence: Occurrence<'_>) {
        let mut observer = self.lock().unwrap_or_else(PoisonError::into_inner);
        observer.observe(sight, occurrence);
    }
}

/// All observers of a world.
#[derive(Default, Debug)]
pub(crate) struct Observers(Vec<Box<dyn Observer>>);

impl Observers {
    pub(crate) fn add(&mut self, observer: Box<dyn Observer>) {
        self.0.push(observer);
    }

    pub(crate) fn observe(&mut self, sight: Sight<'_>, occurrence: Occurrence<'_>) {
        for observer in &mut self.0 {
            observer.observe(sight, occurrence);
        }
    }
}
