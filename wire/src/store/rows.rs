//! Many rows as one outcome: for each user asked for, or a page.

use std::collections::HashMap;

use portreeve_core::id::EngineName;
use portreeve_core::outcome::{StoreOutcome, Touch};
use portreeve_core::record::{Header, Row};
use portreeve_core::user::UserId;

use super::columns::{ColumnError, Columns, ColumnsExt as _};
use super::page::page_length;
use super::record;

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

/// What became of the touch of each user asked for.
pub(super) fn touched<C: Columns>(
    users: &[UserId],
    rows: &[C],
) -> Result<StoreOutcome, ColumnError> {
    let mut touched = HashMap::with_capacity(rows.len());
    for row in rows {
        if let Some(user) = record::user(row)? {
            touched.insert(user, record::touch(row));
        }
    }
    let touch = |user: &UserId| touched.get(user).cloned().unwrap_or(Touch::Absent);
    Ok(StoreOutcome::Touched(
        users
            .iter()
            .map(|user| (user.clone(), touch(user)))
            .collect(),
    ))
}

/// The records that were written longest ago: the first `limit` that can be understood.
pub(super) fn longest<C: Columns>(
    engine: &EngineName,
    limit: u32,
    rows: &[C],
) -> Result<StoreOutcome, ColumnError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut longest = Vec::with_capacity(rows.len().min(limit));
    for row in rows {
        if longest.len() == limit {
            break;
        }
        let Some(user) = record::user(row)? else {
            continue;
        };
        match record::row(row, engine) {
            found @ Row::Found(_) => {
                longest.push((user, found, row.span("unchanged")?.unwrap_or_default()));
            }
            Row::Absent | Row::Unreadable(_) => {}
        }
    }
    Ok(StoreOutcome::Longest(longest))
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
    let more = count >= page_length(limit);
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
