//! Who a container belongs to.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

/// A user of the platform, by the id the platform gave them.
///
/// Any non-empty UTF-8 of at most [`UserId::MAX_BYTES`] bytes. Two ids are the same user only if
/// they are the same bytes: `A` and `a` are two users. A clone shares the bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(Arc<str>);

impl UserId {
    /// The longest id that is taken, in bytes.
    pub const MAX_BYTES: usize = 256;

    /// Takes an id from the platform.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidUserId> {
        let id = id.into();
        match id.len() {
            0 => Err(InvalidUserId::Empty),
            bytes if bytes > Self::MAX_BYTES => Err(InvalidUserId::TooLong { bytes }),
            _ => Ok(Self(id.into())),
        }
    }

    /// The id as the platform gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<&str> for UserId {
    type Error = InvalidUserId;

    fn try_from(id: &str) -> Result<Self, Self::Error> {
        Self::new(id)
    }
}

/// Why an id can't name a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUserId {
    /// The id has no bytes.
    #[error("a user id can't be empty")]
    Empty,
    /// The id is longer than [`UserId::MAX_BYTES`].
    #[error("a user id has at most {max} bytes, this one has {bytes}", max = UserId::MAX_BYTES)]
    TooLong {
        /// How long it is, in bytes.
        bytes: usize,
    },
}
