//! When a container counts as ready, where it is published, and from where its URL works.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::time::{Duration, Instant};

use portreeve_tests::answer::Endpoint;
use portreeve_tests::plan::{Callers, Plan, Ready};
use portreeve_tests::story::eventually;
use portreeve_tests::world::World;

/// Long enough for whoever doesn't wait for the gateway to be seen not waiting.
const LATE: Duration = Duration::from_millis(1500);

fn late(plan: &mut Plan) {
    plan.variable("GATEWAY_READY_AFTER_MS", &LATE.as_millis().to_string());
}

/// So late that even on a busy machine it isn't by chance that nobody has waited.
fn very_late(plan: &mut Plan) {
    plan.variable("GATEWAY_READY_AFTER_MS", "5000");
}

/// What an ensure answered, and how long it took. None of the images has a shell.
fn timed(world: &World, differs: impl FnOnce(&mut Plan)) -> (Endpoint, Duration) {
    let controller = world.controller_that(|plan| {
        late(plan);
        differs(plan);
    });
    let begun = Instant::now();
    let endpoint = controller.ensure("a");
    (endpoint, begun.elapsed())
}

fn is_ready_at_once(world: &World, differs: impl FnOnce(&mut Plan)) {
    let (endpoint, took) = timed(world, differs);
    assert!(endpoint.answers_now(), "it is ready");
    assert!(took >= LATE, "{took:?}");
    endpoint.answers();
}

pub fn ready_as_soon_as_it_is_ordered(world: &World) {
    let (endpoint, _) = timed(world, |plan| {
        plan.readiness = Ready::None;
        very_late(plan);
    });
    assert!(!endpoint.answers_now(), "nobody has waited for it");
    endpoint.answers();
}

pub fn ready_as_soon_as_it_runs(world: &World) {
    let (endpoint, _) = timed(world, |plan| {
        plan.readiness = Ready::Running;
        very_late(plan);
    });
    assert!(!endpoint.answers_now(), "nobody has waited for it");
    assert!(world.container("a").is_running());
    endpoint.answers();
}

pub fn ready_once_the_images_own_check_passes(world: &World) {
    is_ready_at_once(world, |plan| {
        plan.readiness = Ready::Healthy;
        plan.image = world.images.checked();
    });
    let health = world.controller().status("a").health;
    assert_eq!(health.as_deref(), Some("healthy"));
}

pub fn the_templates_check_replaces_the_images(world: &World) {
    is_ready_at_once(world, |plan| {
        plan.readiness = Ready::Healthy;
        plan.image = world.images.checked();
        plan.health_check = true;
    });
}

/// A check that the image has is nobody's concern where another readiness was asked for.
pub fn ready_once_connected_whatever_the_check_says(world: &World) {
    let (endpoint, took) = timed(world, |plan| {
        plan.readiness = Ready::Tcp;
        plan.image = world.images.checked();
        plan.variable("GATEWAY_UNHEALTHY_AFTER_MS", "0");
    });
    assert!(took >= LATE, "{took:?}");
    endpoint.answers();
    let health = world.controller().status("a").health;
    assert_ne!(health.as_deref(), Some("healthy"));
}

pub fn not_ready_while_it_answers_that_it_is_not(world: &World) {
    let controller = world.controller_that(|plan| {
        plan.readiness = Ready::Http;
        plan.start = Duration::from_secs(3);
        plan.variable("GATEWAY_UNHEALTHY_AFTER_MS", "0");
    });
    let failure = controller.ensure_fails("a", "start_timeout");
    assert!(
        failure.message.contains("503"),
        "it says why: {}",
        failure.message
    );
}

/// Nothing would ever say that it is healthy, and that is told as it is.
pub fn never_healthy_without_a_check(world: &World) {
    let controller = world.controller_that(|plan| plan.readiness = Ready::Healthy);
    let failure = controller.ensure_fails("a", "no_health_check");
    assert!(failure.message.contains(&world.plan().image), "{failure:?}");
    assert!(world.container("a").is_running(), "it isn't to blame");
    controller.ensure_fails("a", "no_health_check");
    assert_eq!(controller.repairs(false), ["a unfinished failed"]);

    // Nothing has to be waited for once that is mended.
    let mended = world.controller_that(|plan| plan.readiness = Ready::Http);
    let endpoint = mended.ensure("a");
    assert!(endpoint.answers_now(), "it is ready");
    assert_eq!(endpoint.outcome, "already_running");
    assert_eq!(mended.repairs(false), [""; 0]);
}

fn published_on(world: &World, address: IpAddr, callers: &str) {
    let controller = world.controller_that(|plan| {
        plan.publish_on = address;
        plan.callers = Callers::At(callers.to_owned());
        plan.readiness = Ready::Http;
    });
    let endpoint = controller.ensure("a");
    assert!(endpoint.answers_now(), "it is ready");
    endpoint.answers();
    let bindings = world.container("a").bindings();
    assert_eq!(bindings, [(address.to_string(), endpoint.port)]);
    let again = controller.ensure("a");
    assert_eq!(
        (again.outcome.as_str(), &again.url),
        ("already_running", &endpoint.url)
    );
    assert_eq!(controller.status("a").url.as_ref(), Some(&endpoint.url));
    controller.stop("a");
    controller.ensure("a").answers();
}

pub fn published_on_all_interfaces(world: &World) {
    published_on(world, Ipv4Addr::UNSPECIFIED.into(), "localhost");
}

pub fn published_on_another_loopback_address(world: &World) {
    published_on(world, Ipv4Addr::new(127, 0, 0, 2).into(), "127.0.0.2");
}

pub fn published_on_ipv6(world: &World) {
    if let Err(error) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
        eprintln!("published_on_ipv6 is left out: this machine has no ::1 ({error})");
        return;
    }
    published_on(world, Ipv6Addr::LOCALHOST.into(), "::1");
    let url = world.controller_that(|plan| plan.callers = Callers::At("::1".to_owned()));
    assert!(
        url.status("a")
            .url
            .is_some_and(|url| url.starts_with("http://[::1]:"))
    );
}

/// The other address families of the same port belong to others.
pub fn a_port_held_on_another_address_only(world: &World) {
    let first = world.plan().ports.0;
    let held = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 3), first)).expect("it is free");
    let endpoint = world.controller().ensure("a");
    assert_eq!(endpoint.port, first, "it isn't in the way");
    endpoint.answers();
    drop(held);
}

pub fn a_network_url_works_on_that_network(world: &World) {
    let controller = world.controller_that(|plan| plan.callers = Callers::OnTheNetwork);
    // The second has a name that had to be made up.
    for user in ["a", "User@example.org"] {
        let endpoint = controller.ensure(user);
        assert_eq!(
            endpoint.url,
            format!("http://{}:18789", endpoint.container_name)
        );
        let asked = ["ask", &endpoint.url, &endpoint.token];
        let (code, said) = eventually("it listens", Duration::from_secs(15), || {
            let (code, said) = world.run_on_the_network(&asked);
            world.note(format!("asked from the network: {code} {said}"));
            (code == 0).then_some((code, said))
        });
        assert_eq!(code, 0, "{said}");
        assert!(said.contains(&endpoint.container_id[..12]), "{said}");
        let (code, said) = world.run_on_the_network(&["ask", &endpoint.url, "another"]);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("401"), "{said}");
    }
    controller.stop("a");
    assert_eq!(controller.status("a").url, None);
    let again = controller.ensure("a");
    assert_eq!(again.url, format!("http://{}:18789", again.container_name));
}
