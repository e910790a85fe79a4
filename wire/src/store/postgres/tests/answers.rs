//! What rows mean for the effect they answer.

use portreeve_core::outcome::Touch;
use portreeve_core::record::Row;

use super::*;
use crate::store::sqlite;

const HOUR: i64 = 3_600_000_000;

/// A row of a user's record, with what every statement brings along, but for some columns.
fn row(changes: &[(&str, Value)]) -> sqlite::SqliteRow {
    let text = |text: &str| Value::Text(text.to_owned());
    let flag = || Value::Int(1);
    let mut columns = vec![
        ("schema_version", Value::Int(schema::VERSION)),
        ("oldest_writer", Value::Int(schema::VERSION)),
        ("installation", Value::Bytes(vec![9; 16])),
        ("engine_id", text("engine")),
        ("newest_generation", Value::Int(3)),
        ("now", Value::Int(HOUR)),
        ("user_id", Value::Bytes(b"a".to_vec())),
        ("record_id", Value::Bytes(vec![1; 16])),
        ("revision", Value::Int(7)),
        ("engine", text("local")),
        ("container_name", text("c")),
        ("volume_name", text("v")),
        ("token", Value::Bytes(b"sealed".to_vec())),
        ("token_generation", Value::Int(1)),
        ("intent", text("running")),
        ("container_id", Value::Null),
        ("template_generation", Value::Int(3)),
        ("idle_limit", Value::Null),
        ("failure_count", Value::Null),
        ("adopted", Value::Int(0)),
        ("purging", Value::Int(0)),
        ("lease_owner", Value::Null),
        ("lease_ahead", Value::Null),
        ("retry_ahead", Value::Null),
        ("last_active", Value::Int(HOUR - 5)),
        ("port", Value::Int(19001)),
        ("unchanged", Value::Int(60_000_000)),
        ("gone", flag()),
        ("taken", flag()),
        ("expected", flag()),
        ("name_taken", Value::Int(0)),
        ("volume_taken", Value::Int(0)),
        ("shares_volume", Value::Int(0)),
        ("idle", flag()),
        ("has_room", flag()),
        ("has_port", flag()),
        ("known_ports", Value::Int(11)),
        ("free_in", Value::Int(2_000_000)),
    ];
    for (name, value) in changes {
        columns.retain(|(known, _)| known != name);
        columns.push((name, value.clone()));
    }
    let named = columns
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    sqlite::SqliteRow::new(named.collect())
}

fn of(id: &str) -> (&str, Value) {
    ("user_id", Value::Bytes(id.into()))
}

fn outcome_of(effect: &StoreEffect, rows: &[sqlite::SqliteRow]) -> StoreOutcome {
    match outcome(effect, rows) {
        Attempt::Outcome(outcome) => outcome,
        Attempt::Migrate => panic!("the tables are current"),
    }
}

/// The effect of its kind.
fn other(is_it: impl Fn(&StoreEffect) -> bool) -> StoreEffect {
    others().into_iter().find(is_it).expect("one of each")
}

fn is_refused(outcome: &StoreOutcome, words: &str) -> bool {
    matches!(outcome, StoreOutcome::Refused(text) if text.contains(words))
}

#[test]
fn a_store_of_another_schema_is_older_or_too_new_or_will_do() {
    let load = other(|effect| matches!(effect, StoreEffect::Load { .. }));
    let with = |version: i64, oldest_writer: i64| {
        let columns = [
            ("schema_version", Value::Int(version)),
            ("oldest_writer", Value::Int(oldest_writer)),
        ];
        outcome(&load, &[row(&columns)])
    };
    let ours = schema::VERSION;
    for (version, oldest_writer) in [(ours, ours), (ours, ours - 1), (ours + 1, ours)] {
        let answer = with(version, oldest_writer);
        assert!(matches!(
            answer,
            Attempt::Outcome(StoreOutcome::Loaded { .. })
        ));
    }
    assert_eq!(with(ours - 1, ours - 1), Attempt::Migrate);
    let Attempt::Outcome(too_new) = with(ours + 2, ours + 1) else {
        panic!("it is to be refused");
    };
    let words = format!("the store has schema {}, which wants writers of", ours + 2);
    assert!(is_refused(&too_new, &words), "{too_new:?}");
    let lost = outcome_of(&load, &[]);
    assert!(is_refused(&lost, "lost its row"), "{lost:?}");
}

