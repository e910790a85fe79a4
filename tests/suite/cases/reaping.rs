//! Who is idle is stopped, and nobody else is.

use std::thread;
use std::time::{Duration, Instant};

use portreeve_tests::plan::{Plan, Ready};
use portreeve_tests::story::{eventually, together};
use portreeve_tests::world::{Controller, World};

/// Short, so that users are idle soon.
fn impatient(plan: &mut Plan) {
    plan.idle_limit = Duration::from_millis(500);
    plan.slack = Duration::from_millis(100);
}

/// Containers that are stopped by force alone, after their grace.
fn stubborn(plan: &mut Plan, grace: Duration) {
    plan.readiness = Ready::Http;
    plan.variable("GATEWAY_IGNORE_TERM", "1");
    plan.grace = grace;
}

/// Reaps until somebody was idle for long enough; who was.
fn reaped(controller: &Controller, meanwhile: impl Fn()) -> Vec<String> {
    eventually("somebody is idle", Duration::from_secs(20), || {
        meanwhile();
        let stopped = controller.reap();
        (!stopped.is_empty()).then_some(stopped)
    })
}

pub fn idle_ones_are_stopped_and_active_ones_are_not(world: &World) {
    let controller = world.controller_that(|plan| {
        impatient(plan);
        plan.idle_limit = Duration::from_secs(2);
    });
    assert_eq!(controller.reap(), [""; 0], "there is nobody");
    let endpoints = ["touched", "idle", "ensured"].map(|user| controller.ensure(user));
    endpoints[1].keep("precious");
    let active = || {
        controller.touch("touched");
        controller.ensure("ensured");
        // Looking is no activity.
        controller.status("idle");
        controller.list();
    };
    assert_eq!(reaped(&controller, active), ["idle"]);
    assert_eq!(world.container("idle").state(), "exited");
    assert_eq!(controller.status("idle").status, "stopped");
    for user in ["touched", "ensured"] {
        assert!(world.container(user).is_running());
    }
    active();
    assert_eq!(controller.reap(), [""; 0], "it is stopped already");

    // It comes back as it was.
    let again = controller.ensure("idle");
    assert_eq!(again.container_id, endpoints[1].container_id);
    assert_eq!(again.kept().as_deref(), Some("precious"));
}

pub fn each_user_has_a_limit_of_its_own(world: &World) {
    let controller = world.controller_that(impatient);
    for user in ["default", "long", "never"] {
        controller.ensure(user);
    }
    assert!(controller.limit_idle("never", Some(Duration::ZERO)));
    assert!(controller.limit_idle("long", Some(Duration::from_secs(3600))));
    assert!(!controller.limit_idle("nobody", Some(Duration::ZERO)));
    assert_eq!(reaped(&controller, || {}), ["default"]);
    assert_eq!(world.running(), 2);

    // It is kept in the store, goes along with whatever happens to the user, and can be taken back.
    let newcomer = world.controller_that(impatient);
    newcomer.restart("never");
    assert!(newcomer.limit_idle("long", None));
    assert_eq!(reaped(&newcomer, || {}), ["long"]);
    assert!(world.container("never").is_running());

    // Whoever has none of its own has the configured one, which may be none.
    let lenient = world.controller_that(|plan| {
        impatient(plan);
        plan.idle_limit = Duration::ZERO;
    });
    lenient.ensure("default");
    assert!(lenient.limit_idle("never", Some(Duration::from_millis(1))));
    assert_eq!(reaped(&lenient, || {}), ["never"]);
    assert!(world.container("default").is_running());
}

/// So many are stopped at once; whoever comes after them waits for its turn.
const AT_ONCE: usize = 32;

/// The store is asked again whether the user is idle when it is the user's turn.
pub fn one_touched_while_the_reap_runs_is_kept(world: &World) {
    let proxy = world.engine_proxy();
    let idle_limit = Duration::from_secs(8);
    let controller = world.controller_that(|plan| {
        impatient(plan);
        plan.idle_limit = idle_limit;
        stubborn(plan, Duration::from_secs(4));
        plan.starting = 16;
        plan.engine = proxy.url();
    });
    let before: Vec<_> = (0..AT_ONCE).map(|number| format!("{number:02}")).collect();
    together(&before, |user| controller.ensure(user));
    let last = controller.ensure("zz");
    let elsewhere = world.controller();
    thread::scope(|scope| {
        thread::sleep(idle_limit + Duration::from_millis(200));
        proxy.forget();
        let reap = scope.spawn(|| controller.reap());
        eventually("all that go first stop", Duration::from_secs(20), || {
            (proxy.count("/stop") == AT_ONCE).then_some(())
        });
        assert!(elsewhere.touch("zz"), "whoever is told of it");
        assert_eq!(reap.join().expect("it was answered"), before);
    });
    last.answers();
    assert_eq!(proxy.count("/stop"), AT_ONCE);
    assert_eq!(world.running(), 1);
    assert_eq!(controller.status("zz").status, "running");
}

