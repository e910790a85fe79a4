//! The engine's answer to a request, and how much of it is read.

use bytes::Bytes;
use hyper::header::HeaderMap;

/// The largest answer that is read where it grows with the number of containers or layers.
pub(super) const LARGE: usize = 64 << 20;
/// The largest answer that is read otherwise.
pub(super) const SMALL: usize = 4 << 20;

/// An answer, whole.
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}
