//! What hosts ask controllers for, and how they are answered.

use portreeve_core::command::{Command, Reply};
use portreeve_core::time::Instant;

/// An answer to a host.
#[derive(Clone, Debug)]
pub struct Answer {
    /// To what.
    pub question: QuestionId,
    /// Which controller was asked.
    pub controller: usize,
    /// What was asked for.
    pub command: Command,
    /// When.
    pub asked_at: Instant,
    /// What was answered; `None` if the controller went away before, or nobody waited any more.
    pub reply: Option<Reply>,
}

/// The number of something that a host asked for, unique in its world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct QuestionId(pub u64);

/// Something a host asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub question: QuestionId,
    pub command: Command,
    pub at: Instant,
}
