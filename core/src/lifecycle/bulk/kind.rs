//! The kinds of bulk commands.

use crate::projection::project;
use crate::user::UserId;

/// What is to be found out, or done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum BulkKind {
    Status(UserId),
    List,
    Health,
    Reap,
    Repair { dry_run: bool },
    Rekey,
}

project!(enum BulkKind { Status(user), List, Health, Reap, Repair { dry_run }, Rekey });

impl BulkKind {
    /// Whether it has to do with containers.
    pub(crate) fn asks_engine(&self) -> bool {
        match self {
            Self::Status(_) | Self::List | Self::Health | Self::Reap | Self::Repair { .. } => true,
            Self::Rekey => false,
        }
    }

    pub(crate) fn is_repair(&self) -> bool {
        matches!(self, Self::Repair { .. })
    }
}
