//! Follows what happens on the engine, for as long as the lifecycle wants to be told.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use portreeve_core::id::{EngineId, InstallationId};
use portreeve_core::outcome::{EngineEvent, EngineOutcome};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::backend::Engine;
use crate::fault::fault;

/// How long an engine may take to agree to tell what happens. A watch has no time limit, and one
/// that never opens would leave the lifecycle without events for good.
const OPENING: Duration = Duration::from_secs(20);

/// A watch that is under way. Dropping it ends it at once.
pub(crate) struct Watch(AbortHandle);

impl Watch {
    /// Takes care of the task that carries it out.
    pub(crate) fn new(task: AbortHandle) -> Self {
        Self(task)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Tells that the stream is open and what happens from then on, until it ends, and how it ended.
/// Never panics unless `tell` does: the lifecycle waits for the outcome.
pub(crate) async fn follow(
    engine: &dyn Engine,
    installation: InstallationId,
    on: Option<&EngineId>,
    mut tell: impl FnMut(EngineEvent),
) -> EngineOutcome {
    // A fault in a client must not leave the lifecycle believing that it is told.
    let opening = AssertUnwindSafe(engine.watch(installation, on)).catch_unwind();
    let mut stream = match timeout(OPENING, opening).await {
        Ok(Ok(Ok(stream))) => stream,
        Ok(Ok(Err(outcome))) => return outcome,
        Ok(Err(panic)) => return EngineOutcome::Unreachable(fault(panic.as_ref())),
        Err(_elapsed) => {
            let text = format!("no answer within {} s", OPENING.as_secs());
            return EngineOutcome::Unreachable(text);
        }
    };
    tell(EngineEvent::Opened);
    loop {
        match AssertUnwindSafe(stream.next()).catch_unwind().await {
            Ok(Ok(event)) => tell(event),
            Ok(Err(outcome)) => return outcome,
            Err(panic) => return EngineOutcome::Unclear(fault(panic.as_ref())),
        }
    }
}

#[cfg(test)]
mod tests {
    use portreeve_core::effect::{EngineEffect, Fence};
    use portreeve_core::id::ContainerId;
    use portreeve_core::outcome::ContainerChange;
    use tokio::sync::mpsc;

    use super::*;
    use crate::backend::{Events, Underway};
    use crate::fakes::{FakeEngine, Starts};

    const INSTALLATION: InstallationId = InstallationId::from_bytes([1; 16]);

    fn event(change: ContainerChange) -> EngineEvent {
        EngineEvent::Container {
            id: ContainerId::new("c"),
            user: None,
            change,
        }
    }

    #[tokio::test]
    async fn what_happens_is_told_in_order_between_the_opening_and_the_end() {
        let engine = FakeEngine::new(Starts::Done);
        let (happens, stream) = mpsc::unbounded_channel();
        engine.streams.lock().unwrap().push_back(stream);
        let happened = [
            event(ContainerChange::Started),
            event(ContainerChange::Died),
        ];
        for event in happened.clone() {
            happens.send(event).unwrap();
        }
        drop(happens);
        let mut told = Vec::new();
        let outcome = follow(&*engine, INSTALLATION, None, |event| told.push(event)).await;
        assert!(matches!(outcome, EngineOutcome::Unclear(text) if text.contains("ended")));
        let [started, died] = happened;
        assert_eq!(told, [EngineEvent::Opened, started, died]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_opens_was_not_reached() {
        let mut told = Vec::new();
        let engine = FakeEngine::new(Starts::Done);
        let outcome = follow(&*engine, INSTALLATION, None, |event| told.push(event)).await;
        assert!(matches!(outcome, EngineOutcome::Unreachable(_)));
        assert_eq!(told, []);
    }

    struct Panicking;

    impl Engine for Panicking {
        fn carry_out<'a>(
            &'a self,
            _: &'a EngineEffect,
            _: Duration,
            _: &'a Fence,
        ) -> Underway<'a, EngineOutcome> {
            unreachable!("it is only watched")
        }

        fn watch<'a>(
            &'a self,
            _: InstallationId,
            _: Option<&'a EngineId>,
        ) -> Underway<'a, Result<Box<dyn Events>, EngineOutcome>> {
            Box::pin(async { Ok(Box::new(Self) as Box<dyn Events>) })
        }
    }

    impl Events for Panicking {
        fn next(&mut self) -> Underway<'_, Result<EngineEvent, EngineOutcome>> {
            Box::pin(async { panic!("as the test wants it") })
        }
    }

    #[tokio::test]
    async fn after_a_panic_the_stream_is_over() {
        let outcome = follow(&Panicking, INSTALLATION, None, |_| ()).await;
        assert!(matches!(outcome, EngineOutcome::Unclear(_)));
    }
}
