//! A length of time on the command line, and what is said of what is none.

use std::time::Duration;

use portreeve_config::length;

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    length::read(text).ok_or_else(|| format!("expected {}, found {text:?}", length::FORM))
}
