use std::time::Duration;

use futures_util::FutureExt as _;
use portreeve_core::command::Reaped;
use portreeve_core::effect::Fence;
use portreeve_core::id::ContainerId;
use portreeve_core::outcome::ContainerChange;
use portreeve_core::seed::Seed;
use portreeve_core::user::UserId;
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::*;
use crate::fakes::{FakeEngine, Starts, clients, settings};

/// A driver whose lifecycle is told what to want by the test.
struct Puppet {
    driver: Arc<Driver>,
    /// What happens on the engine.
    happens: mpsc::UnboundedSender<EngineEvent>,
    _directory: TempDir,
}

const WATCH: EffectId = EffectId(77);

impl Puppet {
    fn new() -> Self {
        Self::of(Process::current(), settings())
    }

    /// One that was opened in this process.
    fn of(process: Process, settings: Settings) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (happens, stream) = mpsc::unbounded_channel();
        let engine = FakeEngine::new(Starts::Done);
        engine.streams.lock().unwrap().push_back(stream);
        let clients = clients(&engine, &directory);
        Self {
            driver: Driver::new(
                process,
                settings,
                Seed::predictable([1; 32]),
                clients,
                Handle::current(),
            ),
            happens,
            _directory: directory,
        }
    }

    fn wants(&self, output: Output) {
        self.driver.obey(&mut self.driver.lock().unwrap(), output);
    }

    fn wants_a_watch(&self) {
        self.wants(Output::Effect(IssuedEffect {
            id: WATCH,
            effect: Effect::Engine(EngineEffect::Watch {
                installation: InstallationId::from_bytes([1; 16]),
            }),
            timeout: Duration::ZERO,
            fence: Fence::default(),
        }));
    }

    fn watches(&self) -> usize {
        self.driver.lock().unwrap().watches.len()
    }

    fn happens(&self) {
        let event = EngineEvent::Container {
            id: ContainerId::new("c"),
            user: None,
            change: ContainerChange::Started,
        };
        self.happens.send(event).unwrap();
    }
}

/// Waits for what is sure to come.
async fn in_time<T>(coming: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(5);
    tokio::time::timeout(limit, coming).await.expect("in time")
}

fn progress(done: u32) -> Output {
    Output::Progress(RequestId(1), Progress::Users { done, total: 9 })
}

fn reaped() -> Output {
    Output::Reply(RequestId(1), Reply::Reaped(Reaped::default()))
}

#[tokio::test]
async fn progress_is_told_before_the_answer_and_with_no_lock_held() {
    let puppet = Puppet::new();
    let mut told = Vec::new();
    let mut call = Box::pin(
        puppet
            .driver
            .ask_with_progress(Command::Reap, None, |progress| {
                told.push((progress, puppet.driver.waiting()));
            }),
    );
    assert!((&mut call).now_or_never().is_none());
    puppet.wants(progress(1));
    assert!((&mut call).now_or_never().is_none());
    // Nobody listens meanwhile: only the newest word counts.
    puppet.wants(progress(2));
    puppet.wants(progress(3));
    puppet.wants(reaped());
    let reply = call.await;
    assert_eq!(reply, Ok(Reply::Reaped(Reaped::default())));
    let users = |done| Progress::Users { done, total: 9 };
    assert_eq!(told, [(users(1), 1), (users(3), 0)]);
}

#[tokio::test]
async fn progress_that_nobody_wants_is_left_out() {
    let puppet = Puppet::new();
    let mut call = Box::pin(puppet.driver.ask(Command::Reap, None));
    assert!((&mut call).now_or_never().is_none());
    puppet.wants(progress(1));
    puppet.wants(reaped());
    assert_eq!(call.await, Ok(Reply::Reaped(Reaped::default())));
    puppet.wants(progress(2));
}

#[tokio::test]
async fn a_watch_is_no_effect_to_wait_for() {
    let puppet = Puppet::new();
    puppet.wants_a_watch();
    assert_eq!(puppet.watches(), 1);
    assert!(puppet.driver.settled().now_or_never().is_some());
}

#[tokio::test]
async fn a_watch_that_is_abandoned_ends_at_once() {
    let puppet = Puppet::new();
    puppet.wants_a_watch();
    puppet.happens();
    tokio::task::yield_now().await;
    puppet.wants(Output::Abandon(WATCH));
    in_time(puppet.happens.closed()).await;
    assert_eq!(puppet.watches(), 0);
    // What is not under way can't be abandoned, which is no harm.
    puppet.wants(Output::Abandon(WATCH));
}

/// Its task is gone, so nobody else would tell the lifecycle that it has ended.
#[tokio::test]
async fn of_a_watch_that_was_abandoned_nothing_is_kept() {
    let mut settings = settings();
    settings.maintenance.watch = true;
    let puppet = Puppet::of(Process::current(), settings);
    in_time(async {
        while puppet.watches() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    puppet.driver.close();
    assert_eq!(puppet.watches(), 0);
    let kept = format!("{:?}", puppet.driver.lock().unwrap().lifecycle);
    assert!(kept.contains("overdue: {}"), "{kept}");
}

#[tokio::test]
async fn a_watch_ends_with_the_last_handle() {
    let Puppet {
        driver,
        happens,
        _directory,
    } = {
        let puppet = Puppet::new();
        puppet.wants_a_watch();
        puppet
    };
    tokio::task::yield_now().await;
    drop(driver);
    in_time(happens.closed()).await;
}

#[tokio::test]
async fn a_stream_that_ends_ends_its_watch() {
    let puppet = Puppet::new();
    puppet.wants_a_watch();
    let Puppet {
        driver,
        happens,
        _directory,
    } = puppet;
    drop(happens);
    let ended = async {
        while !driver.lock().unwrap().watches.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    in_time(ended).await;
}

/// A snapshot of a process that is restored twice goes on twice from the same seed.
#[tokio::test]
async fn drivers_with_one_seed_draw_different_tokens() {
    let ensured = async || {
        let puppet = Puppet::new();
        let command = Command::Ensure(UserId::new("alice").unwrap());
        match in_time(puppet.driver.ask(command, None)).await {
            Ok(Reply::Ensured(endpoint)) => endpoint.token,
            other => panic!("not ensured: {other:?}"),
        }
    };
    assert_ne!(ensured().await, ensured().await);
}

#[tokio::test]
async fn a_handle_from_before_a_fork_says_so_and_does_not_wait() {
    let puppet = Puppet::of(Process::another(), settings());
    // Whoever held it in the other process never lets it go here.
    let held = puppet.driver.state.lock().unwrap();
    let asked = puppet.driver.ask(Command::Reap, None).now_or_never();
    drop(held);
    assert_eq!(asked, Some(Err(Error::Forked)));
}
