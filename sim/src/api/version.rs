//! The versions of the API.

/// The newest version of the API that is spoken, and the oldest.
pub const VERSIONS: (Version, Version) = (Version(1, 44), Version(1, 24));

/// A version of the API.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Version(pub u16, pub u16);

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}
