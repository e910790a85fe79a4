//! Users who wait for a port while none is free.

use alloc::collections::BTreeSet;

use crate::projection::project;
use crate::time::Instant;
use crate::user::UserId;

/// Who waits, and when something becomes free by itself.
#[derive(Clone, Default, Debug)]
pub(crate) struct PortQueue {
    waiting: BTreeSet<UserId>,
    /// When the first of the ports has rested that are nobody's, as far as was told.
    pub rested: Option<Instant>,
}

project!(struct PortQueue { waiting: users, rested });

impl PortQueue {
    pub(crate) fn join(&mut self, user: &UserId) {
        self.waiting.insert(user.clone());
    }

    pub(crate) fn leave(&mut self, user: &UserId) {
        self.waiting.remove(user);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Takes all of them out.
    pub(crate) fn take(&mut self) -> BTreeSet<UserId> {
        core::mem::take(&mut self.waiting)
    }
}
