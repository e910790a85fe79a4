//! What came of a write, read from the one row that both databases answer it with.

use portreeve_core::effect::Put;
use portreeve_core::outcome::StoreOutcome;

use super::columns::{ColumnError, Columns, ColumnsExt as _};
use super::record;

/// What came of a write. The row tells:
///
/// * `expected`: the record is in the expected state, and nobody else holds a live lease on it;
/// * `name_taken`: another user's record holds the container's name;
/// * `volume_taken`: the record doesn't name the volume so far, and another record does;
/// * `idle`: the user has been idle for long enough, or need not have been;
/// * `has_room`: the running limit isn't reached;
/// * `has_port`: a port was found, or none was wanted (one certain port: no other record claims it);
/// * `known_ports`: how many ports of the range there are, if none was found;
/// * `free_in`: how long the first of those rests that nobody claims, if none was found;
/// * `revision`, `port`, `last_active`, `shares_volume`: the record as written; `revision` is null
///   if it wasn't.
pub(super) fn outcome(put: &Put, row: &impl Columns) -> Result<StoreOutcome, ColumnError> {
    if row.int("revision")?.is_some() {
        return Ok(StoreOutcome::Stored {
            revision: record::revision(row)?,
            port: record::port(row)?,
            last_active: record::last_active(row)?,
            shares_volume: row.need_flag("shares_volume")?,
        });
    }
    if !row.need_flag("expected")? {
        return Ok(StoreOutcome::Conflict);
    }
    if row.need_flag("name_taken")? {
        return Ok(StoreOutcome::Refused(name_taken(&put.body.names.container)));
    }
    if row.need_flag("volume_taken")? {
        return Ok(StoreOutcome::VolumeTaken);
    }
    if !row.need_flag("idle")? {
        return Ok(StoreOutcome::Active);
    }
    if !row.need_flag("has_room")? {
        return Ok(StoreOutcome::LimitReached);
    }
    if !row.need_flag("has_port")? {
        let known = row.need_count("known_ports")?;
        let free_in = row.span("free_in")?;
        return Ok(StoreOutcome::NoPort { known, free_in });
    }
    // Everything was as it should be when the statement began, and yet nothing was written:
    // another write came between.
    Ok(StoreOutcome::Conflict)
}

/// The user can't have this name, now or later.
fn name_taken(name: &str) -> String {
    format!(
        "the container name {name:?} stands in another user's record: \
         did the name pattern in the configuration change?"
    )
}
