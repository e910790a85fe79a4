//! The kinds of bulk commands.

use crate::event::EventsFrom;
use crate::projection::project;
use crate::user::UserId;

/// What is to be found out, or done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum BulkKind {
    Status(UserId),
    /// Where one user's log is.
    LogSource(UserId),
    /// One page of records.
    List {
        after: Option<UserId>,
        limit: u32,
        /// Whether those who are settled as stopped are left out.
        unsettled: bool,
    },
    Health,
    Reap,
    /// What the engine lists, and what the store says isn't settled.
    Sweep,
    /// Every record.
    Repair {
        dry_run: bool,
    },
    Rekey,
    /// One page of the event log.
    Events {
        from: EventsFrom,
        user: Option<UserId>,
        limit: u32,
    },
}

project!(enum BulkKind {
    Status(user), LogSource(user), List { after, limit, unsettled }, Health, Reap, Sweep, Repair { dry_run },
    Rekey, Events { from: left_out, user, limit },
});

impl BulkKind {
    /// Whether it has to do with containers.
    pub(crate) fn asks_engine(&self) -> bool {
        match self {
            Self::Status(_)
            | Self::LogSource(_)
            | Self::List { .. }
            | Self::Health
            | Self::Reap
            | Self::Sweep
            | Self::Repair { .. } => true,
            Self::Rekey | Self::Events { .. } => false,
        }
    }

    /// Whether what differs is put right.
    pub(crate) fn mends(&self) -> bool {
        matches!(self, Self::Sweep | Self::Repair { dry_run: false })
    }

    pub(crate) fn is_repair(&self) -> bool {
        matches!(self, Self::Sweep | Self::Repair { .. })
    }
}
