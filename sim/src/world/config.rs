//! What a world is made of.

use portreeve_core::settings::Settings;

use crate::engine::{Habits, Image};
use crate::faults::Faults;
use crate::sabotage::Sabotage;

/// What a world is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// Decides all that chance decides.
    pub seed: u64,
    /// How each controller is to behave; there are as many as settings.
    pub controllers: Vec<Settings>,
    /// What goes wrong with effects. What is done to the world is asked for with
    /// [`World::disturb`](super::World::disturb).
    pub faults: Faults,
    /// What the containers do. The engine has it, and so has the registry.
    pub image: Image,
    /// What the engine is like.
    pub habits: Habits,
    /// What is wrong on purpose.
    pub sabotage: Option<Sabotage>,
    /// Whether all that happens is noted down in words.
    pub traced: bool,
}
