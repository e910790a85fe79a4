//! What is known of the user's current container.

/// What the engine says of the user's current container, or of what stands in its place.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ContainerFact {
    Unknown,
    /// It isn't under its name, and may be under another, or is by a list that may be behind.
    Unsure,
    /// There is none, and somebody else's has its name.
    Foreign,
    /// There is none, and an old one of the user's is in its place.
    Surplus,
    Absent,
    /// It has no process, and can be started.
    Idle,
    /// The engine is about to start it by itself.
    Starting,
    Running,
    Paused,
    Removing,
    /// It can only be removed.
    Broken,
    /// In a state this release doesn't know.
    Odd,
}

impl ContainerFact {
    /// It has a process, or may have one.
    pub(crate) fn is_live(self) -> bool {
        match self {
            Self::Starting | Self::Running | Self::Paused | Self::Odd => true,
            Self::Unknown
            | Self::Unsure
            | Self::Foreign
            | Self::Surplus
            | Self::Absent
            | Self::Idle
            | Self::Removing
            | Self::Broken => false,
        }
    }
}

/// What is wrong with the current container, so that it can't go on as it is. Of several faults, the
/// last of these counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum FitFact {
    /// Nothing is, or there is no current container.
    Fit,
    /// It can't serve: once it is stopped, another is made in its place.
    Condemned,
    /// It publishes no host port, and callers come by one: it isn't taken from whoever uses it, and
    /// nobody is answered with it.
    Unpublished,
    /// It was made from an older configuration, or for callers who come by another way: once it is
    /// stopped, another is made in its place.
    Outdated,
    /// It isn't attached to the network that it was made for, so nobody reaches it.
    CutOff,
    /// It carries another token than the record says.
    OtherToken,
}

impl FitFact {
    /// A new container would be in the newest configuration, and this one isn't.
    pub(crate) fn is_outdated(self) -> bool {
        match self {
            Self::Outdated | Self::CutOff | Self::OtherToken => true,
            Self::Fit | Self::Condemned | Self::Unpublished => false,
        }
    }
}

/// What came of the container's last start.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum StartFact {
    /// This run hasn't started it.
    Before,
    /// This run hasn't started it, and it ended in an error soon after it had been answered as
    /// running.
    Flapped(ExitLogFact),
    /// This run has started it.
    Started,
    /// This run has started it, and it has exited.
    Crashed(ExitLogFact),
}

impl StartFact {
    /// This run has started it.
    pub(crate) fn is_renewed(self) -> bool {
        match self {
            Self::Started | Self::Crashed(_) => true,
            Self::Before | Self::Flapped(_) => false,
        }
    }
}

/// Whether the last lines of a container that ended were read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ExitLogFact {
    Unread,
    Read,
}

/// Whether a running container is ready.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ReadyFact {
    Yes,
    /// A probe is to tell.
    Probe,
    /// Not yet.
    No,
    /// It is to be ready once its health check passes, and has none.
    Never,
}
