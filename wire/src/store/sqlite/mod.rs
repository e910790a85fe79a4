//! `SQLite` (3.42 and later): each effect in one transaction, over a connection the driver lends.
//!
//! Writes begin with `BEGIN IMMEDIATE`, so they go one at a time, over all processes, and nothing
//! can come between their statements.

mod database;
mod failure;
mod migration;

use std::sync::LazyLock;

use portreeve_core::effect::{Expect, Put, StoreEffect};
use portreeve_core::event::EventBody;
use portreeve_core::id::{EngineId, EngineName};
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::user::UserId;

pub use database::{Database, SqliteError, SqliteRow};
pub use failure::{BUSY, failure, is_of_the_disk, is_of_the_index};
pub use migration::{set_up, version};

use database::transaction;
use failure::Setback;

use super::columns::{Columns as _, ColumnsExt as _};
use super::schema::{self, Attempt};
use super::statement::{Template, Value, Values};
use super::{event, params, put, record, rows};

macro_rules! template {
    ($constant:ident, $name:literal, $file:literal) => {
        static $constant: LazyLock<Template> =
            LazyLock::new(|| template($name, include_str!($file)));
    };
}

template!(META, "meta", "meta.sql");
template!(HEADER, "header", "header.sql");
template!(LOAD, "load", "load.sql");
template!(TOUCH, "touch", "touch.sql");
template!(NAME_ENGINE, "register (engine)", "name_engine.sql");
template!(ADD_PORTS, "register (ports)", "add_ports.sql");
template!(LOCK, "lock", "lock.sql");
template!(UNLOCK, "unlock", "unlock.sql");
template!(INSERT, "put (insert)", "insert.sql");
template!(UPDATE, "put (update)", "update.sql");
template!(DROP_PORT, "drop port", "drop_port.sql");
template!(CLAIM_PORT, "claim port", "claim_port.sql");
template!(DELETE_VERDICT, "delete (verdict)", "delete_verdict.sql");
template!(DELETE, "delete", "delete.sql");
template!(LONGEST_STOPPED, "longest stopped", "longest_stopped.sql");
template!(EVENT_APPEND, "append event", "event_append.sql");
template!(EVENTS_DROP, "drop events", "events_drop.sql");
template!(
    EVENTS_NOTE_DROPPED,
    "note dropped events",
    "events_note_dropped.sql"
);
template!(WRITTEN, "put (written)", "written.sql");

static SCAN: LazyLock<Template> = LazyLock::new(|| scan_of("scan", "true"));
static SCAN_UNSETTLED: LazyLock<Template> =
    LazyLock::new(|| scan_of("scan unsettled", include_str!("unsettled.sql")));
static SCAN_IDLE: LazyLock<Template> =
    LazyLock::new(|| scan_of("scan idle", include_str!("busy_and_idle.sql")));

static EVENTS_READ: LazyLock<Template> = LazyLock::new(|| events_read("true"));
static EVENTS_READ_OF_USER: LazyLock<Template> = LazyLock::new(|| events_read("user_id = :user"));

static VERDICT_ABSENT: LazyLock<Template> =
    LazyLock::new(|| verdict(include_str!("expected_absent.sql")));
static VERDICT_AT: LazyLock<Template> = LazyLock::new(|| verdict(include_str!("expected_at.sql")));

fn template(name: &'static str, text: &str) -> Template {
    let text = text
        .replace("{idle}", include_str!("idle.sql").trim_end())
        .replace(
            "{volume_named}",
            include_str!("volume_named.sql").trim_end(),
        )
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
    Template::new(name, &text, '?')
}

fn scan_of(name: &'static str, which: &str) -> Template {
    let text = include_str!("scan.sql").replace("{which}", which.trim_end());
    template(name, &text)
}

fn events_read(whose: &str) -> Template {
    let text = include_str!("events_read.sql").replace("{whose}", whose);
    template("read events", &text)
}

