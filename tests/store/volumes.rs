//! A volume is one record's; and what stores hold that were written before that was so.

use std::time::Duration;

use futures_util::future::join_all;
use portreeve_core::effect::{Put, StoreEffect};
use portreeve_core::id::{EngineName, Version};
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::Row;

use crate::stand::{Stand, controller, first, next, purged, revision, user};

fn on(volume: &str, mut put: Put) -> Put {
    volume.clone_into(&mut put.body.names.volume);
    put
}

async fn delete(stand: &Stand, id: &str, version: Version) {
    let effect = StoreEffect::Delete {
        user: user(id),
        version,
        controller: controller(1),
        rest: Duration::ZERO,
        event: purged(),
    };
    assert_eq!(stand.carry_out(&effect).await, StoreOutcome::Done);
}

/// What a write tells that must be done.
async fn stored(stand: &Stand, put: &Put) -> bool {
    match stand.put(put).await {
        StoreOutcome::Stored { shares_volume, .. } => shares_volume,
        other => panic!("{:?}: {other:?}", put.user),
    }
}

pub async fn a_volume_is_one_users(stand: &Stand) {
    let (a, _) = stand.stored(&on("v", first("a"))).await;
    let (b, _) = stand.stored(&first("b")).await;
    for put in [first("c"), next("b", b)] {
        let outcome = stand.put(&on("v", put)).await;
        assert_eq!(outcome, StoreOutcome::VolumeTaken);
    }
    assert_eq!(stand.row("c").await, Row::Absent);
    assert_eq!(stand.record("b").await.version, b, "nothing was written");
    // Its own is not another's.
    let (a, _) = stand.stored(&on("v", next("a", a))).await;
    assert!(!stand.record("a").await.shares_volume);

    delete(stand, "a", a).await;
    assert!(!stored(stand, &on("v", next("b", b))).await);
    let outcome = stand.put(&on("v", first("a"))).await;
    assert_eq!(outcome, StoreOutcome::VolumeTaken, "it is b's now");
    stand.stored(&first("a")).await;
}

pub async fn a_volume_of_another_engine_is_another(stand: &Stand) {
    let mut far = on("v", first("a"));
    far.engine = EngineName::new("far");
    stand.stored(&far).await;
    stand.stored(&on("v", first("b"))).await;
    assert!(!stand.record("b").await.shares_volume);
}

pub async fn a_taken_volume_is_told_after_the_state_and_before_the_limit(stand: &Stand) {
    let (a, _) = stand.stored(&on("v", first("a"))).await;
    let stale = Version {
        revision: revision(9),
        ..a
    };
    let outcome = stand.put(&on("w", next("a", stale))).await;
    assert_eq!(outcome, StoreOutcome::Conflict);
    let mut limited = on("v", first("b"));
    limited.running_limit = Some(0);
    assert_eq!(stand.put(&limited).await, StoreOutcome::VolumeTaken);
}

