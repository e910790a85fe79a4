//! The lock around the lifecycle: whoever feeds it drains it, and what it wants done is spawned.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use portreeve_core::command::{Command, Progress, Reply};
use portreeve_core::effect::{Effect, EngineEffect, IssuedEffect};
use portreeve_core::error::ApiMisuse;
use portreeve_core::event::Actor;
use portreeve_core::id::{EffectId, EngineId, InstallationId, RequestId};
use portreeve_core::lifecycle::{Lifecycle, Loop, Output};
use portreeve_core::outcome::{EngineEvent, EngineOutcome, Outcome};
use portreeve_core::seed::Seed;
use portreeve_core::settings::Settings;
use portreeve_core::time::Instant;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::backend::{Clients, Engine};
use crate::error::Error;
use crate::process::Process;
use crate::watch::{Watch, follow};
use crate::{clock, issued, timer};

/// Whoever waits for the answer to a request. It is told with the lifecycle locked, so it only takes
/// note of what it is told.
pub trait Listener: Send {
    /// How far the request is.
    fn hear_progress(&self, progress: Progress);

    /// The answer.
    fn hear_answer(self: Box<Self>, reply: Reply);
}

/// What all clones of a handle share: the lifecycle under a lock, and what its effects need.
pub struct Driver {
    state: Mutex<State>,
    /// The one it was opened in.
    process: Process,
    clients: Clients,
    runtime: Handle,
    /// When the lifecycle wants to be told the time next.
    deadline: watch::Sender<Option<Instant>>,
    /// How many effects are under way, watches aside: they have no end of their own.
    underway: watch::Sender<usize>,
}

struct State {
    lifecycle: Lifecycle,
    waiting: HashMap<RequestId, Box<dyn Listener>>,
    /// The watches under way. They end with the last handle.
    watches: HashMap<EffectId, Watch>,
}

impl Driver {
    /// Makes one with a seed of the operating system's, and the timer that serves it for as long as it
    /// lives. Effects are carried out on the runtime, whoever's call they came from.
    pub fn seeded(
        settings: Settings,
        clients: Clients,
        runtime: Handle,
    ) -> Result<Arc<Self>, Error> {
        let process = Process::current();
        Ok(Self::new(process, settings, fresh()?, clients, runtime))
    }

    /// Makes one, with the timer that serves it for as long as it lives. Effects are carried out on
    /// the runtime, whoever's call they came from.
    fn new(
        process: Process,
        settings: Settings,
        seed: Seed,
        clients: Clients,
        runtime: Handle,
    ) -> Arc<Self> {
        let driver = Arc::new(Self {
            state: Mutex::new(State {
                lifecycle: Lifecycle::new(settings, seed, clock::now()),
                waiting: HashMap::new(),
                watches: HashMap::new(),
            }),
            process,
            clients,
            runtime,
            deadline: watch::Sender::new(None),
            underway: watch::Sender::new(0),
        });
        let deadline = driver.deadline.subscribe();
        let served = Arc::downgrade(&driver);
        let tick = move || served.upgrade().map(|driver| driver.tick());
        driver.runtime.spawn(timer::run(deadline, tick));
        // What is to be done unasked begins now.
        driver.tick();
        driver
    }

    /// The engine, for what only is passed on to whoever asks.
    pub(crate) fn engine(&self) -> &dyn Engine {
        &*self.clients.engine
    }

