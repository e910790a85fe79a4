//! A volume.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use portreeve_core::time::Instant;

use super::numbers::No;

/// A volume.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Volume {
    /// Its name.
    pub name: Arc<str>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// When it was made.
    pub created: Instant,
    /// The containers that mount it, running or not.
    pub(super) users: BTreeSet<No>,
    /// Whether its labels are told where it is to be made: not after the engine came back, until
    /// somebody has looked.
    pub(super) labels_known: bool,
}

impl Volume {
    /// The numbers of the containers that mount it, running or not.
    pub fn users(&self) -> impl Iterator<Item = No> {
        self.users.iter().copied()
    }
}
