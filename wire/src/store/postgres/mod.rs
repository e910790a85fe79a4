//! `PostgreSQL` (13 and later): exactly one statement for each effect, so one round trip and no
//! transaction left open. The exceptions are a write under a running limit and the event log: see [`statements`].
//!
//! The statements expect the isolation level `READ COMMITTED`, the server's default. Under a
//! stricter one they are still right, and fail more often with `40001`.

mod failure;
mod migration;

use std::sync::LazyLock;

use portreeve_core::effect::{Expect, StoreEffect};
use portreeve_core::id::EngineId;
use portreeve_core::outcome::StoreOutcome;

pub use failure::{During, failure};
pub use migration::{IS_THERE, LOCK, VERSION, pending};

use super::columns::{Columns, ColumnsExt as _};
use super::schema::{self, Attempt};
use super::statement::{Statement, Template};
use super::{event, params, put, record, rows};

macro_rules! template {
    ($constant:ident, $name:literal, $file:literal) => {
        static $constant: LazyLock<Template> =
            LazyLock::new(|| template($name, include_str!($file)));
    };
}

template!(LOAD, "load", "load.sql");
template!(TOUCH, "touch", "touch.sql");
template!(REGISTER, "register", "register.sql");
template!(LOCK_TAKE, "lock", "lock.sql");
template!(LOCK_GIVE, "unlock", "unlock.sql");
template!(PUT_INSERT, "put (insert)", "put_insert.sql");
template!(PUT_UPDATE, "put (update)", "put_update.sql");
template!(DELETE, "delete", "delete.sql");
template!(LONGEST_STOPPED, "longest stopped", "longest_stopped.sql");
template!(EVENTS_LOCK, "lock events", "events_lock.sql");
template!(EVENTS_NUMBER, "number events", "events_number.sql");
template!(EVENTS_DROP, "drop events", "events_drop.sql");
template!(LIMIT_LOCK, "lock running limit", "limit_lock.sql");

static EVENTS_READ: LazyLock<Template> = LazyLock::new(|| events_read("true"));
/// One user's have an index of their own.
static EVENTS_READ_OF_USER: LazyLock<Template> =
    LazyLock::new(|| events_read("user_id = :user::bytea"));

static SCAN: LazyLock<Template> = LazyLock::new(|| scan("scan", "true"));
/// Who isn't settled has an index of their own, in user order.
static SCAN_UNSETTLED: LazyLock<Template> =
    LazyLock::new(|| scan("scan unsettled", include_str!("unsettled.sql")));
/// Who is starting or running has an index of its own: those who were stopped may be many more.
/// Only looks: the write that reaps sees whether it is still so.
static SCAN_IDLE: LazyLock<Template> =
    LazyLock::new(|| scan("scan idle", include_str!("busy_and_idle.sql")));

fn events_read(whose: &str) -> Template {
    template(
        "read events",
        &include_str!("events_read.sql").replace("{whose}", whose),
    )
}

fn scan(name: &'static str, which: &str) -> Template {
    let text = include_str!("scan.sql").replace("{which}", which.trim_end());
    template(name, &text)
}

fn template(name: &'static str, text: &str) -> Template {
    let text = text
        .replace("{meta}", include_str!("meta.sql").trim_end())
        .replace("{idle}", include_str!("idle.sql").trim_end())
        .replace("{room}", include_str!("room.sql").trim_end())
        .replace(
            "{volume_named}",
            include_str!("volume_named.sql").trim_end(),
        )
        .replace("{no_port}", include_str!("no_port.sql").trim_end())
        .replace(
            "{queue_events}",
            include_str!("queue_events.sql").trim_end(),
        )
        .replace("{header}", include_str!("header.sql").trim_end())
        .replace("{record}", include_str!("record.sql").trim_end())
        .replace(
            "{shares_volume}",
            include_str!("shares_volume.sql").trim_end(),
        )
        .replace("{lease_over}", include_str!("lease_over.sql").trim_end())
        .replace("{rested}", include_str!("rested.sql").trim_end())
        .replace(
            "{active_ahead}",
            include_str!("active_ahead.sql").trim_end(),
        );
    Template::new(name, &text, '$')
}

