//! Where a lifecycle's randomness comes from.

use core::fmt;

/// The 32 bytes that all randomness of one [`Lifecycle`](crate::lifecycle::Lifecycle) comes from:
/// tokens, record ids, and the nonces that tokens are sealed with.
///
/// Two lifecycles with one seed would seal different tokens with the same nonces, which gives both
/// away. So a seed can't be copied, and whoever makes one says where its bytes are from.
pub struct Seed([u8; 32]);

impl Seed {
    /// Fresh bytes of the operating system's random generator, drawn for this lifecycle alone, and for one
    /// use.
    pub fn from_os_randomness(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Bytes that anybody may know, for tests, simulations and explorations: the same seed gives the
    /// same outputs. Never where a token is to be a secret.
    pub fn predictable(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn into_bytes(self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Debug for Seed {
    /// Tokens come from it, so it is a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}
