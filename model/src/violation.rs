//! A promise that was broken in a small world.

/// A promise that was broken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Which, one of [`PROMISES`](crate::PROMISES).
    pub promise: &'static str,
    /// How.
    pub text: String,
}
