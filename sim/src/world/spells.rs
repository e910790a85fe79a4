//! What is so for a while, for one user or for all.

use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

/// Spells of which some may be over.
#[derive(Debug)]
pub(super) struct Spells<T>(Vec<Spell<T>>);

#[derive(Debug)]
struct Spell<T> {
    condition: T,
    /// For whom; for all users if not for one.
    user: Option<UserId>,
    until: Instant,
}

impl<T> Default for Spells<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Spells<T> {
    /// It is so from now on.
    pub(super) fn begin(&mut self, condition: T, user: Option<UserId>, until: Instant) {
        self.0.push(Spell {
            condition,
            user,
            until,
        });
    }

    /// Nothing is so any more.
    pub(super) fn end(&mut self) {
        self.0.clear();
    }

    /// What is so by now for that user, or for nobody's in particular, in the order in which it began, and until when.
    pub(super) fn of(
        &self,
        now: Instant,
        user: Option<&UserId>,
    ) -> impl Iterator<Item = (&T, Instant)> {
        self.0
            .iter()
            .filter(move |spell| {
                let whose = spell.user.as_ref();
                now < spell.until && (whose.is_none() || whose == user)
            })
            .map(|spell| (&spell.condition, spell.until))
    }
}
