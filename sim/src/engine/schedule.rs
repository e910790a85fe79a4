//! What is to happen later.

use std::collections::BTreeMap;

use portreeve_core::time::Instant;

use super::numbers::{No, Ticket};

/// When something is due, and its place among all that is due then.
pub(super) type When = (Instant, u64);

/// Something that happens by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Due {
    /// A container's process ends by itself, or because it was asked to.
    Ends {
        container: No,
        code: u8,
        last_words: Option<String>,
    },
    /// A stop's grace has passed.
    GraceOver(No),
    /// A container's health is looked at.
    Check(No),
    /// A container is started again by its restart policy.
    Restart(No),
    /// The last of a container is gone.
    Removed(No),
    /// An image has come.
    Pulled { ticket: Ticket, name: String },
}

/// All that is to happen later, in order.
#[derive(Clone, Default, Debug)]
pub(super) struct Schedule {
    due: BTreeMap<When, Due>,
    next: u64,
}

impl Schedule {
    pub(super) fn at(&mut self, instant: Instant, due: Due) -> When {
        self.next += 1;
        let when = (instant, self.next);
        self.due.insert(when, due);
        when
    }

    /// Has something happen then that `planned` may have happen already: only the sooner of both does.
    pub(super) fn sooner(&mut self, planned: &mut Option<When>, instant: Instant, due: Due) {
        if let Some(when) = *planned {
            if when.0 <= instant {
                return;
            }
            self.cancel(when);
        }
        *planned = Some(self.at(instant, due));
    }

    pub(super) fn cancel(&mut self, when: When) {
        self.due.remove(&when);
    }

    /// All of it, in order.
    #[cfg(feature = "model-checking")]
    pub(super) fn all(&self) -> impl Iterator<Item = (Instant, &Due)> {
        self.due.iter().map(|((at, _), due)| (*at, due))
    }

    pub(super) fn first(&self) -> Option<Instant> {
        self.due.first_key_value().map(|((instant, _), _)| *instant)
    }

    /// The first that is due by then.
    pub(super) fn pop(&mut self, by: Instant) -> Option<(Instant, Due)> {
        let first = self.due.first_entry()?;
        let (instant, _) = *first.key();
        (instant <= by).then(|| (instant, first.remove()))
    }

    /// Forgets what `keep` doesn't want.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&Due) -> bool) {
        self.due.retain(|_, due| keep(due));
    }
}
