//! Engines and stores that block, as the driver asks them: from threads of the handle's.

use std::sync::Arc;
use std::time::{Duration, Instant};

use portreeve_core::effect::{EngineEffect, Fence, StoreEffect};
use portreeve_core::id::{EngineId, InstallationId};
use portreeve_core::outcome::{EngineEvent, EngineOutcome, StoreOutcome};
use portreeve_tokio::Underway;
use portreeve_tokio::internals::{NotWorked, Workers};

use crate::backend::{Engine, Events, Store};

/// How long a thread waits for an event before it looks whether anybody still wants to be told.
const LISTEN: Duration = Duration::from_millis(500);

/// Something that blocks, called from threads of the handle's.
pub(crate) struct OnThreads<T: ?Sized>(pub(crate) Arc<Workers<T>>);

impl portreeve_tokio::Engine for OnThreads<dyn Engine> {
    fn carry_out<'a>(
        &'a self,
        effect: &'a EngineEffect,
        limit: Duration,
        fence: &'a Fence,
    ) -> Underway<'a, EngineOutcome> {
        let (effect, fence, asked) = (effect.clone(), fence.clone(), Instant::now());
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
            let events = BlockingEvents {
                events: Some(opened?),
                workers: Arc::clone(&self.0),
            };
            Ok(Box::new(events) as Box<dyn portreeve_tokio::Events>)
        })
    }
}

/// Events that a thread waits for.
struct BlockingEvents {
    /// Not there while a thread waits for the next.
    events: Option<Box<dyn Events>>,
    workers: Arc<Workers<dyn Engine>>,
}

impl portreeve_tokio::Events for BlockingEvents {
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
        let (effect, asked) = (effect.clone(), Instant::now());
        Box::pin(async move {
            let call = move |store: &dyn Store| store.carry_out(&effect, left(asked, limit));
            let outcome = self.0.ask(call).await;
            outcome.unwrap_or_else(NotWorked::into_store_outcome)
        })
    }
}

/// What is left of a limit once a thread gets to what was asked.
fn left(asked: Instant, limit: Duration) -> Duration {
    limit.saturating_sub(asked.elapsed())
}
