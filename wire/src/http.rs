//! An HTTP request, as data: what a client has to send, whichever engine it is for.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

pub use ::http::Method;

/// What stands for itself in a query's value or in one segment of a path.
pub(crate) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// One request. What else goes into its head, such as the host, depends on the connection and is the
/// client's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// How.
    pub method: Method,
    /// The path, from its slash on, and the query. Never holds a secret, and may be logged.
    pub target: String,
    /// What is sent along.
    pub body: Body,
}

impl Request {
    /// A request of this target.
    pub fn new(method: Method, target: impl Into<String>, body: Body) -> Self {
        Self {
            method,
            target: target.into(),
            body,
        }
    }

    pub(crate) fn get(target: impl Into<String>) -> Self {
        Self::new(Method::GET, target, Body::Empty)
    }

    pub(crate) fn post(target: impl Into<String>, body: Body) -> Self {
        Self::new(Method::POST, target, body)
    }

    pub(crate) fn delete(target: impl Into<String>) -> Self {
        Self::new(Method::DELETE, target, Body::Empty)
    }
}

/// What is sent along with a request. Its `Debug` doesn't show it: it may hold a user's token.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// A JSON document.
    Json(Vec<u8>),
    /// A tar archive.
    Tar(Vec<u8>),
}

impl Body {
    /// A JSON document.
    pub fn json(value: &Value) -> Self {
        Self::Json(value.to_string().into_bytes())
    }

    /// What to call it in the `Content-Type` header.
    pub fn content_type(&self) -> Option<&'static str> {
        match self {
            Self::Empty => None,
            Self::Json(_) => Some("application/json"),
            Self::Tar(_) => Some("application/x-tar"),
        }
    }

    /// Its bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Empty => Vec::new(),
            Self::Json(bytes) | Self::Tar(bytes) => bytes,
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Json(bytes) => write!(f, "Json({} bytes)", bytes.len()),
            Self::Tar(bytes) => write!(f, "Tar({} bytes)", bytes.len()),
        }
    }
}

/// A text as one segment of a path or one value of a query.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_not_shown() {
        let request = Request::new(Method::POST, "/x", Body::Json(b"hunter2".to_vec()));
        assert_eq!(
            format!("{request:?}"),
            r#"Request { method: POST, target: "/x", body: Json(7 bytes) }"#
        );
    }
}
