//! Panics of an engine's or a store's client.

use std::any::Any;

/// What is told of a client that panicked.
pub(crate) fn fault(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    tracing::error!(panic = text, "a client panicked");
    "a fault in portreeve's client; see the log".to_owned()
}