fn verdict(expected: &str) -> Template {
    let text = include_str!("verdict.sql").replace("{expected}", expected.trim_end());
    template("put (verdict)", &text)
}

/// Carries an effect out. The connection was [`set_up`].
///
/// When this returns with a transaction still open (the rollback failed, too), the connection is
/// of no more use.
pub fn carry_out(db: &mut impl Database, effect: &StoreEffect) -> StoreOutcome {
    let begin = if effect.only_looks() {
        "BEGIN"
    } else {
        "BEGIN IMMEDIATE"
    };
    match transaction(db, begin, |db| run(db, effect)) {
        Ok(outcome) | Err(Setback::Attempt(Attempt::Outcome(outcome))) => outcome,
        Err(Setback::Failed(error)) => failure(&error),
        // Tables that were current when the connection was set up can't have become older.
        Err(Setback::Attempt(Attempt::Migrate)) => StoreOutcome::Refused(
            "the store's tables were replaced by older ones while in use: start again".to_owned(),
        ),
    }
}

fn run(db: &mut impl Database, effect: &StoreEffect) -> Result<StoreOutcome, Setback> {
    let mut values = params::values(effect);
    let meta = fetch(db, &META, &values)?;
    let now = schema::admit(meta.first())?.need_int("now")?;
    values.set("now", Value::Int(now));
    match effect {
        StoreEffect::Load { engine, users } => {
            let header = one(db, &HEADER, &values)?;
            let found = for_each_user(db, &LOAD, &mut values, users)?;
            Ok(rows::loaded(
                record::header(&header)?,
                engine,
                users,
                &found,
            )?)
        }
        StoreEffect::Put(put) => write(db, put, &mut values),
        StoreEffect::Delete { event, .. } => delete(db, event, &mut values),
        StoreEffect::LongestStopped { engine, limit, .. } => {
            let found = fetch(db, &LONGEST_STOPPED, &values)?;
            Ok(rows::longest(engine, *limit, &found)?)
        }
        StoreEffect::Touch { users } => {
            let touched = for_each_user(db, &TOUCH, &mut values, users)?;
            Ok(rows::touched(users, &touched)?)
        }
        StoreEffect::Scan { engine, limit, .. } => scan(db, &SCAN, engine, *limit, &values),
        StoreEffect::ScanUnsettled { engine, limit, .. } => {
            scan(db, &SCAN_UNSETTLED, engine, *limit, &values)
        }
        StoreEffect::ScanIdle { engine, limit, .. } => {
            scan(db, &SCAN_IDLE, engine, *limit, &values)
        }
        StoreEffect::Register { id, .. } => register(db, id, &values),
        StoreEffect::Lock { .. } => Ok(if fetch(db, &LOCK, &values)?.is_empty() {
            StoreOutcome::LockHeld
        } else {
            StoreOutcome::Done
        }),
        StoreEffect::Unlock { .. } => {
            fetch(db, &UNLOCK, &values)?;
            Ok(StoreOutcome::Done)
        }
        StoreEffect::ReadEvents { user, limit, .. } => {
            let template = if user.is_some() {
                &EVENTS_READ_OF_USER
            } else {
                &EVENTS_READ
            };
            Ok(event::read_page(*limit, &fetch(db, template, &values)?)?)
        }
        StoreEffect::DropEvents(_) => drop_events(db, &mut values),
    }
}

fn scan(
    db: &mut impl Database,
    template: &'static Template,
    engine: &EngineName,
    limit: u32,
    values: &Values,
) -> Result<StoreOutcome, Setback> {
    let header = one(db, &HEADER, values)?;
    let page = fetch(db, template, values)?;
    Ok(rows::scanned(
        record::header(&header)?,
        engine,
        limit,
        &page,
    )?)
}

