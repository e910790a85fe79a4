//! A list of the engine's, by user.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ops::Bound;

use super::slice::Slice;
use crate::label::Labelled;
use crate::observed::Observed;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::user::UserId;

/// The containers of a list by the users whom their labels name. Where labels can't be read, nobody knows
/// whose it is. There may be very many, so it is sorted a slice at a time, and let go of so.
#[derive(Clone, Default, Debug)]
pub(crate) struct Listing {
    by_user: BTreeMap<UserId, Vec<Observed>>,
    /// What isn't sorted yet.
    arrived: Vec<Observed>,
    /// Those users up to this one are left out of what isn't sorted yet.
    passed: Option<UserId>,
    /// What is to be let go of.
    stale: BTreeMap<UserId, Vec<Observed>>,
}

#[cfg(feature = "model-checking")]
impl Project for Listing {
    fn project(&self, out: &mut Projection) {
        let Self {
            by_user,
            arrived,
            passed,
            stale: _,
        } = self;
        out.by_user(by_user.iter(), Project::project);
        arrived.len().project(out);
        for observed in arrived {
            observed.project(out);
        }
        passed.project(out);
    }
}

impl Listing {
    pub(crate) fn of(listed: Vec<Observed>) -> Self {
        let mut listing = Self::default();
        listing.renew(listed, None);
        listing
    }

    /// A younger list takes its place; what it tells of users up to `passed` stays.
    pub(crate) fn renew(&mut self, listed: Vec<Observed>, passed: Option<&UserId>) {
        let mut stale = core::mem::take(&mut self.by_user);
        if let Some(passed) = passed {
            let mut others = stale.split_off(passed);
            if let Some(theirs) = others.remove(passed) {
                stale.insert(passed.clone(), theirs);
            }
            self.by_user = core::mem::replace(&mut stale, others);
        }
        self.stale = stale;
        self.arrived = listed;
        self.passed = passed.cloned();
    }

    /// Sorts as many as the slice allows; true once all are.
    pub(crate) fn sort(&mut self, slice: &mut Slice) -> bool {
        while !self.arrived.is_empty() {
            if !slice.take() {
                // Memory is given back as it goes: allocators take long over much of it at once.
                self.arrived.shrink_to_fit();
                return false;
            }
            if let Some(observed) = self.arrived.pop()
                && let Labelled::As(labels) = &observed.labels
                && self
                    .passed
                    .as_ref()
                    .is_none_or(|passed| labels.user > *passed)
            {
                let user = labels.user.clone();
                self.by_user.entry(user).or_default().push(observed);
            }
        }
        while !self.stale.is_empty() {
            if !slice.take() {
                return false;
            }
            self.stale.pop_first();
        }
        true
    }

    /// Lets go of all that it tells, as far as the slice allows; true once nothing is left.
    pub(crate) fn forget(&mut self, slice: &mut Slice) -> bool {
        self.stale.append(&mut self.by_user);
        self.sort(slice)
    }

    /// The user's containers, which it tells of no longer.
    pub(crate) fn take(&mut self, user: &UserId) -> Vec<Observed> {
        self.by_user.remove(user).unwrap_or_default()
    }

    /// So many at most of those whom it names, after this user.
    pub(crate) fn users(&self, after: Option<&UserId>, limit: usize) -> Vec<UserId> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let users = self.by_user.range((after, Bound::Unbounded));
        users.take(limit).map(|(user, _)| user.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::id::{ContainerId, InstallationId, RecordId};
    use crate::label::Labels;
    use crate::observed::{Configured, ContainerState, Health};

    fn user(id: &str) -> UserId {
        UserId::new(id).expect("a valid id")
    }

    fn container(of: &str) -> Observed {
        Observed {
            id: ContainerId::new(of),
            name: of.into(),
            labels: Labelled::As(Labels {
                installation: InstallationId::from_bytes([1; 16]),
                user: user(of),
                record: RecordId::from_bytes([2; 16]),
                port: None,
                spec: "spec".into(),
                token_generation: 1,
            }),
            state: ContainerState::Running,
            health: Health::Absent,
            configured: Configured::Listed { port: None },
            networks: None,
            ran_for: None,
        }
    }

    /// The last one who was seen to, too: it would be seen to twice.
    #[test]
    fn a_younger_list_tells_nothing_of_who_was_passed() {
        let all = || ["alice", "bob", "carol"].map(container).to_vec();
        let mut listing = Listing::of(all());
        assert!(listing.sort(&mut Slice::whole()));
        for passed in ["alice", "bob"] {
            assert_eq!(listing.take(&user(passed)).len(), 1);
        }
        listing.renew(all(), Some(&user("bob")));
        assert!(listing.sort(&mut Slice::whole()));
        assert_eq!(listing.users(None, 3), vec![user("carol")]);
    }
}
