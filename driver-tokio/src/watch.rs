//! Follows what happens on the engine, for as long as the lifecycle wants to be told.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use portreeve_core::id::InstallationId;
use portreeve_core::outcome::{EngineEvent, EngineOutcome};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::backend::Underway;
use crate::engine::{EngineClient, EventStream};
use crate::errand;

/// How long an engine may take to agree to tell what happens. A watch has no time limit, and one
/// that never opens would leave the lifecycle without events for good.
const OPENING: Duration = Duration::from_secs(20);

/// Tells what happens on a container engine.
pub(crate) trait Events: Send + Sync + 'static {
    /// Asks to be told what happens to an installation's containers. Done once it is agreed to.
    fn watch(
        &self,
        installation: InstallationId,
    ) -> Underway<'_, Result<Box<dyn Stream>, EngineOutcome>>;
}

/// What happens, one after the other.
pub(crate) trait Stream: Send {
    /// The next event, or how the stream ended.
    fn next(&mut self) -> Underway<'_, Result<EngineEvent, EngineOutcome>>;
}

impl Events for EngineClient {
    fn watch(
        &self,
        installation: InstallationId,
    ) -> Underway<'_, Result<Box<dyn Stream>, EngineOutcome>> {
        Box::pin(async move {
            let stream = self.watch(installation).await?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }
}

impl Stream for EventStream {
    fn next(&mut self) -> Underway<'_, Result<EngineEvent, EngineOutcome>> {
        Box::pin(self.next())
    }
}

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
    events: &dyn Events,
    installation: InstallationId,
    mut tell: impl FnMut(EngineEvent),
) -> EngineOutcome {
    // A fault in a client must not leave the lifecycle believing that it is told.
    let fault = |panic: Box<dyn Any + Send>| errand::fault(panic.as_ref());
    let opening = AssertUnwindSafe(events.watch(installation)).catch_unwind();
    let mut stream = match timeout(OPENING, opening).await {
        Ok(Ok(Ok(stream))) => stream,
        Ok(Ok(Err(outcome))) => return outcome,
        Ok(Err(panic)) => return EngineOutcome::Unreachable(fault(panic)),
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
            Err(panic) => return EngineOutcome::Unclear(fault(panic)),
        }
    }
}

#[cfg(test)]
mod tests {
    use portreeve_core::id::ContainerId;
    use portreeve_core::outcome::Change;
    use tokio::sync::mpsc;

    use super::*;
    use crate::fakes::FakeEvents;

    const INSTALLATION: InstallationId = InstallationId::from_bytes([1; 16]);

    fn event(change: Change) -> EngineEvent {
        EngineEvent::Container {
            id: ContainerId::new("c"),
            user: None,
            change,
        }
    }

    #[tokio::test]
    async fn what_happens_is_told_in_order_between_the_opening_and_the_end() {
        let events = FakeEvents::default();
        let (happens, stream) = mpsc::unbounded_channel();
        events.streams.lock().unwrap().push_back(stream);
        let happened = [event(Change::Started), event(Change::Died)];
        for event in happened.clone() {
            happens.send(event).unwrap();
        }
        drop(happens);
        let mut told = Vec::new();
        let outcome = follow(&events, INSTALLATION, |event| told.push(event)).await;
        assert!(matches!(outcome, EngineOutcome::Unclear(text) if text.contains("ended")));
        let [started, died] = happened;
        assert_eq!(told, [EngineEvent::Opened, started, died]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_opens_was_not_reached() {
        let mut told = Vec::new();
        let events = FakeEvents::default();
        let outcome = follow(&events, INSTALLATION, |event| told.push(event)).await;
        assert!(matches!(outcome, EngineOutcome::Unreachable(_)));
        assert_eq!(told, []);
    }

    struct Panicking;

    impl Events for Panicking {
        fn watch(&self, _: InstallationId) -> Underway<'_, Result<Box<dyn Stream>, EngineOutcome>> {
            Box::pin(async { Ok(Box::new(Self) as Box<dyn Stream>) })
        }
    }

    impl Stream for Panicking {
        fn next(&mut self) -> Underway<'_, Result<EngineEvent, EngineOutcome>> {
            Box::pin(async { panic!("as the test wants it") })
        }
    }

    #[tokio::test]
    async fn after_a_panic_the_stream_is_over() {
        let outcome = follow(&Panicking, INSTALLATION, |_| ()).await;
        assert!(matches!(outcome, EngineOutcome::Unclear(_)));
    }
}
