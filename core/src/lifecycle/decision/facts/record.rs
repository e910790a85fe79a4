//! What the store says of the user.

use crate::record::Intent;

/// What the store says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum RecordFact {
    Unknown,
    Unreadable,
    Absent,
    Present(Intent, Hold),
}

/// Who holds the user's lease.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Hold {
    Nobody,
    /// Nobody any more: the record bears a lease that has run out.
    Expired,
    Mine,
    Theirs,
}

/// Whether a purge has begun.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum PurgeFact {
    No,
    Begun,
    /// It has, and another user's record names the volume, too.
    BegunOnSharedVolume,
}

/// The port that the record claims.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum PortFact {
    None,
    Claimed,
    /// One is claimed, and was found taken by somebody else.
    Taken,
    /// One is claimed, and a new container would publish none.
    Needless,
    /// One is wanted, and none was free.
    NoneFree,
}