fn write(db: &mut impl Database, put: &Put, values: &mut Values) -> Result<StoreOutcome, Setback> {
    let (verdict, write) = match put.expect {
        Expect::Absent(_) => (&VERDICT_ABSENT, &INSERT),
        Expect::At(_) => (&VERDICT_AT, &UPDATE),
    };
    let verdict = one(db, verdict, values)?;
    let writes = verdict.need_flag("expected")?
        && !verdict.need_flag("name_taken")?
        && !verdict.need_flag("volume_taken")?
        && verdict.need_flag("idle")?
        && verdict.need_flag("has_room")?
        && verdict.need_flag("has_port")?;
    if !writes {
        return Ok(put::outcome(put, &verdict)?);
    }
    fetch(db, write, values)?;
    // The old claim first: a record has one at a time.
    fetch(db, &DROP_PORT, values)?;
    if let Some(port) = verdict.int("new_port")? {
        values.set("port", Value::Int(port));
        fetch(db, &CLAIM_PORT, values)?;
    }
    append_events(db, &put.events, values)?;
    let written = one(db, &WRITTEN, values)?;
    Ok(put::outcome(put, &written)?)
}

fn delete(
    db: &mut impl Database,
    event: &EventBody,
    values: &mut Values,
) -> Result<StoreOutcome, Setback> {
    let Some(verdict) = fetch(db, &DELETE_VERDICT, values)?.into_iter().next() else {
        // Such as after an earlier delete whose answer was lost on its way.
        return Ok(StoreOutcome::Done);
    };
    if !verdict.need_flag("expected")? {
        return Ok(StoreOutcome::Conflict);
    }
    fetch(db, &DROP_PORT, values)?;
    fetch(db, &DELETE, values)?;
    append_events(db, std::slice::from_ref(event), values)?;
    Ok(StoreOutcome::Done)
}

fn append_events(
    db: &mut impl Database,
    events: &[EventBody],
    values: &mut Values,
) -> Result<(), SqliteError> {
    for told in events {
        values.set("event", Value::Text(event::text(told)));
        fetch(db, &EVENT_APPEND, values)?;
    }
    Ok(())
}

fn drop_events(db: &mut impl Database, values: &mut Values) -> Result<StoreOutcome, Setback> {
    let mut last = None;
    for row in fetch(db, &EVENTS_DROP, values)? {
        last = last.max(row.int("position")?);
    }
    if let Some(last) = last {
        values.set("dropped", Value::Int(last));
        fetch(db, &EVENTS_NOTE_DROPPED, values)?;
    }
    Ok(StoreOutcome::Done)
}

fn register(
    db: &mut impl Database,
    id: &EngineId,
    values: &Values,
) -> Result<StoreOutcome, Setback> {
    let named = one(db, &NAME_ENGINE, values)?;
    let bears_name = EngineId::new(named.need_text("engine_id")?);
    if bears_name == *id {
        fetch(db, &ADD_PORTS, values)?;
    }
    Ok(StoreOutcome::Registered(bears_name))
}

fn for_each_user(
    db: &mut impl Database,
    template: &'static Template,
    values: &mut Values,
    users: &[UserId],
) -> Result<Vec<SqliteRow>, SqliteError> {
    let mut found = Vec::with_capacity(users.len());
    for user in users {
        values.set("user", Value::Bytes(params::bytes_of(user.as_str())));
        found.extend(fetch(db, template, values)?);
    }
    Ok(found)
}

fn fetch(
    db: &mut impl Database,
    template: &'static Template,
    values: &Values,
) -> Result<Vec<SqliteRow>, SqliteError> {
    db.query(&template.with(values))
}

/// The first row of a statement that always has one.
fn one(
    db: &mut impl Database,
    template: &'static Template,
    values: &Values,
) -> Result<SqliteRow, SqliteError> {
    let statement = template.with(values);
    let row = db.query(&statement)?.into_iter().next();
    row.ok_or_else(|| SqliteError::new(0, format!("{:?} answered without a row", statement.name)))
}
