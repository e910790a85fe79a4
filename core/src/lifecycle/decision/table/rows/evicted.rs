//! It is to make room.

use crate::lifecycle::decision::step::{Commit, Step};
use crate::lifecycle::decision::table::conditions::{
    LIVE_OR_BEING_REMOVED, PORT_OR_LEASE, REMOVABLE,
};
use crate::lifecycle::decision::table::row::Row;
use crate::lifecycle::decision::table::whom::EVICTED;
use crate::record::Intent;

pub(in crate::lifecycle::decision::table) const ROWS: &[Row] = &[
    Row::new(EVICTED, &[LIVE_OR_BEING_REMOVED], Step::Answer).because("it can't make room"),
    Row::new(EVICTED, &[REMOVABLE], Step::Claim(Intent::Removing)),
    Row::new(EVICTED, &[PORT_OR_LEASE], Step::Commit(Commit::Stopped)),
    Row::new(EVICTED, &[], Step::Answer),
];
