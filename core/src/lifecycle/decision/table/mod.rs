//! The decision table: the one place where it is decided what happens to a user's container.
//!
//! [`decide`] reads it from the top; the first row that applies names the step. The rows are data:
//! whom a row is for, its conditions, its step. The table that people read is made from them, so it
//! can't say anything else than what is done.

mod conditions;
mod row;
mod rows;
mod whom;

use alloc::string::String;

pub(crate) use conditions::IDLE_CLAIM;
pub(crate) use row::Row;

use super::facts::Facts;
use super::step::Step;

/// All rows, in the order they are read. Those that stand above all others come first; then what has
/// to be known, and what was begun and is finished whatever is wanted by now; then one goal after the
/// other.
fn all() -> impl Iterator<Item = &'static Row> {
    [
        rows::above_all::ROWS,
        rows::unknown::ROWS,
        rows::unfinished::ROWS,
        rows::nobody::ROWS,
        rows::absent::ROWS,
        rows::stopped::ROWS,
        rows::evicted::ROWS,
        rows::adopted::ROWS,
        rows::repaired::ROWS,
        rows::renewed::ROWS,
        rows::running::ROWS,
        rows::in_the_way::ROWS,
        rows::starting::ROWS,
    ]
    .into_iter()
    .flatten()
}

/// The next step, and the number of the row that says so. Where no row applies, nothing is done.
pub(crate) fn decide(facts: &Facts) -> (usize, Step) {
    let mut decided = all().enumerate().filter(|(_, row)| row.applies(facts));
    decided
        .next()
        .map_or((usize::MAX, Step::Rest), |(number, row)| (number, row.step))
}

/// The decision table in words: goal, condition, step. The first row that applies decides.
pub fn decision_table() -> impl Iterator<Item = [String; 3]> {
    all().map(Row::words)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod written;
