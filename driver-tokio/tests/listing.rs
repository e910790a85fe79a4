//! A list of many users is told in little memory. What the process holds is measured, so this is the
//! one test of its process.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use portreeve_core::effect::{EngineEffect, Fence, Scope};
use portreeve_core::id::{EngineId, InstallationId};
use portreeve_core::label::Labelled;
use portreeve_core::observed::{Configured, ContainerState, Health, Observed};
use portreeve_core::outcome::EngineOutcome;
use portreeve_tokio::{
    Backend, Backends, Engine, Events, Key, Keyring, Portreeve, Settings, StoreAddress, Template,
    Underway,
};

const USERS: usize = 30_000;

/// An engine that has each container it is asked for by its id.
struct Crowded;

impl Engine for Crowded {
    fn carry_out<'a>(
        &'a self,
        effect: &'a EngineEffect,
        _: Duration,
        _: &'a Fence,
    ) -> Underway<'a, EngineOutcome> {
        let outcome = match effect {
            EngineEffect::Identify => EngineOutcome::Identified(EngineId::new("crowded")),
            EngineEffect::List(Scope::Ids(ids)) => {
                let listed = ids.iter().map(|id| Observed {
                    id: id.clone(),
                    name: format!("adopted-{id}"),
                    labels: Labelled::Not,
                    state: ContainerState::Running,
                    health: Health::Absent,
                    configured: Configured::Listed { port: None },
                    networks: None,
                    ran_for: None,
                });
                EngineOutcome::Listed(listed.collect())
            }
            other => panic!("a list doesn't ask for it: {other:?}"),
        };
        Box::pin(async { outcome })
    }

    fn watch<'a>(
        &'a self,
        _: InstallationId,
        _: Option<&'a EngineId>,
    ) -> Underway<'a, Result<Box<dyn Events>, EngineOutcome>> {
        Box::pin(std::future::pending())
    }
}

/// Users with containers that were adopted.
fn fill(store: &std::path::Path) {
    let store = rusqlite::Connection::open(store).unwrap();
    let sql = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {USERS})
        INSERT INTO portreeve_tenancies (user_id, record_id, revision, engine, container_name,
            volume_name, token, token_generation, intent, container_id, template_generation,
            adopted, created_at, changed_at)
        SELECT CAST(printf('user-%06d', i) AS BLOB), randomblob(16), 4, 'local', 'container-' || i,
            'volume-' || i, randomblob(80), 1, 'running', printf('%064d', i), 1, 1, 1, 1
        FROM n"
    );
    store.execute_batch(&sql).unwrap();
}

/// How much more the process held at once than it does now, in kilobytes.
async fn peak<A>(during: impl Future<Output = A>) -> (A, u64) {
    // From here on the peak is counted anew.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = kilobytes("VmRSS:");
    let answer = during.await;
    (answer, kilobytes("VmHWM:").saturating_sub(before))
}

fn kilobytes(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.unwrap().parse().unwrap()
}

#[tokio::test]
async fn many_users_are_listed_in_the_memory_of_a_page() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let keyring = Keyring::new(Key::new(&[0; 32].into()), Vec::new());
    let backends = Backends {
        engine: Backend::Own(Arc::new(Crowded)),
        store: Backend::At(StoreAddress::Sqlite(path.clone())),
    };
    let settings = Settings::new(Template::reference_service(), keyring);
    let portreeve = Portreeve::open_with(settings, backends).unwrap();
    assert_eq!(portreeve.list().next_user().await, Ok(None));
    fill(&path);

    let one_by_one = async {
        let mut users = 0;
        let mut listing = portreeve.list();
        let mut last = None;
        while let Some(status) = listing.next_user().await.unwrap() {
            assert!(last.is_none_or(|last| last < status.user));
            assert_eq!(status.status.as_str(), "running");
            last = Some(status.user);
            users += 1;
        }
        users
    };
    let (users, streamed) = peak(one_by_one).await;
    assert_eq!(users, USERS);
    let (all, held) = peak(portreeve.list().all()).await;
    assert_eq!(all.unwrap().len(), USERS);
    println!("one by one: {streamed} KB, all at once: {held} KB");
    assert!(streamed < 6 * 1024, "{streamed} KB beside {held} KB");
    assert!(held > 2 * streamed, "{streamed} KB beside {held} KB");
}
