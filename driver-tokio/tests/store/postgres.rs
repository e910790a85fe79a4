//! What only a server can suffer.

use std::time::Duration;

use portreeve_core::effect::StoreEffect;
use portreeve_core::id::EngineName;
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::Row;
use portreeve_tokio::store::{StoreClient, UnservedStore};
use portreeve_wire::store::StoreAddress;
use tokio::time::timeout;

use crate::stand::{Stand, connected, first, next, revision, user};

fn url(stand: &Stand) -> String {
    match &stand.address {
        StoreAddress::Postgres(url) => url.reveal().to_owned(),
        StoreAddress::Sqlite(_) => panic!("not a server"),
    }
}

fn look(id: &str) -> StoreEffect {
    StoreEffect::Load {
        engine: EngineName::new("local"),
        users: vec![user(id)],
    }
}

/// Ends all connections to the stand's database, and waits until they have.
async fn end_connections(stand: &Stand) {
    const OTHERS: &str = "FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND backend_type = 'client backend'";
    connected(&url(stand), async |client| {
        let end = format!("SELECT pg_terminate_backend(pid) {OTHERS}");
        client.query(&end, &[]).await.unwrap();
        let count = format!("SELECT count(*) {OTHERS}");
        while client
            .query_one(&count, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            > 0
        {}
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_started_again_is_found_again() {
    let Some(stand) = Stand::postgres().await else {
        return;
    };
    let (mut version, _) = stand.stored(&first("a")).await;
    for _ in 0..5 {
        end_connections(&stand).await;
        stand.load(&[user("a")]).await;
        end_connections(&stand).await;
        match stand.put(&next("a", version)).await {
            StoreOutcome::Stored { revision, .. } => version.revision = revision,
            // The connection's end came between the look at it and the statement.
            StoreOutcome::Unclear(_) => version = stand.record("a").await.version,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_connection_is_lost_is_unclear() {
    let Some(stand) = Stand::postgres().await else {
        return;
    };
    let (version, _) = stand.stored(&first("a")).await;
    connected(&url(&stand), async |client| {
        client
            .batch_execute("BEGIN; SELECT FROM portreeve_tenancies FOR UPDATE")
            .await
            .unwrap();
        let (put, ended) = (next("a", version), async {
            wait_for_a_waiter(&stand).await;
            end_waiters(&stand).await;
        });
        let (outcome, ()) = tokio::join!(stand.put(&put), ended);
        assert!(matches!(outcome, StoreOutcome::Unclear(_)), "{outcome:?}");
    })
    .await;
    assert_eq!(stand.record("a").await.version, version);
    stand.stored(&next("a", version)).await;
}

const WAITERS: &str = "FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'";

async fn wait_for_a_waiter(stand: &Stand) {
    connected(&url(stand), async |client| {
        let count = format!("SELECT count(*) {WAITERS}");
        while client
            .query_one(&count, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            == 0
        {}
    })
    .await;
}

async fn end_waiters(stand: &Stand) {
    connected(&url(stand), async |client| {
        let end = format!("SELECT pg_terminate_backend(pid) {WAITERS}");
        client.query(&end, &[]).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_given_up_delays_no_other() {
    let Some(stand) = Stand::postgres().await else {
        return;
    };
    let (version, _) = stand.stored(&first("a")).await;
    connected(&url(&stand), async |client| {
        client
            .batch_execute("BEGIN; SELECT FROM portreeve_tenancies FOR UPDATE")
            .await
            .unwrap();
        // More of them than there are connections.
        for _ in 0..12 {
            let put = next("a", version);
            let given_up = timeout(Duration::from_millis(50), stand.put(&put)).await;
            assert!(given_up.is_err());
        }
        let looked = timeout(Duration::from_secs(5), stand.load(&[user("a")])).await;
        assert!(looked.is_ok());
        client.batch_execute("COMMIT").await.unwrap();
    })
    .await;
    // One of those given up wins: it was sent.
    while stand.record("a").await.version == version {}
    assert_eq!(stand.record("a").await.version.revision, revision(2));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_out_of_reach() {
    // Bound and closed again: nobody listens there.
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    drop(socket);
    let address = format!("postgres://me:hush@127.0.0.1:{port}/db")
        .parse()
        .unwrap();
    let client = StoreClient::new(address).unwrap();
    match client.carry_out(&look("a")).await {
        StoreOutcome::Unreachable(text) => assert!(text.contains("refused"), "{text}"),
        other => panic!("{other:?}"),
    }
    assert!(client.check().await.is_err());
    assert!(!format!("{client:?}").contains("hush"));
}

#[tokio::test]
async fn a_server_that_never_answers_is_out_of_reach() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("postgres://me@{}/db", silent.local_addr().unwrap());
    let client = StoreClient::new(address.parse().unwrap()).unwrap();
    let outcome = timeout(Duration::from_secs(5), client.carry_out(&look("a"))).await;
    let outcome = outcome.expect("well within the time an effect is given");
    assert!(
        matches!(outcome, StoreOutcome::Unreachable(_)),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_wrong_password_or_database_is_refused() {
    let Some(stand) = Stand::postgres().await else {
        return;
    };
    let good = url(&stand);
    let (_, host) = good.rsplit_once('@').unwrap();
    let (server, _) = good.rsplit_once('/').unwrap();
    for bad in [
        format!("postgres://portreeve:wrong-secret@{host}"),
        format!("postgres://no-such-user:wrong-secret@{host}"),
        format!("{server}/no_such_database"),
    ] {
        let client = StoreClient::new(bad.parse().unwrap()).unwrap();
        match client.carry_out(&look("a")).await {
            StoreOutcome::Refused(text) => assert!(!text.contains("secret"), "{text}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_read_only_database_is_refused() {
    let Some(stand) = Stand::postgres().await else {
        return;
    };
    let (version, _) = stand.stored(&first("a")).await;
    let url = format!(
        "{}?options=-c%20default_transaction_read_only%3Don",
        url(&stand)
    );
    let client = StoreClient::new(url.parse().unwrap()).unwrap();
    let outcome = client.carry_out(&look("a")).await;
    assert!(
        matches!(outcome, StoreOutcome::Loaded { .. }),
        "{outcome:?}"
    );
    match client
        .carry_out(&StoreEffect::Put(next("a", version)))
        .await
    {
        StoreOutcome::Refused(text) => assert!(text.contains("primary"), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn stricter_isolation_is_as_right() {
    let Some(stand) = Stand::postgres().await else {
        return;
    };
    stand.load(&[]).await;
    let options = "options=-c%20default_transaction_isolation%3Dserializable";
    let client = StoreClient::new(format!("{}?{options}", url(&stand)).parse().unwrap()).unwrap();
    let starts = (0..10).map(async |number| {
        let mut put = first(&format!("u{number}"));
        put.body.intent = portreeve_core::record::Intent::Starting;
        put.running_limit = Some(3);
        client.carry_out(&StoreEffect::Put(put)).await
    });
    let outcomes = futures_util::future::join_all(starts).await;
    let stored = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, StoreOutcome::Stored { .. }));
    assert_eq!(stored.count(), 3, "{outcomes:?}");
}

#[tokio::test]
async fn text_that_the_server_cannot_hold_is_refused() {
    let Some(stand) = Stand::postgres().await else {
        return;
    };
    let mut put = first("a");
    put.body.names.volume = "a\0b".to_owned();
    let outcome = stand.put(&put).await;
    assert!(matches!(outcome, StoreOutcome::Refused(_)), "{outcome:?}");
    assert_eq!(stand.row("a").await, Row::Absent);
}

#[test]
fn what_is_not_served_is_told_at_once() {
    let unserved = |url: &str| StoreClient::new(url.parse().unwrap()).unwrap_err();
    for mode in ["require", "verify-full", "verify-ca"] {
        let url = format!("postgres://me:hush@host/db?sslmode={mode}");
        assert_eq!(unserved(&url), UnservedStore::Tls, "{mode}");
    }
    for url in [
        "postgres://me:hush@host/db?colour=blue",
        "postgres://me:hush@/db",
        "postgres://me:hush@host/db?connect_timeout=hush",
    ] {
        let error = unserved(url);
        assert!(matches!(error, UnservedStore::Url(_)), "{error:?}");
        assert!(!error.to_string().contains("hush"), "{error}");
    }
    assert!(StoreClient::new("postgres://host/db?sslmode=prefer".parse().unwrap()).is_ok());
}
