//! The text for people: what each document comes to.

mod all;
mod event;
mod one;
mod program;
mod progress;
mod style;
mod usage;
mod when;

use portreeve_api::Reason;

pub(crate) use all::{health, reaped, rekeyed, repaired};
pub(crate) use event::EventTable;
pub(crate) use one::{
    UserTable, adopted, ensured, limited, purged, rotated, status, stopped, touched,
};
pub(crate) use program::{configuration, diagnosis, simulated_engine};
pub(crate) use progress::progress;
pub(crate) use style::{BAD, BOLD, DIM, styled, word};
pub(crate) use usage::usage;

use style::printable;

/// Why something failed, and the way out.
pub(super) fn failure(reason: &Reason) -> String {
    format!(
        "{} {}\n  {} {}\n",
        styled(BAD, "error:"),
        printable(&reason.message),
        styled(DIM, "hint:"),
        printable(&reason.hint)
    )
}
