//! What store and engine may not agree on.

/// What a `Repair` looks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Problem {
    /// A start, stop, removal or purge was begun by a controller that is gone.
    Unfinished,
    /// The record says that the container runs, and it doesn't.
    NotRunning,
    /// The container runs, and the record doesn't say so.
    RunsUnrecorded,
    /// There is a container of the user's beside the current one.
    Surplus,
    /// There is a container of a user who has no record.
    Orphan,
    /// There is a volume of a user who has no record.
    OrphanVolume,
    /// Another user's record names the same volume: what one of them does there, the other meets.
    SharedVolume,
    /// A container bears the user's labels, and isn't shown to be the user's: it has them from its
    /// image, as `docker commit` makes one, or somebody copied them.
    Copy,
    /// A port is claimed, and there is no container bound to it.
    ClaimWithoutContainer,
    /// A controller that is gone has left a lease on the record, and nothing else undone.
    StaleLease,
    /// A start, stop, removal or purge is under way under a lease that hasn't run out. Whether its
    /// holder still goes on with it, or is gone, nobody can tell before the lease ends.
    UnderLease,
    /// A time in the record lies further ahead than it can be written: the store's clock ran ahead, and was
    /// set right.
    TimeAhead,
    /// The record can't be understood.
    Unreadable,
}

impl Problem {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Unfinished,
        Self::NotRunning,
        Self::RunsUnrecorded,
        Self::Surplus,
        Self::Orphan,
        Self::OrphanVolume,
        Self::SharedVolume,
        Self::Copy,
        Self::ClaimWithoutContainer,
        Self::StaleLease,
        Self::UnderLease,
        Self::TimeAhead,
        Self::Unreadable,
    ];

    /// The problem of that word.
    pub fn of(word: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|problem| problem.as_str() == word)
    }

    /// The problem, in one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::NotRunning => "not_running",
            Self::RunsUnrecorded => "runs_unrecorded",
            Self::Surplus => "surplus_container",
            Self::Orphan => "orphan_container",
            Self::OrphanVolume => "orphan_volume",
            Self::SharedVolume => "shared_volume",
            Self::Copy => "copied_container",
            Self::ClaimWithoutContainer => "claim_without_container",
            Self::StaleLease => "stale_lease",
            Self::UnderLease => "under_lease",
            Self::TimeAhead => "time_ahead",
            Self::Unreadable => "record_unreadable",
        }
    }
}
