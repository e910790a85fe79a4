//! Answers that are read entry by entry as they come.

use crate::json::Malformed;
use crate::json::split::{Entries, Entry, Splitter};

/// What the entries of an answer are made into.
pub(super) trait Take {
    /// Takes the next one in.
    fn take(&mut self, entry: Entry<'_>) -> Result<(), Malformed>;
}

/// Reads an answer's entries, each as soon as it has come.
#[derive(Debug)]
pub(super) struct Reader<T> {
    rest: Splitter,
    made: T,
}

impl<T: Take> Reader<T> {
    /// Reads entries of at most so many bytes into what is made of them.
    pub(super) fn new(entries: Entries, longest: usize, made: T) -> Self {
        Self {
            rest: Splitter::new(entries, longest),
            made,
        }
    }

    /// Takes the answer's next bytes. That it can't be read is told at its end.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let _ = self.rest.feed(bytes, |entry| self.made.take(entry));
    }

    /// The answer has ended: what was made of it, and whether all of it could be read.
    pub(super) fn finish(mut self) -> (T, Result<(), Malformed>) {
        let read = self.rest.finish(|entry| self.made.take(entry));
        (self.made, read)
    }
}
