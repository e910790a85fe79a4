//! Many rows as one outcome: for each user asked for, or a page.

use std::collections::HashMap;

use portreeve_core::id::EngineName;
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::{Header, Row};
use portreeve_core::user::UserId;

use super::columns::{ColumnError, Columns};
use super::{params, record};

/// A row for each user asked for.
pub(super) fn loaded<C: Columns>(
    header: Header,
    engine: &EngineName,
    users: &[UserId],
    rows: &[C],
) -> Result<StoreOutcome, ColumnError> {
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        if let Some(user) = record::user(row)? {
            found.insert(user, record::row(row, engine));
        }
    }
    let row = |user: &UserId| found.get(user).cloned().unwrap_or(Row::Absent);
    Ok(StoreOutcome::Loaded {
        header,
        rows: users.iter().map(|user| (user.clone(), row(user))).collect(),
    })
}

/// A pulse for each user asked for.
pub(super) fn touched<C: Columns>(
    users: &[UserId],
    rows: &[C],
) -> Result<StoreOutcome, ColumnError> {
    let mut pulses = HashMap::with_capacity(rows.len());
    for row in rows {
        if let Some(user) = record::user(row)? {
            pulses.insert(user, record::pulse(row));
        }
    }
    let pulse = |user: &UserId| pulses.get(user).copied().flatten();
    Ok(StoreOutcome::Touched(
        users
            .iter()
            .map(|user| (user.clone(), pulse(user)))
            .collect(),
    ))
}

/// A page.
///
/// Rows whose user id is no user's (only another program can have written them) are left out: they
/// belong to nobody who could ask. A page of such rows alone is refused, since the next one could
/// not be asked for.
pub(super) fn scanned<C: Columns>(
    header: Header,
    engine: &EngineName,
    limit: u32,
    rows: &[C],
) -> Result<StoreOutcome, ColumnError> {
    let mut count = 0;
    let mut page = Vec::with_capacity(rows.len());
    for row in rows {
        if row.bytes("user_id")?.is_none() {
            continue;
        }
        count += 1;
        if let Some(user) = record::user(row)? {
            page.push((user, record::row(row, engine)));
        }
    }
    let more = count >= params::page(limit);
    if more && page.is_empty() {
        let problem = format!("{count} rows that aren't UTF-8 of 1 to 256 bytes; delete them");
        return Err(ColumnError::new("user_id", problem));
    }
    Ok(StoreOutcome::Scanned {
        header,
        rows: page,
        more,
    })
}
