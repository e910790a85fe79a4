//! What a user's container prints.

use std::collections::VecDeque;

use portreeve_tokio::internals;
use portreeve_tokio::{Error, LogLine, LogRange};

use super::open::Portreeve;
use super::turns::Turns;

impl Portreeve {
    /// Tells what the user's current container has printed, and prints from now on, where the range says
    /// that it is followed. Whether the container runs doesn't matter. Doesn't count as activity.
    ///
    /// Fails with `unknown_user`, and with `no_container` where the user has none; with `token_unreadable`
    /// where nobody can tell what must not be shown.
    pub fn logs(&self, user: &str, range: LogRange) -> Result<Logs, Error> {
        let (driver, user) = (self.driver(), user.to_owned());
        let opened =
            self.on_thread(async move { internals::Logs::open(&driver, &user, range).await });
        Ok(Logs {
            turns: Turns::of(self.clone(), opened?),
            ready: VecDeque::new(),
            ended: false,
        })
    }
}

/// What a user's container prints, as [`logs`](Portreeve::logs) tells it: line by line, those longer than
/// 64 KiB in pieces.
///
/// The engine is asked for more only when what it told was taken, so that as much is held as it sends at
/// once, however much is printed.
///
/// The user's token is blotted out wherever it was printed, and so is the one that the container carries
/// where that is an earlier one. Tokens that were given before are kept nowhere, and can't be known; neither
/// can one that is printed in another form than it has.
///
/// Where the log is followed, it never ends: when the container does, the user's current one is looked for
/// again, which may be the same or another, and its log is read on. No line is told twice and none is left
/// out, unless the engine has lost it, or its clock was set back: lines that bear an earlier time than those
/// before aren't told until they don't.
///
/// As an iterator it ends with the first error, so that no loop over it is without end.
/// [`next_line`](Self::next_line) goes on after one where it was. Each waits for the next line for as long as
/// it takes, or as the handle's [patience](Portreeve::within) lasts.
#[derive(Debug)]
#[must_use = "nothing is read before somebody asks for the next line"]
pub struct Logs {
    turns: Turns<internals::Logs, Lines>,
    ready: VecDeque<LogLine>,
    ended: bool,
}

type Lines = Result<Option<VecDeque<LogLine>>, Error>;

impl Logs {
    /// The next line, or piece of one; `None` behind the last.
    pub fn next_line(&mut self) -> Result<Option<LogLine>, Error> {
        if self.ready.is_empty() {
            let next = self.turns.next(|mut logs| {
                Box::pin(async move {
                    let lines = logs.next_lines().await;
                    (logs, lines)
                })
            });
            self.ready = next??.unwrap_or_default();
        }
        Ok(self.ready.pop_front())
    }
}

impl Iterator for Logs {
    type Item = Result<LogLine, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_line();
        self.ended = next.is_err();
        next.transpose()
    }
}
