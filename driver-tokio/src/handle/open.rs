//! A handle is opened, asked and closed.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portreeve_core::command::Progress;
use portreeve_core::event::Actor;
use portreeve_core::settings::Settings;
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::backend::{Backend, Backends, Clients};
use crate::call::Call;
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
    pub(super) driver: Arc<Driver>,
    /// How long closing may take.
    patience: Duration,
    /// Who asks, as the event log tells it.
    actor: Option<Actor>,
}

impl Portreeve {
    /// Opens a handle. Nothing is connected to before it is needed: an engine or store that isn't
    /// reached is the error of the call that needed it. What the settings'
    /// [`Maintenance`](portreeve_core::settings::Maintenance) asks for begins at once, by itself.
    ///
    /// Must be called inside of a tokio runtime with I/O and time enabled, which then carries out
    /// what is to be done. Open one handle and clone it: each has a lifecycle of its own, and two
    /// in one process treat each other as strangers.
    pub fn open(config: Config) -> Result<Self, Error> {
        let (settings, backends) = Backends::of(config);
        Self::open_with(settings, backends)
    }

    /// Opens a handle over an engine or a store of one's own, or both. Everything else is as with
    /// [`open`](Self::open).
    pub fn open_with(settings: Settings, backends: Backends) -> Result<Self, Error> {
        Self::over(settings, clients(backends)?)
    }

    pub(crate) fn over(settings: Settings, clients: Clients) -> Result<Self, Error> {
        let runtime = Handle::try_current().map_err(|_| Error::NoRuntime)?;
        // Whoever still holds a lease after that has lost it: there is nothing left to give back.
        let patience = settings.timing.lease;
        Ok(Self {
            driver: Driver::seeded(settings, clients, runtime)?,
            patience,
            actor: None,
        })
    }

    /// The same handle, of which the [event log](Self::events) tells that this one asked.
    #[must_use]
    pub fn on_behalf_of(&self, actor: Actor) -> Self {
        Self {
            actor: Some(actor),
            ..self.clone()
        }
    }

    /// Ends what it does, for all clones: whoever waits for an answer gets the error `closed`, and
    /// so does whoever asks later. The effects that are under way, and those that follow from them
    /// at once, come to an end, so that leases are given back; that is waited for, but for as long
    /// as a lease lasts ([`Timing::lease`](portreeve_core::settings::Timing::lease)) at most. Stops
    /// no container.
    ///
    /// It doesn't wait for what only time brings: while the store is out of reach, leases are left
    /// to expire.
    ///
    /// Activity that is pending, since the store didn't answer, is flushed once more. If that fails, the
    /// log tells of how many users it is lost.
    pub async fn close(self) {
        self.driver.close();
        if timeout(self.patience, self.driver.settled()).await.is_err() {
            tracing::warn!(
                "closed with effects still under way; their leases expire by themselves"
            );
        }
        self.driver.report_lost_activity();
    }

    pub(super) async fn call<A>(&self, call: Call<A>) -> Result<A, Error> {
        self.driver.call(call, self.actor.clone()).await
    }

    pub(super) async fn call_with_progress<A>(
        &self,
        call: Call<A>,
        tell: impl FnMut(Progress),
    ) -> Result<A, Error> {
        let actor = self.actor.clone();
        self.driver.call_with_progress(call, actor, tell).await
    }
}

/// The built-in clients of what is at an address, and those that a host brings.
fn clients(backends: Backends) -> Result<Clients, Error> {
    Ok(Clients {
        engine: match backends.engine {
            Backend::At(address) => Arc::new(EngineClient::new(address)?),
            Backend::Own(engine) => engine,
        },
        store: match backends.store {
            Backend::At(address) => Arc::new(StoreClient::new(address)?),
            Backend::Own(store) => store,
        },
    })
}

impl fmt::Debug for Portreeve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Portreeve").finish_non_exhaustive()
    }
}
