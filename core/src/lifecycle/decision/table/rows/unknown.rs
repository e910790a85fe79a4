//! What has to be known first, and whose turn it is.

use crate::lifecycle::decision::step::{Fault, Step};
use crate::lifecycle::decision::table::conditions::{
    AMENDMENT, LEASE_THEIRS, NO_AMENDMENT, READABLE, RECORD_UNKNOWN, RECORD_UNREADABLE, UNKNOWN,
    UNWRITABLE, WANTED_OR_AMENDED, WANTED_OR_FINISHING,
};
use crate::lifecycle::decision::table::row::Row;
use crate::lifecycle::decision::table::whom::{SEEN_TO, Whom};

pub(in crate::lifecycle::decision::table) const ROWS: &[Row] = &[
    Row::new(Whom::Everybody, &[WANTED_OR_FINISHING, UNKNOWN], Step::Ask),
    Row::new(Whom::Unwanted, &[AMENDMENT, RECORD_UNKNOWN], Step::AskStore),
    Row::new(
        Whom::Everybody,
        &[AMENDMENT, UNWRITABLE],
        Step::AnswerAmendment,
    ),
    Row::new(
        Whom::Wanted,
        &[RECORD_UNREADABLE],
        Step::Fail(Fault::Unreadable),
    ),
    Row::new(SEEN_TO, &[LEASE_THEIRS, NO_AMENDMENT], Step::Answer).because("it is being seen to"),
    Row::new(
        Whom::Everybody,
        &[LEASE_THEIRS, WANTED_OR_AMENDED],
        Step::AwaitLease,
    ),
    Row::new(Whom::Everybody, &[AMENDMENT, READABLE], Step::Amend),
];
