//! It is to be replaced, not before a new one can be made; or its token is.

use crate::lifecycle::decision::step::{Commit, Fault, Step};
use crate::lifecycle::decision::table::conditions::{
    CANNOT_BE_HAD, LIVE, NOT_ROTATED, NOT_THERE_YET, STAYS_STOPPED, TO_BE_REPLACED,
};
use crate::lifecycle::decision::table::row::Row;
use crate::lifecycle::decision::table::whom::{RENEWED, ROTATED};
use crate::record::Intent;

pub(in crate::lifecycle::decision::table) const ROWS: &[Row] = &[
    Row::new(
        RENEWED,
        &[TO_BE_REPLACED, CANNOT_BE_HAD],
        Step::Fail(Fault::Prerequisites),
    ),
    Row::new(
        RENEWED,
        &[TO_BE_REPLACED, NOT_THERE_YET],
        Step::AwaitPrerequisites,
    ),
    Row::new(ROTATED, &[NOT_ROTATED, LIVE], Step::Claim(Intent::Stopping))
        .because("with a new token"),
    Row::new(ROTATED, &[NOT_ROTATED], Step::Commit(Commit::Rotated)),
    Row::new(ROTATED, &[STAYS_STOPPED], Step::Answer),
];
