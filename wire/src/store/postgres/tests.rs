//! Every effect in all its variants, as statements.

use std::num::NonZeroU16;
use std::time::Duration;

use portreeve_core::effect::{Idle, PortChange, Put};
use portreeve_core::event::{Cause, Change, EventBody, EventsFrom, EventsKept};
use portreeve_core::id::{ControllerId, EngineName, PortRange, RecordId, Revision, Version};
use portreeve_core::name::Names;
use portreeve_core::record::{Body, Failure, Intent};
use portreeve_core::token::SealedToken;
use portreeve_core::user::UserId;

use super::*;
use crate::store::statement::Value;

fn range() -> PortRange {
    let port = |port| NonZeroU16::new(port).unwrap();
    PortRange::new(port(19000), port(19010)).unwrap()
}

fn user(id: &str) -> UserId {
    UserId::new(id).unwrap()
}

fn told(change: Change) -> EventBody {
    EventBody {
        change,
        cause: Cause::Repair,
        actor: None,
    }
}

fn put(expect: Expect, port: PortChange, running_limit: Option<u32>) -> StoreEffect {
    StoreEffect::Put(
        Put {
            user: user("a\0b"),
            engine: EngineName::new("local"),
            expect,
            controller: ControllerId::from_bytes([2; 16]),
            lease: Some(Duration::MAX),
            port,
            touch: true,
            running_limit,
            idle: Some(Idle {
                limit: Duration::MAX,
                slack: Duration::MAX,
            }),
            body: Body {
                names: Names {
                    container: "c".to_owned(),
                    volume: "v".to_owned(),
                },
                token: SealedToken::from_bytes(b"sealed".to_vec()),
                token_generation: u32::MAX,
                intent: Intent::Starting,
                container: None,
                template_generation: u64::MAX,
                idle_limit: Some(Duration::MAX),
                failure: Some(Failure {
                    count: 1,
                    reason: "died\0".to_owned(),
                    exit_code: Some(-1),
                    log: vec!["last\0 words".to_owned()],
                    retry_in: Duration::from_secs(1),
                }),
                adopted: false,
                purging: true,
            },
            events: vec![told(Change::Starting), told(Change::Made)],
        }
        .into(),
    )
}

fn puts(running_limit: Option<u32>) -> Vec<StoreEffect> {
    let record = RecordId::from_bytes([1; 16]);
    let at = Version {
        record,
        revision: Revision(7),
    };
    let (rest, quarantine) = (Duration::from_secs(60), Duration::from_secs(300));
    let changes = [
        PortChange::Keep,
        PortChange::Claim(range()),
        PortChange::Take(NonZeroU16::MAX),
        PortChange::Replace {
            range: range(),
            quarantine,
        },
        PortChange::Free { rest },
    ];
    [Expect::Absent(record), Expect::At(at)]
        .into_iter()
        .flat_map(|expect| changes.map(|change| put(expect, change, running_limit)))
        .collect()
}

fn others() -> Vec<StoreEffect> {
    let engine = EngineName::new("local");
    let owner = ControllerId::from_bytes([2; 16]);
    vec![
        StoreEffect::Load {
            engine: engine.clone(),
            users: vec![user("a"), user("b")],
        },
        StoreEffect::Delete {
            user: user("a"),
            version: Version {
                record: RecordId::from_bytes([1; 16]),
                revision: Revision(7),
            },
            controller: owner,
            rest: Duration::MAX,
            event: told(Change::Purged),
        },
        StoreEffect::LongestStopped {
            engine: engine.clone(),
            ports: range(),
            limit: u32::MAX,
        },
        StoreEffect::Touch {
            users: vec![user("a")],
        },
        StoreEffect::Scan {
            engine: engine.clone(),
            after: None,
            limit: 100,
        },
        StoreEffect::ScanUnsettled {
            engine: engine.clone(),
            after: None,
            limit: 100,
        },
        StoreEffect::ScanIdle {
            engine: engine.clone(),
            idle: Idle {
                limit: Duration::from_secs(1800),
                slack: Duration::from_secs(5),
            },
            after: None,
            limit: 100,
        },
        StoreEffect::Register {
            engine,
            id: EngineId::new("id"),
            ports: range(),
        },
        StoreEffect::Lock {
            name: "network".to_owned(),
            owner,
            ttl: Duration::from_secs(15),
        },
        StoreEffect::Unlock {
            name: "network".to_owned(),
            owner,
        },
    ]
}

fn of_the_event_log() -> Vec<StoreEffect> {
    let read = |user| StoreEffect::ReadEvents {
        from: EventsFrom::Oldest,
        user,
        limit: 100,
    };
    vec![
        read(None),
        read(Some(user("a"))),
        StoreEffect::DropEvents(EventsKept::default()),
    ]
}

/// The highest placeholder's number.
fn placeholders(sql: &str) -> usize {
    sql.split('$')
        .skip(1)
        .map(|after| {
            let digits = after.find(|char: char| !char.is_ascii_digit());
            after[..digits.unwrap_or(after.len())].parse().unwrap()
        })
        .max()
        .unwrap_or(0)
}

#[test]
fn every_effect_is_one_statement() {
    for effect in puts(None).into_iter().chain(others()) {
        let statements = statements(&effect);
        assert_eq!(statements.len(), 1, "{effect:?}");
        assert!(!statements[0].sql.contains(';'), "{}", statements[0].sql);
    }
}

/// Only a later statement sees what was given its place before the lock was had.
#[test]
fn whoever_reads_the_event_log_gives_events_their_places_first() {
    for effect in of_the_event_log() {
        let statements = statements(&effect);
        let [lock, number, _] = statements.as_slice() else {
            panic!("{statements:?}");
        };
        assert!(lock.sql.contains("pg_advisory_xact_lock"), "{}", lock.sql);
        assert!(number.sql.contains("row_number()"), "{}", number.sql);
    }
}

#[test]
fn a_write_under_a_running_limit_takes_its_lock_first() {
    for effect in puts(Some(3)) {
        let statements = statements(&effect);
        let [lock, put] = statements.as_slice() else {
            panic!("{statements:?}");
        };
        assert!(lock.sql.contains("pg_advisory_xact_lock"), "{}", lock.sql);
        assert!(put.params.contains(&Value::Int(3)), "{:?}", put.params);
    }
}

#[test]
fn every_placeholder_has_its_value() {
    for effect in puts(Some(3))
        .into_iter()
        .chain(others())
        .chain(of_the_event_log())
    {
        for statement in statements(&effect) {
            let sql = statement.sql;
            assert_eq!(placeholders(sql), statement.params.len(), "{sql}");
            assert!(!sql.contains('{'), "{sql}");
        }
    }
}

#[test]
fn statements_show_no_sealed_token() {
    for effect in puts(None) {
        let shown = format!("{:?}", statements(&effect));
        assert!(shown.contains("(6 secret bytes)"), "{shown}");
        assert!(!shown.contains("sealed"), "{shown}");
    }
}

#[test]
fn values_are_kept_within_what_the_database_holds() {
    let effect = &puts(None)[0];
    let params = &statements(effect)[0].params;
    let texts: Vec<_> = params
        .iter()
        .filter_map(|param| match param {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert!(texts.contains(&"died\u{2400}"), "{texts:?}");
    assert!(texts.contains(&r#"["last\u0000 words"]"#), "{texts:?}");
    assert!(texts.iter().all(|text| !text.contains('\0')), "{texts:?}");
    assert!(
        params.contains(&Value::Int(i64::MAX)),
        "the generation is cut"
    );
}

mod answers;
