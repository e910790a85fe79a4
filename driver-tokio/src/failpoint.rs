//! Kills or freezes the process at one of its effects, for crash tests.
//!
//! Compiled only with the feature `failpoints`, which is off by default, and does nothing unless a
//! program calls [`arm`]: no variable and no file can.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};

/// How far into an effect [`Moment::During`] is: a request has been sent by then, and hardly one is answered.
const INTO: Duration = Duration::from_millis(2);

/// Where the process ends or freezes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failpoint {
    /// At the how-manieth effect of this process, from 1. Effects count in the order they are
    /// begun, over all handles.
    pub effect: u64,
    /// At which moment of it.
    pub moment: Moment,
    /// What happens to the process.
    pub fate: Fate,
}

/// A moment in an effect.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// Before it is begun.
    Before,
    /// Between the last look at the clock and the first byte: whatever passes meanwhile, it is sent.
    TooLate,
    /// While it is under way.
    During,
    /// Once it is done, before the lifecycle is told.
    After,
}

/// What happens to the process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It is killed by SIGKILL.
    Killed,
    /// It is stopped by SIGSTOP, until somebody sends it SIGCONT.
    Frozen,
}

struct Armed {
    failpoint: Failpoint,
    tell: Box<dyn Fn(&str) + Send + Sync>,
    begun: AtomicU64,
}

static ARMED: OnceLock<Armed> = OnceLock::new();

impl fmt::Display for Failpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            effect,
            moment,
            fate,
        } = self;
        write!(f, "{fate:?} {moment:?} effect {effect}")
    }
}

/// Arms it, once for the life of the process. `tell` hears the kind of the effect right before it is triggered.
///
/// # Panics
///
/// If one is armed already.
pub fn arm(failpoint: Failpoint, tell: impl Fn(&str) + Send + Sync + 'static) {
    let armed = Armed {
        failpoint,
        tell: Box::new(tell),
        begun: AtomicU64::new(0),
    };
    assert!(ARMED.set(armed).is_ok(), "a failpoint is armed once");
}

/// Carries an effect out by `work`, which is told whether it may look at the clock, unless this is
/// where it ends.
pub(crate) async fn around<O, F>(kind: &'static str, work: impl FnOnce(bool) -> F) -> O
where
    F: Future<Output = O>,
{
    let Some(armed) = ARMED.get().filter(|armed| armed.is_reached()) else {
        return work(true).await;
    };
    match armed.failpoint.moment {
        Moment::Before => {
            armed.trigger(kind);
            work(true).await
        }
        Moment::TooLate => {
            armed.trigger(kind);
            work(false).await
        }
        Moment::During => {
            let mut work = pin!(work(true));
            tokio::select! {
                biased;
                outcome = &mut work => {
                    armed.trigger(kind);
                    outcome
                }
                () = tokio::time::sleep(INTO) => {
                    armed.trigger(kind);
                    work.await
                }
            }
        }
        Moment::After => {
            let outcome = work(true).await;
            armed.trigger(kind);
            outcome
        }
    }
}

impl Armed {
    /// Counts an effect; whether it is the one.
    fn is_reached(&self) -> bool {
        self.begun.fetch_add(1, Ordering::Relaxed) + 1 == self.failpoint.effect
    }

    fn trigger(&self, kind: &str) {
        (self.tell)(kind);
        let signal = match self.failpoint.fate {
            Fate::Killed => Signal::KILL,
            Fate::Frozen => Signal::STOP,
        };
        kill_process(getpid(), signal).expect("a process may signal itself");
        // Another thread may take the signal first, and then stops this one only a moment later.
        thread::sleep(Duration::from_millis(20));
    }
}
