//! When a user is to be looked at again by itself.

use super::state::{Stay, Tenancy};
use crate::lifecycle::context::Context;
use crate::record::Intent;
use crate::settings::Timing;
use crate::time::Instant;

impl Tenancy {
    /// Notes when the user is to be looked at again, and forgets what needn't be kept. False if
    /// nothing is left that is worth keeping.
    pub(crate) fn set_wake(&mut self, cx: &mut Context) -> bool {
        if let Some(wake) = self.wake.take() {
            cx.wakes.remove(&(wake, self.user.clone()));
        }
        if self.is_quiet() {
            cx.active.remove(&self.user);
            if self.currency.since.is_none() {
                self.engine.forget();
            }
            let is_kept = self.record(cx.now).is_some_and(|record| {
                // Who runs is asked for again, and they are as many as run.
                self.stay == Stay::Lasting || record.body.intent != Intent::Stopped
            });
            return is_kept || self.remembers_effort(cx);
        }
        if !cx.active.contains(&self.user) {
            cx.active.insert(self.user.clone());
        }
        let wakes = self.wakes(&cx.settings.timing);
        let wakes = wakes.chain(self.served_without_store(cx));
        if let Some(at) = wakes.filter(|at| *at > cx.now).min() {
            self.wake = Some(at);
            cx.wakes.insert((at, self.user.clone()));
        }
        true
    }

    /// Whether the engine was asked for something for the user within the last minute, which whoever
    /// comes next is to know. The user is looked at again when that is over.
    fn remembers_effort(&mut self, cx: &mut Context) -> bool {
        let Some(at) = self.effort.ends().filter(|at| cx.now < *at) else {
            return false;
        };
        self.wake = Some(at);
        cx.wakes.insert((at, self.user.clone()));
        true
    }

    /// All times at which something may change by itself.
    fn wakes(&self, timing: &Timing) -> impl Iterator<Item = Instant> {
        let (patience, answer) = (timing.patience, timing.answer);
        let touches = self.touches.iter();
        let run = self.run.as_ref();
        let lease = self.lease.as_ref();
        let verdict = run.and_then(|run| run.verdict.as_ref());
        let engine = run.and_then(|run| run.engine_unreachable.as_ref());
        let store = run.and_then(|run| run.store_unreachable.as_ref());
        [
            run.map(|run| run.deadline),
            verdict.map(|(_, answer_by)| *answer_by),
            engine.map(|unreachable| unreachable.until(patience)),
            store.map(|unreachable| unreachable.until(patience)),
            lease.map(|lease| lease.renew_at),
            lease.map(|lease| lease.until.before(timing.margin)),
            self.store.until(),
            self.engine.until(),
            self.store_slot.waits_until(),
            self.engine_slot.waits_until(),
            touches.map(|touch| touch.deadline(answer)).min(),
            self.amendment.as_ref().map(|amendment| amendment.deadline),
        ]
        .into_iter()
        .flatten()
    }

    /// When those who wait for nothing but the store are served without.
    fn served_without_store(&self, cx: &Context) -> Option<Instant> {
        let run = self.run.as_ref();
        let unacknowledged = run.and_then(|run| run.unacknowledged_since);
        let touched = self.touches.iter().map(|touch| touch.asked).min();
        let since = unacknowledged.into_iter().chain(touched).min()?;
        self.served_without_store_at(cx, since)
    }
}
