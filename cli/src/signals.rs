//! Signals that ask the program to stop.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::codes::Exit;
use crate::failure::Failure;

/// Listens for being asked to stop: by Ctrl-C, or by SIGTERM. From then on neither ends the
/// program by itself.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Begins to listen.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let listen = |kind| {
            signal(kind).map_err(|error| Failure::io("signals can't be listened for", &error))
        };
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// Completes when the program is asked to stop, or was since the last time, with how it is to end then.
    pub(crate) async fn asked_to_stop(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
    }
}

/// What the command that was stopped answers.
pub(crate) fn interrupted(exit: Exit, hint: &str) -> Failure {
    Failure::new("interrupted", "interrupted", hint).ending_with(exit)
}
