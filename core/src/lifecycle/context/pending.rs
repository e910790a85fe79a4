//! Activity of users who were served while the store didn't answer: it is to be told of it before
//! anything else. What else is to be sent to it is held back until then.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::effect::{Effect, IssuedEffect, StoreEffect};
use crate::id::EffectId;
use crate::outcome::StoreFailure;
use crate::projection::project;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::time::Instant;
use crate::user::UserId;

/// Whose activity is pending, and what waits for it.
#[derive(Clone, Default, Debug)]
pub(crate) struct PendingActivity {
    /// When the last activity was of each that was answered and not acknowledged.
    by_user: BTreeMap<UserId, Instant>,
    precedence: Precedence,
    /// A flush is under way.
    flushing: bool,
    /// What is to be sent to the store after it.
    held_back: Vec<IssuedEffect>,
    /// What was held back and is not to be sent, since the store wasn't reached: why.
    turned_back: Vec<(EffectId, String)>,
}

project!(struct PendingActivity {
    by_user: by_user, precedence, flushing, held_back, turned_back: left_out,
});

/// For what of a flush everything else waits that is for the store.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Precedence {
    /// That it is acknowledged.
    #[default]
    Acknowledged,
    /// That it is sent: the last one was never answered. The store hangs then; or one row is locked, for
    /// which nobody else is to be kept waiting.
    Sent,
    /// Nothing: the store answers, and doesn't take it.
    None,
}

project!(
    enum Precedence {
        Acknowledged,
        Sent,
        None,
    }
);

#[cfg(feature = "model-checking")]
impl Project for IssuedEffect {
    /// What it is stands among the effects in flight.
    fn project(&self, out: &mut Projection) {
        self.id.project(out);
    }
}

impl PendingActivity {
    /// The user was served without the store's word.
    pub(crate) fn note(&mut self, user: &UserId, now: Instant) {
        self.by_user.insert(user.clone(), now);
    }

    /// Whether the store is still to be told of the user's activity.
    pub(crate) fn is_of(&self, user: &UserId) -> bool {
        self.by_user.contains_key(user)
    }

    /// Of how many users it is still to be told.
    pub(crate) fn count(&self) -> usize {
        self.by_user.len()
    }

    /// The store has taken in the user's activity up to then, or there is no such user any more.
    pub(crate) fn acknowledge(&mut self, user: &UserId, up_to: Instant) {
        if self.by_user.get(user).is_some_and(|at| *at <= up_to) {
            self.by_user.remove(user);
        }
    }

    /// Whether nothing else is to be sent to the store by now.
    pub(crate) fn holds_back(&self) -> bool {
        !self.by_user.is_empty()
            && match self.precedence {
                Precedence::Acknowledged => true,
                Precedence::Sent => !self.flushing,
                Precedence::None => false,
            }
    }

    pub(crate) fn hold_back(&mut self, effect: IssuedEffect) {
        self.held_back.push(effect);
    }

    /// A flush was sent; what is to be sent right after it that was held back.
    pub(crate) fn begin_flush(&mut self) -> Vec<IssuedEffect> {
        self.flushing = true;
        self.let_go()
    }

    /// A flush was answered, or given up; what is to be sent now that was held back.
    pub(crate) fn end_flush(&mut self, failure: Option<StoreFailure<'_>>) -> Vec<IssuedEffect> {
        self.flushing = false;
        self.precedence = match failure {
            Some(StoreFailure::Refused(_) | StoreFailure::Unwritable(_)) => Precedence::None,
            Some(StoreFailure::Unclear(_)) => Precedence::Sent,
            Some(StoreFailure::Unreachable(_)) | None => Precedence::Acknowledged,
        };
        if let Some(StoreFailure::Unreachable(why)) = failure {
            // It would fare no better.
            let held_back = core::mem::take(&mut self.held_back);
            let turned_back = held_back.into_iter().map(|held| (held.id, why.into()));
            self.turned_back.extend(turned_back);
        }
        self.let_go()
    }

    /// What was held back and begins something is not to be sent: nothing new is begun.
    pub(crate) fn close(&mut self) {
        let (begins, ends): (Vec<_>, Vec<_>) = core::mem::take(&mut self.held_back)
            .into_iter()
            .partition(|held| begins_something(&held.effect));
        self.held_back = ends;
        let why = "portreeve is being closed";
        let turned_back = begins.into_iter().map(|held| (held.id, why.into()));
        self.turned_back.extend(turned_back);
    }

    /// What isn't held back any more. There may be more to flush than goes into one statement.
    fn let_go(&mut self) -> Vec<IssuedEffect> {
        if self.holds_back() {
            Vec::new()
        } else {
            core::mem::take(&mut self.held_back)
        }
    }

    /// What was held back and has come to its end, unsent.
    pub(crate) fn take_turned_back(&mut self) -> Vec<(EffectId, String)> {
        core::mem::take(&mut self.turned_back)
    }
}

/// Whether it takes a lease, or keeps one, to do something under it.
fn begins_something(effect: &Effect) -> bool {
    matches!(effect, Effect::Store(StoreEffect::Put(put)) if put.lease.is_some())
}

/// What a model checker tells states apart by: see `port_queue.rs`.
#[cfg(all(test, feature = "model-checking"))]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::effect::{Effect, EngineEffect, Fence};
    use crate::time::Timestamp;

    #[test]
    fn in_which_order_effects_are_held_back_matters() {
        let held_back = |numbers: [u64; 2]| {
            let mut pending = PendingActivity::default();
            let mut out = Projection::new(Instant::ORIGIN, Timestamp::from_micros(0), Vec::new());
            // They turn up in the order of their numbers, where they are in flight.
            for number in [1, 2] {
                EffectId(number).project(&mut out);
            }
            for number in numbers {
                pending.hold_back(IssuedEffect {
                    id: EffectId(number),
                    effect: Effect::Engine(EngineEffect::Identify),
                    timeout: Duration::from_secs(1),
                    fence: Fence::default(),
                });
            }
            pending.project(&mut out);
            out.finish()
        };
        assert_ne!(held_back([1, 2]), held_back([2, 1]));
    }
}
