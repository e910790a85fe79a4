//! Migrations, and schemas that aren't ours.

use std::time::Duration;

use futures_util::future::join_all;
use portreeve_core::effect::StoreEffect;
use portreeve_core::id::EngineName;
use portreeve_core::outcome::{StoreOutcome, Touch};
use portreeve_core::record::Intent;
use portreeve_core::time::Timestamp;

use crate::stand::{Stand, carry_out, first, next, port, register, revision, user};

fn look() -> StoreEffect {
    StoreEffect::Load {
        engine: EngineName::new("local"),
        users: vec![],
    }
}

pub async fn eight_at_once_make_one_installation(stand: &Stand) {
    let clients: Vec<_> = (0..8).map(|_| stand.another_client()).collect();
    let effect = look();
    let outcomes = join_all(
        clients
            .iter()
            .map(async |client| carry_out(client, &effect).await),
    )
    .await;
    assert_one_installation(&outcomes);
}

fn assert_one_installation(outcomes: &[StoreOutcome]) {
    let installation = |outcome: &StoreOutcome| match outcome {
        StoreOutcome::Loaded { header, .. } => header.installation,
        other => panic!("{other:?}"),
    };
    let first = installation(&outcomes[0]);
    for outcome in outcomes {
        assert_eq!(installation(outcome), first);
    }
}

async fn set_schema(stand: &Stand, version: u32, oldest_writer: u32) {
    let sql = format!(
        "UPDATE portreeve_meta SET schema_version = {version}, oldest_writer = {oldest_writer}"
    );
    stand.tamper(&sql, &sql).await;
}

fn refused(outcome: &StoreOutcome, words: &str) {
    match outcome {
        StoreOutcome::Refused(text) => assert!(text.contains(words), "{text}"),
        other => panic!("{other:?}"),
    }
}

pub async fn a_newer_schema_is_refused_and_left_alone(stand: &Stand) {
    let (version, _) = stand.stored(&first("a")).await;
    set_schema(stand, 99, 42).await;
    let users = vec![first("a").user];
    for effect in [
        look(),
        StoreEffect::Put(next("a", version).into()),
        StoreEffect::Put(first("b").into()),
        StoreEffect::Touch { users },
        register("local", "engine-1", 5),
    ] {
        let outcome = stand.carry_out(&effect).await;
        refused(&outcome, "upgrade portreeve");
        refused(&outcome, "schema 42");
    }
    assert!(
        stand
            .check()
            .await
            .unwrap_err()
            .to_string()
            .contains("upgrade portreeve")
    );

    set_schema(stand, 6, 1).await;
    let record = stand.record("a").await;
    assert_eq!(
        (record.version, record.last_active),
        (version, None),
        "nothing was written"
    );
    assert_eq!(stand.load(&[]).await.0.engine, None);
}

pub async fn a_newer_schema_that_allows_us_is_used(stand: &Stand) {
    let (version, _) = stand.stored(&first("a")).await;
    set_schema(stand, 99, 1).await;
    stand.stored(&next("a", version)).await;
    stand.stored(&first("b")).await;
}

pub async fn a_lost_meta_row_is_told(stand: &Stand) {
    let (version, _) = stand.stored(&first("a")).await;
    stand
        .tamper("DELETE FROM portreeve_meta", "DELETE FROM portreeve_meta")
        .await;
    for effect in [look(), StoreEffect::Put(next("a", version).into())] {
        refused(&stand.carry_out(&effect).await, "restore it from a backup");
    }
    // Neither does a new client make another installation of it.
    let outcome = carry_out(&stand.another_client(), &look()).await;
    refused(&outcome, "restore it from a backup");
}

pub async fn a_check_changes_nothing(stand: &Stand) {
    let report = stand.check().await.unwrap();
    assert_eq!(report.schema, None, "{report}");
    let report = stand.check().await.unwrap();
    assert_eq!(report.schema, None, "the first check made no tables");
    stand.load(&[]).await;
    let report = stand.check().await.unwrap();
    assert_eq!(report.schema, Some(6));
    let wanted = if stand.is_postgres() {
        "PostgreSQL "
    } else {
        "SQLite "
    };
    assert!(report.server.starts_with(wanted), "{report}");
}

