//! What only a server can suffer.

use std::time::Duration;

use portreeve_core::effect::{Idle, PortChange, Put, StoreEffect};
use portreeve_core::id::EngineName;
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::Row;
use portreeve_tokio::store::{StoreClient, UnservedStore};
use tokio::time::timeout;

use crate::client::Driver;
use crate::schema::make_schema_1;
use crate::stand::{
    MINUTE, Stand, carry_out, connected, first, next, no_port, port, purged, range, revision, user,
};

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
    connected(&stand.server_url(), async |client| {
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

pub async fn a_server_that_was_started_again_is_found_again(stand: &Stand) {
    let (mut version, _) = stand.stored(&first("a")).await;
    for _ in 0..5 {
        end_connections(stand).await;
        stand.load(&[user("a")]).await;
        end_connections(stand).await;
        match stand.put(&next("a", version)).await {
            StoreOutcome::Stored { revision, .. } => version.revision = revision,
            // The connection's end came between the look at it and the statement.
            StoreOutcome::Unclear(_) => version = stand.record("a").await.version,
            other => panic!("{other:?}"),
        }
    }
}

pub async fn a_write_whose_connection_is_lost_is_unclear(stand: &Stand) {
    let (version, _) = stand.stored(&first("a")).await;
    connected(&stand.server_url(), async |client| {
        client
            .batch_execute("BEGIN; SELECT FROM portreeve_tenancies FOR UPDATE")
            .await
            .unwrap();
        let (put, ended) = (next("a", version), async {
            wait_for_a_waiter(stand).await;
            end_waiters(stand).await;
        });
        let (outcome, ()) = tokio::join!(stand.put(&put), ended);
        assert!(matches!(outcome, StoreOutcome::Unclear(_)), "{outcome:?}");
    })
    .await;
    assert_eq!(stand.record("a").await.version, version);
    stand.stored(&next("a", version)).await;
}

/// A connection that was used for a while has its statements prepared, and they are planned no
/// more. What shows it is that a table's change costs that connection, and is not noticed
/// otherwise.
pub async fn a_warm_statement_is_prepared_and_outlives_a_change_of_its_table(stand: &Stand) {
    let (version, _) = stand.stored(&first("a")).await;
    for _ in 0..8 {
        stand.load(&[user("a")]).await;
    }
    let before = connections(stand).await;
    let change = "ALTER TABLE portreeve_tenancies ALTER COLUMN container_id TYPE varchar";
    stand.tamper(change, "").await;
    assert_eq!(stand.record("a").await.version, version);
    stand.stored(&next("a", version)).await;
    let after = connections(stand).await;
    assert!(
        before.iter().all(|pid| !after.contains(pid)),
        "{before:?} {after:?}"
    );
}

/// The server's processes behind our clients' connections.
async fn connections(stand: &Stand) -> Vec<i32> {
    const OURS: &str = "SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'portreeve'";
    connected(&stand.server_url(), async |client| {
        let rows = client.query(OURS, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    })
    .await
}

const WAITERS: &str = "FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'";

async fn wait_for_a_waiter(stand: &Stand) {
    wait_for_waiters(stand, 1).await;
}

async fn wait_for_waiters(stand: &Stand, wanted: i64) {
    let url = stand.server_url();
    let seen = connected(&url, async |client| {
        let count = format!("SELECT count(*) {WAITERS}");
        while client
            .query_one(&count, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            < wanted
        {}
    });
    timeout(MINUTE, seen).await.expect("somebody to wait");
}

async fn end_waiters(stand: &Stand) {
    connected(&stand.server_url(), async |client| {
        let end = format!("SELECT pg_terminate_backend(pid) {WAITERS}");
        client.query(&end, &[]).await.unwrap();
    })
    .await;
}

async fn put_behind(stand: &Stand, work: &str, put: &Put) -> StoreOutcome {
    behind(stand, work, &StoreEffect::Put(put.clone().into())).await
}

/// Has a transaction of somebody else's do its work, an effect wait for it, and the transaction
/// commit.
async fn behind(stand: &Stand, work: &str, effect: &StoreEffect) -> StoreOutcome {
    connected(&stand.server_url(), async |client| {
        client
            .batch_execute(&format!("BEGIN; {work}"))
            .await
            .unwrap();
        let committed = async {
            wait_for_a_waiter(stand).await;
            client.batch_execute("COMMIT").await.unwrap();
        };
        tokio::join!(stand.carry_out(effect), committed).0
    })
    .await
}

fn claiming(put: Put) -> Put {
    Put {
        port: PortChange::Claim(range(3)),
        ..put
    }
}

/// Somebody else's first write of a user.
fn first_write(id: &str) -> String {
    format!(
        "INSERT INTO portreeve_tenancies (user_id, record_id, revision, engine, container_name,
            volume_name, token, token_generation, intent, template_generation, adopted)
        VALUES ('{id}', uuid_send(gen_random_uuid()), 1, 'local', 'c of {id}',
            'v of {id}', '', 1,
            'stopped', 0, false)"
    )
}

/// The index on volumes is what a race ends in: nobody sees another's write before it has committed.
pub async fn a_volume_that_another_is_just_naming_is_a_conflict_and_then_taken(stand: &Stand) {
    stand.with_ports(3).await;
    let (version, _) = stand.stored(&first("b")).await;
    let mut puts = [first("c"), next("b", version)];
    for (put, other) in puts.iter_mut().zip(["x", "y"]) {
        put.body.names.volume = format!("v of {other}");
        put.port = PortChange::Claim(range(3));
        assert_eq!(
            put_behind(stand, &first_write(other), put).await,
            StoreOutcome::Conflict,
            "{other}"
        );
        assert_eq!(claimed(stand).await, 0, "{other}");
        assert_eq!(stand.put(put).await, StoreOutcome::VolumeTaken, "{other}");
    }
    assert_eq!(stand.row("c").await, Row::Absent);
    assert_eq!(stand.record("b").await.version, version);
}

/// How many ports are claimed.
async fn claimed(stand: &Stand) -> i64 {
    const CLAIMED: &str = "SELECT count(record_id) FROM portreeve_ports";
    connected(&stand.server_url(), async |client| {
        client.query_one(CLAIMED, &[]).await.unwrap().get(0)
    })
    .await
}

pub async fn a_first_write_behind_another_claims_nothing(stand: &Stand) {
    stand.with_ports(3).await;
    let outcome = put_behind(stand, &first_write("a"), &claiming(first("a"))).await;
    assert_eq!(outcome, StoreOutcome::Conflict);
    assert_eq!(claimed(stand).await, 0);
    assert_eq!(stand.stored(&claiming(first("b"))).await.1, port(19000));
}

pub async fn a_write_behind_another_is_a_conflict_and_claims_nothing(stand: &Stand) {
    stand.with_ports(3).await;
    let (version, _) = stand.stored(&first("a")).await;
    let other = "UPDATE portreeve_tenancies SET revision = revision + 1";
    let outcome = put_behind(stand, other, &claiming(next("a", version))).await;
    assert_eq!(outcome, StoreOutcome::Conflict);
    assert_eq!(claimed(stand).await, 0);
}

pub async fn a_write_behind_a_touch_holds_and_keeps_the_touch(stand: &Stand) {
    stand.with_ports(3).await;
    let (version, _) = stand.stored(&first("a")).await;
    let touch = "UPDATE portreeve_tenancies SET last_active = now() + interval '1 day'";
    match put_behind(stand, touch, &claiming(next("a", version))).await {
        StoreOutcome::Stored {
            port: claimed,
            last_active,
            ..
        } => {
            assert_eq!(claimed, port(19000));
            assert!(last_active.is_some(), "the write didn't see the touch");
        }
        other => panic!("{other:?}"),
    }
    assert!(stand.record("a").await.last_active.is_some());
}

pub async fn a_reaper_behind_a_touch_sees_it(stand: &Stand) {
    let (version, _) = stand.stored(&first("a")).await;
    let idle = "UPDATE portreeve_tenancies SET last_active = now() - interval '1 hour'";
    stand.tamper(idle, "").await;
    let mut reap = next("a", version);
    reap.idle = Some(Idle {
        limit: MINUTE,
        slack: MINUTE,
    });
    let touch = "UPDATE portreeve_tenancies SET last_active = now()";
    assert_eq!(put_behind(stand, touch, &reap).await, StoreOutcome::Active);
    assert_eq!(stand.record("a").await.version, version);
    // What isn't a touch doesn't keep it.
    stand.tamper(idle, "").await;
    let other = "UPDATE portreeve_tenancies SET last_active = last_active";
    let outcome = put_behind(stand, other, &reap).await;
    assert!(
        matches!(outcome, StoreOutcome::Stored { .. }),
        "{outcome:?}"
    );
}

pub async fn a_first_write_behind_another_takes_nothing(stand: &Stand) {
    stand.with_ports(3).await;
    for number in [19000, 40000] {
        let id = format!("user of {number}");
        let other = first_write(&id);
        let take = PortChange::Take(port(number).unwrap());
        let put = Put {
            port: take,
            ..first(&id)
        };
        assert_eq!(
            put_behind(stand, &other, &put).await,
            StoreOutcome::Conflict
        );
        assert_eq!(claimed(stand).await, 0);
    }
}

pub async fn a_port_is_taken_as_it_stands_in_the_end(stand: &Stand) {
    let (a, _) = stand.stored(&first("a")).await;
    let (b, _) = stand.stored(&first("b")).await;
    let owner = "(SELECT record_id FROM portreeve_tenancies WHERE user_id = 'a')";
    let taking = |number, put| Put {
        port: PortChange::Take(port(number).unwrap()),
        ..put
    };
    // Claimed by another while it is waited for: nothing is written.
    let claim = format!("INSERT INTO portreeve_ports VALUES ('local', 40000, {owner}, now())");
    let outcome = put_behind(stand, &claim, &taking(40000, next("b", b))).await;
    assert_eq!(outcome, StoreOutcome::Conflict);
    assert_eq!(stand.record("b").await.version, b);
    let outcome = stand.put(&taking(40000, next("b", b))).await;
    assert_eq!(no_port(&outcome), 1);
    // Added by another while it is waited for: it can be had.
    let add = "INSERT INTO portreeve_ports VALUES ('local', 40001, NULL, now())";
    let outcome = put_behind(stand, add, &taking(40001, next("a", a))).await;
    assert!(
        matches!(outcome, StoreOutcome::Stored { .. }),
        "{outcome:?}"
    );
    assert_eq!(stand.record("a").await.port, port(40001));
}

pub async fn a_delete_behind_another_is_done_and_behind_a_write_a_conflict(stand: &Stand) {
    for (work, wanted) in [
        ("DELETE FROM portreeve_tenancies", StoreOutcome::Done),
        (
            "UPDATE portreeve_tenancies SET revision = revision + 1",
            StoreOutcome::Conflict,
        ),
    ] {
        let (version, _) = stand.stored(&first("a")).await;
        let delete = StoreEffect::Delete {
            user: user("a"),
            version,
            controller: first("a").controller,
            rest: MINUTE,
            event: purged(),
        };
        assert_eq!(behind(stand, work, &delete).await, wanted);
    }
    assert_eq!(stand.record("a").await.version.revision, revision(2));
}

/// Neither gets past the other: the tables are kept from the one that comes first until the one that
/// comes second has nothing left to do but wait.
pub async fn two_who_bring_up_an_older_schema_go_one_after_the_other(stand: &Stand) {
    make_schema_1(stand).await;
    let clients = [stand.another_client(), stand.another_client()];
    connected(&stand.server_url(), async |client| {
        let keep = "BEGIN; SELECT FROM portreeve_tenancies";
        client.batch_execute(keep).await.unwrap();
        let committed = async {
            wait_for_waiters(stand, 2).await;
            client.batch_execute("COMMIT").await.unwrap();
        };
        // Needs none of the tables that are changed, so both learn of the older schema.
        let lock = |name: &str| StoreEffect::Lock {
            name: name.to_owned(),
            owner: first("a").controller,
            ttl: MINUTE,
        };
        let (one, other) = (lock("one"), lock("other"));
        let (one, other, ()) = tokio::join!(
            carry_out(&clients[0], &one),
            carry_out(&clients[1], &other),
            committed
        );
        assert_eq!([one, other], [StoreOutcome::Done, StoreOutcome::Done]);
    })
    .await;
    assert_eq!(stand.check().await.unwrap().schema, Some(6));
    assert_eq!(stand.record("a").await.version.revision, revision(7));
}

/// Two flushes that find the same users in opposite orders. Each has locked its first one when it
/// comes to wait for `m`, so that without an order of their own they'd then wait for each other.
pub async fn flushes_that_share_users_lock_them_in_one_order(stand: &Stand) {
    // In the table they stand the other way round than in its index.
    for id in ["z", "m", "a"] {
        stand.stored(&first(id)).await;
    }
    let without = |scan: &str| {
        let off = |scan| format!("-c%20enable_{scan}scan%3Doff");
        let url = format!(
            "{}?options={}%20{}",
            stand.server_url(),
            off(scan),
            off("bitmap")
        );
        stand.client_of(url.parse().unwrap()).unwrap()
    };
    let (by_table, by_index) = (without("index"), without("seq"));
    let flush = StoreEffect::Touch {
        users: ["z", "m", "a"].map(user).to_vec(),
    };
    connected(&stand.server_url(), async |client| {
        let hold = r"BEGIN; SELECT FROM portreeve_tenancies WHERE user_id = '\x6d' FOR UPDATE";
        client.batch_execute(hold).await.unwrap();
        let committed = async {
            wait_for_waiters(stand, 2).await;
            client.batch_execute("COMMIT").await.unwrap();
        };
        let (one, other, ()) = tokio::join!(
            carry_out(&by_table, &flush),
            carry_out(&by_index, &flush),
            committed
        );
        for outcome in [one, other] {
            assert!(matches!(outcome, StoreOutcome::Touched(_)), "{outcome:?}");
        }
    })
    .await;
}

pub async fn a_port_that_another_is_claiming_is_passed_over(stand: &Stand) {
    stand.with_ports(3).await;
    let (version, _) = stand.stored(&first("a")).await;
    connected(&stand.server_url(), async |client| {
        let claim = "BEGIN; SELECT FROM portreeve_ports WHERE port = 19000 FOR UPDATE";
        client.batch_execute(claim).await.unwrap();
        let puts = async {
            assert_eq!(stand.stored(&claiming(first("b"))).await.1, port(19001));
            assert_eq!(
                stand.stored(&claiming(next("a", version))).await.1,
                port(19002)
            );
        };
        timeout(MINUTE, puts).await.expect("neither waits");
    })
    .await;
}

pub async fn an_effect_given_up_delays_no_other(stand: &Stand) {
    let (version, _) = stand.stored(&first("a")).await;
    connected(&stand.server_url(), async |client| {
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
    // Nobody comes after it.
    let won = stand.record("a").await.version;
    stand.stored(&next("a", won)).await;
}

pub async fn a_server_that_is_not_there_is_out_of_reach(driver: Driver) {
    // Bound and closed again: nobody listens there.
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    drop(socket);
    let address = format!("postgres://me:hush@127.0.0.1:{port}/db")
        .parse()
        .unwrap();
    let client = driver.client(address).unwrap();
    match client.carry_out(&look("a")).await {
        StoreOutcome::Unreachable(text) => assert!(text.contains("refused"), "{text}"),
        other => panic!("{other:?}"),
    }
    assert!(!format!("{client:?}").contains("hush"));
}

#[tokio::test]
async fn a_check_of_a_server_that_is_not_there_fails() {
    // Nothing listens on port 1.
    let address = "postgres://me:hush@127.0.0.1:1/db".parse().unwrap();
    let client = StoreClient::new(address).unwrap();
    assert!(client.check().await.is_err());
}

pub async fn a_server_that_never_answers_is_out_of_reach(driver: Driver) {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("postgres://me@{}/db", silent.local_addr().unwrap());
    let client = driver.client(address.parse().unwrap()).unwrap();
    let outcome = timeout(Duration::from_secs(5), client.carry_out(&look("a"))).await;
    let outcome = outcome.expect("well within the time an effect is given");
    assert!(
        matches!(outcome, StoreOutcome::Unreachable(_)),
        "{outcome:?}"
    );
}

pub async fn a_wrong_password_or_database_is_refused(stand: &Stand) {
    let good = stand.server_url();
    let (_, host) = good.rsplit_once('@').unwrap();
    let (server, _) = good.rsplit_once('/').unwrap();
    for bad in [
        format!("postgres://portreeve:wrong-secret@{host}"),
        format!("postgres://no-such-user:wrong-secret@{host}"),
        format!("{server}/no_such_database"),
    ] {
        let client = stand.client_of(bad.parse().unwrap()).unwrap();
        match carry_out(&client, &look("a")).await {
            StoreOutcome::Refused(text) => assert!(!text.contains("secret"), "{text}"),
            other => panic!("{other:?}"),
        }
    }
}

pub async fn a_read_only_database_can_not_be_written(stand: &Stand) {
    let (version, _) = stand.stored(&first("a")).await;
    let url = format!(
        "{}?options=-c%20default_transaction_read_only%3Don",
        stand.server_url()
    );
    let client = stand.client_of(url.parse().unwrap()).unwrap();
    let outcome = carry_out(&client, &look("a")).await;
    assert!(
        matches!(outcome, StoreOutcome::Loaded { .. }),
        "{outcome:?}"
    );
    match carry_out(&client, &StoreEffect::Put(next("a", version).into())).await {
        StoreOutcome::Unwritable(text) => assert!(text.contains("primary"), "{text}"),
        other => panic!("{other:?}"),
    }
}

pub async fn stricter_isolation_is_as_right(stand: &Stand) {
    stand.load(&[]).await;
    let options = "options=-c%20default_transaction_isolation%3Dserializable";
    let client = stand
        .client_of(format!("{}?{options}", stand.server_url()).parse().unwrap())
        .unwrap();
    let starts = (0..10).map(async |number| {
        let mut put = first(&format!("u{number}"));
        put.body.intent = portreeve_core::record::Intent::Starting;
        put.running_limit = Some(3);
        carry_out(&client, &StoreEffect::Put(put.into())).await
    });
    let outcomes = futures_util::future::join_all(starts).await;
    let stored = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, StoreOutcome::Stored { .. }));
    assert_eq!(stored.count(), 3, "{outcomes:?}");
}

pub async fn text_that_the_server_cannot_hold_is_refused(stand: &Stand) {
    let mut put = first("a");
    "a\0b".clone_into(&mut put.body.names.volume);
    // Alone, and as one of two statements in a transaction.
    for limit in [None, Some(9)] {
        put.running_limit = limit;
        let outcome = stand.put(&put).await;
        assert!(matches!(outcome, StoreOutcome::Refused(_)), "{outcome:?}");
        // The connection is as it was.
        assert_eq!(stand.row("a").await, Row::Absent);
    }
}

pub async fn what_is_not_served_is_told_at_once(driver: Driver) {
    let unserved = |url: &str| driver.client(url.parse().unwrap()).unwrap_err();
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
    let preferred = "postgres://host/db?sslmode=prefer".parse().unwrap();
    assert!(driver.client(preferred).is_ok());
}
