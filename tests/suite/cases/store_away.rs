//! A database that is cut off, or doesn't answer, while the engine goes on.

use std::time::{Duration, Instant};

use portreeve_tests::answer::Endpoint;
use portreeve_tests::plan::Plan;
use portreeve_tests::proxy::{EngineProxy, PostgresProxy};
use portreeve_tests::story::eventually;
use portreeve_tests::world::{Controller, World};

use super::following::warm;

/// Whoever is known to run is served within that. A machine that runs four cases at once may be late now
/// and then, so half of those who ask have to be.
const AT_ONCE: Duration = Duration::from_millis(250);
/// And that late at most.
const LATE: Duration = Duration::from_secs(2);
/// So long after the store is back it may take to be told.
const SOON: Duration = Duration::from_secs(10);
/// What a flush of activity says.
const FLUSH: &str = "SET last_active";

const ASKED: usize = 11;

/// A host that follows the engine's events and tells the store of each activity, with a user for whom
/// nothing has to be asked of the engine; and what the host reaches the engine through.
struct Host {
    controller: Controller,
    before: Endpoint,
    _engine: EngineProxy,
}

fn host(world: &World, proxy: &PostgresProxy, differs: impl FnOnce(&mut Plan)) -> Host {
    let engine = world.engine_proxy();
    let controller = world.controller_that(|plan| {
        plan.store = proxy.store();
        plan.engine = engine.url();
        plan.patience = Duration::from_secs(2);
        plan.slack = Duration::ZERO;
        plan.watch = true;
        differs(plan);
    });
    controller.ensure("a");
    Host {
        before: warm(&engine, &controller, "a"),
        controller,
        _engine: engine,
    }
}

/// All who ask are served without the store, and half of them at once.
fn serves(host: &Host) {
    let (host, before) = (&host.controller, &host.before);
    let mut took: Vec<_> = (0..ASKED)
        .map(|number| {
            let begun = Instant::now();
            if number % 2 == 0 {
                let endpoint = host.ensure("a");
                assert!(endpoint.pending, "{endpoint:#?}");
                assert_eq!(
                    (&endpoint.container_id, &endpoint.url, &endpoint.token),
                    (&before.container_id, &before.url, &before.token)
                );
            } else {
                let touched = host.try_touch("a").expect("it is noted");
                assert!(touched.known && touched.pending, "{touched:?}");
            }
            begun.elapsed()
        })
        .collect();
    took.sort_unstable();
    assert!(took[ASKED / 2] <= AT_ONCE, "{took:?}");
    assert!(took[ASKED - 1] <= LATE, "{took:?}");
    before.answers();
}

/// The host has told the store of all that was pending.
fn has_told(host: &Host) {
    eventually("the store takes the activity in", SOON, || {
        (!host.controller.ensure("a").pending).then_some(())
    });
}

pub fn who_runs_is_served_while_the_store_is_cut_off(world: &World) {
    let proxy = world.postgres_proxy().expect("the store is a database");
    let host = host(world, &proxy, |_| {});
    let beside = world.controller();
    let last_active = || beside.status("a").last_active;
    let known = last_active();
    proxy.cut();
    serves(&host);
    // Whoever isn't known to run isn't.
    host.controller.ensure_fails("b", "store_unreachable");
    assert_eq!(last_active(), known, "nobody has told it");
    serves(&host);

    // Nobody asks again.
    proxy.forget();
    proxy.mend();
    eventually("the store is told", SOON, || {
        (last_active() > known).then_some(())
    });
    let statements = proxy.statements();
    assert!(statements[0].what.contains(FLUSH), "{statements:#?}");
    has_told(&host);
    host.controller.ensure("b").answers();
}

pub fn who_runs_is_served_while_the_store_hangs(world: &World) {
    let proxy = world.postgres_proxy().expect("the store is a database");
    let host = host(world, &proxy, |_| {});
    proxy.stall();
    serves(&host);
    proxy.flow();
    has_told(&host);
    host.controller.ensure("b").answers();
}

/// The host itself reaps, and the store knows of no activity for twice the idle limit.
pub fn who_was_served_is_not_reaped_once_the_store_is_back(world: &World) {
    let proxy = world.postgres_proxy().expect("the store is a database");
    let idle_limit = Duration::from_secs(5);
    let host = host(world, &proxy, |plan| {
        plan.idle_limit = idle_limit;
        plan.reap = Some(Duration::from_millis(200));
    });
    proxy.cut();
    let until = Instant::now() + idle_limit * 2;
    while Instant::now() < until {
        serves(&host);
    }
    proxy.mend();
    has_told(&host);
    let after = host.controller.ensure("a");
    assert_eq!(after.outcome, "already_running");
    assert_eq!(after.container_id, host.before.container_id);
    host.before.answers();
}
