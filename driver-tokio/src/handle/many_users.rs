//! What commands for many users take where nearly all of them are stopped. Ignored, since it fills
//! a store first:
//!
//! `cargo test -p portreeve-tokio --lib many_users -- --ignored --nocapture`

use std::fs;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::Portreeve;
use crate::fakes::{FakeEngine, Starts, clients, settings};

const STOPPED: u32 = 100_000;

/// What a command took, beside what the process held before.
#[derive(Clone, Copy)]
struct Cost {
    time: Duration,
    kilobytes: u64,
}

impl Cost {
    fn show(self, command: &str) {
        let megabytes = self.kilobytes / 1024;
        println!("{command:>12}: {:>9.1?}, {megabytes} MB", self.time);
    }
}

async fn cost(of: impl Future<Output = ()>) -> Cost {
    // From here on the peak is counted anew.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = kilobytes("VmRSS:");
    let begun = Instant::now();
    of.await;
    Cost {
        time: begun.elapsed(),
        kilobytes: kilobytes("VmHWM:").saturating_sub(before),
    }
}

fn kilobytes(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.unwrap().parse().unwrap()
}

/// Users who were served once, whose containers have given way.
fn fill(directory: &TempDir) {
    let store = rusqlite::Connection::open(directory.path().join("store.db")).unwrap();
    let sql = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {STOPPED})
        INSERT INTO portreeve_tenancies (user_id, record_id, revision, engine, container_name,
            volume_name, token, token_generation, intent, template_generation, adopted,
            created_at, changed_at)
        SELECT CAST('stopped-' || i AS BLOB), randomblob(16), 4, engine, 'container-' || i,
            'volume-' || i, token, token_generation, 'stopped', template_generation, 0,
            created_at, changed_at
        FROM n, (SELECT * FROM portreeve_tenancies LIMIT 1)"
    );
    store.execute_batch(&sql).unwrap();
}

#[tokio::test]
#[ignore = "fills a store with a hundred thousand users"]
async fn what_is_done_often_costs_what_runs() {
    let engine = FakeEngine::new(Starts::Done);
    let directory = tempfile::tempdir().unwrap();
    let portreeve = Portreeve::over(settings(), clients(&engine, &directory)).unwrap();
    for user in ["alice", "bob", "carol"] {
        portreeve.ensure(user).await.unwrap();
    }
    fill(&directory);

    let health = cost(async {
        assert_eq!(portreeve.health().await.unwrap().len(), 3);
    });
    let health = health.await;
    let sweep = cost(async {
        let mut settings = settings();
        settings.maintenance.sweep = Some(Duration::from_secs(3600));
        let sweeping = Portreeve::over(settings, clients(&engine, &directory)).unwrap();
        sweeping.driver.settled().await;
    });
    let sweep = sweep.await;
    let repair = cost(async {
        assert_eq!(portreeve.repair(false).await.unwrap(), []);
    });
    let repair = repair.await;
    // Holds all records at once, as the others did.
    let list = cost(async {
        assert_eq!(portreeve.list().all().await.unwrap().len(), 100_003);
    });
    let list = list.await;

    for (command, cost) in [
        ("health", health),
        ("sweep", sweep),
        ("repair", repair),
        ("list", list),
    ] {
        cost.show(command);
    }
    for often in [health, sweep] {
        assert!(often.time * 20 < list.time);
        assert!(often.kilobytes * 10 < list.kilobytes);
    }
    assert!(repair.kilobytes * 5 < list.kilobytes);
}
