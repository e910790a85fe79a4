//! Sending what goes to the store for many users in one statement, and telling each what came of it.

use alloc::vec::Vec;

use super::tenancies::Tenancies;
use crate::command::Reply;
use crate::effect::{Effect, StoreEffect};
use crate::error::Error;
use crate::lifecycle::context::Context;
use crate::lifecycle::context::in_flight::Purpose;
use crate::lifecycle::retry::Unreachable;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::outcome::{StoreFailure, StoreOutcome};
use crate::time::Instant;
use crate::user::UserId;

impl Tenancies {
    /// Sends what is due, as far as it may be under way at once.
    pub(crate) fn send_batches(&mut self, cx: &mut Context) {
        if !cx.batches.may_send(cx.now) {
            return;
        }
        while let Some(users) = cx.batches.begin_load() {
            self.note_each(&users, |tenancy| tenancy.loading = true);
            let effect = StoreEffect::Load {
                engine: cx.settings.engine.clone(),
                users: users.clone(),
            };
            cx.send(Purpose::Load(users), Effect::Store(effect), None);
        }
        if let Some(users) = cx.batches.begin_flush(cx.now) {
            self.note_each(&users, |tenancy| tenancy.flushing = true);
            cx.send_flush(users);
        }
    }

    fn note_each(&mut self, users: &[UserId], note: impl Fn(&mut Tenancy)) {
        for user in users {
            if let Some(tenancy) = self.get_mut(user) {
                note(tenancy);
            }
        }
    }

    pub(crate) fn learn_of_load(
        &mut self,
        cx: &mut Context,
        users: Vec<UserId>,
        sent: Instant,
        outcome: StoreOutcome,
    ) {
        cx.batches.end_load();
        self.note_each(&users, |tenancy| tenancy.loading = false);
        if let StoreOutcome::Loaded { header, rows } = outcome {
            cx.batches.note_answer();
            cx.header = Some(header);
            for (user, row) in rows {
                if let Some(tenancy) = self.get_mut(&user) {
                    tenancy.learn_row(cx, row, sent);
                }
            }
            // A row that the store left out would leave its user waiting: it is asked for again,
            // until the run's deadline.
            cx.due.extend(users);
            return;
        }
        for user in users {
            self.store_trouble(cx, &user, &outcome);
        }
        hold_off(cx);
    }

    pub(crate) fn learn_of_flush(
        &mut self,
        cx: &mut Context,
        users: Vec<UserId>,
        sent: Instant,
        outcome: StoreOutcome,
    ) {
        cx.batches.end_flush();
        self.note_each(&users, |tenancy| tenancy.flushing = false);
        note_whether_away(cx, &outcome);
        if let StoreOutcome::Touched(touches) = outcome {
            cx.batches.note_answer();
            for (user, touch) in touches {
                cx.pending.acknowledge(&user, sent);
                if let Some(tenancy) = self.get_mut(&user) {
                    tenancy.learn_touch(cx, touch, sent);
                }
            }
            flush_pending(cx, &users);
            cx.end_flush(None);
            cx.due.extend(users);
            return;
        }
        let given_up = gives_up_flush(cx, &outcome);
        flush_pending(cx, &users);
        for user in users {
            if let Some(tenancy) = self.get_mut(&user) {
                if let Some(error) = &given_up {
                    tenancy.answer_touches(cx, &Reply::Failed(error.clone()));
                }
                // A run that still wants it asks for it again when the table is consulted.
                if !tenancy.touches.is_empty() {
                    cx.batches.flushes.insert(user.clone());
                }
            }
            self.store_trouble(cx, &user, &outcome);
        }
        cx.batches.hold_off_flush(cx.now, &mut cx.entropy);
        cx.end_flush(outcome.failure());
    }

    fn store_trouble(&mut self, cx: &mut Context, user: &UserId, outcome: &StoreOutcome) {
        if let Some(tenancy) = self.get_mut(user) {
            tenancy.store_trouble(cx, outcome);
        }
    }
}

fn hold_off(cx: &mut Context) {
    cx.batches.hold_off(cx.now, &mut cx.entropy);
}

/// Notes whether the store answers flushes.
fn note_whether_away(cx: &mut Context, outcome: &StoreOutcome) {
    let failure = outcome.failure();
    if !matches!(failure, Some(StoreFailure::Unreachable(_))) {
        cx.batches.flush_unreachable = None;
    }
    match failure {
        Some(StoreFailure::Unreachable(_) | StoreFailure::Unclear(_)) => {}
        Some(StoreFailure::Refused(_) | StoreFailure::Unwritable(_)) | None => {
            cx.batches.unanswered_since = None;
        }
    }
}

/// Has the activity flushed again of those of whom it is still pending: the flush brought nothing, or
/// was sent before they were active.
fn flush_pending(cx: &mut Context, users: &[UserId]) {
    let pending = users.iter().filter(|user| cx.pending.is_of(user));
    cx.batches.flushes.extend(pending.cloned());
}

/// Why those who wait for a flush are to wait no longer, if so.
fn gives_up_flush(cx: &mut Context, outcome: &StoreOutcome) -> Option<Error> {
    let failure = outcome.failure()?;
    match failure {
        StoreFailure::Refused(_) | StoreFailure::Unwritable(_) => Some(failure.into()),
        StoreFailure::Unreachable(_) => {
            let unreachable = &mut cx.batches.flush_unreachable;
            Unreachable::note(unreachable, cx.now, failure.into());
            let patience = cx.settings.timing.patience;
            unreachable.as_ref()?.verdict(cx.now, patience).cloned()
        }
        StoreFailure::Unclear(_) => None,
    }
}
