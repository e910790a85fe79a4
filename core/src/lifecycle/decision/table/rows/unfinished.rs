//! What was begun is finished, whatever is wanted by now.

use crate::lifecycle::decision::step::Step;
use crate::lifecycle::decision::table::conditions::{
    BEING_REMOVED, FINISHING, LEFT_BEHIND, LIVE, NOT_REMOVING, PAUSED, PURGE_BEGUN, PURGING,
    REMOVABLE_OR_PURGED, REMOVING, UNSURE, VOLUME_OURS, VOLUME_SHARED, VOLUME_UNSEEN,
};
use crate::lifecycle::decision::table::row::Row;
use crate::lifecycle::decision::table::whom::Whom;
use crate::record::Intent;

pub(in crate::lifecycle::decision::table) const ROWS: &[Row] = &[
    Row::new(
        Whom::Wanted,
        &[PURGE_BEGUN, NOT_REMOVING],
        Step::Claim(Intent::Removing),
    ),
    Row::new(Whom::Wanted, &[LEFT_BEHIND], Step::Claim(Intent::Removing))
        .because("a late call of the other controller's could still hit the container"),
    Row::new(Whom::Everybody, &[FINISHING, UNSURE], Step::AskByUser),
    Row::new(Whom::Everybody, &[REMOVING, BEING_REMOVED], Step::LookLater),
    Row::new(
        Whom::Everybody,
        &[REMOVING, REMOVABLE_OR_PURGED],
        Step::Remove,
    ),
    Row::new(Whom::Everybody, &[FINISHING, PAUSED], Step::Unpause)
        .because("not every engine stops a paused one"),
    Row::new(Whom::Everybody, &[FINISHING, LIVE], Step::Stop),
    Row::new(Whom::Everybody, &[PURGING, VOLUME_SHARED], Step::Delete)
        .because("the volume is the other's"),
    Row::new(
        Whom::Everybody,
        &[PURGING, VOLUME_UNSEEN],
        Step::LookAtVolume,
    ),
    Row::new(Whom::Everybody, &[PURGING, VOLUME_OURS], Step::RemoveVolume),
    Row::new(Whom::Everybody, &[PURGING], Step::Delete),
];
