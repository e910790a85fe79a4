//! Which process a handle was opened in.

use std::process;

/// The process that something belongs to.
///
/// A fork copies memory and none of the threads: of a handle that was opened before, the copy has a lock
/// that may never be let go, connections that are another's, and the other's leases under its name.
#[derive(Clone, Copy, Debug)]
pub struct Process(u32);

impl Process {
    /// This one.
    pub fn current() -> Self {
        Self(process::id())
    }

    /// Whether it is still the one, and no copy of it.
    pub fn is_current(self) -> bool {
        self.0 == process::id()
    }

    /// One that isn't this.
    #[cfg(test)]
    pub(crate) fn another() -> Self {
        Self(process::id().wrapping_add(1))
    }
}
