//! It is to run, and something is in the way.

use crate::lifecycle::decision::step::{Commit, Fault, Step};
use crate::lifecycle::decision::table::conditions::{
    BACKING_OFF, CRASHED, EXIT_LOG_OPEN, FLAPPED, FOREIGN, IN_BETWEEN, LEASE_NOT_OURS,
};
use crate::lifecycle::decision::table::row::Row;
use crate::lifecycle::decision::table::whom::Whom;

pub(in crate::lifecycle::decision::table) const ROWS: &[Row] = &[
    Row::new(Whom::Serving, &[FOREIGN], Step::Fail(Fault::NameTaken)),
    Row::new(Whom::Serving, &[IN_BETWEEN], Step::LookLater),
    Row::new(Whom::Serving, &[CRASHED, EXIT_LOG_OPEN], Step::ReadLog),
    Row::new(Whom::Serving, &[CRASHED], Step::Fail(Fault::Crashed)),
    Row::new(Whom::Serving, &[FLAPPED, EXIT_LOG_OPEN], Step::ReadLog),
    Row::new(Whom::Serving, &[FLAPPED], Step::Commit(Commit::Flapped)),
    Row::new(
        Whom::Serving,
        &[BACKING_OFF, LEASE_NOT_OURS],
        Step::Fail(Fault::BackingOff),
    ),
];