/// Makes the tables as schema 1 has them, with a record of `a` as its releases write one: running,
/// on port 19000, under a lease that has ended.
pub async fn make_schema_1(stand: &Stand) {
    const RECORD: &str = "INSERT INTO portreeve_tenancies (user_id, record_id, revision, engine,
            container_name, volume_name, token, token_generation, intent, template_generation,
            adopted, lease_owner, lease_until, last_active{columns})
        VALUES ({a}, {record}, 7, 'local', 'c', 'v', {a}, 3, 'running', 5, {false}, {record},
            {time}, {time}{values});
        INSERT INTO portreeve_ports VALUES ('local', 19000, {record}, {time});
        INSERT INTO portreeve_ports VALUES ('local', 19001, NULL, {time});";
    let record = |words: &[(&str, &str)]| {
        words.iter().fold(RECORD.to_owned(), |sql, (name, value)| {
            sql.replace(&format!("{{{name}}}"), value)
        })
    };
    let postgres = record(&[
        ("a", r"'\x61'"),
        ("record", r"'\x0123456789abcdef0123456789abcdef'"),
        ("false", "false"),
        ("time", "to_timestamp(1000)"),
        ("columns", ""),
        ("values", ""),
    ]);
    let sqlite = record(&[
        ("a", "x'61'"),
        ("record", "x'0123456789abcdef0123456789abcdef'"),
        ("false", "0"),
        ("time", "1000000000"),
        ("columns", ", created_at, changed_at"),
        ("values", ", 1000000000, 1000000000"),
    ]);
    let postgres_1 = include_str!("../../wire/src/store/postgres/migrations/001.sql");
    let sqlite_1 = include_str!("../../wire/src/store/sqlite/migrations/001.sql");
    stand
        .tamper(
            &format!("{postgres_1}\n{postgres}"),
            &format!("{sqlite_1}\n{sqlite}"),
        )
        .await;
}

pub async fn an_older_schema_is_brought_up_without_loss(stand: &Stand) {
    make_schema_1(stand).await;
    assert_eq!(stand.check().await.unwrap().schema, Some(1));
    assert_eq!(
        stand.check().await.unwrap().schema,
        Some(1),
        "a check changes nothing"
    );

    let record = stand.record("a").await;
    assert_eq!(record.version.revision, revision(7));
    assert_eq!(record.port, port(19000));
    assert_eq!(
        record.last_active,
        Some(Timestamp::from_micros(1_000_000_000))
    );
    assert_eq!(record.lease.unwrap().remaining, Duration::ZERO);
    assert_eq!(record.body.names.container, "c");
    assert_eq!(record.body.token.as_bytes(), b"a");
    assert_eq!(record.body.intent, Intent::Running);
    assert!(!record.body.purging);
    assert_eq!(stand.check().await.unwrap().schema, Some(6));

    let mut purge = next("a", record.version);
    purge.body.purging = true;
    stand.stored(&purge).await;
    assert!(stand.record("a").await.body.purging);
}

pub async fn an_older_schema_is_brought_up_by_many_at_once(stand: &Stand) {
    make_schema_1(stand).await;
    let clients: Vec<_> = (0..8).map(|_| stand.another_client()).collect();
    let users = vec![user("a")];
    let touches = clients.iter().map(async |client| {
        let effect = StoreEffect::Touch {
            users: users.clone(),
        };
        carry_out(client, &effect).await
    });
    for outcome in join_all(touches).await {
        match outcome {
            StoreOutcome::Touched(touches) => {
                assert!(matches!(touches[0].1, Touch::Written(_)), "{touches:?}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(stand.check().await.unwrap().schema, Some(6));
    assert_eq!(stand.record("a").await.version.revision, revision(7));
}

pub async fn a_writer_of_the_older_schema_does_no_harm(stand: &Stand) {
    let mut put = first("a");
    put.body.purging = true;
    stand.stored(&put).await;
    // As its releases write: every column but the new one.
    let write = "UPDATE portreeve_tenancies SET revision = revision + 1, intent = 'running'";
    let insert = "INSERT INTO portreeve_tenancies (user_id, record_id, revision, engine,
            container_name, volume_name, token, token_generation, intent, template_generation,
            adopted, created_at, changed_at)";
    stand
        .tamper(
            &format!(
                r"{write}; {insert} VALUES ('\x62', '\x0123456789abcdef0123456789abcdef', 1,
                    'local', 'c', 'v', '', 1, 'stopped', 0, false, now(), now())"
            ),
            &format!(
                "{write}; {insert} VALUES (x'62', x'0123456789abcdef0123456789abcdef', 1,
                    'local', 'c', 'v', x'', 1, 'stopped', 0, 0, 0, 0)"
            ),
        )
        .await;
    let record = stand.record("a").await;
    assert_eq!(record.version.revision, revision(2));
    assert!(record.body.purging, "what was begun stays begun");
    assert!(!stand.record("b").await.body.purging);
}