/// The statements that carry an effect out. Only the last one's rows tell what came of it.
///
/// One, to be sent as it is: no `BEGIN`, no `COMMIT`. Several for a write under a running limit, and for
/// the event log, to be sent in one transaction of the level `READ COMMITTED`: the first takes the lock
/// that makes these go one at a time, and only a later statement sees what was written before that. What
/// the last one tells is so only once the transaction is committed.
pub fn statements(effect: &StoreEffect) -> Vec<Statement> {
    let values = params::values(effect);
    let template = match effect {
        StoreEffect::Load { .. } => &*LOAD,
        StoreEffect::Put(put) => match put.expect {
            Expect::Absent(_) => &*PUT_INSERT,
            Expect::At(_) => &*PUT_UPDATE,
        },
        StoreEffect::Delete { .. } => &*DELETE,
        StoreEffect::LongestStopped { .. } => &*LONGEST_STOPPED,
        StoreEffect::Touch { .. } => &*TOUCH,
        StoreEffect::Scan { .. } => &*SCAN,
        StoreEffect::ScanUnsettled { .. } => &*SCAN_UNSETTLED,
        StoreEffect::ScanIdle { .. } => &*SCAN_IDLE,
        StoreEffect::Register { .. } => &*REGISTER,
        StoreEffect::Lock { .. } => &*LOCK_TAKE,
        StoreEffect::Unlock { .. } => &*LOCK_GIVE,
        StoreEffect::ReadEvents { user: None, .. } => &*EVENTS_READ,
        StoreEffect::ReadEvents { user: Some(_), .. } => &*EVENTS_READ_OF_USER,
        StoreEffect::DropEvents(_) => &*EVENTS_DROP,
    };
    let mut statements = Vec::with_capacity(3);
    if is_limited(effect) {
        statements.push(LIMIT_LOCK.with(&values));
    }
    if numbers_events(effect) {
        statements.push(EVENTS_LOCK.with(&values));
        statements.push(EVENTS_NUMBER.with(&values));
    }
    statements.push(template.with(&values));
    statements
}

/// Whoever reads the event log sees to it first that what is committed has a place in it.
fn numbers_events(effect: &StoreEffect) -> bool {
    matches!(
        effect,
        StoreEffect::ReadEvents { .. } | StoreEffect::DropEvents(_)
    )
}

fn is_limited(effect: &StoreEffect) -> bool {
    matches!(effect, StoreEffect::Put(put) if put.running_limit.is_some())
}

/// What the last statement's rows say.
pub fn outcome<C: Columns>(effect: &StoreEffect, rows: &[C]) -> Attempt {
    read(effect, rows).map_or_else(|attempt| attempt, Attempt::Outcome)
}

fn read<C: Columns>(effect: &StoreEffect, rows: &[C]) -> Result<StoreOutcome, Attempt> {
    if let StoreEffect::Unlock { .. } = effect {
        return Ok(StoreOutcome::Done);
    }
    let first = schema::admit(rows.first())?;
    Ok(match effect {
        StoreEffect::Load { engine, users } => {
            rows::loaded(record::header(first)?, engine, users, rows)?
        }
        StoreEffect::Put(put) => put::outcome(put, first)?,
        StoreEffect::Delete { .. } if first.need_flag("gone")? => StoreOutcome::Done,
        StoreEffect::Delete { .. } => StoreOutcome::Conflict,
        StoreEffect::LongestStopped { engine, limit, .. } => rows::longest(engine, *limit, rows)?,
        StoreEffect::Touch { users } => rows::touched(users, rows)?,
        StoreEffect::Scan { engine, limit, .. }
        | StoreEffect::ScanUnsettled { engine, limit, .. }
        | StoreEffect::ScanIdle { engine, limit, .. } => {
            rows::scanned(record::header(first)?, engine, *limit, rows)?
        }
        StoreEffect::Register { .. } => {
            StoreOutcome::Registered(EngineId::new(first.need_text("engine_id")?))
        }
        StoreEffect::Lock { .. } if first.need_flag("taken")? => StoreOutcome::Done,
        StoreEffect::Lock { .. } => StoreOutcome::LockHeld,
        StoreEffect::Unlock { .. } | StoreEffect::DropEvents(_) => StoreOutcome::Done,
        StoreEffect::ReadEvents { limit, .. } => event::read_page(*limit, rows)?,
    })
}

#[cfg(test)]
mod tests;
