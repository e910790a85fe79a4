//! Hosts that follow the engine's events: what is known stays current, and never older than it may be.

use std::time::{Duration, Instant};

use portreeve_tests::answer::Endpoint;
use portreeve_tests::plan::Plan;
use portreeve_tests::proxy::EngineProxy;
use portreeve_tests::story::{eventually, together};
use portreeve_tests::world::{Controller, World};

/// An event may take that long to arrive, on a machine that is busy.
const SOON: Duration = Duration::from_secs(10);

const EVENTS: &str = "/events";
/// The list of all containers, as opposed to a look at one.
const LIST: &str = "/containers/json?";

fn following(world: &World, differs: impl FnOnce(&mut Plan)) -> (EngineProxy, Controller) {
    let proxy = world.engine_proxy();
    let controller = world.controller_that(|plan| {
        plan.engine = proxy.url();
        plan.watch = true;
        // What is looked for is not the list's doing.
        plan.resync = Duration::from_secs(3600);
        plan.trust = Duration::from_secs(3600);
        differs(plan);
    });
    (proxy, controller)
}

/// Waits until an ensure needs no word from the engine.
pub(super) fn warm(proxy: &EngineProxy, controller: &Controller, user: &str) -> Endpoint {
    eventually("an ensure asks nothing", SOON, || {
        proxy.forget();
        let endpoint = controller.ensure(user);
        proxy.requests().is_empty().then_some(endpoint)
    })
}

/// Ensures until it is noticed that something happened; what was answered then.
fn noticed(controller: &Controller, user: &str) -> Endpoint {
    eventually("it is noticed", SOON, || {
        let endpoint = controller.ensure(user);
        (endpoint.outcome != "already_running").then_some(endpoint)
    })
}

pub fn a_warm_ensure_makes_no_engine_call(world: &World) {
    let (proxy, controller) = following(world, |_| {});
    let before = controller.ensure("a");
    warm(&proxy, &controller, "a");
    proxy.forget();
    for _ in 0..20 {
        let again = controller.ensure("a");
        assert_eq!(
            (again.outcome.as_str(), &again.container_id, &again.token),
            ("already_running", &before.container_id, &before.token)
        );
    }
    let requests = proxy.requests();
    assert!(requests.is_empty(), "{requests:#?}");
    before.answers();
}

pub fn what_happens_to_a_container_is_noticed(world: &World) {
    let (proxy, controller) = following(world, |_| {});
    let before = controller.ensure("a");
    before.keep("precious");
    let is_whole = |after: &Endpoint| {
        assert_eq!((after.port, &after.token), (before.port, &before.token));
        assert_eq!(after.kept().as_deref(), Some("precious"));
        assert_eq!(world.containers().len(), 1);
    };

    warm(&proxy, &controller, "a");
    world.engine.kill(&before.container_id);
    assert_eq!(noticed(&controller, "a").outcome, "started");
    is_whole(&warm(&proxy, &controller, "a"));

    world.engine.stop(&before.container_id);
    assert_eq!(noticed(&controller, "a").outcome, "started");
    is_whole(&warm(&proxy, &controller, "a"));

    world.engine.pause(&before.container_id);
    assert_eq!(noticed(&controller, "a").outcome, "started");
    is_whole(&warm(&proxy, &controller, "a"));

    world.engine.remove(&before.container_id);
    assert_eq!(noticed(&controller, "a").outcome, "created");
    let after = warm(&proxy, &controller, "a");
    assert_ne!(after.container_id, before.container_id);
    is_whole(&after);
}

/// The user's container runs on under another name, and that is said.
pub fn a_rename_is_noticed(world: &World) {
    let (proxy, controller) = following(world, |_| {});
    let before = controller.ensure("a");
    warm(&proxy, &controller, "a");
    world
        .engine
        .rename(&before.container_id, &world.elsewhere());
    let name = eventually("it is noticed", SOON, || {
        let endpoint = controller.ensure("a");
        assert_eq!(endpoint.container_id, before.container_id);
        (endpoint.container_name != before.container_name).then_some(endpoint.container_name)
    });
    assert_eq!(name, world.elsewhere());
    assert_eq!(world.containers().len(), 1);
}

/// What other controllers do is noticed as well.
pub fn what_another_controller_does_is_noticed(world: &World) {
    let (proxy, controller) = following(world, |_| {});
    let before = controller.ensure("a");
    let other = world.controller();
    warm(&proxy, &controller, "a");
    other.stop("a");
    assert_eq!(noticed(&controller, "a").outcome, "started");
    warm(&proxy, &controller, "a");

    let rotated = other.rotate("a").endpoint.expect("it runs");
    let after = eventually("the new token is known", SOON, || {
        let endpoint = controller.ensure("a");
        (endpoint.token != before.token).then_some(endpoint)
    });
    assert_eq!(
        (after.container_id, after.token),
        (rotated.container_id, rotated.token)
    );

    warm(&proxy, &controller, "a");
    other.purge("a");
    assert_eq!(noticed(&controller, "a").outcome, "created");
}

