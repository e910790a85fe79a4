//! Starts that take long, fail, or are no longer wanted.

use std::thread;
use std::time::{Duration, Instant};

use portreeve_tests::answer::Failure;
use portreeve_tests::names::random_name;
use portreeve_tests::plan::{Plan, Ready};
use portreeve_tests::story::eventually;
use portreeve_tests::world::{Controller, World};

/// Long enough for whoever doesn't wait for the gateway to be seen not waiting.
const LATE: Duration = Duration::from_millis(1500);

fn exits(plan: &mut Plan) {
    // It must be waited for: `running` may see it before it has exited.
    plan.readiness = Ready::Http;
    plan.variable("GATEWAY_EXIT", "42");
    plan.variable("GATEWAY_LAST_WORDS", "no disk left");
}

fn late(plan: &mut Plan, by: Duration) {
    plan.readiness = Ready::Http;
    plan.variable("GATEWAY_READY_AFTER_MS", &by.as_millis().to_string());
}

pub fn one_that_exits_fails_with_its_last_words(world: &World) {
    let controller = world.controller_that(exits);
    let failure = controller.ensure_fails("a", "start_failed");
    assert_eq!(failure.exit_code, Some(42));
    assert_eq!(failure.log.last().map(String::as_str), Some("no disk left"));
    assert!(
        failure.message.contains("42") && failure.message.contains("no disk left"),
        "{}",
        failure.message
    );
    let status = controller.status("a");
    assert_eq!((status.status.as_str(), status.failures), ("failed", 1));
    assert_eq!(world.running(), 0);
    assert!(world.containers().len() <= 1);

    // A failed one can be stopped, and others aren't affected.
    controller.stop("a");
    assert_eq!(world.running(), 0);
    world.controller().ensure("b").answers();
}

pub fn a_token_in_last_words_is_blotted_out(world: &World) {
    let token = world.controller().ensure("a").token;
    world.controller().stop("a");
    let controller = world.controller_that(|plan| {
        exits(plan);
        plan.generation += 1;
        plan.variable("GATEWAY_PRINT_TOKEN", "1");
    });
    let failure = controller.ensure_fails("a", "start_failed");
    assert!(
        failure.log.iter().any(|line| line == "token: [token]"),
        "{:?}",
        failure.log
    );
    assert!(!format!("{failure:?}").contains(&token));
}

pub fn a_crash_loop_backs_off(world: &World) {
    let controller = world.controller_that(exits);
    let (failures, backing_off) = fails_until_it_backs_off(&controller);
    assert!(failures > 0);
    let first = backing_off
        .retry_in
        .expect("it says when the next try is due");
    assert!(
        backing_off.message.contains("due in"),
        "{}",
        backing_off.message
    );
    assert!(
        backing_off.message.contains("42"),
        "and what happened: {}",
        backing_off.message
    );
    let elsewhere = world
        .controller_that(exits)
        .ensure_fails("a", "backing_off");
    assert!(elsewhere.retry_in <= Some(first), "wherever it is asked");
    assert_eq!(controller.status("a").failures, failures);
    controller.ensure_fails("a", "backing_off");

    // When it is due it is tried, and the next one takes longer.
    let within = first + Duration::from_secs(15);
    let failure = eventually("the next start is tried", within, || {
        let failure = controller.try_ensure("a").expect_err("it still exits");
        (failure.code != "backing_off").then_some(failure)
    });
    assert_eq!(failure.code, "start_failed");
    let second = controller.ensure_fails("a", "backing_off").retry_in;
    assert!(second > Some(first), "{second:?} after {first:?}");
    assert_eq!(controller.status("a").failures, failures + 1);
}

/// How many starts failed before the next one was put off, and what was said then.
fn fails_until_it_backs_off(controller: &Controller) -> (u32, Failure) {
    for failures in 0..10 {
        let failure = controller.try_ensure("a").expect_err("it exits");
        if failure.code == "backing_off" {
            return (failures, failure);
        }
        assert_eq!(failure.code, "start_failed", "{failure:#?}");
    }
    panic!("ten starts failed and none was put off");
}

pub fn a_mended_one_starts_and_all_is_forgiven(world: &World) {
    let controller = world.controller_that(exits);
    controller.ensure_fails("a", "start_failed");
    let mended = world.controller_that(|plan| plan.generation += 1);
    mended.ensure("a").answers();
    assert_eq!(mended.status("a").failures, 0);
    assert_eq!(mended.status("a").status, "running");
}

pub fn ready_once_healthy(world: &World) {
    waits_for_a_late_gateway(world, Ready::Healthy);
    assert_eq!(
        world.controller().status("a").health.as_deref(),
        Some("healthy")
    );
}