/// Whoever loses the race is told of a conflict or of the volume, and of the volume when they try again.
pub async fn of_many_who_name_one_volume_one_has_it(stand: &Stand) {
    stand.load(&[]).await;
    let users: Vec<_> = (0..20).map(|number| format!("u{number}")).collect();
    let mut puts = Vec::new();
    for (number, user) in users.iter().enumerate() {
        // Some adopt what they have no record for, and some have one.
        if number % 2 == 0 {
            puts.push(on("v", first(user)));
        } else {
            let (version, _) = stand.stored(&first(user)).await;
            puts.push(on("v", next(user, version)));
        }
    }
    let outcomes = join_all(puts.iter().map(async |put| stand.put(put).await)).await;
    let won = |outcome: &&StoreOutcome| matches!(outcome, StoreOutcome::Stored { .. });
    assert_eq!(outcomes.iter().filter(won).count(), 1, "{outcomes:?}");
    for (put, outcome) in puts.iter().zip(&outcomes) {
        match outcome {
            StoreOutcome::Stored { .. } => {
                let record = stand.record(put.user.as_str()).await;
                assert_eq!(record.body.names.volume, "v");
                assert!(!record.shares_volume);
            }
            StoreOutcome::Conflict | StoreOutcome::VolumeTaken => {
                assert_eq!(stand.put(put).await, StoreOutcome::VolumeTaken);
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A record's row, in the columns that schema 2 has.
fn rows_of_schema_2(rows: &[(&str, &str, &str)]) -> [String; 2] {
    const COLUMNS: &str = "INSERT INTO portreeve_tenancies (user_id, record_id, revision, engine,
        container_name, volume_name, token, token_generation, intent, template_generation, adopted,
        created_at, changed_at) VALUES";
    let row = |(id, engine, volume): &(&str, &str, &str), [bytes, no, now]: [&str; 3]| {
        let code = id.bytes().next().expect("a letter");
        let record = format!("{code:02x}").repeat(16);
        format!(
            "{COLUMNS} ({bytes}{code:02x}', {bytes}{record}', 1, '{engine}', 'c of {id}', '{volume}',
                {bytes}', 1, 'stopped', 0, {no}, {now}, {now}) ON CONFLICT DO NOTHING;"
        )
    };
    [[r"'\x", "false", "now()"], ["x'", "0", "0"]]
        .map(|words| rows.iter().map(|of| row(of, words)).collect())
}

/// Makes the tables as schema 2 has them: `a` and `b` share a volume, `c` and `d` don't.
async fn make_schema_2(stand: &Stand) {
    let rows = [
        ("a", "local", "v"),
        ("b", "local", "v"),
        ("c", "local", "w"),
        ("d", "far", "v"),
    ];
    let [postgres, sqlite] = rows_of_schema_2(&rows);
    let steps = [
        include_str!("../../wire/src/store/postgres/migrations/001.sql"),
        include_str!("../../wire/src/store/postgres/migrations/002.sql"),
        &postgres,
    ];
    let sqlite_steps = [
        include_str!("../../wire/src/store/sqlite/migrations/001.sql"),
        include_str!("../../wire/src/store/sqlite/migrations/002.sql"),
        &sqlite,
    ];
    stand
        .tamper(&steps.join("\n"), &sqlite_steps.join("\n"))
        .await;
}

async fn write_as_schema_2(stand: &Stand, row: (&str, &str, &str)) {
    let [postgres, sqlite] = rows_of_schema_2(&[row]);
    stand.tamper(&postgres, &sqlite).await;
}

async fn shares(stand: &Stand, id: &str) -> bool {
    stand.record(id).await.shares_volume
}

pub async fn a_store_with_a_shared_volume_goes_on_working(stand: &Stand) {
    make_schema_2(stand).await;
    assert_eq!(stand.check().await.unwrap().schema, Some(2));
    for (id, wanted) in [("a", true), ("b", true), ("c", false)] {
        assert_eq!(shares(stand, id).await, wanted, "{id}");
    }
    // A page of records tells the same.
    let scan = StoreEffect::Scan {
        engine: EngineName::new("local"),
        after: None,
        limit: 10,
    };
    let StoreOutcome::Scanned { rows, .. } = stand.carry_out(&scan).await else {
        panic!("not scanned");
    };
    let told = rows.iter().map(|(_, row)| match row {
        Row::Found(record) => record.shares_volume,
        other => panic!("{other:?}"),
    });
    assert_eq!(told.collect::<Vec<_>>(), [true, true, false]);

    // Both are written as before, and nobody else may join them.
    for id in ["a", "b"] {
        let version = stand.record(id).await.version;
        assert!(stored(stand, &on("v", next(id, version))).await, "{id}");
    }
    let c = stand.record("c").await.version;
    for put in [first("e"), next("c", c)] {
        let outcome = stand.put(&on("v", put)).await;
        assert_eq!(outcome, StoreOutcome::VolumeTaken);
    }
}

pub async fn a_shared_volume_is_one_users_once_the_others_have_gone(stand: &Stand) {
    make_schema_2(stand).await;
    // One takes a volume of its own, and can't come back.
    let a = stand.record("a").await.version;
    assert!(!stored(stand, &on("x", next("a", a))).await);
    assert!(!shares(stand, "a").await && !shares(stand, "b").await);
    let a = stand.record("a").await.version;
    let back = stand.put(&on("v", next("a", a))).await;
    assert_eq!(back, StoreOutcome::VolumeTaken);
    assert_eq!(
        stand.put(&on("x", first("e"))).await,
        StoreOutcome::VolumeTaken
    );
    // Nor can anybody join who is left, before that one is gone, too.
    let b = stand.record("b").await.version;
    delete(stand, "b", b).await;
    assert!(!stored(stand, &on("v", next("a", a))).await);
}

/// Older releases leave out the new column.
pub async fn a_writer_of_schema_2_is_held_to_it(stand: &Stand) {
    make_schema_2(stand).await;
    stand.load(&[]).await;
    write_as_schema_2(stand, ("e", "local", "w")).await;
    assert_eq!(stand.row("e").await, Row::Absent, "the index refuses it");
    // What shares a volume from before isn't in that index; but whoever joins is told of.
    write_as_schema_2(stand, ("f", "local", "v")).await;
    for id in ["a", "b", "f"] {
        assert!(shares(stand, id).await, "{id}");
    }
    for id in ["a", "b"] {
        let version = stand.record(id).await.version;
        delete(stand, id, version).await;
    }
    assert!(!shares(stand, "f").await);
}
