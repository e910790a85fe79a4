//! Records: read back as they were written; and where a row holds anything else, told by its column,
//! without what is secret, and without hiding others.

use std::time::Duration;

use arbitrary::Unstructured;
use portreeve_core::effect::{Expect, Idle, PortChange, Put, StoreEffect};
use portreeve_core::event::{EventBody, EventsFrom, EventsKept};
use portreeve_core::id::{EngineId, EngineName, PortRange, Revision, Version};
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::{Body, Record, Row};
use portreeve_core::user::UserId;
use portreeve_tokio::internals::sqlite::SqliteFile;
use portreeve_wire::store::schema::{self, Attempt};
use portreeve_wire::store::{Value, postgres, sqlite};

use tempfile::TempDir;

use crate::make;

/// The longest span that is written; longer ones are cut to it.
const LONGEST: Duration = Duration::from_secs(1000 * 365 * 24 * 60 * 60);
/// What a sealed token holds here.
const SECRET: &str = "hunter2hunter2";

/// A store that nothing is kept of.
struct Store {
    file: SqliteFile,
    /// Goes with its end.
    _directory: TempDir,
}

impl Store {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a place for a file");
        Self {
            file: SqliteFile::new(directory.path().join("store.db")),
            _directory: directory,
        }
    }
}

/// Writes records of the bytes and reads them back, or reads the bytes as a row.
pub fn run(data: &[u8]) {
    // What stands where no secret belongs may be shown.
    let secret = SECRET.as_bytes();
    if data.windows(secret.len()).any(|piece| piece == secret) {
        return;
    }
    let mut bytes = Unstructured::new(data);
    let _ = match bytes.arbitrary() {
        Ok(true) => written_and_read_back(&mut bytes),
        _ => read_from_anything(&mut bytes),
    };
}

fn written_and_read_back(bytes: &mut Unstructured) -> arbitrary::Result<()> {
    thread_local! {
        // Making one takes longer than all that is done to it.
        static STORE: Store = Store::new();
    }
    STORE.with(|store| in_store(&store.file, bytes))
}

fn in_store(store: &SqliteFile, bytes: &mut Unstructured) -> arbitrary::Result<()> {
    let user = make::user(bytes)?;
    let engine = EngineName::new("local");
    let first = make::port(bytes)?;
    let ports = PortRange::new(first, first).expect("one port");
    let registered = store.carry_out(&StoreEffect::Register {
        engine: engine.clone(),
        id: EngineId::new("engine"),
        ports,
    });
    assert_eq!(
        registered,
        StoreOutcome::Registered(EngineId::new("engine"))
    );
    let record = make::record_id(bytes)?;
    let mut put = Put {
        user: user.clone(),
        engine: engine.clone(),
        expect: Expect::Absent(record),
        controller: make::controller(bytes)?,
        lease: make::maybe(bytes, make::span)?,
        port: PortChange::Claim(ports),
        touch: bytes.arbitrary()?,
        running_limit: None,
        idle: None,
        body: make::body(bytes)?,
        events: vec![make::event(bytes)?],
    };
    let mut version = Version {
        record,
        revision: Revision(0),
    };
    for _ in 1..=2 {
        let stored = store.carry_out(&StoreEffect::Put(put.clone().into()));
        let StoreOutcome::Stored { revision, port, .. } = stored else {
            panic!("{stored:?}");
        };
        assert!(revision > version.revision && port == Some(first));
        version.revision = revision;
        let found = load(store, &engine, &user);
        assert!(
            matches!(&found, Row::Found(found) if found.version == version
            && found.port == Some(first)),
            "{found:?}"
        );
        if let Row::Found(found) = found {
            is_as_written(&put, found);
        }
        assert_eq!(newest(store, &user, put.events.len()), put.events);
        put.expect = Expect::At(version);
        put.body = make::body(bytes)?;
        put.events.push(make::event(bytes)?);
    }
    let deleted = store.carry_out(&StoreEffect::Delete {
        user: user.clone(),
        version,
        controller: put.controller,
        rest: Duration::ZERO,
        event: make::event(bytes)?,
    });
    assert_eq!(deleted, StoreOutcome::Done);
    assert_eq!(load(store, &engine, &user), Row::Absent);
    forget_events(store);
    assert!(newest(store, &user, 1).is_empty());
    Ok(())
}

fn load(store: &SqliteFile, engine: &EngineName, user: &UserId) -> Row {
    let outcome = store.carry_out(&StoreEffect::Load {
        engine: engine.clone(),
        users: vec![user.clone()],
    });
    match outcome {
        StoreOutcome::Loaded { mut rows, .. } if rows.len() == 1 => {
            let (of, row) = rows.remove(0);
            assert_eq!(of, *user);
            row
        }
        other => panic!("{other:?}"),
    }
}

