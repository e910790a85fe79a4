//! How far a log was read.

use super::line::Output;
use super::request::LogRange;
use super::time::LogTime;

/// How far a container's log was read, so that it can be read on from there: of each output, when its last
/// message was printed, and how many of its messages bear that time.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Mark([Option<At>; 3]);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct At {
    time: LogTime,
    messages: u32,
}

impl Mark {
    /// Whether nothing was read.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// The part of the log that is behind it. The engine is asked for a little more than that, which a
    /// [`LogReader`](super::LogReader) that knows the mark leaves out.
    pub fn rest(&self, follow: bool) -> LogRange {
        let last = self.0.iter().flatten().map(|at| at.time).max();
        LogRange {
            follow,
            tail: None,
            since: last.map(LogTime::a_second_before),
        }
    }

    /// Has all count as read that was printed before its last message, to whichever output: what is told is
    /// the end of a log alone, and not all outputs came by there.
    #[must_use]
    pub fn for_all_outputs(mut self) -> Self {
        let last = self.0.iter().flatten().map(|at| at.time).max();
        if let Some(time) = last {
            for at in self.0.iter_mut().filter(|at| at.is_none()) {
                *at = Some(At { time, messages: 0 });
            }
        }
        self
    }

    /// All of an output was told that was seen.
    pub(super) fn come_to(&mut self, seen: &Self, output: Output) {
        self.0[output as usize] = seen.0[output as usize];
    }

    /// One more message was read.
    pub(super) fn note(&mut self, output: Output, time: LogTime) {
        let at = &mut self.0[output as usize];
        let messages = match at {
            Some(last) if last.time == time => last.messages.saturating_add(1),
            Some(_) | None => 1,
        };
        *at = Some(At { time, messages });
    }

    /// Whether the next message that an engine tells was read before. Of those that bear the mark's own
    /// time, so many were.
    pub(super) fn covers_next(&mut self, output: Output, time: LogTime) -> bool {
        let Some(at) = &mut self.0[output as usize] else {
            return false;
        };
        if time == at.time && at.messages > 0 {
            at.messages -= 1;
            return true;
        }
        time < at.time
    }
}
