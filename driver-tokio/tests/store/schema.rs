//! Migrations, and schemas that aren't ours.

use futures_util::future::join_all;
use portreeve_core::effect::StoreEffect;
use portreeve_core::id::EngineName;
use portreeve_core::outcome::StoreOutcome;

use crate::stand::{Stand, carry_out, first, next, register};

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
    assert!(
        matches!(outcomes[0], StoreOutcome::Loaded { .. }),
        "{:?}",
        outcomes[0]
    );
    assert!(
        outcomes.iter().all(|outcome| *outcome == outcomes[0]),
        "{outcomes:?}"
    );
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
        StoreEffect::Put(next("a", version)),
        StoreEffect::Put(first("b")),
        StoreEffect::Touch { users },
        register("local", "engine-1", 5),
    ] {
        let outcome = stand.carry_out(&effect).await;
        refused(&outcome, "upgrade portreeve");
        refused(&outcome, "schema 42");
    }
    assert!(
        stand
            .client
            .check()
            .await
            .unwrap_err()
            .contains("upgrade portreeve")
    );

    set_schema(stand, 1, 1).await;
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
    for effect in [look(), StoreEffect::Put(next("a", version))] {
        refused(&stand.carry_out(&effect).await, "restore it from a backup");
    }
    // Neither does a new client make another installation of it.
    let outcome = carry_out(&stand.another_client(), &look()).await;
    refused(&outcome, "restore it from a backup");
}

pub async fn a_check_changes_nothing(stand: &Stand) {
    let report = stand.client.check().await.unwrap();
    assert_eq!(report.schema, None, "{report}");
    let report = stand.client.check().await.unwrap();
    assert_eq!(report.schema, None, "the first check made no tables");
    stand.load(&[]).await;
    let report = stand.client.check().await.unwrap();
    assert_eq!(report.schema, Some(1));
    let wanted = if stand.is_postgres() {
        "PostgreSQL "
    } else {
        "SQLite "
    };
    assert!(report.server.starts_with(wanted), "{report}");
}
