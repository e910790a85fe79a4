//! Controllers that are cut off from the store, while others reach it and the engine goes on.

use std::borrow::Cow;
use std::time::Duration;

use portreeve_core::effect::{Effect, StoreEffect};
use portreeve_core::outcome::{Outcome, Pulse, StoreOutcome, Touch};
use portreeve_core::user::UserId;

use super::controller::CutOff;
use super::state::World;
use crate::occurrence::Occurrence;
use crate::sabotage::Sabotage;
use crate::script::Silence;

impl World {
    /// A controller is cut off for that time, unless it is for longer.
    pub(super) fn cut_off_from_store(&mut self, which: usize, silence: Silence, away: Duration) {
        let until = self.now.after(away);
        let cut_off = &mut self.controllers[which].cut_off;
        if cut_off.is_none_or(|before| before.until < until) {
            *cut_off = Some(CutOff { silence, until });
        }
    }

    /// All reach the store again.
    pub(super) fn end_cut_offs(&mut self) {
        for controller in &mut self.controllers {
            controller.cut_off = None;
        }
    }

    /// What a controller hears of the store, if it is cut off.
    pub(super) fn silence(&self, which: usize) -> Option<Silence> {
        let cut_off = self.controllers[which].cut_off;
        let cut_off = cut_off.filter(|cut_off| self.now < cut_off.until);
        cut_off.map(|cut_off| cut_off.silence)
    }

    /// A statement reaches the store.
    pub(super) fn carry_out_on_store(&mut self, which: usize, effect: &StoreEffect) -> Outcome {
        let lost = self.lost_from(which, effect);
        let effect = without(effect, &lost);
        let mut outcome = self.store.carry_out(&effect);
        self.trace.stored(self.now, which, &effect, &outcome);
        self.occurred(Occurrence::Stored {
            controller: which,
            effect: &effect,
            outcome: &outcome,
        });
        self.pretend(&mut outcome, lost);
        Outcome::Store(outcome)
    }

    /// A controller hears what came of a flush; whom it was in vain for is noted where that is to be lost.
    pub(super) fn note_flush(&mut self, which: usize, effect: &Effect, outcome: &Outcome) {
        if self.sabotage != Some(Sabotage::LosesPendingActivity) {
            return;
        }
        if let (Effect::Store(StoreEffect::Touch { users }), Outcome::Store(outcome)) =
            (effect, outcome)
            && outcome.failure().is_some()
        {
            let in_vain = &mut self.controllers[which].flushed_in_vain;
            in_vain.extend(users.iter().cloned());
        }
    }

    /// Whose activity gets lost out of a flush, where that is wrong on purpose.
    fn lost_from(&mut self, which: usize, effect: &StoreEffect) -> Vec<UserId> {
        let StoreEffect::Touch { users } = effect else {
            return Vec::new();
        };
        let in_vain = &mut self.controllers[which].flushed_in_vain;
        let lost = users.iter().filter(|user| in_vain.remove(*user));
        lost.cloned().collect()
    }

    /// What was lost is told as if it had been written.
    fn pretend(&self, outcome: &mut StoreOutcome, lost: Vec<UserId>) {
        let StoreOutcome::Touched(touches) = outcome else {
            return;
        };
        for user in lost {
            let written = self.store.record(&user).and_then(|record| {
                Some(Touch::Written(Pulse {
                    version: record.version,
                    intent: record.body.intent,
                    last_active: record.last_active?,
                }))
            });
            touches.push((user, written.unwrap_or(Touch::Absent)));
        }
    }
}

/// A flush without some of its users.
fn without<'a>(effect: &'a StoreEffect, lost: &[UserId]) -> Cow<'a, StoreEffect> {
    match effect {
        StoreEffect::Touch { users } if !lost.is_empty() => {
            let kept = users.iter().filter(|user| !lost.contains(user));
            Cow::Owned(StoreEffect::Touch {
                users: kept.cloned().collect(),
            })
        }
        _ => Cow::Borrowed(effect),
    }
}
