//! Promise 6: no state is lost. A user's volume is removed by a purge alone.

use portreeve_core::user::UserId;

use super::verdict::Verdict;

/// Its name.
pub const PROMISE: &str = "No state lost";

/// A volume of a user's that goes.
#[derive(Clone, Copy, Debug)]
pub struct Removed<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whose it was.
    pub user: &'a UserId,
    /// Another user's record names it, too.
    pub shared: bool,
    /// A container that mounts it has been started: there may be something in it.
    pub used: bool,
    /// The user was to be purged while it was there.
    pub purged: bool,
}

/// A volume goes only when its user was to be purged while it was there, and nobody else has it.
///
/// # Errors
/// If it was to stay.
pub fn removed(volume: Removed<'_>) -> Verdict {
    let Removed { name, user, .. } = volume;
    if volume.shared {
        return Err(format!(
            "the volume {name} was removed, which two users have"
        ));
    }
    if volume.used && !volume.purged {
        return Err(format!(
            "the volume {name} of {user:?} was removed without a purge"
        ));
    }
    Ok(())
}
