//! A handle is opened, asked and closed.

use std::fmt;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use portreeve_core::command::Progress;
use portreeve_core::event::Actor;
use portreeve_core::settings::Settings;
use portreeve_tokio::engine::EngineClient;
use portreeve_tokio::internals::call::Call;
use portreeve_tokio::internals::{Clients, Driver, unanswered};
use portreeve_tokio::{Config, Error};

use crate::ask::ask;
use crate::backend::{Backend, Backends, Store};
use crate::on_threads::OnThreads;
use crate::store::StoreClient;
use crate::threads::{EffectThread, Threads, engine_workers, store_workers};

/// A handle on all users' containers. Clones are cheap and share everything.
///
/// Each call is one command, and blocks until it is answered: by its deadline at the latest, or
/// before, where the caller's patience is [limited](Self::within). Any number of threads may call at
/// once, be they inside of an async runtime or not (whose other tasks then wait, too: hosts with a
/// runtime are served better by `portreeve-tokio`). Calls for the same thing share one run.
///
/// Dropping the last handle stops no container, begins nothing new, and waits until the handle's
/// threads have ended: an instant, or for as long as a call on the store takes that is under way. What
/// was just under way for a user may leave a lease behind, for which the next controller waits
/// ([`Timing::lease`](portreeve_core::settings::Timing::lease)); [`close`](Self::close) gives it
/// back.
///
/// # Errors
///
/// An error tells its [`code`](Error::code). Any call may meet an engine or store out of reach
/// (`engine_unreachable`, `store_unreachable`), saying no (`engine_refused`, `store_refused`) or
/// not being the one that was meant (`engine_changed`), the end of its time (`timeout`) or of its
/// caller's patience (`taken_back`), and a handle that was closed (`closed`). One for a single user
/// may also be given a text that can't be a user's id (`invalid_user`), find a record or token that
/// can't be read (`record_unreadable`, `token_unreadable`), and be overtaken by a later one for the
/// same user (`superseded`). One for all users answers with what went wrong for some of them, and
/// serves the others. What each may meet beside that is told with it.
#[derive(Clone)]
pub struct Portreeve {
    shared: Arc<Shared>,
    /// How long a call may take before it is taken back.
    patience: Option<Duration>,
    /// Who asks, as the event log tells it.
    actor: Option<Actor>,
}

/// What all clones of a handle share.
struct Shared {
    driver: Arc<Driver>,
    threads: Threads,
    /// How long closing may take.
    lease: Duration,
}

impl Portreeve {
    /// Opens a handle. Nothing is connected to before it is needed: an engine or store that isn't
    /// reached is the error of the call that needed it. What the settings'
    /// [`Maintenance`](portreeve_core::settings::Maintenance) asks for begins at once, by itself.
    ///
    /// Open one handle and clone it: each has a lifecycle of its own, and two in one process treat
    /// each other as strangers.
    pub fn open(config: Config) -> Result<Self, Error> {
        let (settings, backends) = Backends::of(config);
        Self::open_with(settings, backends)
    }

    /// Opens a handle over an engine or a store of one's own, or both. Everything else is as with
    /// [`open`](Self::open).
    pub fn open_with(settings: Settings, backends: Backends) -> Result<Self, Error> {
        let store: Arc<dyn Store> = match backends.store {
            Backend::At(address) => Arc::new(StoreClient::new(address)?),
            Backend::Own(store) => store,
        };
        let store = Arc::new(store_workers(store));
        let (engine, own): (Arc<dyn portreeve_tokio::Engine>, _) = match backends.engine {
            Backend::At(address) => (Arc::new(EngineClient::new(address)?), None),
            Backend::Own(engine) => {
                let own = Arc::new(engine_workers(engine));
                (Arc::new(OnThreads(Arc::clone(&own))), Some(own))
            }
        };
        let clients = Clients {
            engine,
            store: Arc::new(OnThreads(Arc::clone(&store))),
        };
        let threads = Threads {
            effects: EffectThread::start()?,
            engine: own,
            store,
        };
        // Whoever still holds a lease after that has lost it: there is nothing left to give back.
        let lease = settings.timing.lease;
        let driver = Driver::seeded(settings, clients, threads.effects.runtime().clone())?;
        let shared = Arc::new(Shared {
            driver,
            threads,
            lease,
        });
        Ok(Self {
            shared,
            patience: None,
            actor: None,
        })
    }

    /// The same handle, whose calls are taken back and fail with `taken_back` where they are not
    /// answered within `patience`. What was begun for them goes on to a known state, and a later call
    /// joins it.
    #[must_use]
    pub fn within(&self, patience: Duration) -> Self {
        Self {
            patience: Some(patience),
            ..self.clone()
        }
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
    pub fn close(self) {
        if !self.shared.threads.effects.is_here() {
            // It is the other process's to close.
            return;
        }
        let driver = Arc::clone(&self.shared.driver);
        driver.close();
        let (settled, end) = mpsc::channel();
        self.shared.threads.effects.runtime().spawn(async move {
            driver.settled().await;
            // Nobody hears it who has waited for too long.
            let _ = settled.send(());
        });
        if end.recv_timeout(self.shared.lease).is_err() {
            tracing::warn!(
                "closed with effects still under way; their leases expire by themselves"
            );
        }
        self.shared.driver.report_lost_activity();
    }

    pub(super) fn call<A>(&self, call: &Call<A>) -> Result<A, Error> {
        self.call_with_progress(call, |_| ())
    }

    pub(super) fn call_with_progress<A>(
        &self,
        call: &Call<A>,
        tell: impl FnMut(Progress),
    ) -> Result<A, Error> {
        ask(
            &self.shared.driver,
            call,
            self.actor.clone(),
            self.patience,
            tell,
        )
    }

    pub(super) fn driver(&self) -> Arc<Driver> {
        Arc::clone(&self.shared.driver)
    }

    pub(super) fn patience(&self) -> Option<Duration> {
        self.patience
    }

    /// Has something done on the handle's own thread, and tells where to hear what came of it.
    pub(super) fn begin_on_thread<T: Send + 'static>(
        &self,
        what: impl Future<Output = T> + Send + 'static,
    ) -> Result<mpsc::Receiver<T>, Error> {
        let thread = &self.shared.threads.effects;
        if !thread.is_here() {
            return Err(Error::Forked);
        }
        let (told, hears) = mpsc::channel();
        thread.runtime().spawn(async move {
            // Nobody hears it who has gone.
            let _ = told.send(what.await);
        });
        Ok(hears)
    }

    /// The same, and waits for it, as long as the caller's patience lasts.
    pub(super) fn on_thread<T: Send + 'static>(
        &self,
        what: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let hears = self.begin_on_thread(what)?;
        let told = match self.patience {
            Some(patience) => match hears.recv_timeout(patience) {
                Err(mpsc::RecvTimeoutError::Timeout) => return Err(Error::TakenBack(patience)),
                told => told.ok(),
            },
            None => hears.recv().ok(),
        };
        told.ok_or_else(unanswered)?
    }
}

impl fmt::Debug for Portreeve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Portreeve").finish_non_exhaustive()
    }
}
