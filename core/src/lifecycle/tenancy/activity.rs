//! The user's activity: acknowledged by the store, waited for, or pending.

use alloc::vec::Vec;
use core::time::Duration;

use super::state::Tenancy;
use super::waiting_touch::WaitingTouch;
use crate::command::{Reply, Touched};
use crate::error::Error;
use crate::id::RequestId;
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::ContainerFact;
use crate::outcome::Touch;
use crate::record::{Intent, Row};
use crate::settings::StoreAway;
use crate::time::Instant;

/// So long a store may take to acknowledge an activity before it counts as one that doesn't answer. Whoever
/// waits is served within 250 ms then, and has 100 ms left for the way.
const UNANSWERED: Duration = Duration::from_millis(150);

const ACKNOWLEDGED: Reply = Reply::Touched(Touched {
    known: true,
    pending: false,
});

const PENDING: Reply = Reply::Touched(Touched {
    known: true,
    pending: true,
});

const UNKNOWN: Reply = Reply::Touched(Touched {
    known: false,
    pending: false,
});

impl Tenancy {
    /// The user was active. Answered from memory within the slack of the last acknowledged flush;
    /// the reaper waits that much longer, so no touch that was answered is overlooked.
    pub(crate) fn touch(&mut self, cx: &mut Context, request: RequestId) {
        if self.active_within(cx.settings.timing.slack, cx.now) {
            cx.reply(request, ACKNOWLEDGED);
            return;
        }
        let asked = cx.now;
        self.touches.push(WaitingTouch { request, asked });
        self.want_flush(cx);
        cx.look_again(&self.user);
    }

    /// The user's record is to be loaded, unless it is being.
    pub(crate) fn want_load(&self, cx: &mut Context) {
        if !self.loading {
            cx.batches.loads.insert(self.user.clone());
        }
    }

    /// The user's activity is to be flushed, unless it is being.
    pub(crate) fn want_flush(&self, cx: &mut Context) {
        if !self.flushing {
            cx.batches.flushes.insert(self.user.clone());
        }
    }

    /// All is done but that the store has acknowledged the activity of those who wait.
    pub(crate) fn flush(&mut self, cx: &mut Context) {
        self.want_flush(cx);
        if let Some(run) = &mut self.run {
            run.unacknowledged_since.get_or_insert(cx.now);
        }
    }

    /// Takes in what the store says of a flush.
    pub(crate) fn learn_touch(&mut self, cx: &mut Context, touch: Touch, sent: Instant) {
        if let Some(run) = &mut self.run {
            // If it was sent too early for whoever came last, the next is waited for from now on.
            run.unacknowledged_since = None;
        }
        let reply = match touch {
            Touch::Absent => {
                self.acknowledged = None;
                if self.record(cx.now).is_some() {
                    self.forget();
                }
                cx.pending.acknowledge(&self.user, cx.now);
                UNKNOWN
            }
            Touch::Unreadable(why) => {
                self.acknowledged = None;
                self.store.forget();
                Reply::Failed(Error::RecordUnreadable(why))
            }
            Touch::Written(pulse) => {
                self.acknowledged = Some(sent);
                let known = self.store.get_mut();
                if let Some(Row::Found(record)) = known {
                    record.last_active = Some(pulse.last_active);
                    if record.version != pulse.version || record.body.intent != pulse.intent {
                        self.forget();
                    }
                } else if known.is_some() {
                    self.forget();
                }
                ACKNOWLEDGED
            }
        };
        self.answer_touches(cx, &reply);
    }

    /// Answers all who wait for the user's activity to be acknowledged.
    pub(crate) fn answer_touches(&mut self, cx: &mut Context, reply: &Reply) {
        for touch in core::mem::take(&mut self.touches) {
            cx.reply(touch.request, reply.clone());
        }
        cx.look_again(&self.user);
    }

    /// Answers those whose touch has waited long enough.
    pub(crate) fn expire_touches(&mut self, cx: &mut Context) {
        if self.touches.is_empty() {
            return;
        }
        let (now, answer) = (cx.now, cx.settings.timing.answer);
        let failed = Reply::Failed(Error::StoreUnreachable(
            "the activity was not acknowledged in time".into(),
        ));
        self.touches.retain(|touch| {
            let over = touch.deadline(answer) <= now;
            if over {
                cx.reply(touch.request, failed.clone());
            }
            !over
        });
    }

    /// Answers those whose touch the store doesn't acknowledge, if the user is served all the same.
    pub(crate) fn answer_pending_touches(&mut self, cx: &mut Context) {
        let (served, waiting): (Vec<_>, Vec<_>) = core::mem::take(&mut self.touches)
            .into_iter()
            .partition(|touch| self.is_served_without_store(cx, touch.asked));
        self.touches = waiting;
        if !served.is_empty() {
            self.note_pending(cx);
        }
        for touch in served {
            cx.reply(touch.request, PENDING);
        }
    }

    /// The user was served without the store's word: it is told as soon as it answers.
    pub(crate) fn note_pending(&self, cx: &mut Context) {
        cx.pending.note(&self.user, cx.now);
        self.want_flush(cx);
    }

    /// Whether who has waited for the store since then is served by now, though it doesn't answer.
    pub(crate) fn is_served_without_store(&self, cx: &Context, since: Instant) -> bool {
        self.served_without_store_at(cx, since)
            .is_some_and(|at| at <= cx.now)
    }

    /// When who has waited for the store since then is served, though it doesn't answer; `None` if that
    /// isn't to be.
    pub(crate) fn served_without_store_at(&self, cx: &Context, since: Instant) -> Option<Instant> {
        let StoreAway::Serve { at_most } = cx.settings.store_away else {
            return None;
        };
        let batches = &cx.batches;
        let over = |first: Instant| first.after(at_most) <= cx.now;
        if batches.unanswered_since.is_some_and(over) || !self.is_vouched_for(cx) {
            return None;
        }
        Some(match &batches.flush_unreachable {
            Some(_) => since,
            None => since.after(UNANSWERED),
        })
    }

    /// Whether it is known without a question to the store that the user's container runs: the record is
    /// known to say so, nobody is at work on it, and the engine's events vouch for the container.
    fn is_vouched_for(&self, cx: &Context) -> bool {
        let settled = self.record(cx.now).is_some_and(|record| {
            record.body.intent == Intent::Running && record.lease.is_none() && !record.body.purging
        });
        let at_work =
            self.lease.is_some() || self.store_slot.changes() || self.engine_slot.changes();
        settled
            && !at_work
            && self.is_kept_current(cx)
            && self.container(cx) == ContainerFact::Running
    }

    pub(crate) fn active_within(&self, slack: Duration, now: Instant) -> bool {
        self.acknowledged
            .is_some_and(|sent| now < sent.after(slack))
    }

    /// Whether the activity of those who wait for the run is acknowledged: within the slack, or since the
    /// last of them asked. A store may take longer than the slack, and the slack may be none.
    pub(crate) fn activity_is_acknowledged(&self, slack: Duration, now: Instant) -> bool {
        let asked = self.run.as_ref().map(|run| run.asked);
        let since = asked.is_some_and(|asked| self.acknowledged.is_some_and(|sent| sent >= asked));
        since || self.active_within(slack, now)
    }
}
