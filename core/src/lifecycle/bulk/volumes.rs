//! The volumes that a repair was told of, and for which of them no record was met.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::lifecycle::context::slice::Slice;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::user::UserId;

/// Those that no record has claimed so far: none names them, and their users have none.
#[derive(Clone, Default, Debug)]
pub(crate) struct Volumes {
    by_name: BTreeMap<String, UserId>,
    by_user: BTreeMap<UserId, Vec<String>>,
    /// Those that aren't sorted yet: there may be very many.
    arrived: Vec<(String, UserId)>,
}

#[cfg(feature = "model-checking")]
impl Project for Volumes {
    fn project(&self, out: &mut Projection) {
        // Who has which follows from whose each is.
        let Self {
            by_name,
            by_user: _,
            arrived,
        } = self;
        by_name.len().project(out);
        for (name, user) in by_name {
            name.project(out);
            user.project(out);
        }
        arrived.len().project(out);
        for (name, user) in arrived {
            name.project(out);
            user.project(out);
        }
    }
}

impl Volumes {
    /// Those that the engine lists, each with the user whose it is by its labels.
    pub(crate) fn listed(volumes: Vec<(String, UserId)>) -> Self {
        Self {
            arrived: volumes,
            ..Self::default()
        }
    }

    /// Sorts as many as the slice allows; true once all are.
    pub(crate) fn sort(&mut self, slice: &mut Slice) -> bool {
        while !self.arrived.is_empty() {
            if !slice.take() {
                self.arrived.shrink_to_fit();
                return false;
            }
            if let Some((name, user)) = self.arrived.pop() {
                let theirs = self.by_user.entry(user.clone()).or_default();
                theirs.push(name.clone());
                self.by_name.insert(name, user);
            }
        }
        true
    }

    /// Lets go of all of them, as far as the slice allows; true once nothing is left.
    pub(crate) fn forget(&mut self, slice: &mut Slice) -> bool {
        while self.arrived.len() + self.by_name.len() + self.by_user.len() > 0 {
            if !slice.take() {
                return false;
            }
            self.arrived.pop();
            self.by_name.pop_first();
            self.by_user.pop_first();
        }
        true
    }

    /// The user has a record.
    pub(crate) fn note_user(&mut self, user: &UserId) {
        for name in self.by_user.remove(user).unwrap_or_default() {
            self.by_name.remove(&name);
        }
    }

    /// A record names the volume, whosever it is by its labels.
    pub(crate) fn note_named(&mut self, name: &str) {
        self.by_name.remove(name);
    }

    /// Those that are left, in the order of their names.
    pub(crate) fn unclaimed(&self) -> impl Iterator<Item = (&String, &UserId)> {
        self.by_name.iter()
    }
}
