//! One input to the world, and a script of them.

use std::time::Duration;

use portreeve_core::command::Command;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::chaos::ChaosAction;

/// Something done to the world from outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// A host asks one controller for something.
    Ask(usize, Command),
    /// A host asks, and no longer waits after a while.
    AskFor(usize, Command, Duration),
    /// Somebody does something, or something breaks.
    Chaos(ChaosAction),
}

impl Input {
    /// Whom it is about, if it is about one user's container.
    pub fn user(&self) -> Option<&UserId> {
        let command = match self {
            Self::Ask(_, command) | Self::AskFor(_, command, _) => command,
            Self::Chaos(_) => return None,
        };
        match command {
            Command::Ensure(user)
            | Command::Stop(user)
            | Command::Restart(user)
            | Command::Touch(user)
            | Command::Status(user)
            | Command::LogSource(user)
            | Command::Purge(user)
            | Command::Rotate(user)
            | Command::Adopt(user)
            | Command::LimitIdle(user, _) => Some(user),
            // What is asked of the event log concerns no container.
            Command::Events { .. }
            | Command::List { .. }
            | Command::ListRunning { .. }
            | Command::Reap
            | Command::Health
            | Command::Repair { .. }
            | Command::Rekey => None,
        }
    }
}

/// Inputs and when they come, in order.
pub type Script = Vec<(Instant, Input)>;
