//! Clocks that are set, or jump.

use std::time::Duration;

use super::controller::Delivery;
use super::state::World;
use crate::occurrence::Occurrence;

/// What lies further ahead than that counts as over; so what was written before a step back by as much
/// as this holds nobody up after it, and after a shorter one for as long as the step was.
const FAR: Duration = Duration::from_secs(2 * 24 * 60 * 60);

impl World {
    pub(super) fn set_store_clock_forward(&mut self, by: Duration) {
        self.store.set_forward(by);
        self.occurred(Occurrence::StoreClockSet { forward: by });
    }

    pub(super) fn set_store_clock_back(&mut self, by: Duration) {
        self.store.set_back(by);
        if by < FAR {
            self.store_set_back += by;
        }
        let forward = Duration::ZERO;
        self.occurred(Occurrence::StoreClockSet { forward });
    }

    /// For how much longer than it was to last something may last in the store, since its clock was set back.
    pub fn store_lags(&self) -> Duration {
        self.store_set_back
    }

    /// The clock by which a controller's process tells the time jumps: whatever is due by then is due now.
    pub(super) fn set_host_clock_forward(&mut self, which: usize, by: Duration) {
        let controller = &mut self.controllers[which];
        controller.began = controller.began.after(by);
        let is_up = controller.is_up();
        self.occurred(Occurrence::HostClockForward(which));
        if is_up {
            self.reach(which, Delivery::Time);
        }
    }
}
