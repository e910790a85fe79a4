//! Whether the store can be written: a lease of the installation's is taken and given back, which
//! leaves nothing behind.

use std::time::Duration;

use portreeve_core::effect::StoreEffect;
use portreeve_core::error::Error;
use portreeve_core::id::ControllerId;
use portreeve_core::outcome::StoreOutcome;
use portreeve_tokio::store::StoreClient;

use super::statement::{carry_out, failure_of};

/// What the lease guards: nothing. Two who look at once are in nobody's way.
const NAME: &str = "doctor";
/// So long it lasts where it can't be given back.
const LEASE: Duration = Duration::from_secs(5);

/// Writes, and takes it back.
pub(super) async fn attempt(client: &StoreClient, limit: Duration) -> Result<(), Error> {
    let mut id = [0; 16];
    getrandom::fill(&mut id)
        .map_err(|error| Error::StoreUnreachable(format!("no randomness: {error}")))?;
    let owner = ControllerId::from_bytes(id);
    let name = NAME.to_owned();
    let lock = StoreEffect::Lock {
        name: name.clone(),
        owner,
        ttl: LEASE,
    };
    match carry_out(client, &lock, limit).await {
        StoreOutcome::Done => {}
        // Somebody else who looks has just written.
        StoreOutcome::LockHeld => return Ok(()),
        other => return Err(failure_of(&other)),
    }
    match carry_out(client, &StoreEffect::Unlock { name, owner }, limit).await {
        StoreOutcome::Done => Ok(()),
        other => Err(failure_of(&other)),
    }
}
