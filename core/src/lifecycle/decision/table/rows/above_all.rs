//! Rows that stand above all others: runs that failed, what is under way, the wrong engine.

use crate::lifecycle::decision::step::{Commit, Fault, Step};
use crate::lifecycle::decision::table::conditions::{
    ANOTHER, ANOTHER_OR_FAILED, CAN_BE_UNDONE, FAILED, LEASE_OURS, NO_RECORD, NOTHING_UNDER_WAY,
    PROVEN, STARTING, UNDER_WAY,
};
use crate::lifecycle::decision::table::row::Row;
use crate::lifecycle::decision::table::whom::{ENDED, Whom};

pub(in crate::lifecycle::decision::table) const ROWS: &[Row] = &[
    Row::new(
        Whom::Wanted,
        &[CAN_BE_UNDONE, STARTING, NOTHING_UNDER_WAY],
        Step::Commit(Commit::Undone),
    ),
    Row::new(Whom::Wanted, &[FAILED], Step::Answer),
    Row::new(Whom::Everybody, &[UNDER_WAY], Step::Rest),
    Row::new(
        Whom::Wanted,
        &[ANOTHER_OR_FAILED],
        Step::Fail(Fault::Identity),
    ),
    Row::new(
        Whom::Unwanted,
        &[ANOTHER, LEASE_OURS],
        Step::Commit(Commit::Undone),
    ),
    Row::new(ENDED, &[NO_RECORD, PROVEN], Step::Answer).because("there is no such user"),
];