/// What was written is what is read, but for what the store's clock counts down and for what no
/// database holds.
fn is_as_written(put: &Put, mut found: Record) {
    let lease = found.lease.map(|lease| (lease.owner, lease.remaining));
    assert_eq!(lease.is_some(), put.lease.is_some());
    if let (Some((owner, remaining)), Some(asked)) = (lease, put.lease) {
        assert_eq!(owner, put.controller);
        assert!(remaining <= kept(asked));
    }
    assert!(!put.touch || found.last_active.is_some());
    let mut written = Body {
        template_generation: put.body.template_generation.min(i64::MAX.cast_unsigned()),
        idle_limit: put.body.idle_limit.map(kept),
        ..put.body.clone()
    };
    if let (Some(written), Some(found)) = (&mut written.failure, &mut found.body.failure) {
        written.reason = written.reason.replace('\0', "\u{2400}");
        assert!(found.retry_in <= kept(written.retry_in));
        found.retry_in = written.retry_in;
    }
    assert_eq!(found.body, written);
}

/// What is left of a span that is written.
fn kept(span: Duration) -> Duration {
    let micros = span.min(LONGEST).as_micros();
    Duration::from_micros(u64::try_from(micros).expect("a thousand years"))
}

fn read_from_anything(bytes: &mut Unstructured) -> arbitrary::Result<()> {
    let [odd, sound] = [Some(&mut *bytes), None].map(row);
    let (odd, sound) = (odd?, sound?);
    let user = UserId::new("sound").expect("valid");
    let engine = EngineName::new("local");
    let users = vec![user.clone(), UserId::new("odd").expect("valid")];
    for effect in [
        StoreEffect::Load {
            engine: engine.clone(),
            users: users.clone(),
        },
        StoreEffect::Touch { users },
        StoreEffect::Scan {
            engine: engine.clone(),
            after: None,
            limit: bytes.arbitrary()?,
        },
        unsettled(&engine, bytes.arbitrary()?),
        StoreEffect::LongestStopped {
            engine: engine.clone(),
            ports: PortRange::DEFAULT,
            limit: bytes.arbitrary()?,
        },
        StoreEffect::ScanIdle {
            engine,
            idle: Idle {
                limit: Duration::from_secs(1800),
                slack: Duration::from_secs(5),
            },
            after: None,
            limit: bytes.arbitrary()?,
        },
    ] {
        // What the first row says of the installation is asked of the sound one.
        let rows = [sound.1.clone(), odd.1.clone()];
        let answer = postgres::outcome(&effect, &rows);
        let said = format!("{answer:?}");
        assert!(!said.contains(SECRET), "{said}");
        match answer {
            Attempt::Outcome(StoreOutcome::Loaded { rows, .. }) => {
                assert_eq!(rows.len(), 2, "one for each who was asked for");
                assert!(matches!(rows[0].1, Row::Found(_)), "it hides another");
                name_their_columns(&rows);
            }
            Attempt::Outcome(StoreOutcome::Scanned { rows, .. }) => {
                assert!(
                    rows.iter()
                        .any(|(of, row)| *of == user && matches!(row, Row::Found(_)))
                );
                name_their_columns(&rows);
            }
            // Whose row it is must be told of all at once.
            Attempt::Outcome(StoreOutcome::Refused(why)) => {
                assert!(
                    odd.0 && why.contains("column user_id: ") || why.contains("column unchanged: "),
                    "{why}"
                );
            }
            Attempt::Outcome(StoreOutcome::Touched(_) | StoreOutcome::Longest(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    // What stands alone may be refused, in words.
    let said = format!("{:?}", postgres::outcome(&alone(bytes)?, &[odd.1]));
    assert!(!said.contains(SECRET), "{said}");
    Ok(())
}

/// So that the next bytes meet none.
fn forget_events(store: &SqliteFile) {
    let dropped = store.carry_out(&StoreEffect::DropEvents(EventsKept {
        age: Duration::MAX,
        count: 0,
    }));
    assert_eq!(dropped, StoreOutcome::Done);
}

/// What the last events tell of the user.
fn newest(store: &SqliteFile, user: &UserId, count: usize) -> Vec<EventBody> {
    let read = store.carry_out(&StoreEffect::ReadEvents {
        from: EventsFrom::Oldest,
        user: Some(user.clone()),
        limit: u32::MAX,
    });
    let StoreOutcome::Events { events, .. } = read else {
        panic!("{read:?}");
    };
    let before = events.len().saturating_sub(count);
    events
        .into_iter()
        .skip(before)
        .map(|event| event.body)
        .collect()
}

fn unsettled(engine: &EngineName, limit: u32) -> StoreEffect {
    StoreEffect::ScanUnsettled {
        engine: engine.clone(),
        after: None,
        limit,
    }
}

/// An effect whose answer is one row.
fn alone(bytes: &mut Unstructured) -> arbitrary::Result<StoreEffect> {
    let user = make::user(bytes)?;
    let name = "a lock".to_owned();
    let owner = make::controller(bytes)?;
    Ok(match bytes.int_in_range(0..=3u8)? {
        0 => StoreEffect::Delete {
            user,
            version: make::version(bytes)?,
            controller: owner,
            rest: make::span(bytes)?,
            event: make::event(bytes)?,
        },
        1 => StoreEffect::Register {
            engine: EngineName::new("local"),
            id: EngineId::new("engine"),
            ports: PortRange::DEFAULT,
        },
        2 => StoreEffect::Lock {
            name,
            owner,
            ttl: make::span(bytes)?,
        },
        _ => StoreEffect::Put(
            Put {
                user,
                engine: EngineName::new("local"),
                expect: Expect::At(make::version(bytes)?),
                controller: owner,
                lease: None,
                port: PortChange::Keep,
                touch: false,
                running_limit: None,
                idle: None,
                body: make::body(bytes)?,
                events: Vec::new(),
            }
            .into(),
        ),
    })
}

/// Those that can't be understood say by which column.
fn name_their_columns(rows: &[(UserId, Row)]) {
    for (_, row) in rows {
        let Row::Unreadable(why) = row else {
            continue;
        };
        let column = why
            .strip_prefix("column ")
            .and_then(|rest| rest.split_once(": "));
        assert!(
            column.is_some_and(|(name, what)| COLUMNS.contains(&name) && !what.is_empty()),
            "{why}"
        );
    }
}

/// What the statements that read records tell of each.
const COLUMNS: [&str; 44] = [
    "schema_version",
    "oldest_writer",
    "installation",
    "engine_id",
    "newest_generation",
    "now",
    "user_id",
    "record_id",
    "revision",
    "engine",
    "container_name",
    "volume_name",
    "token",
    "token_generation",
    "intent",
    "container_id",
    "template_generation",
    "idle_limit",
    "failure_count",
    "failure_reason",
    "failure_exit_code",
    "failure_log",
    "retry_in",
    "adopted",
    "purging",
    "lease_owner",
    "lease_remaining",
    "lease_ahead",
    "retry_ahead",
    "last_active",
    "shares_volume",
    "port",
    "unchanged",
    "gone",
    "taken",
    "expected",
    "name_taken",
    "volume_taken",
    "idle",
    "has_room",
    "has_port",
    "known_ports",
    "free_in",
    "new_port",
];

/// A row: sound, or with some of its columns made of bytes; and whether it can't be told whose it is.
fn row(mut bytes: Option<&mut Unstructured>) -> arbitrary::Result<(bool, sqlite::SqliteRow)> {
    let mut columns = Vec::with_capacity(COLUMNS.len());
    let mut nobodys = false;
    let whose = if bytes.is_some() { "odd" } else { "sound" };
    for name in COLUMNS {
        let mut odd = None;
        if let Some(bytes) = &mut bytes
            && bytes.ratio(1, 6)?
        {
            odd = Some(value(bytes)?);
        }
        let is_odd = odd.is_some();
        let value = match odd {
            Some(None) => {
                nobodys |= name == "user_id";
                continue;
            }
            Some(Some(value)) => value,
            None => sound(name, whose),
        };
        nobodys |= name == "user_id" && is_odd && !matches!(value, Value::Bytes(_) | Value::Null);
        columns.push((name.to_owned(), value));
    }
    Ok((nobodys, sqlite::SqliteRow::new(columns)))
}

/// Any value, or no such column.
fn value(bytes: &mut Unstructured) -> arbitrary::Result<Option<Value>> {
    Ok(Some(match bytes.int_in_range(0..=7u8)? {
        0 => return Ok(None),
        1 => Value::Null,
        2 => Value::Int(bytes.arbitrary()?),
        3 => Value::Int(bytes.arbitrary::<i8>()?.into()),
        4 => Value::Text(make::text(bytes, 40)?),
        5 => Value::Bytes(bytes.arbitrary()?),
        6 => Value::Flag(bytes.arbitrary()?),
        _ => Value::Bytes(bytes.arbitrary::<[u8; 16]>()?.to_vec()),
    }))
}

fn sound(name: &str, whose: &str) -> Value {
    match name {
        "user_id" => Value::Bytes(whose.into()),
        "record_id" | "installation" | "lease_owner" => Value::Bytes(vec![1; 16]),
        "token" => Value::Bytes(SECRET.into()),
        "engine" => Value::Text("local".to_owned()),
        "engine_id" | "container_name" | "volume_name" | "container_id" | "failure_reason" => {
            Value::Text(format!("{whose}'s"))
        }
        "intent" => Value::Text("running".to_owned()),
        "schema_version" => Value::Int(schema::VERSION),
        "failure_log" => Value::Text(r#"["a line"]"#.to_owned()),
        _ => Value::Int(2),
    }
}
