//! Numbers that users draw when they come, and keep until they leave: who comes back to a queue has its
//! old place.

use alloc::collections::BTreeMap;

#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::user::UserId;

/// Who has which number.
#[derive(Clone, Default, Debug)]
pub(crate) struct Numbers {
    by_user: BTreeMap<UserId, u64>,
    drawn: u64,
}

#[cfg(feature = "model-checking")]
impl Project for Numbers {
    /// In which order they came, which is all that is told by numbers.
    fn project(&self, out: &mut Projection) {
        let Self { by_user, drawn: _ } = self;
        let by_number: BTreeMap<_, _> = by_user
            .iter()
            .map(|(user, number)| (number, user))
            .collect();
        out.word(by_number.len() as u64);
        for user in by_number.values() {
            user.project(out);
        }
    }
}

impl Numbers {
    /// The user's, drawn if it has none.
    pub(crate) fn draw(&mut self, user: &UserId) -> u64 {
        if let Some(number) = self.get(user) {
            return number;
        }
        self.drawn += 1;
        self.by_user.insert(user.clone(), self.drawn);
        self.drawn
    }

    /// The user's, if it has one.
    pub(crate) fn get(&self, user: &UserId) -> Option<u64> {
        self.by_user.get(user).copied()
    }

    /// The user leaves, and gives it up.
    pub(crate) fn give_up(&mut self, user: &UserId) -> Option<u64> {
        self.by_user.remove(user)
    }
}
