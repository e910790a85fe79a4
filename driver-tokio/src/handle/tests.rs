use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};
use portreeve_core::command::{Ensured, Progress, Touched, UserPage, UserStatus};
use portreeve_core::effect::EngineEffect;
use tempfile::TempDir;

use super::Portreeve;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::fakes::{FakeEngine, Starts, clients, settings};

struct World {
    portreeve: Portreeve,
    engine: Arc<FakeEngine>,
    directory: TempDir,
}

impl World {
    fn new(starts: Starts) -> Self {
        let engine = FakeEngine::new(starts);
        let directory = tempfile::tempdir().unwrap();
        let portreeve = Portreeve::over(settings(), clients(&engine, &directory)).unwrap();
        Self {
            portreeve,
            engine,
            directory,
        }
    }

    /// Another controller on the same engine and store.
    fn another(&self) -> Portreeve {
        Portreeve::over(settings(), clients(&self.engine, &self.directory)).unwrap()
    }

    fn starts(&self) -> usize {
        self.engine
            .count(|effect| matches!(effect, EngineEffect::Start { .. }))
    }
}

/// A call that has a user started, which the engine has begun and holds.
async fn begin_start<'a>(
    world: &'a World,
    user: &'a str,
) -> BoxFuture<'a, Result<Endpoint, Error>> {
    let mut call = world.portreeve.ensure(user).boxed();
    tokio::select! {
        _ = &mut call => panic!("the start is held"),
        begun = world.engine.start_begun.acquire() => begun.unwrap().forget(),
    }
    call
}

#[tokio::test]
async fn many_calls_for_one_user_share_one_run() {
    let world = World::new(Starts::Done);
    let calls = (0..20).map(|_| world.portreeve.ensure("alice"));
    let answers = join_all(calls).await;
    let first = answers[0].clone().unwrap();
    assert_eq!(first.outcome(), Ensured::Created);
    for answer in answers {
        assert_eq!(answer.unwrap().container_id(), first.container_id());
    }
    assert_eq!(world.starts(), 1);
}

#[tokio::test]
async fn an_answer_that_is_known_passes_through_no_task() {
    let world = World::new(Starts::Done);
    world.portreeve.ensure("alice").await.unwrap();
    // Polled once, without a chance for any task to run.
    let answer = world.portreeve.touch("alice").now_or_never();
    let known = Touched {
        known: true,
        pending: false,
    };
    assert_eq!(answer, Some(Ok(known)));
}

#[tokio::test]
async fn a_list_goes_on_from_page_to_page() {
    let world = World::new(Starts::Done);
    for user in ["alice", "bob", "carol", "dan", "erin"] {
        world.portreeve.ensure(user).await.unwrap();
    }
    let by_two = || {
        let mut settings = settings();
        settings.limits.page = 2;
        Portreeve::over(settings, clients(&world.engine, &world.directory)).unwrap()
    };
    let names = |users: &[UserStatus]| users.iter().map(|it| it.user.to_string()).collect();
    let all: Vec<String> = names(&by_two().list().all().await.unwrap());
    assert_eq!(all, ["alice", "bob", "carol", "dan", "erin"]);

    let portreeve = by_two();
    let mut listing = portreeve.list();
    let first = listing.next_user().await.unwrap().unwrap();
    assert_eq!(first.user.as_str(), "alice");
    assert_eq!(names(&listing.next_page().await.unwrap().unwrap()), ["bob"]);
    // Given up before it is answered, and asked again.
    assert_eq!(listing.next_page().now_or_never(), None);
    let second: Vec<String> = names(&listing.next_page().await.unwrap().unwrap());
    assert_eq!(second, ["carol", "dan"]);
    portreeve.clone().close().await;
    for _ in 0..2 {
        // It isn't taken for the end.
        let failed = listing.next_user().await.unwrap_err();
        assert_eq!(failed.code(), "closed");
    }

    let page = by_two().list_page(Some("bob"), 9).await.unwrap();
    assert_eq!(names(&page.users), second);
    assert_eq!(page.next, Some(page.users[1].user.clone()));
    let last = by_two().list_page(Some("dan"), 1).await.unwrap();
    assert_eq!(names(&last.users), ["erin"]);
    let none = by_two().list_page(Some("erin"), 1).await.unwrap();
    assert_eq!(none, UserPage::default());
    assert!(by_two().list_page(Some(""), 1).await.is_err());
}

#[tokio::test]
async fn a_call_that_is_dropped_is_taken_back() {
    let world = World::new(Starts::Held);
    let call = begin_start(&world, "alice").await;
    assert_eq!(world.portreeve.driver.waiting(), 1);
    drop(call);
    assert_eq!(world.portreeve.driver.waiting(), 0);
}

/// A handle is dropped in the middle of a start, as with a process that is killed.
#[tokio::test]
async fn who_waits_for_a_lease_is_told_whose_it_is() {
    let world = World::new(Starts::Held);
    let call = begin_start(&world, "alice").await;
    drop(call);
    let next = world.another();
    let (sender, mut told) = tokio::sync::mpsc::unbounded_channel();
    let mut call = Box::pin(next.ensure_with_progress("alice", |progress| {
        sender.send(progress).unwrap();
    }));
    let first = tokio::select! {
        _ = &mut call => panic!("the lease lasts"),
        first = told.recv() => first,
    };
    let Some(Progress::AwaitingLease(lease)) = first else {
        panic!("{first:?}");
    };
    let most = settings().timing.lease;
    assert!(
        lease.remaining <= most && lease.remaining > most / 2,
        "{lease:?}"
    );
}

#[tokio::test]
async fn closing_lets_what_is_under_way_finish_and_gives_the_lease_back() {
    let world = World::new(Starts::Held);
    let call = begin_start(&world, "alice").await;
    drop(call);
    let another = world.another();
    let mut closing = Box::pin(world.portreeve.clone().close());
    assert!((&mut closing).now_or_never().is_none());
    world.engine.let_start.add_permits(1);
    closing.await;
    // Without waiting for the lease to expire.
    let answer = tokio::time::timeout(Duration::from_secs(5), another.ensure("alice")).await;
    assert_eq!(answer.unwrap().unwrap().outcome(), Ensured::AlreadyRunning);
}

#[tokio::test]
async fn dropping_the_last_handle_ends_the_lifecycle_and_stops_nothing() {
    let world = World::new(Starts::Done);
    world.portreeve.ensure("alice").await.unwrap();
    let driver = Arc::downgrade(&world.portreeve.driver);
    drop(world.portreeve.clone());
    assert!(driver.upgrade().is_some());
    drop(world.portreeve);
    assert!(driver.upgrade().is_none());
    let stops = |effect: &EngineEffect| {
        matches!(
            effect,
            EngineEffect::Stop { .. } | EngineEffect::Remove { .. }
        )
    };
    assert_eq!(world.engine.count(stops), 0);
}

#[tokio::test]
async fn a_user_id_that_cannot_be_is_the_callers_error() {
    let world = World::new(Starts::Done);
    let error = world.portreeve.ensure("").await.unwrap_err();
    assert_eq!(error.code(), "invalid_user");
    let error = world.portreeve.status("nobody").await.unwrap_err();
    assert_eq!(error.code(), "unknown_user");
}

#[test]
fn without_a_runtime_there_is_no_handle() {
    let engine = FakeEngine::new(Starts::Done);
    let directory = tempfile::tempdir().unwrap();
    let opened = Portreeve::over(settings(), clients(&engine, &directory));
    assert_eq!(opened.unwrap_err(), Error::NoRuntime);
}
