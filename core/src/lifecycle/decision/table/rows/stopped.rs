//! It is to be stopped.

use crate::lifecycle::decision::step::{Commit, Step};
use crate::lifecycle::decision::table::conditions::{
    LIVE, NOT_RECORDED_STOPPED_OR_OURS, STILL_ACTIVE,
};
use crate::lifecycle::decision::table::row::Row;
use crate::lifecycle::decision::table::whom::{REAPED, STOPPED};
use crate::record::Intent;

pub(in crate::lifecycle::decision::table) const ROWS: &[Row] = &[
    Row::new(REAPED, &[STILL_ACTIVE], Step::Answer),
    Row::new(STOPPED, &[LIVE], Step::Claim(Intent::Stopping)),
    Row::new(
        STOPPED,
        &[NOT_RECORDED_STOPPED_OR_OURS],
        Step::Commit(Commit::Stopped),
    ),
    Row::new(STOPPED, &[], Step::Answer),
];
