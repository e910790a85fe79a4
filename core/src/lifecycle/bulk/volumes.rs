//! The volumes that a repair was told of, and for which of them no record was met.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::user::UserId;

/// Those that no record has claimed so far: none names them, and their users have none.
#[derive(Clone, Default, Debug)]
pub(crate) struct Volumes {
    by_name: BTreeMap<String, UserId>,
    by_user: BTreeMap<UserId, Vec<String>>,
}

#[cfg(feature = "model-checking")]
impl Project for Volumes {
    fn project(&self, out: &mut Projection) {
        // Who has which follows from whose each is.
        let Self {
            by_name,
            by_user: _,
        } = self;
        by_name.len().project(out);
        for (name, user) in by_name {
            name.project(out);
            user.project(out);
        }
    }
}

impl Volumes {
    /// Those that the engine lists, each with the user whose it is by its labels.
    pub(crate) fn listed(volumes: Vec<(String, UserId)>) -> Self {
        let mut listed = Self::default();
        for (name, user) in volumes {
            let theirs = listed.by_user.entry(user.clone()).or_default();
            theirs.push(name.clone());
            listed.by_name.insert(name, user);
        }
        listed
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
