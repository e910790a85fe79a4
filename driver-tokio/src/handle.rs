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

    /// Lets the effects that are under way come to an end, and those that follow from them at
    /// once, so that leases are given back; for as long as a lease lasts at most. Stops no
    /// container.
    ///
    /// It doesn't wait for what only time brings: where a container is still becoming ready, its
    /// user's lease is left to expire.
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::FutureExt as _;
    use futures_util::future::join_all;
    use portreeve_core::command::Ensured;
    use portreeve_core::effect::EngineEffect;
    use tempfile::TempDir;

    use super::*;
    use crate::fakes::{FakeEngine, Starts, backends, settings};

    struct World {
        portreeve: Portreeve,
        engine: Arc<FakeEngine>,
        directory: TempDir,
    }

    impl World {
        fn new(starts: Starts) -> Self {
            let engine = FakeEngine::new(starts);
            let directory = tempfile::tempdir().unwrap();
            let portreeve = Portreeve::over(settings(), backends(&engine, &directory)).unwrap();
            Self {
                portreeve,
                engine,
                directory,
            }
        }

        /// Another controller on the same engine and store.
        fn another(&self) -> Portreeve {
            Portreeve::over(settings(), backends(&self.engine, &self.directory)).unwrap()
        }

        fn starts(&self) -> usize {
            self.engine
                .count(|effect| matches!(effect, EngineEffect::Start { .. }))
        }
    }

    #[tokio::test]
    async fn many_calls_for_one_user_share_one_run() {
        let world = World::new(Starts::Done);
        let calls = (0..20).map(|_| world.portreeve.ensure("alice"));
        let answers = join_all(calls).await;
        let first = answers[0].clone().unwrap();
        assert_eq!(first.outcome(), Ensured::Created);
        for answer in answers {
            assert_eq!(answer.unwrap().container_id(), first.container_id());
        }
        assert_eq!(world.starts(), 1);
    }

    #[tokio::test]
    async fn an_answer_that_is_known_passes_through_no_task() {
        let world = World::new(Starts::Done);
        world.portreeve.ensure("alice").await.unwrap();
        // Polled once, without a chance for any task to run.
        let answer = world.portreeve.touch("alice").now_or_never();
        assert_eq!(answer, Some(Ok(true)));
    }

    #[tokio::test]
    async fn a_call_that_is_dropped_is_taken_back() {
        let world = World::new(Starts::Held);
        let mut call = Box::pin(world.portreeve.ensure("alice"));
        tokio::select! {
            _ = &mut call => panic!("the start is held"),
            begun = world.engine.start_begun.acquire() => begun.unwrap().forget(),
        }
        assert_eq!(world.portreeve.driver.waiting(), 1);
        drop(call);
        assert_eq!(world.portreeve.driver.waiting(), 0);
    }

    #[tokio::test]
    async fn closing_lets_what_is_under_way_finish_and_gives_the_lease_back() {
        let world = World::new(Starts::Held);
        let mut call = Box::pin(world.portreeve.ensure("alice"));
        tokio::select! {
            _ = &mut call => panic!("the start is held"),
            begun = world.engine.start_begun.acquire() => begun.unwrap().forget(),
        }
        drop(call);
        let another = world.another();
        let mut closing = Box::pin(world.portreeve.clone().close());
        assert!((&mut closing).now_or_never().is_none());
        world.engine.let_start.add_permits(1);
        closing.await;
        // Without waiting for the lease to expire.
        let answer = tokio::time::timeout(Duration::from_secs(5), another.ensure("alice")).await;
        assert_eq!(answer.unwrap().unwrap().outcome(), Ensured::AlreadyRunning);
    }

    #[tokio::test]
    async fn dropping_the_last_handle_ends_the_lifecycle_and_stops_nothing() {
        let world = World::new(Starts::Done);
        world.portreeve.ensure("alice").await.unwrap();
        let driver = Arc::downgrade(&world.portreeve.driver);
        drop(world.portreeve.clone());
        assert!(driver.upgrade().is_some());
        drop(world.portreeve);
        assert!(driver.upgrade().is_none());
        let stops = |effect: &EngineEffect| {
            matches!(
                effect,
                EngineEffect::Stop { .. } | EngineEffect::Remove { .. }
            )
        };
        assert_eq!(world.engine.count(stops), 0);
    }

    #[tokio::test]
    async fn a_user_id_that_cannot_be_is_the_callers_error() {
        let world = World::new(Starts::Done);
        let error = world.portreeve.ensure("").await.unwrap_err();
        assert_eq!(error.code(), "invalid_user");
        let error = world.portreeve.status("nobody").await.unwrap_err();
        assert_eq!(error.code(), "unknown_user");
    }

    #[test]
    fn without_a_runtime_there_is_no_handle() {
        let engine = FakeEngine::new(Starts::Done);
        let directory = tempfile::tempdir().unwrap();
        let opened = Portreeve::over(settings(), backends(&engine, &directory));
        assert_eq!(opened.unwrap_err(), Error::NoRuntime);
    }
}
