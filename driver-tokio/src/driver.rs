//! The lock around the lifecycle: whoever feeds it drains it, and what it wants done is spawned.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use portreeve_core::command::{Command, Progress, Reply};
use portreeve_core::effect::{Effect, EngineEffect, Errand};
use portreeve_core::error::ApiMisuse;
use portreeve_core::id::{EffectId, InstallationId, RequestId};
use portreeve_core::lifecycle::{Lifecycle, Output};
use portreeve_core::outcome::{EngineEvent, Outcome};
use portreeve_core::settings::Settings;
use portreeve_core::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use crate::backend::Backends;
use crate::error::Error;
use crate::watch::{Watch, follow};
use crate::{clock, errand, timer};

/// What all clones of a handle share.
pub(crate) struct Driver {
    state: Mutex<State>,
    backends: Backends,
    runtime: Handle,
    /// When the lifecycle wants to be told the time next.
    deadline: watch::Sender<Option<Instant>>,
    /// How many effects are under way, watches aside: they have no end of their own.
    underway: watch::Sender<usize>,
}

struct State {
    lifecycle: Lifecycle,
    waiting: HashMap<RequestId, Waiting>,
    /// The watches under way. They end with the last handle.
    watches: HashMap<EffectId, Watch>,
}

/// Whoever waits for the answer to a request.
struct Waiting {
    reply: oneshot::Sender<Reply>,
    /// How far the request is: the newest word only, so that who is slow to hear it falls behind
    /// in nothing. `None` for who doesn't want to know.
    progress: Option<watch::Sender<Progress>>,
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
                watches: HashMap::new(),
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
        // What is to be done unasked begins now.
        driver.tick();
        driver
    }

    /// Asks the lifecycle and waits for its answer. One that is known already is there when this
    /// is first polled: no task stands between. Dropped before it is answered, it takes the
    /// request back.
    pub(crate) async fn ask(self: &Arc<Self>, command: Command) -> Result<Reply, Error> {
        let (reply, answer) = oneshot::channel();
        let progress = None;
        let mut pending = self.submit(command, Waiting { reply, progress })?;
        let reply = answer.await.map_err(|_gone| unanswered());
        pending.answered = true;
        reply
    }

    /// The same, and tells how far it is. That is told from inside of this future, with no lock
    /// held: whoever is told may take their time, and call the handle.
    pub(crate) async fn ask_with_progress(
        self: &Arc<Self>,
        command: Command,
        mut tell: impl FnMut(Progress),
    ) -> Result<Reply, Error> {
        let (reply, mut answer) = oneshot::channel();
        let (sender, mut progress) = watch::channel(Progress { done: 0, total: 0 });
        let progress_to = Some(sender);
        let mut pending = self.submit(
            command,
            Waiting {
                reply,
                progress: progress_to,
            },
        )?;
        let reply = loop {
            tokio::select! {
                // What was told before the answer is heard before it.
                biased;
                Ok(()) = progress.changed() => {
                    let newest = *progress.borrow_and_update();
                    tell(newest);
                }
                reply = &mut answer => break reply.map_err(|_gone| unanswered()),
            }
        };
        pending.answered = true;
        reply
    }

    fn submit(self: &Arc<Self>, command: Command, waiting: Waiting) -> Result<Pending<'_>, Error> {
        let request = self.feed(|state, now| {
            let request = state.lifecycle.handle_command(now, command)?;
            state.waiting.insert(request, waiting);
            Ok(request)
        })?;
        Ok(Pending {
            driver: self,
            request,
            answered: false,
        })
    }

    /// Tells the lifecycle what time it is.
    pub(crate) fn tick(self: &Arc<Self>) {
        let told = self.feed(|state, now| state.lifecycle.handle_time(now));
        report(told);
    }

    /// Tells the lifecycle that the host is about to end.
    pub(crate) fn close(self: &Arc<Self>) {
        let told = self.feed(|state, now| state.lifecycle.handle_close(now));
        report(told);
    }

    /// Completes once no effect is under way, watches aside.
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
            let output = state.lifecycle.poll();
            let idle = matches!(output, Output::Idle(_));
            self.obey(state, output);
            if idle {
                return;
            }
        }
    }

    fn obey(self: &Arc<Self>, state: &mut State, output: Output) {
        match output {
            Output::Errand(errand) => match &errand.effect {
                Effect::Engine(EngineEffect::Watch { installation }) => {
                    self.begin_watch(state, errand.id, *installation);
                }
                Effect::Engine(_) | Effect::Store(_) | Effect::Probe(_) => self.begin(errand),
            },
            Output::Reply(request, reply) => {
                if let Some(waiting) = state.waiting.remove(&request) {
                    // Nobody hears it if the caller is just going; it takes nothing back then.
                    let _ = waiting.reply.send(reply);
                }
            }
            Output::Progress(request, progress) => {
                let waiting = state.waiting.get(&request);
                if let Some(told) = waiting.and_then(|waiting| waiting.progress.as_ref()) {
                    told.send_replace(progress);
                }
            }
            Output::Abandon(effect) => drop(state.watches.remove(&effect)),
            Output::Idle(deadline) => {
                let at = deadline.map(|deadline| deadline.at);
                self.deadline.send_if_modified(|set| {
                    let modified = *set != at;
                    *set = at;
                    modified
                });
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

    /// Begins to follow the engine's events in a task of its own, which doesn't keep the driver
    /// alive.
    fn begin_watch(
        self: &Arc<Self>,
        state: &mut State,
        id: EffectId,
        installation: InstallationId,
    ) {
        let driver = Arc::downgrade(self);
        let events = Arc::clone(&self.backends.events);
        let task = self.runtime.spawn(async move {
            let tell = |event| {
                if let Some(driver) = driver.upgrade() {
                    driver.tell(id, event);
                }
            };
            let outcome = follow(&*events, installation, tell).await;
            let Some(driver) = driver.upgrade() else {
                return;
            };
            let fed = driver.feed(|state, now| {
                state.watches.remove(&id);
                let outcome = Outcome::Engine(outcome);
                state.lifecycle.handle_outcome(now, id, outcome)
            });
            report(fed);
        });
        state.watches.insert(id, Watch::new(task.abort_handle()));
    }

    fn tell(self: &Arc<Self>, watch: EffectId, event: EngineEvent) {
        tracing::trace!(watch = watch.0, ?event, "happened");
        let told = self.feed(|state, now| state.lifecycle.handle_event(now, watch, event));
        report(told);
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

#[cfg(test)]
mod tests;
