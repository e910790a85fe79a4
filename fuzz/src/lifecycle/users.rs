//! The users of a life: few, so that its commands meet.

use arbitrary::Unstructured;
use portreeve_core::user::UserId;

/// One of a few users.
pub(super) fn user(bytes: &mut Unstructured) -> arbitrary::Result<UserId> {
    let id = bytes.choose(&["1", "10", "A"])?;
    Ok(UserId::new(*id).expect("valid"))
}