#[test]
fn a_write_that_was_not_made_says_why_by_the_first_reason() {
    let put = &puts(None)[0];
    let because = |reasons: &[(&'static str, i64)]| {
        let mut columns = vec![("revision", Value::Null)];
        columns.extend(
            reasons
                .iter()
                .map(|(name, flag)| (*name, Value::Int(*flag))),
        );
        outcome_of(put, &[row(&columns)])
    };
    let name_taken = because(&[("name_taken", 1), ("volume_taken", 1)]);
    let words = "the container name \"c\" stands in another user's record";
    assert!(is_refused(&name_taken, words), "{name_taken:?}");
    assert_eq!(
        because(&[("expected", 0), ("name_taken", 1)]),
        StoreOutcome::Conflict
    );
    assert_eq!(
        because(&[("volume_taken", 1), ("idle", 0)]),
        StoreOutcome::VolumeTaken
    );
    assert_eq!(
        because(&[("idle", 0), ("has_room", 0)]),
        StoreOutcome::Active
    );
    assert_eq!(
        because(&[("has_room", 0), ("has_port", 0)]),
        StoreOutcome::LimitReached
    );
    assert_eq!(
        because(&[("has_port", 0)]),
        StoreOutcome::NoPort {
            known: 11,
            free_in: Some(Duration::from_secs(2))
        }
    );
    assert_eq!(
        because(&[]),
        StoreOutcome::Conflict,
        "another write came between"
    );
    assert!(matches!(
        outcome_of(put, &[row(&[])]),
        StoreOutcome::Stored {
            revision: Revision(7),
            ..
        }
    ));
}

#[test]
fn what_is_gone_and_what_is_taken_is_done() {
    let delete = other(|effect| matches!(effect, StoreEffect::Delete { .. }));
    let lock = other(|effect| matches!(effect, StoreEffect::Lock { .. }));
    for (effect, column, otherwise) in [
        (delete, "gone", StoreOutcome::Conflict),
        (lock, "taken", StoreOutcome::LockHeld),
    ] {
        let answer = |flag| outcome_of(&effect, &[row(&[(column, Value::Int(flag))])]);
        assert_eq!(answer(1), StoreOutcome::Done);
        assert_eq!(answer(0), otherwise);
    }
}

#[test]
fn a_touch_tells_when_the_user_was_active() {
    let touch = StoreEffect::Touch {
        users: vec![user("a"), user("b")],
    };
    let StoreOutcome::Touched(touched) = outcome_of(&touch, &[row(&[])]) else {
        panic!("an answer to a touch");
    };
    assert!(matches!(
        &touched[..],
        [(_, Touch::Written(pulse)), (_, Touch::Absent)]
            if pulse.last_active.as_micros() == HOUR - 5
    ));
}

/// So many users are told of a page, and whether there may be more.
fn page(limit: u32, rows: &[sqlite::SqliteRow]) -> (usize, bool) {
    let scan = StoreEffect::Scan {
        engine: EngineName::new("local"),
        after: None,
        limit,
    };
    match outcome_of(&scan, rows) {
        StoreOutcome::Scanned { rows, more, .. } => (rows.len(), more),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_full_page_has_another_after_it() {
    let rows = [row(&[of("a")]), row(&[of("b")])];
    assert_eq!(page(3, &rows), (2, false));
    assert_eq!(page(2, &rows), (2, true));
    assert_eq!(
        page(0, &rows[..1]),
        (1, true),
        "a page of none would never end"
    );
    // An outer join's row without a record is no user's; one that names nobody counts, and isn't told.
    let none = row(&[("user_id", Value::Null)]);
    assert_eq!(page(1, &[none]), (0, false));
    let nobodys = row(&[("user_id", Value::Bytes(vec![0xff]))]);
    assert_eq!(page(3, std::slice::from_ref(&nobodys)), (0, false));
    assert_eq!(page(2, &[nobodys.clone(), row(&[of("b")])]), (1, true));
    let scan = StoreEffect::Scan {
        engine: EngineName::new("local"),
        after: None,
        limit: 1,
    };
    let refused = outcome_of(&scan, &[nobodys]);
    assert!(
        is_refused(&refused, "1 rows that aren't UTF-8"),
        "{refused:?}"
    );
}

#[test]
fn of_the_longest_stopped_so_many_are_told_as_were_asked_for() {
    let told = |limit: u32| {
        let longest = StoreEffect::LongestStopped {
            engine: EngineName::new("local"),
            ports: range(),
            limit,
        };
        let unreadable = row(&[of("odd"), ("intent", Value::Int(1))]);
        let rows = [unreadable, row(&[of("b")]), row(&[of("c")])];
        match outcome_of(&longest, &rows) {
            StoreOutcome::Longest(longest) => longest,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(told(0).len(), 0);
    assert_eq!(told(1).len(), 1);
    assert_eq!(told(9).len(), 2, "those that can be understood");
    let (of, row, since) = &told(1)[0];
    assert_eq!((of, *since), (&user("b"), Duration::from_secs(60)));
    assert!(matches!(row, Row::Found(_)));
}

#[test]
fn what_is_asked_for_is_among_the_values() {
    let values = |effect: &StoreEffect| statements(effect)[0].params.clone();
    let scan = |after: Option<&str>, limit| StoreEffect::Scan {
        engine: EngineName::new("local"),
        after: after.map(user),
        limit,
    };
    assert!(values(&scan(None, 100)).contains(&Value::Int(100)));
    assert!(values(&scan(None, 0)).contains(&Value::Int(1)));
    assert!(values(&scan(None, 1)).contains(&Value::Bytes(Vec::new())));
    assert!(values(&scan(Some("a"), 1)).contains(&Value::Bytes(b"a".to_vec())));
    // Some more, since what can't be understood is left out.
    let longest = StoreEffect::LongestStopped {
        engine: EngineName::new("local"),
        ports: range(),
        limit: 4,
    };
    assert!(values(&longest).contains(&Value::Int(20)));
    let record = Expect::Absent(RecordId::from_bytes([1; 16]));
    let take = put(record, PortChange::Take(NonZeroU16::MIN), None);
    let of_the_port = values(&take);
    let ones = of_the_port.iter().filter(|value| **value == Value::Int(1));
    assert!(
        ones.count() >= 3,
        "taken, and the first and last of its range"
    );
    // A span without end is cut to a thousand years.
    let thousand_years = 31_536_000_000_000_000;
    assert!(values(&take).contains(&Value::Int(thousand_years)));
}