pub fn ready_once_connected(world: &World) {
    waits_for_a_late_gateway(world, Ready::Tcp);
}

pub fn ready_once_answered(world: &World) {
    waits_for_a_late_gateway(world, Ready::Http);
}

/// The engine's own proxy accepts connections from the start, so those alone say nothing.
fn waits_for_a_late_gateway(world: &World, readiness: Ready) {
    let controller = world.controller_that(|plan| {
        late(plan, LATE);
        plan.readiness = readiness;
        plan.health_check = readiness == Ready::Healthy;
    });
    let begun = Instant::now();
    let endpoint = controller.ensure("a");
    assert!(
        endpoint.answers_now(),
        "it answers as soon as ensure has answered"
    );
    assert!(begun.elapsed() >= LATE);
    endpoint.answers();
}

pub fn one_that_is_never_ready_times_out(world: &World) {
    let start = Duration::from_secs(4);
    let controller = world.controller_that(|plan| {
        late(plan, Duration::from_secs(3600));
        plan.start = start;
    });
    let begun = Instant::now();
    let failure = controller.ensure_fails("a", "start_timeout");
    let took = begun.elapsed();
    assert!(took >= start && took < start * 3, "{took:?}");
    assert!(
        failure.message.contains('4'),
        "it says how long it was given: {}",
        failure.message
    );

    controller.stop("a");
    assert_eq!(world.running(), 0);
    let mended = world.controller_that(|plan| plan.generation += 1);
    let endpoint = eventually("the mended one starts", Duration::from_secs(60), || {
        mended.try_ensure("a").ok()
    });
    endpoint.answers();
}

pub fn a_stop_supersedes_a_start(world: &World) {
    let controller = world.controller_that(|plan| late(plan, Duration::from_secs(3600)));
    thread::scope(|scope| {
        let start = scope.spawn(|| controller.try_ensure("a"));
        world.await_state("a", "running");
        assert!(controller.stop("a").changed);
        let failure = start
            .join()
            .expect("it didn't panic")
            .expect_err("the newest word wins");
        assert_eq!(failure.code, "superseded");
    });
    assert_eq!(world.running(), 0);
    assert_eq!(controller.status("a").status, "stopped");
}

pub fn image_missing_and_then_loaded(world: &World) {
    let image = format!("portreeve-test-{}:absent", random_name());
    let controller = world.controller_that(|plan| plan.image.clone_from(&image));
    let failure = controller.ensure_fails("a", "image_missing");
    assert!(failure.message.contains(&image), "{}", failure.message);
    assert!(world.containers().is_empty());
    controller.stop("a");

    world.load_image(&image);
    // That it is missing is remembered for a moment, so that many who ask at once ask the engine once.
    let endpoint = eventually("the image is seen", Duration::from_secs(5), || {
        controller.try_ensure("a").ok()
    });
    endpoint.answers();
    assert_eq!(world.container("a").image(), image);
}

pub fn image_that_no_registry_gives(world: &World) {
    // Nothing listens on port 1, and engines take a registry on a loopback address without TLS.
    let image = "127.0.0.1:1/portreeve-test:absent";
    let controller = world.controller_that(|plan| {
        image.clone_into(&mut plan.image);
        plan.pull = true;
    });
    let failure = controller.ensure_fails("a", "image_missing");
    assert!(failure.message.contains(image), "{}", failure.message);
    assert!(world.containers().is_empty());
}

pub fn a_caller_who_goes_away(world: &World) {
    let controller = world.controller_that(|plan| late(plan, LATE));
    let answer = controller.ensure_for("a", Duration::from_millis(100));
    assert_eq!(answer, None, "it went away before that");
    assert_eq!(controller.ensure_for("b", Duration::ZERO), None);

    let endpoints = ["a", "b"].map(|user| controller.ensure(user));
    for endpoint in &endpoints {
        endpoint.answers();
    }
    assert_eq!(world.containers().len(), 2);

    // One who goes away doesn't take the others' answer along.
    controller.stop("a");
    thread::scope(|scope| {
        let stays = scope.spawn(|| controller.ensure("a"));
        assert_eq!(controller.ensure_for("a", Duration::from_millis(100)), None);
        let endpoint = stays.join().expect("it was answered");
        assert_eq!(endpoint.container_id, endpoints[0].container_id);
    });
    controller.stop("b");
    controller.ensure_for("b", Duration::from_millis(100));
    assert!(controller.stop("b").known, "nobody is stuck");
    assert_eq!(world.container("b").state(), "exited");
}
