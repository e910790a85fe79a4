//! Promise 8: a crash at any point loses nothing. Whoever comes next finishes or undoes what was
//! begun, and what a dead or frozen controller has begun harms nobody who is served since.

use std::time::Duration;

use portreeve_core::effect::EngineEffect;
use portreeve_core::record::Intent;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::ledger::Ledger;
use super::verdict::Verdict;
use crate::store::Store;

/// Its name.
pub const PROMISE: &str = "A crash loses nothing";

/// Whoever joins others that wait may be served with what was seen that long before.
pub const LONG_BEFORE: Duration = Duration::from_secs(1);

/// A stop or a removal that takes hold is never of the container that the record says is running: it
/// was written down before it was asked for, and whoever took over has seen to it.
pub(super) fn not_running(effect: &EngineEffect, ledger: &Ledger, store: &Store) -> Verdict {
    let (EngineEffect::Stop { container, .. } | EngineEffect::Remove { container }) = effect else {
        return Ok(());
    };
    let Some(made) = ledger.container(container) else {
        return Ok(());
    };
    let runs = store.body(&made.user).is_some_and(|body| {
        body.intent == Intent::Running && body.container.as_ref() == Some(container)
    });
    if runs {
        let user = &made.user;
        return Err(format!(
            "{container} runs for {user:?}, and an old call ends it"
        ));
    }
    Ok(())
}

/// A stop that was begun long before the question, and that nobody finished, isn't believed undone:
/// its container may end yet. `since` is when the record began to say that it is being ended.
///
/// # Errors
/// If such a container is answered.
pub fn not_ending(user: &UserId, since: Option<Instant>, asked_at: Instant) -> Verdict {
    if since.is_some_and(|since| since.after(LONG_BEFORE) < asked_at) {
        return Err(format!(
            "{user:?} is answered a container that somebody began to stop, and nobody did"
        ));
    }
    Ok(())
}
