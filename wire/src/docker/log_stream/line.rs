//! A line that a container printed.

use super::time::LogTime;

/// Where a container prints to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Output {
    /// Its standard output.
    Stdout,
    /// Its standard error.
    Stderr,
    /// Its terminal, which both come to.
    Terminal,
}

impl Output {
    pub(super) const ALL: [Self; 3] = [Self::Stdout, Self::Stderr, Self::Terminal];

    /// It, in one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Terminal => "terminal",
        }
    }
}

/// A line that a container printed, or a piece of a long one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogLine {
    /// When, as the engine noted it.
    pub at: LogTime,
    /// Where to.
    pub output: Output,
    /// What, without the line's end, and with the user's token blotted out. It may be any bytes.
    pub text: Vec<u8>,
    /// Whether the line goes on in the output's next piece.
    pub goes_on: bool,
}
