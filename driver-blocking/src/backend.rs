//! Engines and stores of one's own, by calls that block.

use std::sync::Arc;
use std::time::{Duration, Instant as Moment};

use portreeve_core::effect::{EngineEffect, Fence, StoreEffect};
use portreeve_core::id::{EngineId, InstallationId};
use portreeve_core::outcome::{EngineEvent, EngineOutcome, StoreOutcome};
pub use portreeve_tokio::Backend;
use portreeve_tokio::Underway;
use portreeve_tokio::parts::{BackendsOf, NotWorked, Workers};

/// How long a thread waits for an event before it looks whether anybody still wants to be told.
const LISTEN: Duration = Duration::from_millis(500);

/// Carries out what is asked of a container engine.
///
/// Each effect says what it is to be answered with. It is called from threads that belong to the
/// handle, several at once.
pub trait Engine: Send + Sync + 'static {
    /// Carries out one request, which is not to be sent where its [`Fence`] forbids it: past its
    /// not-after time (by the clock that [`now`](crate::now) tells), or to another engine than it is
    /// for, which is `OtherEngine`. An engine that can be replaced behind the client's back by another
    /// must be looked at after each reconnection. Every failure is an outcome: `Unreachable` where
    /// surely nothing was done, `Unclear` where it may have been.
    ///
    /// After `limit` nobody waits for the outcome any more, and it had better return; a panic costs
    /// this effect alone. A [`Watch`](EngineEffect::Watch) goes to [`watch`](Self::watch) instead.
    fn carry_out(&self, effect: &EngineEffect, limit: Duration, fence: &Fence) -> EngineOutcome;

    /// Asks to be told what happens to an installation's containers on this engine, if one is named,
    /// and returns once that is agreed to; else `Unreachable` or `OtherEngine`. Needed only where [`Upkeep::watch`](portreeve_core::settings::Upkeep)
    /// is on: unless it is written, the engine tells nothing.
    fn watch(
        &self,
        _installation: InstallationId,
        _engine: Option<&EngineId>,
    ) -> Result<Box<dyn Events>, EngineOutcome> {
        let text = "this engine doesn't tell what happens".to_owned();
        Err(EngineOutcome::Unreachable(text))
    }

    /// From how many threads it may be called at once.
    fn at_once(&self) -> usize {
        32
    }
}

/// What happens on an engine, one after the other. Dropped where nobody wants to be told any more.
pub trait Events: Send + 'static {
    /// The next event, `None` where none came within `patience`, or how the stream ended: `Unclear`,
    /// with why.
    fn next(&mut self, patience: Duration) -> Result<Option<EngineEvent>, EngineOutcome>;
}

/// Carries out what is asked of a store.
///
/// Each effect is atomic, says what it is to be answered with, and is timed by the store's clock
/// alone. It is called from threads that belong to the handle, several at once, and serves any
/// number of controllers.
pub trait Store: Send + Sync + 'static {
    /// Carries out one statement. Every failure is an outcome: `Unreachable` where surely nothing
    /// was done, `Unclear` where it may have been.
    ///
    /// After `limit` nobody waits for the outcome any more, and it had better return; a panic costs
    /// this effect alone.
    fn carry_out(&self, effect: &StoreEffect, limit: Duration) -> StoreOutcome;

    /// From how many threads it may be called at once.
    fn at_once(&self) -> usize {
        8
    }
}

/// The engine and the store that a handle is opened over.
pub type Backends = BackendsOf<dyn Engine, dyn Store>;

/// Something that blocks, called from threads of the handle's.
pub(crate) struct OnThreads<T: ?Sized>(pub(crate) Arc<Workers<T>>);

impl portreeve_tokio::Engine for OnThreads<dyn Engine> {
    fn carry_out<'a>(
        &'a self,
        effect: &'a EngineEffect,
        limit: Duration,
        fence: &'a Fence,
    ) -> Underway<'a, EngineOutcome> {
        let (effect, fence, asked) = (effect.clone(), fence.clone(), Moment::now());
        Box::pin(async move {
            let call = move |engine: &dyn Engine| {
                let past = |not_after| portreeve_tokio::now() > not_after;
                if fence.not_after.is_some_and(past) {
                    return EngineOutcome::Expired;
                }
                engine.carry_out(&effect, left(asked, limit), &fence)
            };
            let outcome = self.0.ask(call).await;
            outcome.unwrap_or_else(NotWorked::into_engine_outcome)
        })
    }

    fn watch<'a>(
        &'a self,
        installation: InstallationId,
        on: Option<&'a EngineId>,
    ) -> Underway<'a, Result<Box<dyn portreeve_tokio::Events>, EngineOutcome>> {
        let on = on.cloned();
        Box::pin(async move {
            let watch = move |engine: &dyn Engine| engine.watch(installation, on.as_ref());
            let opened = self.0.ask(watch).await;
            // A request for events that came to nothing began nothing.
            let opened = opened.map_err(|why| EngineOutcome::Unreachable(why.to_string()))?;
            let told = Told {
                events: Some(opened?),
                workers: Arc::clone(&self.0),
            };
            Ok(Box::new(told) as Box<dyn portreeve_tokio::Events>)
        })
    }
}

/// Events that a thread waits for.
struct Told {
    /// Not there while a thread waits for the next.
    events: Option<Box<dyn Events>>,
    workers: Arc<Workers<dyn Engine>>,
}

impl portreeve_tokio::Events for Told {
    fn next(&mut self) -> Underway<'_, Result<EngineEvent, EngineOutcome>> {
        Box::pin(async move {
            while let Some(mut events) = self.events.take() {
                let heard = self.workers.ask(move |_| (events.next(LISTEN), events));
                let (told, events) = heard
                    .await
                    .map_err(|why| EngineOutcome::Unclear(why.to_string()))?;
                self.events = Some(events);
                if let Some(event) = told? {
                    return Ok(event);
                }
            }
            Err(EngineOutcome::Unclear("the events ended".to_owned()))
        })
    }
}

impl portreeve_tokio::Store for OnThreads<dyn Store> {
    fn carry_out<'a>(
        &'a self,
        effect: &'a StoreEffect,
        limit: Duration,
    ) -> Underway<'a, StoreOutcome> {
        let (effect, asked) = (effect.clone(), Moment::now());
        Box::pin(async move {
            let call = move |store: &dyn Store| store.carry_out(&effect, left(asked, limit));
            let outcome = self.0.ask(call).await;
            outcome.unwrap_or_else(NotWorked::into_store_outcome)
        })
    }
}

/// What is left of a limit once a thread gets to what was asked.
fn left(asked: Moment, limit: Duration) -> Duration {
    limit.saturating_sub(asked.elapsed())
}
