//! What a plan came to.

mod document;
mod text;

pub(super) use document::document;
pub(super) use text::text;
