//! The user's activity: acknowledged by the store, or waited for.

use core::time::Duration;

use super::state::Tenancy;
use crate::command::Reply;
use crate::error::Error;
use crate::id::RequestId;
use crate::lifecycle::context::Context;
use crate::outcome::Touch;
use crate::record::Row;
use crate::time::Instant;

impl Tenancy {
    /// The user was active. Answered from memory within the slack of the last acknowledged flush;
    /// the reaper waits that much longer, so no touch that was answered is overlooked.
    pub(crate) fn touch(&mut self, cx: &mut Context, request: RequestId) {
        if self.active_within(cx.settings.timing.slack, cx.now) {
            cx.reply(request, Reply::Touched(true));
            return;
        }
        let deadline = cx.now.after(cx.settings.timing.answer);
        self.touches.push((request, deadline));
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

    /// Takes in what the store says of a flush.
    pub(crate) fn learn_touch(&mut self, cx: &mut Context, touch: Touch, sent: Instant) {
        let reply = match touch {
            Touch::Absent => {
                self.acknowledged = None;
                if self.record(cx.now).is_some() {
                    self.forget();
                }
                Reply::Touched(false)
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
                Reply::Touched(true)
            }
        };
        self.answer_touches(cx, &reply);
    }

    /// Answers all who wait for the user's activity to be acknowledged.
    pub(crate) fn answer_touches(&mut self, cx: &mut Context, reply: &Reply) {
        for (request, _) in core::mem::take(&mut self.touches) {
            cx.reply(request, reply.clone());
        }
        cx.look_again(&self.user);
    }

    /// Answers those whose touch has waited long enough.
    pub(crate) fn expire_touches(&mut self, cx: &mut Context) {
        if self.touches.is_empty() {
            return;
        }
        let now = cx.now;
        let failed = Reply::Failed(Error::StoreUnreachable(
            "the activity was not acknowledged in time".into(),
        ));
        self.touches.retain(|(request, deadline)| {
            let over = *deadline <= now;
            if over {
                cx.reply(*request, failed.clone());
            }
            !over
        });
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
