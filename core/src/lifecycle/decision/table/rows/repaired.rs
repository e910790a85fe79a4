//! Record and engine are to agree.

use crate::lifecycle::decision::step::{Commit, Fault, Step};
use crate::lifecycle::decision::table::conditions::{
    ANOTHER_BESIDE, LEASE_LEFT, LEASE_OURS, LIVE, LIVE_OR_BEING_REMOVED, NEVER_READY, NO_RECORD,
    NOT_READY, NOT_RECORDED_RUNNING, NOT_RECORDED_RUNNING_OR_LEASE_LEFT, OLD, READY,
    READY_TO_PROBE, RECORDED_RUNNING, RUNNING, STOPPED_UNSETTLED,
};
use crate::lifecycle::decision::table::row::Row;
use crate::lifecycle::decision::table::whom::REPAIRED;
use crate::record::Intent;

pub(in crate::lifecycle::decision::table) const ROWS: &[Row] = &[
    Row::new(REPAIRED, &[NO_RECORD, OLD], Step::Remove),
    Row::new(REPAIRED, &[NO_RECORD], Step::Answer),
    Row::new(REPAIRED, &[OLD], Step::Claim(Intent::Removing)),
    Row::new(REPAIRED, &[ANOTHER_BESIDE, LEASE_OURS], Step::RemoveSurplus),
    Row::new(REPAIRED, &[RUNNING, READY_TO_PROBE], Step::Probe),
    Row::new(
        REPAIRED,
        &[RUNNING, NOT_RECORDED_RUNNING, NEVER_READY],
        Step::Fail(Fault::NoHealthCheck),
    ),
    Row::new(
        REPAIRED,
        &[RUNNING, NOT_RECORDED_RUNNING, NOT_READY],
        Step::LookLater,
    ),
    Row::new(
        REPAIRED,
        &[RUNNING, READY, NOT_RECORDED_RUNNING_OR_LEASE_LEFT],
        Step::Commit(Commit::Running),
    ),
    Row::new(
        REPAIRED,
        &[LIVE_OR_BEING_REMOVED, LEASE_LEFT],
        Step::Commit(Commit::Undone),
    ),
    Row::new(
        REPAIRED,
        &[LIVE, RECORDED_RUNNING, ANOTHER_BESIDE],
        Step::Claim(Intent::Running),
    )
    .because("the other is to be removed"),
    Row::new(REPAIRED, &[LIVE_OR_BEING_REMOVED], Step::Answer),
    Row::new(
        REPAIRED,
        &[STOPPED_UNSETTLED],
        Step::Commit(Commit::Stopped),
    ),
    Row::new(REPAIRED, &[ANOTHER_BESIDE], Step::Claim(Intent::Stopped))
        .because("the other is to be removed"),
    Row::new(REPAIRED, &[], Step::Answer),
];
