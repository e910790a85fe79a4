//! How many may start and run.

use std::time::{Duration, Instant};

use portreeve_tests::plan::Ready;
use portreeve_tests::story::{always, eventually, together};
use portreeve_tests::world::World;

/// How long containers take to be ready.
const UNREADY: Duration = Duration::from_secs(5);

pub fn no_more_start_at_once_than_may(world: &World) {
    let proxy = world.engine_proxy();
    let controller = world.controller_that(|plan| {
        plan.engine = proxy.url();
        plan.starting = 2;
    });
    proxy.stall(&["/start"]);
    let endpoints = together(0..7, |number| {
        if number < 6 {
            return Some(controller.ensure(&number.to_string()));
        }
        let starts = || proxy.count("/start");
        let both = || (starts() == 2).then_some(());
        eventually("both turns are used", Duration::from_secs(30), both);
        always("there is no third", Duration::from_secs(2), || {
            starts() == 2
        });
        proxy.flow();
        // The answers are lost; both containers run.
        proxy.end("/start");
        None
    });
    together(endpoints.iter().flatten(), |endpoint| endpoint.answers());
}

pub fn who_gets_ready_holds_up_nobody_else(world: &World) {
    let proxy = world.engine_proxy();
    let controller = world.controller_that(|plan| {
        plan.engine = proxy.url();
        plan.starting = 2;
        plan.readiness = Ready::Http;
        plan.variable("GATEWAY_READY_AFTER_MS", &UNREADY.as_millis().to_string());
    });
    let endpoints = together(0..6, |user| controller.ensure(&user.to_string()));
    together(&endpoints, |endpoint| endpoint.answers());

    let starts: Vec<_> = proxy
        .requests()
        .into_iter()
        .filter(|asked| asked.what.starts_with("POST ") && asked.what.ends_with("/start"))
        .map(|asked| asked.at)
        .collect();
    assert_eq!(starts.len(), 6);
    let unready = most_unready(&starts);
    assert!(
        unready > 2,
        "{unready} got ready at once, as many as have a turn"
    );
}

/// How many containers got ready at the same time, if each takes as long as it must.
fn most_unready(starts: &[Instant]) -> usize {
    let unready = |at: Instant| {
        starts
            .iter()
            .filter(|start| **start <= at && at - **start < UNREADY)
            .count()
    };
    starts
        .iter()
        .map(|start| unready(*start))
        .max()
        .unwrap_or(0)
}

pub fn no_more_run_than_may(world: &World) {
    let controllers = [0, 1].map(|_| {
        world.controller_that(|plan| {
            plan.running = Some(3);
            plan.queue = Duration::from_secs(3);
        })
    });
    let answers = together(0..8, |number| {
        let answer = controllers[number % 2].try_ensure(&number.to_string());
        assert!(world.running() <= 3, "no more run than may");
        answer
    });
    let (running, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(running.len(), 3);
    for failure in refused.into_iter().filter_map(Result::err) {
        assert_eq!(failure.code, "limit_reached", "{failure:#?}");
    }
    assert_eq!(world.running(), 3);

    // One who stops makes room for one.
    let first = running
        .into_iter()
        .find_map(Result::ok)
        .expect("three of them run");
    controllers[0].ensure(&first.user);
    controllers[0].stop(&first.user);
    controllers[1].ensure("another").answers();
    assert_eq!(world.running(), 3);
}
