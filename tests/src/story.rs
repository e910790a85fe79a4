//! How a case is told: many at once, waiting for what must come, and what is said when it fails.

use std::any::Any;
use std::cell::RefCell;
use std::fmt::Write as _;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How often a condition is looked at.
pub(crate) const EVERY: Duration = Duration::from_millis(20);

/// Does the same for each of them, all at once, each on a thread of its own, and gives the results in order.
pub fn together<T, R, F>(all: impl IntoIterator<Item = T>, act: F) -> Vec<R>
where
    T: Send,
    R: Send,
    F: Fn(T) -> R + Sync,
{
    let all: Vec<T> = all.into_iter().collect();
    let line = Barrier::new(all.len());
    let (line, act) = (&line, &act);
    thread::scope(|scope| {
        let threads: Vec<_> = all
            .into_iter()
            .map(|one| {
                scope.spawn(move || {
                    line.wait();
                    caught(|| act(one))
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("its panics were caught"))
            .map(|result| result.unwrap_or_else(|why| retold(why)))
            .collect()
    })
}

/// Looks until there is something to see, and panics when there is nothing for that long.
#[track_caller]
pub fn eventually<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + within;
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < deadline, "not within {within:?}: {what}");
        thread::sleep(EVERY);
    }
}

/// Looks all the time that something stays as it must.
#[track_caller]
pub fn always(what: &str, during: Duration, mut look: impl FnMut() -> bool) {
    let deadline = Instant::now() + during;
    while Instant::now() < deadline {
        assert!(look(), "no longer: {what}");
        thread::sleep(EVERY);
    }
}

thread_local! {
    /// What the panic that this thread is unwinding from said, and where.
    static LAST_WORDS: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Has panics in `caught` told by whoever catches them. Other threads' go to stderr, as always.
pub fn listen_for_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let heard = LAST_WORDS.with_borrow_mut(|words| match words {
            Some(words) => {
                *words = info.to_string();
                true
            }
            None => false,
        });
        if !heard {
            usual(info);
        }
    }));
}

/// Runs it; if it panics, gives what was said and where.
pub fn caught<R>(act: impl FnOnce() -> R) -> Result<R, String> {
    let before = LAST_WORDS.replace(Some(String::new()));
    let result = panic::catch_unwind(AssertUnwindSafe(act));
    let words = LAST_WORDS.replace(before).unwrap_or_default();
    result.map_err(|payload| {
        if words.is_empty() {
            said(payload.as_ref())
        } else {
            words
        }
    })
}

fn said(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words")
        .to_owned()
}

/// Goes on with a panic that was caught on another thread.
fn retold(why: String) -> ! {
    LAST_WORDS.with_borrow_mut(|words| {
        if let Some(words) = words {
            words.clone_from(&why);
        }
    });
    panic::resume_unwind(Box::new(why))
}

/// What was done in a case and what came of it, for the report of a failure.
pub struct Diary {
    begun: Instant,
    lines: Mutex<Vec<(Duration, String)>>,
}

impl Default for Diary {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            lines: Mutex::default(),
        }
    }
}

impl Diary {
    /// Writes a line.
    pub fn note(&self, line: impl Into<String>) {
        let line = (self.begun.elapsed(), line.into());
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    }

    /// All lines, with the seconds since the case began.
    pub fn tell(&self) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().fold(String::new(), |mut told, (at, line)| {
            let _ = writeln!(told, "  {:8.3} s  {line}", at.as_secs_f64());
            told
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_thread_says_at_its_end_is_retold() {
        listen_for_panics();
        let why = caught(|| together([1, 2, 3], |number| assert_ne!(number, 2, "not two")));
        let why = why.expect_err("one of them panicked");
        assert!(why.contains("not two") && why.contains("story.rs"), "{why}");
    }

    #[test]
    fn results_come_in_order() {
        assert_eq!(
            together(0..9, |number| number * 2),
            [0, 2, 4, 6, 8, 10, 12, 14, 16]
        );
    }
}
