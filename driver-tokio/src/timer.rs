//! Tells the lifecycle the time when it wants to be told.

use std::time::Duration;

use portreeve_core::time::Instant;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::clock;

/// The longest sleep while there is a deadline. tokio's sleep doesn't count the time the machine
/// was suspended and the lifecycle's clock does, so after a resume a deadline may be long past
/// with most of the sleep still to come; this is by how much it is then missed. Without a deadline
/// there is no wake-up at all.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Calls `tick` at each deadline, until there is nobody left to set one, or to be told (`None`).
pub(crate) async fn run(
    mut deadline: watch::Receiver<Option<Instant>>,
    tick: impl Fn() -> Option<()>,
) {
    loop {
        let at = *deadline.borrow_and_update();
        tokio::select! {
            changed = deadline.changed() => if changed.is_err() {
                return;
            },
            () = reached(at) => if tick().is_none() {
                return;
            },
        }
    }
}

/// Completes once the deadline is reached; never if there is none.
async fn reached(deadline: Option<Instant>) {
    let Some(at) = deadline else {
        return std::future::pending().await;
    };
    loop {
        let left = at.since(clock::now());
        if left.is_zero() {
            return;
        }
        sleep(left.min(LOOK_AGAIN)).await;
    }
}
