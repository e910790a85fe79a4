//! Promise 10: shutting down stops nothing.

use std::collections::BTreeSet;

use portreeve_core::effect::{Effect, StoreEffect};
use portreeve_core::record::Intent;

use super::verdict::Verdict;
use crate::store::Store;

/// Its name.
pub const PROMISE: &str = "Shutting down stops nothing";

/// A controller that is being closed begins to stop nobody.
pub(super) fn sent(
    controller: usize,
    effect: &Effect,
    closing: &BTreeSet<usize>,
    store: &Store,
) -> Verdict {
    let Effect::Store(StoreEffect::Put(put)) = effect else {
        return Ok(());
    };
    if !closing.contains(&controller) || put.body.intent != Intent::Stopping {
        return Ok(());
    }
    match store.body(&put.user).map(|body| body.intent) {
        Some(Intent::Stopping) => Ok(()),
        _ => Err(format!(
            "{:?} is stopped by a controller that is being closed",
            put.user
        )),
    }
}