    /// Asks the lifecycle, on somebody's behalf. Its answer may be there before this returns: no task stands
    /// between.
    pub fn submit(
        self: &Arc<Self>,
        command: Command,
        actor: Option<Actor>,
        listener: Box<dyn Listener>,
    ) -> Result<Pending<'_>, Error> {
        let request = self.feed(|state, now| {
            let request = state.lifecycle.handle_command_of(now, command, actor)?;
            state.waiting.insert(request, listener);
            Ok(request)
        })?;
        Ok(Pending {
            driver: self,
            request,
            answered: false,
        })
    }

    /// Tells the lifecycle what time it is.
    fn tick(self: &Arc<Self>) {
        let told = self.feed(|state, now| state.lifecycle.handle_time(now));
        report(told);
    }

    /// Tells the lifecycle that the host is about to end.
    pub fn close(self: &Arc<Self>) {
        let told = self.feed(|state, now| state.lifecycle.handle_close(now));
        report(told);
    }

    /// Completes once no effect is under way, watches aside.
    pub async fn settled(&self) {
        let mut underway = self.underway.subscribe();
        // It can't fail: the sender is `self`'s.
        let _ = underway.wait_for(|count| *count == 0).await;
    }

    /// Tells the log what a host leaves behind that has ended: of so many users the store hasn't heard that
    /// they were active, which they had been told would come.
    pub fn report_lost_activity(&self) {
        let pending = self
            .lock()
            .map_or(0, |state| state.lifecycle.pending_activity());
        if pending > 0 {
            tracing::warn!(
                users = pending,
                "closed before the store could be told that these users were active"
            );
        }
    }

    /// How many callers wait for an answer.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.lock().expect("it didn't panic").waiting.len()
    }

    /// Feeds the lifecycle, and drains it in the same breath. The time is read under the lock, so
    /// that it never runs backwards between two callers. So is fresh randomness, so that a copy of this
    /// process, such as a snapshot that is restored twice, draws other nonces than this one.
    fn feed<T>(
        self: &Arc<Self>,
        input: impl FnOnce(&mut State, Instant) -> Result<T, ApiMisuse>,
    ) -> Result<T, Error> {
        let mut state = self.lock()?;
        state.lifecycle.handle_randomness(fresh()?);
        let fed = input(&mut state, clock::now())?;
        self.drain(&mut state);
        Ok(fed)
    }

    fn lock(&self) -> Result<MutexGuard<'_, State>, Error> {
        // Before the lock is waited for: who holds it may be a thread that the copy doesn't have.
        if !self.process.is_current() {
            return Err(Error::Forked);
        }
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
            Output::Effect(issued) => match &issued.effect {
                Effect::Engine(EngineEffect::Watch { installation }) => {
                    let engine = issued.fence.engine.clone();
                    self.begin_watch(state, issued.id, *installation, engine);
                }
                Effect::Engine(_) | Effect::Store(_) | Effect::Probe(_) => self.begin(issued),
            },
            Output::Reply(request, reply) => {
                if let Some(listener) = state.waiting.remove(&request) {
                    listener.hear_answer(reply);
                }
            }
            Output::Progress(request, progress) => {
                if let Some(listener) = state.waiting.get(&request) {
                    listener.hear_progress(progress);
                }
            }
            Output::Abandon(effect) => abandon(state, effect),
            Output::Looped(mistake) => {
                let Loop {
                    user,
                    row,
                    step,
                    times,
                } = mistake;
                tracing::error!(
                    ?user,
                    row,
                    step,
                    times,
                    "the lifecycle took too many steps at once"
                );
            }
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
    fn begin(self: &Arc<Self>, issued: IssuedEffect) {
        self.underway.send_modify(|count| *count += 1);
        let driver = Arc::downgrade(self);
        let clients = self.clients.clone();
        self.runtime.spawn(async move {
            let outcome = issued::carry_out(&issued, &clients).await;
            let Some(driver) = driver.upgrade() else {
                return;
            };
            let fed =
                driver.feed(|state, now| state.lifecycle.handle_outcome(now, issued.id, outcome));
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
        on: Option<EngineId>,
    ) {
        let driver = Arc::downgrade(self);
        let engine = Arc::clone(&self.clients.engine);
        let task = self.runtime.spawn(async move {
            let tell = |event| {
                if let Some(driver) = driver.upgrade() {
                    driver.tell(id, event);
                }
            };
            let outcome = follow(&*engine, installation, on.as_ref(), tell).await;
            let Some(driver) = driver.upgrade() else {
                return;
            };
            let fed = driver.feed(|state, now| {
                // Abandoned just now, it has had its outcome.
                let Some(_ended) = state.watches.remove(&id) else {
                    return Ok(());
                };
                let outcome = Outcome::Engine(outcome);
                state.lifecycle.handle_outcome(now, id, outcome)
            });
            report(fed);
        });
        state.watches.insert(id, Watch::new(task.abort_handle()));
    }

    fn tell(self: &Arc<Self>, watch: EffectId, event: EngineEvent) {
        tracing::trace!(watch = watch.0, ?event, "happened");
        let told = self.feed(|state, now| {
            // Abandoned just now, it has had its outcome, and tells nothing more.
            if !state.watches.contains_key(&watch) {
                return Ok(());
            }
            state.lifecycle.handle_event(now, watch, event)
        });
        report(told);
    }
}

/// A request on its way: dropped before it is [`answered`](Self::answered), it is taken back.
#[must_use]
pub struct Pending<'a> {
    driver: &'a Arc<Driver>,
    request: RequestId,
    answered: bool,
}

impl Pending<'_> {
    /// There is an answer, and nothing to take back.
    pub fn answered(mut self) {
        self.answered = true;
    }
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

/// Ends a watch at once, and tells the lifecycle that it has ended, so that it keeps nothing of it.
fn abandon(state: &mut State, id: EffectId) {
    let Some(watch) = state.watches.remove(&id) else {
        return;
    };
    drop(watch);
    let ended = Outcome::Engine(EngineOutcome::Unclear("it was abandoned".to_owned()));
    let told = state.lifecycle.handle_outcome(clock::now(), id, ended);
    report(told.map_err(Error::from));
}

/// Bytes that the operating system's generator gives to nobody else.
fn fresh() -> Result<Seed, Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::NoRandomness(error.to_string()))?;
    Ok(Seed::from_os_randomness(bytes))
}

/// For where there is no caller to tell.
fn report(fed: Result<(), Error>) {
    if let Err(error) = fed {
        tracing::error!(%error, "the lifecycle refused its driver");
    }
}

#[cfg(test)]
mod tests;
