//! What is done to the world, one input after another: as data that can be drawn from a seed, cut
//! down, written to a file and read again.

mod storm;
mod text;

use std::time::Duration;

use portreeve_core::command::Command;
use portreeve_core::id::Port;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

pub use storm::{Shape, storm, users};
pub(crate) use text::command_words;
pub use text::{Unreadable, read, write};

/// Something done to the world from outside.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// A host asks one controller for something.
    Ask(usize, Command),
    /// A host asks, and no longer waits after a while.
    AskFor(usize, Command, Duration),
    /// Somebody does something, or something breaks.
    Deed(Deed),
}

impl Input {
    /// Whom it is about, if it is about one user's container.
    pub fn user(&self) -> Option<&UserId> {
        let command = match self {
            Self::Ask(_, command) | Self::AskFor(_, command, _) => command,
            Self::Deed(_) => return None,
        };
        match command {
            Command::Ensure(user)
            | Command::Stop(user)
            | Command::Restart(user)
            | Command::Touch(user)
            | Command::Status(user)
            | Command::Purge(user)
            | Command::Rotate(user)
            | Command::Adopt(user)
            | Command::LimitIdle(user, _) => Some(user),
            Command::List
            | Command::Reap
            | Command::Health
            | Command::Repair { .. }
            | Command::Rekey => None,
        }
    }
}

/// Something that somebody does, or that breaks.
///
/// Which container it is done to is told by its place in the list of those that are there at the
/// time, counted round: so it means something whatever else was left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deed {
    /// A controller's process is killed, and started again after that time.
    Crash(usize, Duration),
    /// A controller's process stands still for that time.
    Freeze(usize, Duration),
    /// A controller is closed by its host, ends, and is opened again after that time.
    Close(usize, Duration),
    /// The engine is restarted, and is away for that time.
    RestartEngine(Duration),
    /// Another engine answers at the engine's address for that time.
    SwapEngine(Duration),
    /// The store is out of reach for that time.
    LoseStore(Duration),
    /// A controller's event stream breaks off.
    LoseStream(usize),
    /// A container is killed.
    Kill(usize),
    /// A container is stopped by hand.
    Stop(usize),
    /// A container is removed, whatever it does.
    Remove(usize),
    /// A container gets another name.
    Rename(usize),
    /// A container is paused.
    Pause(usize),
    /// A process that isn't ours listens on a port for that time, unless it is in use.
    Occupy(Port, Duration),
    /// Somebody makes a container of the name that this user's would have, and removes it after
    /// that time.
    Squat(UserId, Duration),
    /// Somebody makes a volume of the name that this user's would have, and removes it after that
    /// time.
    SquatVolume(UserId, Duration),
    /// A user comes with a container, published on that port, and a volume that something else
    /// made. What isn't adopted is removed after that time.
    Bring(UserId, Port, Duration),
    /// The same, but its container is on a volume that is the same for all who come like that.
    BringShared(UserId, Port, Duration),
    /// A controller is closed by its host, and opened again after that time with the configuration
    /// of that generation.
    Deploy(usize, u64, Duration),
    /// The engine has the image no longer.
    LoseImage,
    /// The registry can't be reached for that time.
    LoseRegistry(Duration),
}

/// Inputs and when they come, in order.
pub type Script = Vec<(Instant, Input)>;
