//! Asking from a thread: it feeds and drains the lifecycle itself, and then sleeps until it is told.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use portreeve_core::command::{Progress, Reply};
use portreeve_core::event::Actor;
use portreeve_tokio::Error;
use portreeve_tokio::internals::call::Call;
use portreeve_tokio::internals::{Driver, Listener, unanswered};

/// Asks, and waits for the answer for as long as the caller's patience lasts. How far it is, is told
/// on the caller's own thread and with no lock held.
pub(crate) fn ask<A>(
    driver: &Arc<Driver>,
    call: &Call<A>,
    actor: Option<Actor>,
    patience: Option<Duration>,
    mut tell: impl FnMut(Progress),
) -> Result<A, Error> {
    let _entered = call.span.enter();
    let began = Instant::now();
    let slot = Arc::new(Slot::default());
    let listener = Box::new(Writer(Arc::clone(&slot)));
    let pending = driver.submit(call.command.clone(), actor, listener)?;
    loop {
        let left = patience.map(|patience| patience.saturating_sub(began.elapsed()));
        match slot.next(left) {
            Word::Progress(progress) => tell(progress),
            Word::Answer(reply) => {
                pending.answered();
                return call.read(reply);
            }
            Word::Nothing => return Err(Error::TakenBack(patience.unwrap_or_default())),
            Word::End => return Err(unanswered()),
        }
    }
}

/// What a caller is told.
enum Word {
    Progress(Progress),
    Answer(Reply),
    /// Nothing, for as long as it waited.
    Nothing,
    /// Nothing, and never anything.
    End,
}

/// Where a caller is told.
#[derive(Default)]
struct Slot {
    mailbox: Mutex<Mailbox>,
    changed: Condvar,
}

#[derive(Default)]
struct Mailbox {
    /// The newest word only, so that who is slow to hear it falls behind in nothing.
    progress: Option<Progress>,
    answer: Option<Reply>,
    ended: bool,
}

impl Slot {
    /// The next word: what was told before the answer is heard before it.
    fn next(&self, patience: Option<Duration>) -> Word {
        let quiet = |mailbox: &mut Mailbox| {
            mailbox.progress.is_none() && mailbox.answer.is_none() && !mailbox.ended
        };
        let mailbox = self.lock();
        let mut mailbox = match patience {
            None => ignore_poison(self.changed.wait_while(mailbox, quiet)),
            Some(patience) => {
                let waited = self.changed.wait_timeout_while(mailbox, patience, quiet);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        if let Some(progress) = mailbox.progress.take() {
            return Word::Progress(progress);
        }
        match mailbox.answer.take() {
            Some(answer) => Word::Answer(answer),
            None if mailbox.ended => Word::End,
            None => Word::Nothing,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Mailbox> {
        ignore_poison(self.mailbox.lock())
    }
}

/// The lifecycle's end of a slot.
struct Writer(Arc<Slot>);

impl Listener for Writer {
    fn hear_progress(&self, progress: Progress) {
        self.0.lock().progress = Some(progress);
        self.0.changed.notify_one();
    }

    fn hear_answer(self: Box<Self>, reply: Reply) {
        self.0.lock().answer = Some(reply);
        self.0.changed.notify_one();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.changed.notify_one();
    }
}

/// No code that could panic runs under this lock.
fn ignore_poison<G>(locked: Result<G, PoisonError<G>>) -> G {
    locked.unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use portreeve_core::command::Reaped;

    use super::*;

    fn progress(done: u32) -> Progress {
        Progress::Users { done, total: 9 }
    }

    #[test]
    fn the_newest_progress_is_heard_before_the_answer_and_then_no_more() {
        let slot = Arc::new(Slot::default());
        let writer = Box::new(Writer(Arc::clone(&slot)));
        writer.hear_progress(progress(1));
        writer.hear_progress(progress(2));
        writer.hear_answer(Reply::Reaped(Reaped::default()));
        assert!(matches!(slot.next(None), Word::Progress(told) if told == progress(2)));
        assert!(matches!(slot.next(None), Word::Answer(Reply::Reaped(_))));
        assert!(matches!(slot.next(None), Word::End));
    }

    #[test]
    fn patience_ends_where_nothing_is_told() {
        let slot = Arc::new(Slot::default());
        let _writer = Writer(Arc::clone(&slot));
        assert!(matches!(
            slot.next(Some(Duration::from_millis(1))),
            Word::Nothing
        ));
    }
}
