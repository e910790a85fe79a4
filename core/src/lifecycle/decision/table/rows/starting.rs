//! It is to run, and is got ready to.

use crate::lifecycle::decision::step::{Commit, Fault, Step};
use crate::lifecycle::decision::table::conditions::{
    CANNOT_BE_HAD, IDLE, IDLE_OR_BROKEN, LEASE_OURS, NEEDED, NO_CONTAINER, NO_FREE_PORT, NO_ROOM,
    NOT_STARTING, NOT_THERE_YET, OLD, PAUSED, PORT_BAD, PORT_NEEDLESS, TURN_AWAITED,
    VOLUME_DOUBTED, VOLUME_MISSING, VOLUME_TAKEN,
};
use crate::lifecycle::decision::table::row::Row;
use crate::lifecycle::decision::table::whom::Whom;
use crate::record::Intent;

pub(in crate::lifecycle::decision::table) const ROWS: &[Row] = &[
    Row::new(
        Whom::Serving,
        &[NEEDED, CANNOT_BE_HAD],
        Step::Fail(Fault::Prerequisites),
    ),
    Row::new(
        Whom::Serving,
        &[NEEDED, NOT_THERE_YET, LEASE_OURS],
        Step::Commit(Commit::Undone),
    )
    .because("that may take long"),
    Row::new(
        Whom::Serving,
        &[NEEDED, NOT_THERE_YET],
        Step::AwaitPrerequisites,
    ),
    Row::new(Whom::Serving, &[NO_FREE_PORT], Step::AwaitPort),
    Row::new(Whom::Serving, &[TURN_AWAITED], Step::AwaitTurn),
    Row::new(
        Whom::Serving,
        &[NO_ROOM, LEASE_OURS],
        Step::Commit(Commit::Undone),
    )
    .because("who is being stopped or removed takes room from others, who may wait for it as well"),
    Row::new(
        Whom::Serving,
        &[NEEDED, IDLE_OR_BROKEN],
        Step::Claim(Intent::Removing),
    )
    .because("a late call of ours would hit whoever starts it instead"),
    Row::new(
        Whom::Serving,
        &[NOT_STARTING],
        Step::Claim(Intent::Starting),
    ),
    Row::new(Whom::Serving, &[PAUSED], Step::Unpause),
    Row::new(Whom::Serving, &[OLD], Step::Remove),
    Row::new(Whom::Serving, &[NO_CONTAINER, PORT_BAD], Step::ReplacePort),
    Row::new(
        Whom::Serving,
        &[NO_CONTAINER, PORT_NEEDLESS],
        Step::FreePort,
    ),
    Row::new(
        Whom::Serving,
        &[NO_CONTAINER, VOLUME_MISSING],
        Step::EnsureVolume,
    ),
    Row::new(
        Whom::Serving,
        &[NO_CONTAINER, VOLUME_DOUBTED],
        Step::LookAtVolume,
    )
    .because("Docker doesn't tell all it knows when a volume is to be made"),
    Row::new(
        Whom::Serving,
        &[NO_CONTAINER, VOLUME_TAKEN],
        Step::Fail(Fault::VolumeTaken),
    ),
    Row::new(Whom::Serving, &[NO_CONTAINER], Step::Create),
    Row::new(Whom::Serving, &[IDLE], Step::Start),
];