/// The record says that it is stopped, and the engine that it runs: it does. Reaping goes by
/// records, so that it needs to look at those alone who may have to be stopped.
pub fn one_that_runs_unrecorded_is_reaped_once_a_repair_has_noticed_it(world: &World) {
    let controller = world.controller_that(impatient);
    let endpoint = controller.ensure("a");
    controller.stop("a");
    world.engine.start(&endpoint.container_id);
    controller.ensure("b");
    assert_eq!(reaped(&controller, || {}), ["b"]);
    assert_eq!(world.container("a").state(), "running");

    assert_eq!(controller.repairs(false), ["a runs_unrecorded mended"]);
    assert_eq!(reaped(&world.controller_that(impatient), || {}), ["a"]);
    assert_eq!(world.container("a").state(), "exited");
}

/// And the other way round: what doesn't run isn't stopped.
pub fn one_that_was_killed_is_not_reaped(world: &World) {
    let controller = world.controller_that(impatient);
    for user in ["killed", "removed", "runs"] {
        controller.ensure(user);
    }
    world.engine.kill(&world.container_name("killed"));
    world.engine.remove(&world.container_name("removed"));
    assert_eq!(reaped(&controller, || {}), ["runs"]);
}

pub fn ten_that_ignore_sigterm_take_one_grace(world: &World) {
    let (engine, database) = (world.engine_proxy(), world.postgres_proxy());
    let grace = Duration::from_secs(10);
    let controller = world.controller_that(|plan| {
        impatient(plan);
        stubborn(plan, grace);
        // None has to be renewed meanwhile.
        plan.lease = Duration::from_secs(60);
        plan.engine = engine.url();
        if let Some(database) = &database {
            plan.store = database.store();
        }
    });
    let users: Vec<_> = (0..10).map(|number| number.to_string()).collect();
    together(&users, |user| controller.ensure(user));
    thread::sleep(Duration::from_millis(700));
    engine.forget();
    if let Some(database) = &database {
        database.forget();
    }

    let begun = Instant::now();
    assert_eq!(controller.reap(), users);
    let took = begun.elapsed();
    world.note(format!("ten were reaped in {took:?}"));
    assert!(took >= grace, "they had their grace: {took:?}");
    assert!(took < grace * 2, "all at once: {took:?}");
    assert_eq!(world.running(), 0);

    let requests = engine.requests();
    let (stops, others): (Vec<_>, Vec<_>) = requests
        .iter()
        .map(|asked| asked.what.as_str())
        .partition(|what| what.contains("/stop"));
    assert_eq!(stops.len(), users.len(), "one each: {stops:#?}");
    assert_eq!(others.len(), 1, "and one list for all: {others:#?}");
    if let Some(database) = &database {
        let statements = database.statements();
        assert_eq!(database.count("user_id > "), 1, "one scan: {statements:#?}");
        let most = 1 + 2 * users.len();
        assert!(
            statements.len() <= most,
            "and two writes each: {statements:#?}"
        );
    }
}

pub fn two_controllers_reap_each_user_once(world: &World) {
    let proxy = world.engine_proxy();
    let controllers = [0, 1].map(|_| {
        world.controller_that(|plan| {
            impatient(plan);
            stubborn(plan, Duration::from_secs(1));
            plan.engine = proxy.url();
        })
    });
    let users: Vec<_> = (0..8).map(|number| number.to_string()).collect();
    together(&users, |user| controllers[0].ensure(user));
    thread::sleep(Duration::from_millis(700));
    proxy.forget();
    let mut stopped = together(&controllers, Controller::reap).concat();
    stopped.sort();
    assert_eq!(stopped, users, "by the one or by the other");
    assert_eq!(proxy.count("/stop"), users.len());
    assert_eq!(world.running(), 0);
}
