//! What the engine is asked for.

use std::fmt::Write as _;

use portreeve_core::id::ContainerId;

use super::time::LogTime;
use crate::docker::request::container;
use crate::http::Request;

/// Which part of a log is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct LogRange {
    /// Whether what is printed later is told as well, until the container ends.
    pub follow: bool,
    /// So many messages at the end alone.
    pub tail: Option<u32>,
    /// Nothing that was printed before.
    pub since: Option<LogTime>,
}

/// Asks for a container's log.
pub fn request(id: &ContainerId, range: LogRange) -> Request {
    let mut query = String::from("/logs?stdout=true&stderr=true&timestamps=true");
    if range.follow {
        query.push_str("&follow=true");
    }
    if let Some(tail) = range.tail {
        // Writing to a String can't fail.
        let _ = write!(query, "&tail={tail}");
    }
    if let Some(since) = range.since {
        let _ = write!(query, "&since={}", since.for_engine());
    }
    Request::get(container(id.as_str(), &query))
}
