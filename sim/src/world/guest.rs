//! What somebody else left beside an installation.

use portreeve_core::id::ContainerId;
use portreeve_core::user::UserId;

/// What somebody made that isn't ours, under names that are a user's.
#[derive(Clone, Debug)]
pub(super) struct Guest {
    pub user: UserId,
    pub container: Option<ContainerId>,
    pub volume: Option<String>,
}
