//! Threads for calls that block: what is asked of them is waited for like anything else.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use portreeve_core::outcome::{EngineOutcome, StoreOutcome};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::Span;

use crate::fault::fault;

/// What the threads are called that a store's blocking calls are made on.
pub const STORE_THREAD: &str = "portreeve-store";

/// Threads that make blocking calls on one thing, which they share.
///
/// A thread is started when a call comes that would wait otherwise, until there are as many as may
/// be; then calls wait for their turn, first come first served. Dropping this ends the threads once
/// what they are at is done; [`end`](Self::end) also waits for that.
pub struct Workers<T: ?Sized> {
    queue: Arc<Queue<T>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    name: &'static str,
    most: usize,
    wait: Option<Duration>,
}

/// Why a call has no result.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotWorked {
    /// It was never begun: why.
    #[error("{0}")]
    Unbegun(String),
    /// It panicked half-way. The text tells nothing but that.
    #[error("{0}")]
    Panicked(String),
}

impl NotWorked {
    /// What it says of a statement.
    pub fn into_store_outcome(self) -> StoreOutcome {
        match self {
            Self::Unbegun(why) => StoreOutcome::Unreachable(why),
            Self::Panicked(why) => StoreOutcome::Unclear(why),
        }
    }

    /// What it says of a request.
    pub fn into_engine_outcome(self) -> EngineOutcome {
        match self {
            Self::Unbegun(why) => EngineOutcome::Unreachable(why),
            Self::Panicked(why) => EngineOutcome::Unclear(why),
        }
    }
}

type Job<T> = Box<dyn FnOnce(&T) + Send>;

struct Queue<T: ?Sized> {
    state: Mutex<State<T>>,
    /// There is a job, or the end has come.
    changed: Condvar,
}

struct State<T: ?Sized> {
    jobs: VecDeque<Job<T>>,
    /// How many threads wait for a job.
    idle: usize,
    threads: usize,
    /// What the calls are made on; `None` once the end has come. Each thread has it, too, and gives it
    /// up last: what blocks in a call may block in its drop, and so is dropped by a thread of these.
    thing: Option<Arc<T>>,
}

impl<T: ?Sized + Send + Sync + 'static> Workers<T> {
    /// At most that many threads (and at least one), which bear this name.
    pub fn new(name: &'static str, most: usize, thing: Arc<T>) -> Self {
        let state = State {
            jobs: VecDeque::new(),
            idle: 0,
            threads: 0,
            thing: Some(thing),
        };
        Self {
            queue: Arc::new(Queue {
                state: Mutex::new(state),
                changed: Condvar::new(),
            }),
            threads: Mutex::default(),
            name,
            most: most.max(1),
            wait: None,
        }
    }

    /// The same, where a call that isn't begun after `wait` is given up.
    #[must_use]
    pub fn waiting_at_most(mut self, wait: Duration) -> Self {
        self.wait = Some(wait);
        self
    }

    /// Makes a call on one of the threads. One whose future is dropped before its turn is never
    /// made; one that is under way by then is made to its end, for nobody.
    pub async fn ask<A: Send + 'static>(
        &self,
        call: impl FnOnce(&T) -> A + Send + 'static,
    ) -> Result<A, NotWorked> {
        let (answer, mut answered) = oneshot::channel();
        let turn = Turn::default();
        let span = Span::current();
        let job = {
            let turn = turn.clone();
            move |thing: &T| {
                if turn.begins() {
                    let _entered = span.entered();
                    let result = catch_unwind(AssertUnwindSafe(|| call(thing)));
                    // Nobody hears it if the asker went meanwhile.
                    let _ = answer.send(result.map_err(|panic| fault(panic.as_ref())));
                }
            }
        };
        self.enqueue(Box::new(job))?;
        let _withdrawn_when_dropped = Withdrawal(turn.clone());
        let result = match self.wait {
            None => answered.await,
            Some(wait) => match timeout(wait, &mut answered).await {
                Ok(result) => result,
                Err(_elapsed) if turn.withdraws() => {
                    let busy = format!("all {} threads are busy ({})", self.most, self.name);
                    return Err(NotWorked::Unbegun(busy));
                }
                Err(_elapsed) => answered.await,
            },
        };
        match result {
            Ok(result) => result.map_err(NotWorked::Panicked),
            Err(_ended) => Err(ended()),
        }
    }

    fn enqueue(&self, job: Job<T>) -> Result<(), NotWorked> {
        let mut state = self.queue.lock();
        let Some(thing) = &state.thing else {
            return Err(ended());
        };
        // One more job than there are threads free for it. No copy of the thing outlives the lock here.
        if state.idle <= state.jobs.len() && state.threads < self.most {
            match self.start_thread(Arc::clone(thing)) {
                Ok(()) => state.threads += 1,
                Err(error) if state.threads == 0 => {
                    return Err(NotWorked::Unbegun(format!("no thread: {error}")));
                }
                // Those there are see to it in their turn.
                Err(error) => tracing::warn!(%error, name = self.name, "no further thread"),
            }
        }
        state.jobs.push_back(job);
        drop(state);
        self.queue.changed.notify_one();
        Ok(())
    }

    fn start_thread(&self, thing: Arc<T>) -> std::io::Result<()> {
        let queue = Arc::clone(&self.queue);
        let thread = thread::Builder::new()
            .name(self.name.to_owned())
            .spawn(move || queue.serve(&thing))?;
        ignore_poison(self.threads.lock()).push(thread);
        Ok(())
    }

    /// Ends the threads, and waits until they have: until what each is at is done.
    pub fn end(&self) {
        self.queue.end();
        let threads = std::mem::take(&mut *ignore_poison(self.threads.lock()));
        for thread in threads {
            // One can't wait for itself; what it is at is this.
            if thread.thread().id() != thread::current().id() {
                // It can't have panicked: every call is caught.
                let _ = thread.join();
            }
        }
    }
}

