//! `SQLite`: calls on its file block as they are.

use std::time::Duration;

use portreeve_core::effect::StoreEffect;
use portreeve_core::outcome::StoreOutcome;
use portreeve_tokio::internals::sqlite::SqliteFile;

use crate::backend::Store;

impl Store for SqliteFile {
    fn carry_out(&self, effect: &StoreEffect, _limit: Duration) -> StoreOutcome {
        Self::carry_out(self, effect)
    }

    fn at_once(&self) -> usize {
        1
    }
}
