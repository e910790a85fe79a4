//! What truly happens in a world, as one stream, for whoever keeps account of it.
//!
//! An [`Observer`] is told of each [`Occurrence`] right after it happened, with a [`Sight`] of the
//! world as it is by then. It changes nothing, and knows nothing of how a controller decides.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::{Effect, EngineEffect, StoreEffect};
use portreeve_core::outcome::{EngineOutcome, Outcome, StoreOutcome};
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

/// Something that happened. Controllers are counted from 0.
#[derive(Clone, Copy, Debug)]
pub enum Occurrence<'a> {
    /// A host asked a controller for something.
    Asked {
        /// Which controller.
        controller: usize,
        /// What for.
        command: &'a Command,
    },
    /// A controller answered.
    Answered {
        /// Which controller.
        controller: usize,
        /// What it was asked for.
        command: &'a Command,
        /// When.
        asked_at: Instant,
        /// What it answered.
        reply: &'a Reply,
    },
    /// A controller hands an effect to its driver.
    Sent {
        /// Which controller.
        controller: usize,
        /// The effect.
        effect: &'a Effect,
    },
    /// A statement took hold in the store, or was refused there.
    Stored {
        /// Whose statement it was.
        controller: usize,
        /// What was asked of the store.
        effect: &'a StoreEffect,
        /// What came of it, whatever its controller is told.
        outcome: &'a StoreOutcome,
    },
    /// A request reached the engine, which did it and answers at once.
    CarriedOut {
        /// What was asked of the engine.
        effect: &'a EngineEffect,
        /// Its process had stood still between the last look at the clock and the sending.
        late: bool,
        /// What came of it, whatever its controller is told.
        outcome: &'a EngineOutcome,
    },
    /// A request took hold on the engine, which will answer later.
    TakenIn {
        /// What was asked of the engine.
        effect: &'a EngineEffect,
    },
    /// A request reached another engine, which answers at the installation's address, and was carried out there.
    CarriedOutElsewhere {
        /// What was asked of it.
        effect: &'a EngineEffect,
    },
    /// Something happened on the engine, by itself or since somebody asked for it.
    Engine(&'a Event),
    /// The engine is back. If it was killed, it tells no event of what ended with it.
    EngineBack,
    /// A controller is told what came of an effect.
    Heard {
        /// Which effect.
        effect: &'a Effect,
        /// What it is told.
        outcome: &'a Outcome,
    },
    /// The store's clock was set.
    StoreClockSet {
        /// By how much forward; by nothing if it was set back.
        forward: Duration,
    },
    /// A replica of the store has taken over, and what was written last is lost: the store is what it was before.
    StoreFailedOver,
    /// The clock of a controller's machine, by which it tells the time, has jumped forward.
    HostClockForward(usize),
    /// A controller stands still.
    Frozen {
        /// Which controller.
        controller: usize,
        /// Until then, as far as is known.
        until: Instant,
    },
    /// A controller is being closed.
    Closing(usize),
    /// A controller's process has ended, with all that it was asked for.
    Gone(usize),
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
