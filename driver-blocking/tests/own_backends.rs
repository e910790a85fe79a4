//! A handle over an engine and a store of one's own. All threads of the process are counted, so this
//! is one test after the other in one function of its own process.

use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portreeve_blocking::portreeve_core::effect::{EngineEffect, Fence, StoreEffect};
use portreeve_blocking::portreeve_core::id::{EngineId, InstallationId};
use portreeve_blocking::portreeve_core::outcome::{EngineEvent, EngineOutcome, StoreOutcome};
use portreeve_blocking::{
    Backend, Backends, Engine, Error, Events, Key, Keyring, Portreeve, Settings, Store, Template,
};
use portreeve_examples::memory_store::MemoryStore;

/// An engine on which there is nothing, and nothing happens.
#[derive(Default)]
struct Empty {
    listening: Arc<AtomicUsize>,
}

impl Engine for Empty {
    fn carry_out(&self, effect: &EngineEffect, _: Duration, _: &Fence) -> EngineOutcome {
        match effect {
            EngineEffect::Identify => EngineOutcome::Identified(EngineId::new("empty")),
            EngineEffect::List(_) => EngineOutcome::Listed(Vec::new()),
            _ => EngineOutcome::Absent,
        }
    }

    fn watch(
        &self,
        _: InstallationId,
        _: Option<&EngineId>,
    ) -> Result<Box<dyn Events>, EngineOutcome> {
        self.listening.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(Silence(Arc::clone(&self.listening))))
    }
}

/// Events that never come. Counts itself for as long as it is listened to.
struct Silence(Arc<AtomicUsize>);

impl Events for Silence {
    fn next(&mut self, patience: Duration) -> Result<Option<EngineEvent>, EngineOutcome> {
        std::thread::sleep(patience);
        Ok(None)
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A store that fails as it is told to.
struct Faulty {
    store: MemoryStore,
    panics: AtomicBool,
    /// While it is held, nothing is answered.
    held: Mutex<bool>,
    let_go: Condvar,
}

impl Store for Faulty {
    fn carry_out(&self, effect: &StoreEffect, _: Duration) -> StoreOutcome {
        assert!(
            !self.panics.swap(false, Ordering::SeqCst),
            "as the test wants it"
        );
        let held = self.held.lock().unwrap();
        let held = self.let_go.wait_while(held, |held| *held).unwrap();
        drop(held);
        self.store.carry_out(effect)
    }
}

impl Faulty {
    fn hold(&self, holds: bool) {
        *self.held.lock().unwrap() = holds;
        self.let_go.notify_all();
    }
}

struct World {
    engine: Arc<Empty>,
    store: Arc<Faulty>,
}

impl World {
    fn new() -> Self {
        let store = Faulty {
            store: MemoryStore::new([1; 16]),
            panics: AtomicBool::new(false),
            held: Mutex::new(false),
            let_go: Condvar::new(),
        };
        Self {
            engine: Arc::default(),
            store: Arc::new(store),
        }
    }

    fn open(&self, differs: impl FnOnce(&mut Settings)) -> Portreeve {
        let key = Key::new(&[0; 32].into());
        let mut settings =
            Settings::new(Template::reference_service(), Keyring::new(key, Vec::new()));
        differs(&mut settings);
        let backends = Backends {
            engine: Backend::Own(self.engine.clone()),
            store: Backend::Own(self.store.clone()),
        };
        Portreeve::open_with(settings, backends).unwrap()
    }
}

fn threads() -> usize {
    fs::read_dir("/proc/self/task").unwrap().count()
}

/// Waits for what is sure to come.
fn await_that(what: &str, mut comes: impl FnMut() -> bool) {
    let began = Instant::now();
    while !comes() {
        assert!(began.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn a_handle_over_backends_of_ones_own() {
    let before = threads();
    for case in [
        all_threads_end_with_the_handle,
        a_panic_costs_one_effect,
        an_impatient_caller_takes_the_call_back,
        a_closed_handle_answers_that_it_is,
    ] {
        case(&World::new());
        await_that("no thread is left", || threads() == before);
    }
}

fn all_threads_end_with_the_handle(world: &World) {
    let portreeve = world.open(|settings| settings.maintenance.watch = true);
    let clone = portreeve.clone();
    assert!(!portreeve.touch("nobody").expect("it is answered").known);
    assert_eq!(clone.list().next(), None);
    let listening = || world.engine.listening.load(Ordering::SeqCst);
    await_that("its events are listened to", || listening() == 1);
    drop(portreeve);
    assert_eq!(listening(), 1, "there is another handle");
    drop(clone);
    assert_eq!(listening(), 0);
}

fn a_panic_costs_one_effect(world: &World) {
    let portreeve = world.open(|_| ());
    world.store.panics.store(true, Ordering::SeqCst);
    // What is in doubt is asked again, so nobody notices.
    assert!(!portreeve.touch("nobody").expect("it is answered").known);
    assert!(!world.store.panics.load(Ordering::SeqCst));
}

fn an_impatient_caller_takes_the_call_back(world: &World) {
    let portreeve = world.open(|_| ());
    world.store.hold(true);
    let patience = Duration::from_millis(50);
    let answer = portreeve.within(patience).touch("nobody");
    assert_eq!(answer, Err(Error::TakenBack(patience)));
    assert_eq!(answer.unwrap_err().code(), "taken_back");
    world.store.hold(false);
    assert!(!portreeve.touch("nobody").expect("it is answered").known);
}

fn a_closed_handle_answers_that_it_is(world: &World) {
    let portreeve = world.open(|_| ());
    portreeve.clone().close();
    let error = portreeve.touch("nobody").unwrap_err();
    assert_eq!(error.code(), "closed");
}
