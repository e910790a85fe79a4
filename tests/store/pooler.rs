//! What only those can suffer who share a pooler's few connections, each for one transaction at a time.

use futures_util::future::join_all;
use portreeve_core::effect::{PortChange, Put, StoreEffect};
use portreeve_core::id::EngineName;
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::{Intent, Row};
use tokio::sync::Barrier;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::stand::{Stand, carry_out, connected, count_stored, first, next, range, user};

/// How many names a client of somebody else's gives on each connection: more than any process of
/// ours could come to in a test.
const NAMES: usize = 2000;

/// Does something on each of the pooler's two connections: a transaction is begun on one, and on the other,
/// before either ends.
async fn on_each_connection(stand: &Stand, work: impl AsyncFn(&Client)) {
    let both = Barrier::new(2);
    let url = stand.clients_url();
    let one = || {
        connected(&url, async |client| {
            client.batch_execute("BEGIN").await.unwrap();
            both.wait().await;
            work(client).await;
            client.batch_execute("COMMIT").await.unwrap();
        })
    };
    tokio::join!(one(), one());
}

/// Clients that number their statements (`s0`, `s1`, …) give the same names to different texts, and
/// a pooler that knows nothing of names leaves them on its connections.
pub async fn names_that_others_gave_to_statements_are_left_alone(stand: &Stand) {
    let named: Vec<_> = (0..NAMES)
        .map(|number| format!("PREPARE s{number} AS SELECT 'of somebody else'"))
        .collect();
    let named = named.join(";");
    on_each_connection(stand, async |client| {
        client.batch_execute(&named).await.unwrap();
    })
    .await;
    let clients: Vec<_> = (0..4).map(|_| stand.another_client()).collect();
    stand.with_ports(3).await;
    join_all(clients.iter().map(async |client| {
        let load = StoreEffect::Load {
            engine: EngineName::new("local"),
            users: vec![user("a")],
        };
        let outcome = carry_out(client, &load).await;
        assert!(
            matches!(outcome, StoreOutcome::Loaded { .. }),
            "{outcome:?}"
        );
    }))
    .await;
    let (version, _) = stand.stored(&first("a")).await;
    stand.stored(&next("a", version)).await;
    assert!(stand.check().await.is_ok());
}

/// More clients than connections, with single statements and with transactions of two, so that each
/// is sent over a connection that others have used last.
pub async fn statements_meet_connections_that_never_saw_them(stand: &Stand) {
    const USERS: usize = 6;
    const WRITES: usize = 10;
    stand.with_ports(50).await;
    let clients: Vec<_> = (0..USERS).map(|_| stand.another_client()).collect();
    join_all(clients.iter().enumerate().map(async |(number, client)| {
        let id = format!("user {number}");
        let put = |put: Put| Put {
            running_limit: (number % 2 == 0).then_some(50),
            port: PortChange::Claim(range(50)),
            ..put
        };
        let mut write = put(first(&id));
        for _ in 0..WRITES {
            let outcome = carry_out(client, &StoreEffect::Put(write.clone().into())).await;
            assert!(
                matches!(outcome, StoreOutcome::Stored { .. }),
                "{id}: {outcome:?}"
            );
            let touch = StoreEffect::Touch {
                users: vec![user(&id)],
            };
            let outcome = carry_out(client, &touch).await;
            assert!(
                matches!(outcome, StoreOutcome::Touched(_)),
                "{id}: {outcome:?}"
            );
            let Row::Found(record) = stand.row(&id).await else {
                panic!("{id} is not there")
            };
            write = put(next(&id, record.version));
        }
    }))
    .await;
    // The limit's lock holds to the transaction, and not to the session that others get afterwards.
    let starts = (0..10).map(async |number| {
        let mut put = first(&format!("starter {number}"));
        put.body.intent = Intent::Starting;
        put.running_limit = Some(3);
        carry_out(&stand.client, &StoreEffect::Put(put.into())).await
    });
    let outcomes = join_all(starts).await;
    assert_eq!(count_stored(&outcomes, &StoreOutcome::LimitReached), 3);
}

/// Whatever a URL has set for the session, a pooler can't keep for one of many clients.
pub async fn what_the_pooler_does_not_pass_on_is_refused_with_a_way_out(stand: &Stand) {
    let url = format!(
        "{}?options=-c%20search_path%3Delsewhere",
        stand.clients_url()
    );
    let client = stand.client_of(url.parse().unwrap()).unwrap();
    match carry_out(&client, &StoreEffect::Touch { users: Vec::new() }).await {
        StoreOutcome::Refused(text) => {
            assert!(text.contains("options"), "{text}");
            assert!(text.contains("ignore_startup_parameters"), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

/// Neither a prepared statement, nor a lock of a session's, nor a setting: the next transaction may be
/// anybody's.
pub async fn nothing_is_left_on_the_poolers_connections(stand: &Stand) {
    const LEFT: &str = "SELECT 'the statement ' || name FROM pg_prepared_statements
        UNION ALL
        SELECT 'the setting ' || name FROM pg_settings
        WHERE source = 'session' AND name NOT IN (
            'application_name', 'client_encoding', 'DateStyle', 'TimeZone',
            'standard_conforming_strings', 'transaction_isolation')
        UNION ALL
        SELECT 'a lock' FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()";
    stand.with_ports(3).await;
    let mut put = first("a");
    put.running_limit = Some(3);
    let (version, _) = stand.stored(&put).await;
    stand.stored(&next("a", version)).await;
    stand.check().await.unwrap();
    on_each_connection(stand, async |client| {
        let rows = client.simple_query(LEFT).await.unwrap();
        for row in rows {
            if let SimpleQueryMessage::Row(row) = row {
                panic!("{:?} is left", row.get(0));
            }
        }
    })
    .await;
}
