//! How an answer is shown: a document as it is to programs, and as text to people.

mod events;
mod live;
mod log_lines;
mod show;
mod spinner;
pub(crate) mod table;
mod terminal;
pub(crate) mod text;
mod users;

pub(crate) use events::Events;
pub(crate) use live::Live;
pub(crate) use log_lines::LogLines;
pub(crate) use show::{Output, print, print_error};
pub(crate) use spinner::Spinner;
pub(crate) use terminal::Terminal;
pub(crate) use users::Users;