/// Nothing is answered from memory while nobody tells what happens.
pub fn a_stream_that_is_cut_is_opened_again(world: &World) {
    let (proxy, controller) = following(world, |_| {});
    let before = controller.ensure("a");
    for _ in 0..3 {
        warm(&proxy, &controller, "a");
        proxy.forget();
        proxy.end(EVENTS);
        world.engine.kill(&before.container_id);
        let after = noticed(&controller, "a");
        assert_eq!(after.outcome, "started");
        after.answers();

        proxy.await_request(EVENTS);
        // A list that was due before may come in between.
        eventually("all are listed once it is open again", SOON, || {
            let asked = proxy.requests();
            let mut since = asked
                .iter()
                .skip_while(|asked| !asked.what.contains(EVENTS));
            since.any(|asked| asked.what.contains(LIST)).then_some(())
        });
    }
    warm(&proxy, &controller, "a");
}

/// The connection is there, and nothing comes: engines drop events, and firewalls forget
/// connections. Lists fail as well.
pub fn a_stream_that_stalls_is_not_believed(world: &World) {
    let trust = Duration::from_secs(4);
    let (proxy, controller) = following(world, |plan| {
        plan.resync = Duration::from_secs(1);
        plan.trust = trust;
    });
    let before = controller.ensure("a");
    warm_between_lists(&proxy, &controller, "a");
    proxy.stall(&[EVENTS, LIST]);
    let stalled = Instant::now();
    world.engine.kill(&before.container_id);
    let mut believed = Duration::ZERO;
    let after = eventually("it is noticed", SOON, || {
        let asked = stalled.elapsed();
        let endpoint = controller.ensure("a");
        let runs = endpoint.outcome == "already_running";
        believed = if runs { asked } else { believed };
        (!runs).then_some(endpoint)
    });
    assert_eq!(after.outcome, "started");
    after.answers();
    world.note(format!("it was believed to run for {believed:?}"));
    assert!(believed > Duration::ZERO, "nothing had told otherwise");
    assert!(believed < trust, "for {believed:?}");
}

/// A list that tells what no event told may be ahead of it by a moment; two such lists are no accident.
pub fn a_stream_that_stalls_is_opened_again(world: &World) {
    let (proxy, controller) = following(world, |plan| plan.resync = Duration::from_secs(1));
    let users = ["a", "b", "c", "d", "e", "f"];
    let endpoints = together(users, |user| controller.ensure(user));
    for user in users {
        warm_between_lists(&proxy, &controller, user);
    }
    proxy.stall(&[EVENTS]);
    proxy.forget();
    for endpoint in &endpoints {
        let lists = proxy.count(LIST);
        world.engine.kill(&endpoint.container_id);
        eventually("listed, or no longer believed", SOON, || {
            let listed = proxy.count(LIST) > lists || proxy.count(EVENTS) > 0;
            listed.then_some(())
        });
    }
    proxy.await_request(EVENTS);

    // The next one tells what happens.
    proxy.flow();
    proxy.end(EVENTS);
    for before in &endpoints {
        let after = controller.ensure(&before.user);
        assert_eq!(after.outcome, "started");
        after.answers();
        warm_between_lists(&proxy, &controller, &before.user);
    }
}

/// Lists pass all the time, but no look.
fn warm_between_lists(proxy: &EngineProxy, controller: &Controller, user: &str) {
    eventually("an ensure looks at nothing", SOON, || {
        proxy.forget();
        controller.ensure(user);
        let looks = proxy
            .requests()
            .into_iter()
            .filter(|asked| asked.what.contains("/containers/") && !asked.what.contains(LIST));
        (looks.count() == 0).then_some(())
    });
}

/// As when the engine is started again: it is away for a while, and all containers are stopped.
pub fn the_engine_is_away_for_a_while(world: &World) {
    let (proxy, controller) = following(world, |_| {});
    let endpoints = ["a", "b"].map(|user| controller.ensure(user));
    warm(&proxy, &controller, "a");
    proxy.cut();
    for endpoint in &endpoints {
        world.engine.kill(&endpoint.container_id);
    }
    eventually("nothing is answered from memory", SOON, || {
        // Whoever asks waits for the engine; this one doesn't for long.
        let answer = controller.ensure_for("a", Duration::from_millis(200));
        answer.is_none().then_some(())
    });
    proxy.forget();
    proxy.mend();
    for before in &endpoints {
        let after = controller.ensure(&before.user);
        assert_eq!(after.container_id, before.container_id);
        after.answers();
    }
    proxy.await_request(EVENTS);
    warm(&proxy, &controller, "a");
    warm(&proxy, &controller, "b");
}
