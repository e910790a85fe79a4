//! It is to run, and does.

use crate::lifecycle::decision::step::{Commit, Fault, Step};
use crate::lifecycle::decision::table::conditions::{
    ACTIVITY_OPEN, CUT_OFF, LIVE, NEVER_READY, NOT_READY, NOT_RECORDED_RUNNING_OR_OURS,
    NOT_RENEWED, OTHER_TOKEN, READY_TO_PROBE, RUNNING, UNPUBLISHED,
};
use crate::lifecycle::decision::table::row::Row;
use crate::lifecycle::decision::table::whom::{RENEWED, Whom};
use crate::record::Intent;

pub(in crate::lifecycle::decision::table) const ROWS: &[Row] = &[
    Row::new(
        Whom::Serving,
        &[LIVE, OTHER_TOKEN],
        Step::Claim(Intent::Stopping),
    ),
    Row::new(
        Whom::Serving,
        &[LIVE, CUT_OFF],
        Step::Claim(Intent::Stopping),
    ),
    Row::new(
        Whom::Serving,
        &[LIVE, UNPUBLISHED],
        Step::Fail(Fault::NoHostPort),
    ),
    Row::new(RENEWED, &[LIVE, NOT_RENEWED], Step::Claim(Intent::Stopping)),
    Row::new(
        Whom::Serving,
        &[RUNNING, NEVER_READY],
        Step::Fail(Fault::NoHealthCheck),
    ),
    Row::new(Whom::Serving, &[RUNNING, NOT_READY], Step::LookLater),
    Row::new(Whom::Serving, &[RUNNING, READY_TO_PROBE], Step::Probe),
    Row::new(
        Whom::Serving,
        &[RUNNING, NOT_RECORDED_RUNNING_OR_OURS],
        Step::Commit(Commit::Running),
    ),
    Row::new(Whom::Serving, &[RUNNING, ACTIVITY_OPEN], Step::Flush),
    Row::new(Whom::Serving, &[RUNNING], Step::Answer),
];
