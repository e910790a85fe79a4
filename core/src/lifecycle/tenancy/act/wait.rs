//! Waiting for something that changes by itself: what was seen is doubted after a while.

use core::time::Duration;

use crate::lifecycle::context::Context;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::observed::Observed;

impl Tenancy {
    /// Doubts what was seen after a while: 100 ms, doubling up to 1 s, jittered. What a list left untold
    /// is looked at now: waiting makes it no better known.
    pub(crate) fn look_later(&mut self, cx: &mut Context) {
        if self.current(cx).is_some_and(Observed::is_health_untold) {
            self.engine.forget();
            return cx.look_again(&self.user);
        }
        let wait = self.count_look();
        let at = cx.now.after(cx.entropy.jittered(wait));
        if self.engine.until().is_none() {
            self.engine.doubt_from(at);
        }
    }

    /// The lease is another controller's: looks again after a while, and at its end.
    pub(crate) fn await_lease(&mut self, cx: &mut Context) {
        if self.store.until().is_some() {
            return;
        }
        let remaining = self
            .record(cx.now)
            .and_then(|record| record.lease)
            .map_or(Duration::ZERO, |lease| lease.remaining);
        let wait = self.count_look();
        let at = cx.now.after(cx.entropy.jittered(wait).min(remaining));
        self.note("another controller holds the user's lease");
        self.store.doubt_from(at);
        // Whatever is taken over, is taken over after a fresh look.
        self.engine.doubt_from(cx.now.after(remaining));
    }

    fn count_look(&mut self) -> Duration {
        let looks = match &mut self.run {
            Some(run) => {
                run.looks += 1;
                run.looks
            }
            None => 1,
        };
        Duration::from_millis((50 << looks.min(5)).min(1000))
    }
}
