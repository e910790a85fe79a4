use std::sync::mpsc;

use futures_util::FutureExt as _;

use super::*;

/// A gate that calls wait at. Tells which thread dropped it.
struct Gate {
    open: Mutex<bool>,
    changed: Condvar,
    dropped: mpsc::Sender<Option<String>>,
}

impl Gate {
    fn pass(&self) {
        let open = self.open.lock().unwrap();
        drop(self.changed.wait_while(open, |open| !*open).unwrap());
    }

    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.changed.notify_all();
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let name = thread::current().name().map(str::to_owned);
        let _ = self.dropped.send(name);
    }
}

fn workers(most: usize) -> (Workers<Gate>, mpsc::Receiver<Option<String>>) {
    let (dropped, hears) = mpsc::channel();
    let gate = Gate {
        open: Mutex::new(false),
        changed: Condvar::new(),
        dropped,
    };
    (Workers::new("gatekeeper", most, Arc::new(gate)), hears)
}

/// Opens it in a call of its own, for which a thread must be free.
async fn open(workers: &Workers<Gate>) {
    workers.ask(Gate::open).await.unwrap();
}

#[tokio::test]
async fn calls_are_made_at_once_on_as_many_threads_as_may_be() {
    let (workers, _hears) = workers(3);
    let (one, other) = (workers.ask(Gate::pass), workers.ask(Gate::pass));
    let (one, other, ()) = tokio::join!(one, other, open(&workers));
    assert_eq!([one, other], [Ok(()), Ok(())]);
}

#[tokio::test]
async fn one_that_is_dropped_before_its_turn_is_never_made() {
    let (workers, _hears) = workers(1);
    let gate = Arc::clone(workers.queue.lock().thing.as_ref().unwrap());
    let mut held = Box::pin(workers.ask(Gate::pass));
    assert!((&mut held).now_or_never().is_none());
    let (made, was_made) = mpsc::channel();
    let mut waits = Box::pin(workers.ask(move |_| made.send(())));
    assert!((&mut waits).now_or_never().is_none());
    drop(waits);
    gate.open();
    assert_eq!(held.await, Ok(()));
    // Behind it, and so after its turn.
    assert_eq!(workers.ask(|_| ()).await, Ok(()));
    assert!(was_made.try_recv().is_err());
}

#[tokio::test]
async fn one_that_is_not_begun_in_time_is_given_up() {
    let (workers, _hears) = workers(1);
    let workers = workers.waiting_at_most(Duration::from_millis(20));
    let gate = Arc::clone(workers.queue.lock().thing.as_ref().unwrap());
    let mut held = Box::pin(workers.ask(Gate::pass));
    assert!((&mut held).now_or_never().is_none());
    let waits = workers.ask(|_| ()).await;
    assert!(
        matches!(&waits, Err(NotWorked::Unbegun(why)) if why.contains("busy")),
        "{waits:?}"
    );
    gate.open();
    assert_eq!(held.await, Ok(()), "what was begun is waited for");
}

#[tokio::test]
async fn a_panic_costs_one_call() {
    let (workers, _hears) = workers(1);
    let panicked = workers.ask(|_| -> () { panic!("as the test wants it") });
    assert!(matches!(panicked.await, Err(NotWorked::Panicked(_))));
    assert_eq!(workers.ask(|_| 1).await, Ok(1));
}

#[tokio::test]
async fn what_blocks_is_dropped_by_a_thread_that_may() {
    let (workers, hears) = workers(2);
    open(&workers).await;
    workers.end();
    assert_eq!(hears.recv(), Ok(Some("gatekeeper".to_owned())));
    let late = workers.ask(|_| ()).await;
    assert!(matches!(late, Err(NotWorked::Unbegun(_))), "{late:?}");
}
