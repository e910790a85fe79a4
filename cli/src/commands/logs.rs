//! What a user's container prints, as it comes.

use std::future::ready;
use std::ops::ControlFlow;

use portreeve_tokio::{Error, LogLine, LogRange, Logs, Portreeve};

use crate::args::LogsOf;
use crate::codes::Exit;
use crate::failure::Failure;
use crate::output::{LogLines, Output, Spinner, print_error};

/// What passes by itself: a log that is followed goes on afterwards.
const PASSING: [&str; 3] = ["engine_unreachable", "store_unreachable", "timeout"];

/// Prints the log, and asks for no more once nobody reads it.
pub(super) async fn logs(
    portreeve: &Portreeve,
    of: &LogsOf,
    output: Output,
) -> Result<Exit, Failure> {
    let range = LogRange {
        follow: of.follow,
        tail: of.tail,
        since: of.since.map(|since| since.0),
    };
    let spinner = Spinner::start(output, "looking…");
    let mut logs = portreeve.logs(&of.of.user, range).await?;
    drop(spinner);
    let mut lines = LogLines::new(output);
    let mut told = false;
    loop {
        match next(&mut logs, &mut lines).await {
            Ok(None) => break,
            Ok(Some(line)) => {
                told = false;
                if lines.line(&line)?.is_break() {
                    return Ok(Exit::Done);
                }
            }
            Err(error) if of.follow && PASSING.contains(&error.code()) => {
                if !told {
                    // Whoever closed stderr doesn't want to know.
                    let _ = print_error(&format!("{error}; the log goes on after that\n"));
                }
                told = true;
            }
            Err(error) => return Err(error.into()),
        }
    }
    lines.end()?;
    Ok(Exit::Done)
}

/// The next line. What was printed is shown before it is waited for.
async fn next(logs: &mut Logs, lines: &mut LogLines) -> Result<Option<LogLine>, Error> {
    tokio::select! {
        biased;
        line = logs.next_line() => return line,
        () = ready(()) => {}
    }
    if let Ok(ControlFlow::Break(())) = lines.show() {
        return Ok(None);
    }
    logs.next_line().await
}
