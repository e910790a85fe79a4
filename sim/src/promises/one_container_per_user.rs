//! Promise 3: one container per user, and none without a record. It holds when things are quiet and a
//! sweep has run.

use std::collections::BTreeSet;

use super::ledger::{Ledger, Made};
use super::verdict::Verdict;
use crate::engine::Engine;
use crate::store::Store;

/// Its name.
pub const PROMISE: &str = "One container per user";

/// Only containers count that are shown to be the user's.
pub(super) fn one_each(ledger: &Ledger, engine: &Engine, store: &Store) -> Verdict {
    let mut seen = BTreeSet::new();
    for container in engine.containers() {
        if !ledger.is_shown(container.id()) {
            continue;
        }
        let Some(Made { user, .. }) = ledger.container(container.id()) else {
            continue;
        };
        if !seen.insert(user) {
            return Err(format!("{user:?} has two containers"));
        }
        if store.record(user).is_none() {
            return Err(format!("{user:?} has a container and no record"));
        }
    }
    Ok(())
}
