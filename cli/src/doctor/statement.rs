//! One statement to the store: what came of it, or why nothing did.

use std::time::Duration;

use portreeve_core::effect::StoreEffect;
use portreeve_core::error::Error;
use portreeve_core::outcome::StoreOutcome;
use portreeve_tokio::store::StoreClient;
use tokio::time::timeout;

/// Has it carried out, and waits for that long at most.
pub(super) async fn carry_out(
    client: &StoreClient,
    effect: &StoreEffect,
    limit: Duration,
) -> StoreOutcome {
    timeout(limit, client.carry_out(effect))
        .await
        .unwrap_or_else(|_| StoreOutcome::Unreachable("no answer in time".to_owned()))
}

/// What an outcome says that isn't the one that was hoped for.
pub(super) fn failure_of(outcome: &StoreOutcome) -> Error {
    outcome.failure().map_or_else(
        || Error::StoreRefused("an answer that doesn't fit the question".to_owned()),
        Error::from,
    )
}
