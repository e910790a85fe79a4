//! The threads of a handle: one that effects are carried out on, and those that make calls that block.
//!
//! Nothing of tokio is ever entered on a caller's thread, so a caller may be inside of a runtime of
//! its own, or have just dropped one.

use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use portreeve_tokio::Error;
use portreeve_tokio::internals::postgres::WAIT;
use portreeve_tokio::internals::{Process, STORE_THREAD, Workers};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use crate::backend::{Engine, Store};

/// How long the look-up of a host's name may hold up the end. It is the one thing that can't be cut
/// short, and its thread then ends by itself.
const LOOKUP: Duration = Duration::from_secs(1);

/// The thread that effects are carried out on, by a runtime of its own. Dropping this ends it, with
/// all that is under way, and waits until it has ended.
pub(crate) struct EffectThread {
    runtime: Handle,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// The one that has the thread.
    process: Process,
}

impl EffectThread {
    pub(crate) fn start() -> Result<Self, Error> {
        let (end, ended) = oneshot::channel::<()>();
        let (started, starting) = mpsc::channel();
        let serve = move || {
            // Made and dropped here: that must not be done inside of another runtime.
            let built = Builder::new_current_thread()
                .thread_name("portreeve-lookup")
                .enable_all()
                .build();
            let runtime = match built {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _ = started.send(Err(error));
                    return;
                }
            };
            let _ = started.send(Ok(runtime.handle().clone()));
            // Ended by a word or by nobody being left to say it.
            let _ = runtime.block_on(ended);
            runtime.shutdown_timeout(LOOKUP);
        };
        let failed = |error: std::io::Error| Error::NoThread(error.to_string());
        let thread = thread::Builder::new()
            .name("portreeve".to_owned())
            .spawn(serve)
            .map_err(failed)?;
        let runtime = starting
            .recv()
            .map_err(|_| Error::NoThread("it ended at once".to_owned()))?
            .map_err(failed)?;
        Ok(Self {
            runtime,
            end: Some(end),
            thread: Some(thread),
            process: Process::current(),
        })
    }

    /// What effects are to be spawned on.
    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Whether there is such a thread here. A copy of the process, made by a fork, has none.
    pub(crate) fn is_here(&self) -> bool {
        self.process.is_current()
    }
}

impl EffectThread {
    fn end(&mut self) {
        if !self.is_here() {
            return;
        }
        drop(self.end.take());
        let thread = self.thread.take();
        // The last handle may be dropped by what runs on it, and one can't wait for oneself.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id())
        {
            // Every effect is caught, so it can't have panicked.
            let _ = thread.join();
        }
    }
}

impl Drop for EffectThread {
    fn drop(&mut self) {
        self.end();
    }
}

/// All threads of a handle.
pub(crate) struct Threads {
    pub(crate) effects: EffectThread,
    pub(crate) engine: Option<Arc<Workers<dyn Engine>>>,
    pub(crate) store: Arc<Workers<dyn Store>>,
}

impl Drop for Threads {
    fn drop(&mut self) {
        if !self.effects.is_here() {
            return;
        }
        // First who asks, then who is asked.
        self.effects.end();
        if let Some(engine) = &self.engine {
            engine.end();
        }
        self.store.end();
    }
}

/// The threads that an engine is called from. They start with the first effect.
pub(crate) fn engine_workers(engine: Arc<dyn Engine>) -> Workers<dyn Engine> {
    Workers::new("portreeve-engine", engine.at_once(), engine)
}

/// The threads that a store is called from. They start with the first effect.
pub(crate) fn store_workers(store: Arc<dyn Store>) -> Workers<dyn Store> {
    let threads = store.at_once();
    let workers = Workers::new(STORE_THREAD, threads, store);
    // Who is one of a long line is served later; with several threads, what they wait for is stuck.
    if threads > 1 {
        workers.waiting_at_most(WAIT)
    } else {
        workers
    }
}
