//! How an answer is shown: a document as it is to programs, and as text to people.

mod show;
mod spinner;
pub(crate) mod table;
pub(crate) mod text;

pub(crate) use show::{Output, print};
pub(crate) use spinner::Spinner;
