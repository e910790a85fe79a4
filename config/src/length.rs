//! Lengths of time, as people write and read them.

use std::time::Duration;

use jiff::SignedDuration;

/// What a length of time looks like.
pub const FORM: &str = "a duration such as \"10s\" or \"5m\"";
/// What a limit looks like that may be no limit.
pub const LIMIT_FORM: &str = "\"never\" or a duration such as \"10s\" or \"5m\"";
const NEVER: &str = "never";

/// Reads a length of time; `None` if it is none, or lacks a unit.
pub fn read(text: &str) -> Option<Duration> {
    let length: SignedDuration = text.parse().ok()?;
    Duration::try_from(length).ok()
}

/// Shows a length of time, so that it can be read again.
pub fn show(length: Duration) -> String {
    match SignedDuration::try_from(length) {
        Ok(length) => format!("{length:#}"),
        Err(_beyond_all_years) => format!("{}s", length.as_secs()),
    }
}

/// Reads a limit, which is none where it is zero.
pub fn read_limit(text: &str) -> Option<Duration> {
    match text {
        // Nothing of nothing needs no unit.
        NEVER | "0" => Some(Duration::ZERO),
        _ => read(text),
    }
}

/// Shows a limit, so that it can be read again.
pub fn show_limit(limit: Duration) -> String {
    if limit.is_zero() {
        NEVER.to_owned()
    } else {
        show(limit)
    }
}
