//! What a host does by itself, and that it does nothing where it wasn't told to.

use std::time::Duration;

use portreeve_tests::plan::Plan;
use portreeve_tests::story::{always, eventually};
use portreeve_tests::world::World;

const SOON: Duration = Duration::from_secs(20);

/// As `Maintenance::full`, only more often.
fn full(plan: &mut Plan) {
    plan.watch = true;
    plan.sweep = Some(Duration::from_millis(500));
    plan.reap = Some(Duration::from_millis(500));
    plan.slack = Duration::from_millis(100);
}

pub fn a_host_reaps_by_itself(world: &World) {
    let host = world.controller_that(|plan| {
        full(plan);
        plan.idle_limit = Duration::from_secs(2);
    });
    let endpoint = host.ensure("idle");
    host.ensure("active");
    eventually("it is reaped", SOON, || {
        host.touch("active");
        (world.container("idle").state() == "exited").then_some(())
    });
    assert!(world.container("active").is_running());
    // What is known is not what was known before.
    let again = host.ensure("idle");
    assert_eq!(
        (again.outcome.as_str(), &again.container_id),
        ("started", &endpoint.container_id)
    );
    again.answers();
}

pub fn a_host_sweeps_by_itself(world: &World) {
    let host = world.controller_that(full);
    let before = ["killed", "removed", "runs"].map(|user| {
        let endpoint = host.ensure(user);
        endpoint.keep("precious");
        endpoint
    });
    // Nobody has the last of the ports.
    let port = world.plan().ports.1.to_string();
    let labels = [
        ("portreeve.record", "0123456789abcdef0123456789abcdef"),
        ("portreeve.port", port.as_str()),
    ];
    let orphan = world.twin(&world.container("runs"), "ghost", &labels);
    world.engine.kill(&before[0].container_id);
    world.engine.remove(&before[1].container_id);

    let looking = world.controller();
    eventually("all is put right", SOON, || {
        looking.repairs(true).is_empty().then_some(())
    });
    // It leaves the engine's lists some milliseconds before it is gone.
    eventually("the orphan is gone", SOON, || {
        world.engine.container(&orphan).is_none().then_some(())
    });
    assert_eq!(looking.status("removed").port, None);
    assert_eq!(looking.health().len(), 1, "one is meant to run, and does");
    for endpoint in &before {
        let again = host.ensure(&endpoint.user);
        assert_eq!(again.kept().as_deref(), Some("precious"));
    }
}

/// What a controller left behind that is gone is put right without anybody asking for the user.
pub fn a_host_finishes_what_was_left_behind(world: &World) {
    let lease = Duration::from_secs(3);
    let before = world.controller().ensure("a");
    before.keep("precious");
    let proxy = world.engine_proxy();
    let doomed = world.doomed_process(|plan| {
        plan.engine = proxy.url();
        plan.lease = lease;
    });
    doomed.begin_to_stop("a");
    proxy.await_request("/stop");
    drop(doomed);
    world.note("the controller was killed");

    let host = world.controller_that(|plan| {
        full(plan);
        plan.lease = lease;
    });
    let looking = world.controller();
    eventually("it is stopped, and nobody's", SOON, || {
        let done = looking.status("a").status == "stopped" && looking.repairs(true).is_empty();
        (done && world.running() == 0).then_some(())
    });
    let after = host.ensure("a");
    assert_eq!(after.token, before.token);
    assert_eq!(after.kept().as_deref(), Some("precious"));
}

pub fn without_maintenance_nothing_is_done_unasked(world: &World) {
    let proxy = world.engine_proxy();
    let host = world.controller_that(|plan| {
        plan.engine = proxy.url();
        plan.idle_limit = Duration::from_millis(100);
        plan.slack = Duration::from_millis(10);
    });
    let endpoint = host.ensure("a");
    let killed = host.ensure("killed");
    world.engine.kill(&killed.container_id);
    proxy.forget();
    always(
        "nothing is asked of the engine",
        Duration::from_secs(3),
        || proxy.requests().is_empty(),
    );
    endpoint.answers();
    assert_eq!(host.repairs(true), ["killed not_running planned"]);
}

/// And nothing at all once it is closed.
pub fn a_host_that_is_gone_does_nothing(world: &World) {
    let proxy = world.engine_proxy();
    let host = world.controller_that(|plan| {
        full(plan);
        plan.engine = proxy.url();
    });
    let endpoint = host.ensure("a");
    proxy.await_request("/events");
    drop(host);
    proxy.forget();
    always(
        "nothing is asked of the engine",
        Duration::from_secs(2),
        || proxy.requests().is_empty(),
    );
    endpoint.answers();
}
