//! The engine, and what happens around it in real time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use portreeve_core::id::EngineId;
use portreeve_core::network::BRIDGE_CEILING;
use portreeve_core::time::Instant;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::ports::Ports;
use crate::api::{Api, Pending, Reply, Request, Response};
use crate::engine::{EPOCH, Engine, Failure, Habits, Ticket};

/// What all connections share.
#[derive(Clone)]
pub(super) struct Shared(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    /// Counts what has happened.
    changed: watch::Sender<u64>,
}

/// The engine, and what is around it.
pub(super) struct State {
    pub(super) api: Api,
    pub(super) ports: Ports,
    /// What was written down in containers, by the volume or container it was written in.
    pub(super) kept: BTreeMap<String, Vec<u8>>,
    waiting: BTreeMap<Ticket, oneshot::Sender<Result<(), Failure>>>,
    began: std::time::Instant,
    origin: Instant,
}

/// What became of a request at once.
pub(super) enum Begun {
    Now(Reply),
    Later(Waiting),
}

/// A request that is answered later.
pub(super) struct Waiting {
    result: oneshot::Receiver<Result<(), Failure>>,
    pending: Pending,
}

impl Waiting {
    /// Whether the answer is to begin at once.
    pub(super) fn begins_at_once(&self) -> bool {
        self.pending.begins_at_once()
    }

    /// Waits, and answers.
    pub(super) async fn answer(self, shared: &Shared) -> Response {
        let result = self.result.await.unwrap_or(Err(Failure::Down));
        shared.settle().await;
        shared.now().api.finish(self.pending, result)
    }
}

impl Shared {
    pub(super) fn new() -> Self {
        let origin = since_epoch();
        // An id of its own each time, as it remembers nothing.
        let mut engine = Engine::new(
            EngineId::new(format!("stand-in-{}", origin.as_micros())),
            origin.as_micros(),
        )
        .with_habits(Habits {
            pull: Duration::from_millis(20),
            bridge_ceiling: usize::try_from(BRIDGE_CEILING).ok(),
            ..Habits::default()
        });
        engine.keep_events(4096);
        engine.advance(origin);
        Self(Arc::new(Inner {
            state: Mutex::new(State {
                api: Api::new(engine, "stand-in"),
                ports: Ports::default(),
                kept: BTreeMap::new(),
                waiting: BTreeMap::new(),
                began: std::time::Instant::now(),
                origin,
            }),
            changed: watch::Sender::new(0),
        }))
    }

    /// The state as it is now, with everything that was due done.
    pub(super) fn now(&self) -> MutexGuard<'_, State> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.pump();
        state
    }

    /// Tells when something has happened.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    pub(super) fn has_changed(&self) {
        self.0.changed.send_modify(|count| *count += 1);
    }

    /// Carries a request out. Ports that containers gave up are free when this returns.
    pub(super) async fn handle(&self, request: Request<'_>) -> Begun {
        let begun = loop {
            let closing = {
                let mut state = self.now();
                let closing = state.ports.take_closing();
                if closing.is_empty() {
                    break state.begin(self, request);
                }
                closing
            };
            closed(closing).await;
        };
        self.has_changed();
        self.settle().await;
        begun
    }

    /// Opens and closes what containers listen on.
    pub(super) async fn settle(&self) {
        let closing = {
            let mut state = self.now();
            state.open_ports(self);
            state.ports.take_closing()
        };
        closed(closing).await;
    }

    /// Lets happen by itself what does.
    pub(super) async fn keep_time(self) {
        let mut changes = self.changes();
        loop {
            let next = {
                let state = self.now();
                let due = state.api.engine().next_due();
                due.map(|due| due.since(state.api.engine().now()))
            };
            match next {
                None => {
                    if changes.changed().await.is_err() {
                        return;
                    }
                }
                Some(wait) => {
                    tokio::select! {
                        // The engine counts in microseconds, so it isn't to be looked at early.
                        () = tokio::time::sleep(wait + Duration::from_millis(1)) => {
                            self.settle().await;
                            self.has_changed();
                        }
                        _ = changes.changed() => {}
                    }
                }
            }
        }
    }
}

async fn closed(closing: Vec<JoinHandle<()>>) {
    for task in closing {
        // It was told to end, and that is how it ends.
        let _ = task.await;
    }
}

/// The time by the wall clock, on the engine's clock.
fn since_epoch() -> Instant {
    let epoch = u64::try_from(EPOCH.as_micros()).unwrap_or_default();
    let since_1970 = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let micros = u64::try_from(since_1970.as_micros()).unwrap_or(u64::MAX);
    Instant::from_micros(micros.saturating_sub(epoch))
}

impl State {
    /// Brings the engine up to now, and answers whoever waited for what has happened.
    fn pump(&mut self) {
        let now = self.origin.after(self.began.elapsed());
        let engine = self.api.engine_mut();
        engine.advance(now);
        for (ticket, result) in engine.take_results() {
            if let Some(waiting) = self.waiting.remove(&ticket) {
                // The client may have gone.
                let _ = waiting.send(result);
            }
        }
    }

    fn begin(&mut self, shared: &Shared, request: Request<'_>) -> Begun {
        let reserved = self.reserve(request);
        let reply = self.api.handle(request);
        let begun = match reply {
            Reply::Later(ticket, pending) => {
                let (sender, receiver) = oneshot::channel();
                self.waiting.insert(ticket, sender);
                Begun::Later(Waiting {
                    result: receiver,
                    pending,
                })
            }
            reply @ (Reply::Whole(_) | Reply::Events(_) | Reply::Follow { .. }) => {
                Begun::Now(reply)
            }
        };
        self.pump();
        self.release(reserved);
        self.open_ports(shared);
        begun
    }
}