impl<T: ?Sized> Queue<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        ignore_poison(self.state.lock())
    }

    fn serve(&self, thing: &T) {
        while let Some(job) = self.next() {
            job(thing);
        }
    }

    /// The next job, once there is one; `None` when the end has come. What still waits then is for
    /// nobody.
    fn next(&self) -> Option<Job<T>> {
        let mut state = self.lock();
        while state.thing.is_some() {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            state.idle += 1;
            state = ignore_poison(self.changed.wait(state));
            state.idle -= 1;
        }
        None
    }

    fn end(&self) {
        let mut state = self.lock();
        // While the threads can't have ended yet.
        drop(state.thing.take());
        let unbegun = std::mem::take(&mut state.jobs);
        drop(state);
        self.changed.notify_all();
        drop(unbegun);
    }
}

impl<T: ?Sized> Drop for Workers<T> {
    fn drop(&mut self) {
        self.queue.end();
    }
}

impl<T: ?Sized> fmt::Debug for Workers<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Workers({})", self.name)
    }
}

fn ended() -> NotWorked {
    NotWorked::Unbegun("its threads have ended".to_owned())
}

/// Whether a call was begun by a thread or withdrawn by its asker: whichever came first.
#[derive(Clone, Default)]
struct Turn(Arc<AtomicU8>);

impl Turn {
    const WAITS: u8 = 0;
    const BEGUN: u8 = 1;
    const WITHDRAWN: u8 = 2;

    fn begins(&self) -> bool {
        self.becomes(Self::BEGUN)
    }

    /// Withdraws it, unless it was begun before.
    fn withdraws(&self) -> bool {
        self.becomes(Self::WITHDRAWN)
    }

    fn becomes(&self, state: u8) -> bool {
        let (success, failure) = (Ordering::AcqRel, Ordering::Acquire);
        self.0
            .compare_exchange(Self::WAITS, state, success, failure)
            .is_ok()
    }
}

struct Withdrawal(Turn);

impl Drop for Withdrawal {
    fn drop(&mut self) {
        self.0.withdraws();
    }
}

/// No code that could panic runs under these locks.
fn ignore_poison<G>(locked: Result<G, PoisonError<G>>) -> G {
    locked.unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
