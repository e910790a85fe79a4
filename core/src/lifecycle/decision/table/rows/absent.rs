//! It is to go for good.

use crate::lifecycle::decision::step::Step;
use crate::lifecycle::decision::table::row::Row;
use crate::lifecycle::decision::table::whom::ABSENT;
use crate::record::Intent;

pub(in crate::lifecycle::decision::table) const ROWS: &[Row] =
    &[Row::new(ABSENT, &[], Step::Claim(Intent::Removing))];
