//! `SQLite`: one file, one connection, and so one thread.

mod disk;
mod file;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use portreeve_core::effect::StoreEffect;
use portreeve_core::error::Error;
use portreeve_core::outcome::StoreOutcome;

pub use file::SqliteFile;

use super::check::{Check, StoreReport, told};
use crate::backend::{Store, Underway};
use crate::workers::{NotWorked, STORE_THREAD, Workers};

/// A client of a store in a file, whose calls are made on a thread of its own.
pub(super) struct SqliteStore(Workers<SqliteFile>);

impl SqliteStore {
    pub(super) fn new(path: PathBuf) -> Self {
        let file = Arc::new(SqliteFile::new(path));
        Self(Workers::new(STORE_THREAD, 1, file))
    }
}

impl Store for SqliteStore {
    fn carry_out<'a>(
        &'a self,
        effect: &'a StoreEffect,
        _limit: Duration,
    ) -> Underway<'a, StoreOutcome> {
        let (effect, asked) = (effect.clone(), Instant::now());
        Box::pin(async move {
            let work = move |file: &SqliteFile| file.carry_out_asked(&effect, asked);
            let outcome = self.0.ask(work).await;
            outcome.unwrap_or_else(NotWorked::into_store_outcome)
        })
    }
}

impl Check for SqliteStore {
    fn check(&self) -> Underway<'_, Result<StoreReport, Error>> {
        Box::pin(async {
            let checked = self.0.ask(SqliteFile::check).await;
            checked.unwrap_or_else(|why| Err(told(&why.into_store_outcome())))
        })
    }
}
