//! Engine, store and controllers come and go.

use std::thread;
use std::time::{Duration, Instant};

use portreeve_tests::answer::Failure;
use portreeve_tests::plan::{Plan, Ready};
use portreeve_tests::stores::{self, Store};
use portreeve_tests::story::always;
use portreeve_tests::world::World;

const PATIENCE: Duration = Duration::from_secs(2);

/// The first failure, be it to open a controller or to ensure, and how long it took.
fn fails(world: &World, differs: impl FnOnce(&mut Plan)) -> (Failure, Duration) {
    let begun = Instant::now();
    let failure = world
        .try_controller_that(|plan| {
            plan.patience = PATIENCE;
            differs(plan);
        })
        .and_then(|controller| controller.try_ensure("a"))
        .expect_err("it can't be done");
    (failure, begun.elapsed())
}

pub fn the_engine_was_never_there(world: &World) {
    let (failure, took) = fails(world, |plan| {
        "unix:///nonexistent/engine.sock".clone_into(&mut plan.engine);
    });
    assert_eq!(failure.code, "engine_unreachable", "{failure:#?}");
    assert!(took < PATIENCE * 4, "it is said in time: {took:?}");
    assert!(failure.hint.contains("address"), "{}", failure.hint);
    world.controller().ensure("a").answers();
}

pub fn the_engine_goes_and_comes_back(world: &World) {
    let proxy = world.engine_proxy();
    let controller = world.controller_that(|plan| {
        plan.engine = proxy.url();
        plan.patience = PATIENCE;
    });
    let before = controller.ensure("a");
    proxy.cut();
    controller.ensure_fails("b", "engine_unreachable");
    before.answers();

    // Whoever asks while it is away waits for it, for a while.
    thread::scope(|scope| {
        let patient = world.controller_that(|plan| plan.engine = proxy.url());
        let waiting = scope.spawn(move || patient.ensure("c"));
        thread::sleep(Duration::from_millis(500));
        proxy.mend();
        waiting.join().expect("it was answered").answers();
    });
    assert_eq!(controller.ensure("a").container_id, before.container_id);
    controller.ensure("b").answers();
    assert_eq!(world.containers().len(), 3);
}

pub fn the_store_was_never_there(world: &World) {
    let (failure, took) = fails(world, |plan| {
        plan.store = match &plan.store {
            Store::Sqlite(_) => Store::Sqlite("/proc/nonexistent/store.db".into()),
            // Nothing listens on port 1.
            Store::Postgres(url) => Store::Postgres(stores::with_address(url, "127.0.0.1:1")),
        };
    });
    assert_eq!(failure.code, "store_unreachable", "{failure:#?}");
    assert!(took < PATIENCE * 4, "it is said in time: {took:?}");
    assert!(
        world.containers().is_empty(),
        "nothing is begun without a record"
    );
}

pub fn the_store_goes_and_comes_back(world: &World) {
    let proxy = world.postgres_proxy().expect("the store is a database");
    let controller = world.controller_that(|plan| {
        plan.store = Store::Postgres(proxy.url().to_owned());
        plan.patience = PATIENCE;
    });
    let before = controller.ensure("a");
    proxy.cut();
    controller.ensure_fails("b", "store_unreachable");
    before.answers();
    proxy.mend();
    assert_eq!(controller.ensure("a").container_id, before.container_id);
    controller.ensure("b").answers();
    assert_eq!(world.containers().len(), 2);
}

pub fn answers_of_the_engine_are_lost(world: &World) {
    let proxy = world.engine_proxy();
    let controller = world.controller_that(|plan| plan.engine = proxy.url());
    let requests = [
        ("POST", "/networks/create"),
        ("POST", "/volumes/create"),
        ("POST", "/containers/create"),
        ("POST", "/start"),
        ("GET", "/json"),
    ];
    for (number, (method, part)) in requests.into_iter().enumerate() {
        world.note(format!("the answer to {method} {part} will be lost"));
        proxy.lose_answer_to(method, part);
        let user = number.to_string();
        let endpoint = controller.ensure(&user);
        assert!(proxy.has_lost_it(), "no {method} {part} passed");
        endpoint.answers();
        assert_eq!(world.containers().len(), number + 1, "one each");
    }
    proxy.lose_answer_to("POST", "/stop");
    assert!(controller.stop("0").known);
    assert!(proxy.has_lost_it(), "no stop passed");
    assert_eq!(world.container("0").state(), "exited");
    assert_eq!(world.running(), requests.len() - 1);
}

/// Leases are short here, since they are what the next controller waits for.
fn brief(plan: &mut Plan) {
    plan.lease = Duration::from_secs(3);
    plan.readiness = Ready::Http;
    plan.variable("GATEWAY_READY_AFTER_MS", "1500");
}

/// Whoever takes over a start waits until the gateway is ready, as the one who began it would have.
pub fn a_killed_controller_is_taken_over(world: &World) {
    let late = |plan: &mut Plan| {
        brief(plan);
        plan.variable("GATEWAY_READY_AFTER_MS", "6000");
    };
    let doomed = world.doomed_process(late);
    doomed.begin_to_ensure("a");
    world.await_state("a", "running");
    drop(doomed);
    world.note("the controller was killed");

    let next = world.controller_that(late);
    let endpoint = next.ensure("a");
    assert!(endpoint.answers_now(), "it is ready");
    endpoint.answers();
    assert_eq!(world.containers().len(), 1);
    next.stop("a");
    assert_eq!(world.running(), 0);
}

/// The engine goes on stopping when its client is gone: whatever it still does must not hit the
/// container that the next controller answers with.
pub fn a_controller_killed_while_it_stops_is_taken_over(world: &World) {
    let stubborn = |plan: &mut Plan| {
        plan.lease = Duration::from_secs(3);
        plan.readiness = Ready::Http;
        plan.variable("GATEWAY_IGNORE_TERM", "1");
    };
    let before = world.controller_that(stubborn).ensure("a");
    before.keep("precious");
    let proxy = world.engine_proxy();
    let doomed = world.doomed_process(|plan| {
        stubborn(plan);
        plan.engine = proxy.url();
    });
    doomed.begin_to_stop("a");
    proxy.await_request("/stop");
    drop(doomed);
    world.note("the controller was killed");

    let after = world.controller_that(stubborn).ensure("a");
    assert_ne!(
        after.container_id, before.container_id,
        "a late call by id can't hit it"
    );
    assert_eq!((after.port, &after.token), (before.port, &before.token));
    assert_eq!(after.kept().as_deref(), Some("precious"));
    always("it answers", world.plan().grace * 2, || after.answers_now());
    assert_eq!(world.containers().len(), 1);
}

pub fn a_controller_killed_at_any_request_leaves_nothing_stuck(world: &World) {
    let requests = [
        "POST /networks/create",
        "POST /volumes/create",
        "POST /containers/create",
        "/start",
    ];
    for (number, request) in requests.into_iter().enumerate() {
        let user = number.to_string();
        let proxy = world.engine_proxy();
        let doomed = world.doomed_process(|plan| {
            brief(plan);
            plan.engine = proxy.url();
        });
        doomed.begin_to_ensure(&user);
        proxy.await_request(request);
        drop(doomed);
        world.note(format!("the controller was killed at {request}"));

        world.controller_that(brief).ensure(&user).answers();
        assert_eq!(world.containers().len(), number + 1, "one each");
    }
}
