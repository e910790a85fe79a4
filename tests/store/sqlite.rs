//! What only a file can suffer.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use portreeve_core::effect::{PortChange, StoreEffect};
use portreeve_core::id::EngineName;
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::Row;
use portreeve_tests::disk::Disk;
use portreeve_tests::stores::Kind;
use portreeve_wire::store::StoreAddress;

use crate::client::{Client, Driver};
use crate::stand::{Stand, carry_out, first, range, user};

fn client(driver: Driver, path: &Path) -> Client {
    driver
        .client(StoreAddress::Sqlite(path.to_owned()))
        .unwrap()
}

fn look() -> StoreEffect {
    StoreEffect::Load {
        engine: EngineName::new("local"),
        users: vec![],
    }
}

pub async fn the_file_and_its_directories_are_its_owners_alone(driver: Driver) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state/portreeve/store?.db");
    let client = client(driver, &path);
    assert!(!path.exists(), "made at first use");
    let outcome = client.carry_out(&look()).await;
    assert!(
        matches!(outcome, StoreOutcome::Loaded { .. }),
        "{outcome:?}"
    );
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&path.with_file_name("store?.db-wal")), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(path.parent().unwrap().parent().unwrap()), 0o700);
}

pub async fn a_file_that_is_no_database_is_refused(driver: Driver) {
    let dir = tempfile::tempdir().unwrap();
    let text = dir.path().join("text");
    std::fs::write(
        &text,
        "not a database, but long enough to be taken for one".repeat(50),
    )
    .unwrap();
    match client(driver, &text).carry_out(&look()).await {
        StoreOutcome::Refused(words) => {
            assert!(words.contains(text.to_str().unwrap()), "{words}");
        }
        other => panic!("{other:?}"),
    }
}

pub async fn a_file_that_cannot_be_opened_is_out_of_reach(driver: Driver) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let below_file = file.join("store.db");
    for path in [dir.path(), &below_file] {
        match client(driver, path).carry_out(&look()).await {
            StoreOutcome::Unreachable(words) => {
                assert!(words.contains(path.to_str().unwrap()), "{words}");
                assert!(
                    words.contains("name another") || words.contains("its directory"),
                    "the way out: {words}"
                );
            }
            other => panic!("{}: {other:?}", path.display()),
        }
    }
}

/// On a disk without a byte left, neither a client that has the file open nor a new one can write;
/// both can read.
pub async fn a_full_disk_is_named_and_what_is_on_it_is_still_read(driver: Driver) {
    let Some(disk) = Disk::make(Kind::Sqlite) else {
        eprintln!("no full disk: this process may not mount one");
        return;
    };
    let path = disk.place().join("store.db");
    let open = client(driver, &path);
    let stored = carry_out(&open, &StoreEffect::Put(first("alice").into())).await;
    assert!(matches!(stored, StoreOutcome::Stored { .. }), "{stored:?}");
    disk.fill();
    is_full(&open, disk.place()).await;
    reads(&open).await;
    drop(open);
    // Whoever closes a file last takes the log and its index away, and a new client needs room for both.
    let new = client(driver, &path);
    reads(&new).await;
    is_full(&new, disk.place()).await;
    reads(&new).await;
    disk.free();
    let stored = carry_out(&new, &StoreEffect::Put(first("bob").into())).await;
    assert!(matches!(stored, StoreOutcome::Stored { .. }), "{stored:?}");
}

/// New users need room sooner or later, and then are refused at once.
async fn is_full(client: &Client, disk: &Path) {
    let begun = Instant::now();
    for number in 0..5000 {
        let new = first(&format!("new-{number}"));
        match carry_out(client, &StoreEffect::Put(new.into())).await {
            StoreOutcome::Stored { .. } => {}
            StoreOutcome::Unwritable(words) => {
                let disk = format!("on the disk mounted at {}", disk.display());
                assert!(words.contains(&disk), "{words}");
                assert!(words.contains("make room"), "{words}");
                let took = begun.elapsed();
                assert!(took < Duration::from_secs(20), "{number}: {took:?}");
                return;
            }
            other => panic!("{other:?}"),
        }
    }
    panic!("the disk isn't full");
}

async fn reads(client: &Client) {
    let users = vec![user("alice")];
    let load = StoreEffect::Load {
        engine: EngineName::new("local"),
        users,
    };
    match carry_out(client, &load).await {
        StoreOutcome::Loaded { rows, .. } => {
            assert!(matches!(rows[0].1, Row::Found(_)), "{rows:?}");
        }
        other => panic!("{other:?}"),
    }
}

pub async fn many_clients_share_a_file(driver: Driver) {
    let stand = Stand::sqlite(driver);
    stand.with_ports(40).await;
    let clients: Vec<_> = (0..8).map(|_| stand.another_client()).collect();
    let claims = (0..40).map(async |number| {
        let mut put = first(&format!("u{number}"));
        put.port = PortChange::Claim(range(40));
        match carry_out(&clients[number % 8], &StoreEffect::Put(put.into())).await {
            StoreOutcome::Stored { port, .. } => port.unwrap(),
            other => panic!("{other:?}"),
        }
    });
    let mut claimed = join_all(claims).await;
    claimed.sort();
    claimed.dedup();
    assert_eq!(claimed.len(), 40);
}

pub async fn a_file_that_another_process_keeps_locked_is_out_of_reach(driver: Driver) {
    let stand = Stand::sqlite(driver);
    stand.load(&[]).await;
    let other = rusqlite::Connection::open(stand.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    stand.load(&[]).await;
    let effect = StoreEffect::Put(first("a").into());
    let outcome = stand.client.carry_out(&effect).await;
    assert!(
        matches!(outcome, StoreOutcome::Unreachable(_)),
        "{outcome:?}"
    );
    other.execute_batch("ROLLBACK").unwrap();
    stand.stored(&first("a")).await;
}

/// All wait for the same process, so they wait at once, though they are done one after the other.
pub async fn effects_that_wait_for_one_lock_do_not_wait_one_after_the_other(driver: Driver) {
    let stand = Stand::sqlite(driver);
    stand.load(&[]).await;
    let other = rusqlite::Connection::open(stand.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let puts: Vec<_> = (0..6)
        .map(|number| StoreEffect::Put(first(&format!("u{number}")).into()))
        .collect();
    let began = Instant::now();
    let outcomes = join_all(puts.iter().map(|put| stand.client.carry_out(put))).await;
    for outcome in outcomes {
        assert!(
            matches!(outcome, StoreOutcome::Unreachable(_)),
            "{outcome:?}"
        );
    }
    // One after the other they take six times three seconds.
    let took = began.elapsed();
    assert!(took < Duration::from_secs(12), "{took:?}");
}
