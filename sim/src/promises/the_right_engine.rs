//! Promise 11: nothing is changed on an engine that isn't the one that is meant. What would be
//! concluded from another one breaks other promises.

use portreeve_core::effect::EngineEffect;

use super::verdict::Verdict;

/// Its name.
pub const PROMISE: &str = "The right engine";

/// An effect has reached another engine.
pub(super) fn only_looks(effect: &EngineEffect) -> Verdict {
    if effect.only_looks() {
        return Ok(());
    }
    Err(format!("another engine was asked for {effect:?}"))
}
