//! The containers that were seen, by whose they are.

use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::IdentityFact;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::lifecycle::tenancy::whose::{Owner, Whose};
use crate::observed::Observed;

/// One container of each kind, where there is one.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sorted<'a> {
    /// The record's current container.
    pub current: Option<&'a Observed>,
    /// An old container of the user's.
    pub surplus: Option<&'a Observed>,
    /// One of which it isn't shown yet that it is the user's.
    pub unproven: Option<&'a Observed>,
    /// Somebody else's that has the user's container name.
    pub foreign: Option<&'a Observed>,
}

impl<'a> Sorted<'a> {
    /// One of which only a list has told, and of which nothing is decided before it was looked at:
    /// it may turn out to be the user's, or it is an old one of the user's, which would be removed.
    pub(crate) fn unseen(&self) -> Option<&'a Observed> {
        let listed = |observed: &&Observed| observed.is_listed();
        self.unproven.or_else(|| self.surplus.filter(listed))
    }
}

impl Tenancy {
    /// What was seen, whichever engine told it.
    pub(crate) fn sorted(&self, cx: &Context) -> Sorted<'_> {
        let mut sorted = Sorted::default();
        let (Some(installation), Some(seen)) = (cx.installation(), self.engine.get(cx.now)) else {
            return sorted;
        };
        let owner = Owner {
            user: &self.user,
            installation,
            names: &self.names,
            record: self.record(cx.now),
            current_container: &self.current_container,
        };
        // Where two would do, the one under the right name is it; the order is ours, not the
        // engine's.
        let rank = |observed: &Observed| observed.name != self.names.container;
        for observed in &seen.containers {
            let place = match owner.whose(observed) {
                Whose::Current => &mut sorted.current,
                Whose::Surplus => &mut sorted.surplus,
                Whose::Unproven => &mut sorted.unproven,
                Whose::Foreign => &mut sorted.foreign,
                Whose::Stranger => continue,
            };
            let better =
                place.is_none_or(|other| (rank(observed), &observed.id) < (rank(other), &other.id));
            if better {
                *place = Some(observed);
            }
        }
        sorted
    }

    /// The same, as far as the right engine has told it.
    pub(crate) fn proven(&self, cx: &Context) -> Sorted<'_> {
        if self.identity(cx) == IdentityFact::Proven {
            self.sorted(cx)
        } else {
            Sorted::default()
        }
    }

    /// The record's current container, if it was seen.
    pub(crate) fn current(&self, cx: &Context) -> Option<&Observed> {
        self.proven(cx).current
    }
}
