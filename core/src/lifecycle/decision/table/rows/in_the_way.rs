//! It is to run, and something is in the way.

use crate::lifecycle::decision::step::{Commit, Fault, Step};
use crate::lifecycle::decision::table::conditions::{
    BACKING_OFF, CRASHED, CRASHED_UNREAD, FLAPPED, FLAPPED_UNREAD, FOREIGN, IN_BETWEEN,
};
use crate::lifecycle::decision::table::row::Row;
use crate::lifecycle::decision::table::whom::Whom;

pub(in crate::lifecycle::decision::table) const ROWS: &[Row] = &[
    Row::new(Whom::Serving, &[FOREIGN], Step::Fail(Fault::NameTaken)),
    Row::new(Whom::Serving, &[IN_BETWEEN], Step::LookLater),
    Row::new(Whom::Serving, &[CRASHED_UNREAD], Step::ReadLog),
    Row::new(Whom::Serving, &[CRASHED], Step::Fail(Fault::Crashed)),
    Row::new(Whom::Serving, &[FLAPPED_UNREAD], Step::ReadLog),
    Row::new(Whom::Serving, &[FLAPPED], Step::Commit(Commit::Flapped)),
    Row::new(Whom::Serving, &[BACKING_OFF], Step::Fail(Fault::BackingOff)),
];
