//! What somebody else made is to be the user's.

use crate::lifecycle::decision::step::{Commit, Fault, Step};
use crate::lifecycle::decision::table::conditions::{
    FOREIGN, HAS_RECORD, NOT_EXAMINED, OWN, PARTLY_EXAMINED, VOLUME_OURS, VOLUME_UNLABELLED,
    VOLUME_UNSEEN,
};
use crate::lifecycle::decision::table::row::Row;
use crate::lifecycle::decision::table::whom::ADOPTED;

pub(in crate::lifecycle::decision::table) const ROWS: &[Row] = &[
    Row::new(ADOPTED, &[OWN], Step::Answer).because("it is the user's already"),
    Row::new(ADOPTED, &[FOREIGN, NOT_EXAMINED], Step::Examine),
    Row::new(ADOPTED, &[FOREIGN, PARTLY_EXAMINED], Step::ExamineVolume),
    Row::new(ADOPTED, &[FOREIGN], Step::Commit(Commit::Adopted)),
    Row::new(ADOPTED, &[VOLUME_UNSEEN], Step::LookAtVolume),
    Row::new(ADOPTED, &[VOLUME_UNLABELLED], Step::Commit(Commit::Adopted)),
    Row::new(ADOPTED, &[VOLUME_OURS, HAS_RECORD], Step::Answer).because("it is the user's already"),
    Row::new(ADOPTED, &[], Step::Fail(Fault::NotAdoptable)),
];
