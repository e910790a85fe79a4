//! Which schema this release writes, and what to make of another one.
//!
//! Migrations only add, so an older release may go on writing until one raises the oldest writer.

use portreeve_core::outcome::StoreOutcome;

use super::columns::{ColumnError, Columns, ColumnsExt as _};

/// The version of the schema that this release reads and writes.
pub const VERSION: i64 = 6;

/// One step from a schema to the next.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// The version it leads to.
    pub version: i64,
    /// Its statements, without parameters. They write the new version down themselves, so that
    /// a schema and its number can't part.
    pub sql: &'static str,
}

/// Those of a database's steps that are missing: all of them where there are no tables (`None`).
pub(super) fn pending(
    steps: &'static [Migration],
    version: Option<i64>,
) -> impl Iterator<Item = &'static Migration> {
    let version = version.unwrap_or(0);
    steps.iter().filter(move |step| step.version > version)
}

/// What came of an attempt to carry an effect out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Attempt {
    /// What came of the effect.
    Outcome(StoreOutcome),
    /// Nothing was done: the tables are missing or older than this release's. Migrate, and ask again.
    Migrate,
}

impl From<StoreOutcome> for Attempt {
    fn from(outcome: StoreOutcome) -> Self {
        Self::Outcome(outcome)
    }
}

/// A cell that no single user's record owns can't be read.
impl From<ColumnError> for Attempt {
    fn from(error: ColumnError) -> Self {
        StoreOutcome::Refused(format!(
            "the store's answer can't be understood ({error}): restore it from a backup"
        ))
        .into()
    }
}

/// Checks what the store's one row of `portreeve_meta` says; every statement brings it along.
pub(super) fn admit<C: Columns>(meta: Option<&C>) -> Result<&C, Attempt> {
    let Some(meta) = meta else {
        return Err(StoreOutcome::Refused(
            "the table portreeve_meta has lost its row, and with it the id of the installation: \
             restore it from a backup"
                .to_owned(),
        )
        .into());
    };
    let version = meta.need_int("schema_version")?;
    let oldest_writer = meta.need_int("oldest_writer")?;
    if oldest_writer > VERSION {
        return Err(StoreOutcome::Refused(too_new(version, oldest_writer)).into());
    }
    if version < VERSION {
        return Err(Attempt::Migrate);
    }
    Ok(meta)
}

fn too_new(version: i64, oldest_writer: i64) -> String {
    format!(
        "the store has schema {version}, which wants writers of schema {oldest_writer} or newer, \
         and this release writes schema {VERSION}: upgrade portreeve"
    )
}
