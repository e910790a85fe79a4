//! What tokio's handle has as a future each, taken turn by turn on the handle's own thread.

use std::fmt;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use portreeve_tokio::Error;
use portreeve_tokio::internals::unanswered;

use super::open::Portreeve;

/// Something that tells one thing after the other.
pub(super) struct Turns<S, T> {
    portreeve: Portreeve,
    /// Not there while a turn is taken.
    source: Option<S>,
    /// The turn that is taken: whoever lost patience hears of it with the next.
    taken: Option<Receiver<(S, T)>>,
}

type Turn<S, T> = Pin<Box<dyn Future<Output = (S, T)> + Send>>;

impl<S: Send + 'static, T: Send + 'static> Turns<S, T> {
    pub(super) fn of(portreeve: Portreeve, source: S) -> Self {
        Self {
            portreeve,
            source: Some(source),
            taken: None,
        }
    }

    /// Takes a turn, or waits on for the one that is taken.
    pub(super) fn next(&mut self, turn: impl FnOnce(S) -> Turn<S, T>) -> Result<T, Error> {
        if let Some(source) = self.source.take() {
            self.taken = Some(self.portreeve.begin_on_thread(turn(source))?);
        }
        let Some(taken) = &self.taken else {
            return Err(unanswered());
        };
        let told = match self.portreeve.patience() {
            Some(patience) => match taken.recv_timeout(patience) {
                Err(RecvTimeoutError::Timeout) => return Err(Error::TakenBack(patience)),
                told => told.ok(),
            },
            None => taken.recv().ok(),
        };
        self.taken = None;
        let (source, told) = told.ok_or_else(unanswered)?;
        self.source = Some(source);
        Ok(told)
    }
}

impl<S, T> fmt::Debug for Turns<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns").finish_non_exhaustive()
    }
}
