//! How much of an answer is held at once.
//!
//! Lists, pulls and events may be of any length: they are read entry by entry, and none of these grows
//! with the number of users. What is long in practice is one container's labels, which engines take of
//! any length and tell with each event, too.

/// The longest description of one thing, such as a container or an event of it, in bytes; and the longest
/// answer that isn't read entry by entry.
pub(super) const OF_ONE: usize = 8 << 20;
/// The longest piece of a pull's progress, in bytes. It has one layer's numbers, or an error's words.
pub(super) const OF_PROGRESS: usize = 1 << 20;
