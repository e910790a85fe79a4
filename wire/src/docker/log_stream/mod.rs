//! A container's log as it comes, in lines that can be shown.
//!
//! The engine is asked for every message with its time. A container without a terminal has its two outputs
//! in frames, each of which holds one message: a line, or a part of a long one. One with a terminal has one
//! message after the other, in no frames. Since each begins with its time, the first byte tells which.
//!
//! | file | tells |
//! |---|---|
//! | `request` | what the engine is asked for |
//! | `reader` | one answer, line by line |
//! | `decoder` | which bytes are a message's text, of which output and of when |
//! | `line`, `lines` | a text's lines, without secrets, long ones in pieces |
//! | `mark` | how far a log was read, and which messages were before that |
//! | `time` | when something was printed |

mod decoder;
mod line;
mod lines;
mod mark;
mod reader;
mod request;
mod time;

pub use self::decoder::BrokenLog;
pub use self::line::{LogLine, Output};
pub use self::mark::Mark;
pub use self::reader::LogReader;
pub use self::request::{LogRange, request};
pub use self::time::LogTime;

#[cfg(test)]
mod tests;
