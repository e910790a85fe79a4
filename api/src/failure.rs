//! What is told of anything that failed.

use portreeve_core::error::Error;
use serde::{Deserialize, Serialize};

/// What is told of anything that failed, in place of the document that it would have been.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// Why.
    pub error: Reason,
}

/// Why something failed. None of it holds a secret.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reason {
    /// The kind of error, in one word from a closed list: what a program decides by.
    pub code: String,
    /// What happened, naming the thing it happened to: for people.
    pub message: String,
    /// The way out, in a sentence: for people.
    pub hint: String,
}

impl Failure {
    /// A failure of the kind `code`, told with `message` and `hint`.
    pub fn new(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            error: Reason {
                code: code.to_owned(),
                message: message.into(),
                hint: hint.into(),
            },
        }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self::new(error.code(), error.to_string(), error.hint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_line() {
        let failure = Failure::new("io", "two\nlines", "a way out");
        let text = serde_json::to_string(&failure).unwrap();
        assert_eq!(
            text,
            r#"{"error":{"code":"io","message":"two\nlines","hint":"a way out"}}"#
        );
        assert_eq!(serde_json::from_str::<Failure>(&text).unwrap(), failure);
    }
}
