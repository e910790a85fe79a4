//! The handle that hosts hold.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portreeve_core::command::{Command, Reply, Stopped, UserStatus};
use portreeve_core::settings::Settings;
use portreeve_core::user::UserId;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tracing::Instrument as _;

use crate::backend::Backends;
use crate::config::Config;
use crate::driver::Driver;
use crate::endpoint::Endpoint;
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
#[derive(Clone)]
pub struct Portreeve {
    driver: Arc<Driver>,
    /// How long closing may take.
    patience: Duration,
}

impl Portreeve {
    /// Opens a handle. Nothing is connected to before it is needed: an engine or store that isn't
    /// reached is the error of the call that needed it.
    ///
    /// Must be called inside of a tokio runtime with I/O and time enabled, which then carries out
    /// what is to be done. Open one handle and clone it: each has a lifecycle of its own, and two
    /// in one process treat each other as strangers.
    pub fn open(config: Config) -> Result<Self, Error> {
        let backends = Backends {
            engine: Arc::new(EngineClient::new(config.engine)?),
            store: Arc::new(StoreClient::new(config.store)?),
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

    /// Has the user's container run and be ready, and tells where it answers. Counts as activity.
    pub async fn ensure(&self, user: &str) -> Result<Endpoint, Error> {
        let user = UserId::new(user)?;
        let span = tracing::info_span!("ensure", ?user);
        match self.ask(Command::Ensure(user), span).await? {
            Reply::Ensured(endpoint) => Ok(endpoint.into()),
            other => Err(mixed_up(&other)),
        }
    }

    /// Stops the user's container. An unknown user is no error.
    pub async fn stop(&self, user: &str) -> Result<Stopped, Error> {
        let user = UserId::new(user)?;
        let span = tracing::info_span!("stop", ?user);
        match self.ask(Command::Stop(user), span).await? {
            Reply::Stopped(stopped) => Ok(stopped),
            other => Err(mixed_up(&other)),
        }
    }

    /// Notes that the user was active now, and tells whether there is such a user.
    pub async fn touch(&self, user: &str) -> Result<bool, Error> {
        let user = UserId::new(user)?;
        let span = tracing::debug_span!("touch", ?user);
        match self.ask(Command::Touch(user), span).await? {
            Reply::Touched(known) => Ok(known),
            other => Err(mixed_up(&other)),
        }
    }

    /// Tells what is known of the user, who must be known. Doesn't count as activity.
    pub async fn status(&self, user: &str) -> Result<UserStatus, Error> {
        let user = UserId::new(user)?;
        let span = tracing::debug_span!("status", ?user);
        match self.ask(Command::Status(user), span).await? {
            Reply::Status(status) => Ok(status),
            other => Err(mixed_up(&other)),
        }
    }

    /// Tells what is known of all users, in user order. Doesn't count as activity.
    pub async fn list(&self) -> Result<Vec<UserStatus>, Error> {
        let span = tracing::debug_span!("list");
        match self.ask(Command::List, span).await? {
            Reply::Listed(users) => Ok(users),
            other => Err(mixed_up(&other)),
        }
    }

    /// Lets what is under way come to an end, so that its leases are given back; for as long as a
    /// lease lasts at most. Stops no container.
    pub async fn close(self) {
        if timeout(self.patience, self.driver.settled()).await.is_err() {
            tracing::warn!(
                "closed with effects still under way; their leases expire by themselves"
            );
        }
    }

    async fn ask(&self, command: Command, span: tracing::Span) -> Result<Reply, Error> {
        async {
            match self.driver.ask(command).await? {
                Reply::Failed(error) => {
                    tracing::debug!(code = error.code(), "failed");
                    Err(error.into())
                }
                reply => Ok(reply),
            }
        }
        .instrument(span)
        .await
    }
}

impl fmt::Debug for Portreeve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Portreeve").finish_non_exhaustive()
    }
}

fn mixed_up(reply: &Reply) -> Error {
    let reply = match reply {
        Reply::Ensured(_) => "an ensure",
        Reply::Stopped(_) => "a stop",
        Reply::Touched(_) => "a touch",
        Reply::Status(_) => "a status",
        Reply::Listed(_) => "a list",
        Reply::Failed(_) => "a failure",
    };
    Error::Internal(format!("the answer was that to {reply}"))
}
