//! The handle that hosts hold. What it does for one user is in `user`, for all of them in `bulk`.

mod bulk;
mod user;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portreeve_core::command::{Command, Progress, Reply};
use portreeve_core::settings::Settings;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tracing::Instrument as _;

use crate::backend::Backends;
use crate::config::Config;
use crate::driver::Driver;
use crate::engine::EngineClient;
use crate::error::Error;
use crate::store::StoreClient;

/// A handle on all users' containers. Clones are cheap and share everything.
///
/// Each call is one command. Calls for the same thing share one run; a call whose future is
/// dropped is taken back, and what it began is left in a known state.
///
/// Dropping the last handle stops no container, and begins nothing new. What was just under way
/// for a user may leave a lease behind, for which the next controller waits
/// ([`Timing::lease`](portreeve_core::settings::Timing::lease)); [`close`](Self::close) gives it
/// back.
///
/// # Errors
///
/// An error tells its [`code`](Error::code). Any call may meet an engine or store out of reach
/// (`engine_unreachable`, `store_unreachable`), saying no (`engine_refused`, `store_refused`) or
/// not being the one that was meant (`engine_changed`), the end of its time (`timeout`), and a
/// handle that was closed (`closed`). One for a single user may also be given a text that can't be
/// a user's id (`invalid_user`), find a record or token that can't be read (`record_unreadable`,
/// `token_unreadable`), and be overtaken by a later one for the same user (`superseded`). One for
/// all users answers with what went wrong for some of them, and serves the others. What each may
/// meet beside that is told with it.
#[derive(Clone)]
pub struct Portreeve {
    driver: Arc<Driver>,
    /// How long closing may take.
    patience: Duration,
}

impl Portreeve {
    /// Opens a handle. Nothing is connected to before it is needed: an engine or store that isn't
    /// reached is the error of the call that needed it. What the settings'
    /// [`Upkeep`](portreeve_core::settings::Upkeep) asks for begins at once, by itself.
    ///
    /// Must be called inside of a tokio runtime with I/O and time enabled, which then carries out
    /// what is to be done. Open one handle and clone it: each has a lifecycle of its own, and two
    /// in one process treat each other as strangers.
    pub fn open(config: Config) -> Result<Self, Error> {
        let engine = Arc::new(EngineClient::new(config.engine)?);
        let backends = Backends {
            engine: engine.clone(),
            store: Arc::new(StoreClient::new(config.store)?),
            events: engine,
        };
        Self::over(config.settings, backends)
    }

    /// Opens a handle over an engine and a store.
    pub(crate) fn over(settings: Settings, backends: Backends) -> Result<Self, Error> {
        let runtime = Handle::try_current().map_err(|_| Error::NoRuntime)?;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| Error::NoRandomness(error.to_string()))?;
        // Whoever still holds a lease after that has lost it: there is nothing left to give back.
        let patience = settings.timing.lease;
        Ok(Self {
            driver: Driver::new(settings, seed, backends, runtime),
            patience,
        })
    }

    /// Ends what it does, for all clones: whoever waits for an answer gets the error `closed`, and
    /// so does whoever asks later. The effects that are under way, and those that follow from them
    /// at once, come to an end, so that leases are given back; that is waited for, but for as long
    /// as a lease lasts ([`Timing::lease`](portreeve_core::settings::Timing::lease)) at most. Stops
    /// no container.
    ///
    /// It doesn't wait for what only time brings: while the store is out of reach, leases are left
    /// to expire.
    pub async fn close(self) {
        self.driver.close();
        if timeout(self.patience, self.driver.settled()).await.is_err() {
            tracing::warn!(
                "closed with effects still under way; their leases expire by themselves"
            );
        }
    }

    async fn ask(&self, command: Command, span: tracing::Span) -> Result<Reply, Error> {
        async { succeeded(self.driver.ask(command).await?) }
            .instrument(span)
            .await
    }

    async fn ask_with_progress(
        &self,
        command: Command,
        tell: impl FnMut(Progress),
        span: tracing::Span,
    ) -> Result<Reply, Error> {
        async { succeeded(self.driver.ask_with_progress(command, tell).await?) }
            .instrument(span)
            .await
    }
}

fn succeeded(reply: Reply) -> Result<Reply, Error> {
    match reply {
        Reply::Failed(error) => {
            tracing::debug!(code = error.code(), "failed");
            Err(error.into())
        }
        reply => Ok(reply),
    }
}

impl fmt::Debug for Portreeve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Portreeve").finish_non_exhaustive()
    }
}

fn mixed_up(reply: &Reply) -> Error {
    let reply = match reply {
        Reply::Ensured(_) => "an ensure or a restart",
        Reply::Stopped(_) => "a stop",
        Reply::Touched(_) => "a touch",
        Reply::Status(_) => "a status",
        Reply::Listed(_) => "a list",
        Reply::Reaped(_) => "a reap",
        Reply::Health(_) => "a health",
        Reply::Repaired(_) => "a repair",
        Reply::Purged(_) => "a purge",
        Reply::Rotated(_) => "a rotate",
        Reply::Rekeyed(_) => "a rekey",
        Reply::Adopted(_) => "an adopt",
        Reply::IdleLimited(_) => "an idle limit",
        Reply::Failed(_) => "a failure",
    };
    Error::Internal(format!("the answer was that to {reply}"))
}

#[cfg(test)]
mod tests;
