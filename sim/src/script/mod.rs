//! What is done to the world, one input after another: as data that can be drawn from a seed, cut
//! down, written to a file and read again.

mod chaos;
mod input;
mod storm;
mod text;

pub use chaos::{ChaosAction, Likeness, Oddity, Refusal, Silence};
pub use input::{Input, Script};
pub use storm::{Shape, storm, users};
pub(crate) use text::command_words;
pub use text::{Unreadable, read, write};
