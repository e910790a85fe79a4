//! The lock around the lifecycle: whoever feeds it drains it, and what it wants done is spawned.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::Errand;
use portreeve_core::error::ApiMisuse;
use portreeve_core::id::RequestId;
use portreeve_core::lifecycle::{Lifecycle, Output};
use portreeve_core::settings::Settings;
use portreeve_core::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use crate::backend::Backends;
use crate::error::Error;
use crate::{clock, errand, timer};

/// What all clones of a handle share.
pub(crate) struct Driver {
    state: Mutex<State>,
    backends: Backends,
    runtime: Handle,
    /// When the lifecycle wants to be told the time next.
    deadline: watch::Sender<Option<Instant>>,
    /// How many effects are under way.
    underway: watch::Sender<usize>,
}

struct State {
    lifecycle: Lifecycle,
    waiting: HashMap<RequestId, oneshot::Sender<Reply>>,
}

impl Driver {
    /// Makes one, with the timer that serves it for as long as it lives.
    pub(crate) fn new(
        settings: Settings,
        seed: [u8; 32],
        backends: Backends,
        runtime: Handle,
    ) -> Arc<Self> {
        let driver = Arc::new(Self {
            state: Mutex::new(State {
                lifecycle: Lifecycle::new(settings, seed, clock::now()),
                waiting: HashMap::new(),
            }),
            backends,
            runtime,
            deadline: watch::Sender::new(None),
            underway: watch::Sender::new(0),
        });
        let deadline = driver.deadline.subscribe();
        driver
            .runtime
            .spawn(timer::run(Arc::downgrade(&driver), deadline));
        driver
    }

    /// Asks the lifecycle and waits for its answer. One that is known already is there when this
    /// is first polled: no task stands between. Dropped before it is answered, it takes the
    /// request back.
    pub(crate) async fn ask(self: &Arc<Self>, command: Command) -> Result<Reply, Error> {
        let (reply, answer) = oneshot::channel();
        let request = self.feed(|state, now| {
            let request = state.lifecycle.handle_command(now, command)?;
            state.waiting.insert(request, reply);
            Ok(request)
        })?;
        let mut pending = Pending {
            driver: self,
            request,
            answered: false,
        };
        let reply = answer.await.map_err(|_gone| unanswered());
        pending.answered = true;
        reply
    }

    /// Tells the lifecycle what time it is.
    pub(crate) fn tick(self: &Arc<Self>) {
        let told = self.feed(|state, now| state.lifecycle.handle_time(now));
        report(told);
    }

    /// Completes once no effect is under way.
    pub(crate) async fn settled(&self) {
        let mut underway = self.underway.subscribe();
        // It can't fail: the sender is `self`'s.
        let _ = underway.wait_for(|count| *count == 0).await;
    }

    /// How many callers wait for an answer.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.lock().expect("it didn't panic").waiting.len()
    }

    /// Feeds the lifecycle, and drains it in the same breath. The time is read under the lock, so
    /// that it never runs backwards between two callers.
    fn feed<T>(
        self: &Arc<Self>,
        input: impl FnOnce(&mut State, Instant) -> Result<T, ApiMisuse>,
    ) -> Result<T, Error> {
        let mut state = self.lock()?;
        let fed = input(&mut state, clock::now())?;
        self.drain(&mut state);
        Ok(fed)
    }

    fn lock(&self) -> Result<MutexGuard<'_, State>, Error> {
        // After a panic inside of the lifecycle nothing it knows can be trusted; better to serve
        // nobody than to mix users up.
        self.state
            .lock()
            .map_err(|_poisoned| Error::Internal("the lifecycle panicked before".to_owned()))
    }

    fn drain(self: &Arc<Self>, state: &mut State) {
        loop {
            match state.lifecycle.poll() {
                Output::Errand(errand) => self.begin(errand),
                Output::Reply(request, reply) => {
                    if let Some(waiting) = state.waiting.remove(&request) {
                        // Nobody hears it if the caller is just going; it takes nothing back then.
                        let _ = waiting.send(reply);
                    }
                }
                Output::Idle(deadline) => {
                    let at = deadline.map(|deadline| deadline.at);
                    self.deadline.send_if_modified(|set| {
                        let modified = *set != at;
                        *set = at;
                        modified
                    });
                    return;
                }
            }
        }
    }

    /// Begins an effect in a task of its own. It ends by itself also when the last handle is
    /// dropped: what the engine was told is not taken back half-way.
    fn begin(self: &Arc<Self>, errand: Errand) {
        self.underway.send_modify(|count| *count += 1);
        let driver = Arc::downgrade(self);
        let backends = self.backends.clone();
        self.runtime.spawn(async move {
            let outcome = errand::carry_out(&errand, &backends).await;
            let Some(driver) = driver.upgrade() else {
                return;
            };
            let fed =
                driver.feed(|state, now| state.lifecycle.handle_outcome(now, errand.id, outcome));
            // Only now, when what follows from the outcome is under way already.
            driver.underway.send_modify(|count| *count -= 1);
            report(fed);
        });
    }
}

/// A request on its way: dropped before it is answered, it is taken back.
struct Pending<'a> {
    driver: &'a Arc<Driver>,
    request: RequestId,
    answered: bool,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        let taken_back = self.driver.feed(|state, now| {
            // The answer may have come just now, with nobody left to hear it.
            match state.waiting.remove(&self.request) {
                Some(_) => state.lifecycle.handle_cancel(now, self.request),
                None => Ok(()),
            }
        });
        report(taken_back);
    }
}

fn unanswered() -> Error {
    Error::Internal("the request was dropped without an answer".to_owned())
}

/// For where there is no caller to tell.
fn report(fed: Result<(), Error>) {
    if let Err(error) = fed {
        tracing::error!(%error, "the lifecycle refused its driver");
    }
}
