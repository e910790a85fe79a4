//! What a user's container prints.

use std::collections::VecDeque;

use portreeve_wire::docker::log_stream::{LogLine, LogRange};

use super::open::Portreeve;
use crate::error::Error;
use crate::logs;

impl Portreeve {
    /// Tells what the user's current container has printed, and prints from now on, where the range says
    /// that it is followed. Whether the container runs doesn't matter. Doesn't count as activity.
    ///
    /// Fails with `unknown_user`, and with `no_container` where the user has none; with `token_unreadable`
    /// where nobody can tell what must not be shown.
    pub async fn logs(&self, user: &str, range: LogRange) -> Result<Logs, Error> {
        let logs = logs::Logs::open(&self.driver, user, range).await?;
        Ok(Logs {
            logs,
            ready: VecDeque::new(),
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
/// What is dropped or fails loses nothing: asked again, it goes on where it was. As a
/// [`Stream`](futures_util::stream::Stream), where that is wanted:
///
/// ```
/// # use portreeve_tokio::{Error, LogLine, Logs};
/// use futures_util::stream::{Stream, try_unfold};
///
/// fn stream(logs: Logs) -> impl Stream<Item = Result<LogLine, Error>> {
///     try_unfold(logs, async |mut logs| {
///         Ok(logs.next_line().await?.map(|line| (line, logs)))
///     })
/// }
/// ```
#[derive(Debug)]
#[must_use = "nothing is read before somebody asks for the next line"]
pub struct Logs {
    logs: logs::Logs,
    ready: VecDeque<LogLine>,
}

impl Logs {
    /// The next line, or piece of one; `None` behind the last.
    pub async fn next_line(&mut self) -> Result<Option<LogLine>, Error> {
        if self.ready.is_empty() {
            self.ready = self.logs.next_lines().await?.unwrap_or_default();
        }
        Ok(self.ready.pop_front())
    }
}
