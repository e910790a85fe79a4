//! An effect in flight.

use portreeve_core::effect::{Effect, EngineEffect, IssuedEffect};
use portreeve_core::outcome::Outcome;

use super::fate::Fate;

/// An effect that was handed to a driver and isn't answered yet.
#[derive(Debug)]
pub(super) struct InFlight {
    pub controller: usize,
    pub incarnation: u32,
    pub issued: IssuedEffect,
    pub fate: Fate,
    /// Its process came to stand still between the last look at the clock and the sending.
    pub held_up: bool,
    /// It has arrived, and takes hold no second time.
    pub arrived: bool,
    /// Its controller has an outcome, or waits for none any more.
    pub answered: bool,
    /// The outcome on its way to the controller.
    pub outcome: Option<Outcome>,
}

impl InFlight {
    /// Whether it opens a stream of events, which is open until it breaks off.
    pub(super) fn is_watch(&self) -> bool {
        matches!(
            self.issued.effect,
            Effect::Engine(EngineEffect::Watch { .. })
        )
    }
}
