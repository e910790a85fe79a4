//! Where an answer goes: to stdout as text or as one JSON document, a failure to stderr.

use std::io::{self, Write as _};
use std::ops::ControlFlow;

use portreeve_api as api;
use serde::Serialize;

use super::terminal::Terminal;
use super::text;
use crate::failure::Failure;

/// Whom it is shown to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Output {
    /// To people.
    Text,
    /// To programs.
    Json,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }

    /// Prints a document: to programs itself, to people what `text` makes of it.
    pub(crate) fn show<D: Serialize + ?Sized>(
        self,
        document: &D,
        text: impl FnOnce(&D) -> String,
    ) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text(document)),
            Self::Json => written(writeln!(io::stdout().lock(), "{}", line(document)?)),
        }
    }

    /// Says on stderr why a command failed.
    pub(crate) fn failure(self, failure: &Failure) {
        let document = api::Failure::new(failure.code, &*failure.message, &*failure.hint);
        // With stderr gone too there is nobody left to tell.
        let _ = match self {
            Self::Text => print_error(&text::failure(&document.error)),
            // Texts can always be put into JSON.
            Self::Json => writeln!(
                io::stderr().lock(),
                "{}",
                line(&document).unwrap_or_default()
            ),
        };
    }
}

/// Prints text that may hold colours; they are left out where nobody would see them.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    written(Terminal(anstream::stdout().lock()).write_all(text.as_bytes()))
}

/// Prints part of an answer, and tells whether the rest is wanted: [`Break`](ControlFlow::Break) where
/// nobody reads it.
pub(super) fn print_part(output: Output, part: &str) -> Result<ControlFlow<()>, Failure> {
    let mut stdout = anstream::stdout().lock();
    let outcome = match output {
        Output::Text => Terminal(&mut stdout).write_all(part.as_bytes()),
        Output::Json => io::stdout().write_all(part.as_bytes()),
    };
    match outcome.and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        outcome => written(outcome).map(ControlFlow::Continue),
    }
}

/// Prints bytes as they are, and tells whether more are wanted.
pub(super) fn print_bytes(bytes: &[u8]) -> Result<ControlFlow<()>, Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        outcome => written(outcome).map(ControlFlow::Continue),
    }
}

/// The same on stderr.
pub(crate) fn print_error(text: &str) -> io::Result<()> {
    Terminal(anstream::stderr().lock()).write_all(text.as_bytes())
}

pub(super) fn line<D: Serialize + ?Sized>(document: &D) -> Result<String, Failure> {
    serde_json::to_string(document)
        .map_err(|error| Failure::new("internal", error.to_string(), "please report it"))
}

fn written(outcome: io::Result<()>) -> Result<(), Failure> {
    match outcome {
        // Whoever reads no further, as `head` does, has what they wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::io("stdout can't be written", &error)),
        Ok(()) => Ok(()),
    }
}
