//! A line that a user's container printed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A line that a user's container printed, or a piece of a long one, without the token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LogLine {
    /// When, by the engine's clock: RFC 3339 in UTC, to the nanosecond.
    pub at: Timestamp,
    /// Where to.
    pub output: Output,
    /// What. Bytes that are no text are shown as U+FFFD.
    pub text: String,
    /// Whether the line goes on in the next document of the same output; left out where it doesn't.
    #[serde(default, skip_serializing_if = "is_false")]
    pub goes_on: bool,
}

/// Where a container prints to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// Its standard output.
    Stdout,
    /// Its standard error.
    Stderr,
    /// Its terminal, which both come to.
    Terminal,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes by reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_that_it_goes_on_where_it_does() {
        let mut line = LogLine {
            at: "2026-03-01T10:00:00.000000001Z".parse().unwrap(),
            output: Output::Stderr,
            text: "one".to_owned(),
            goes_on: false,
        };
        let text = r#"{"at":"2026-03-01T10:00:00.000000001Z","output":"stderr","text":"one"}"#;
        assert_eq!(serde_json::to_string(&line).unwrap(), text);
        assert_eq!(serde_json::from_str::<LogLine>(text).unwrap(), line);
        line.goes_on = true;
        let text = serde_json::to_string(&line).unwrap();
        assert!(text.ends_with(r#""text":"one","goes_on":true}"#), "{text}");
    }
}
