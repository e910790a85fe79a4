//! A stream of the engine's events to one controller.

use portreeve_core::id::EffectId;
use portreeve_core::time::Instant;

/// Who follows the engine's events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Subscription {
    pub controller: usize,
    pub incarnation: u32,
    pub effect: EffectId,
    /// When the last event that is on its way will be delivered: they don't overtake one another.
    pub delivered_until: Instant,
}

impl Subscription {
    pub(super) fn is(&self, other: &Self) -> bool {
        (self.controller, self.incarnation, self.effect)
            == (other.controller, other.incarnation, other.effect)
    }
}
