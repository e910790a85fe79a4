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
    /// Its process stood still in the midst of sending it.
    pub held_up: bool,
    /// It takes hold, or took hold, and not twice.
    pub arrived: bool,
    /// Its controller was told, or is to be told nothing.
    pub answered: bool,
    /// What its controller is about to be told.
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
