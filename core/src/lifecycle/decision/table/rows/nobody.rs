//! Nobody wants anything; or a container may be under another name, which is asked before anything
//! else that is wanted.

use crate::lifecycle::decision::step::{Commit, Step};
use crate::lifecycle::decision::table::conditions::{FINISHING, LEASE_OURS, UNSURE};
use crate::lifecycle::decision::table::row::Row;
use crate::lifecycle::decision::table::whom::Whom;

pub(in crate::lifecycle::decision::table) const ROWS: &[Row] = &[
    Row::new(Whom::Unwanted, &[FINISHING], Step::Commit(Commit::Stopped)),
    Row::new(Whom::Unwanted, &[LEASE_OURS], Step::Commit(Commit::Undone)),
    Row::new(Whom::Unwanted, &[], Step::Rest),
    Row::new(Whom::Wanted, &[UNSURE], Step::AskByUser),
];
