//! Where store and engine don't agree.

use std::collections::BTreeMap;
use std::time::Duration;

use portreeve_tests::answer::Endpoint;
use portreeve_tests::stores;
use portreeve_tests::story::{eventually, together};
use portreeve_tests::world::{Controller, World};

/// Store and engine, as they are: to be compared.
fn everything(world: &World) -> (BTreeMap<String, serde_json::Value>, String) {
    let plan = world.plan();
    let engine = world.engine.picture(&world.label(), &plan.prefix);
    (engine, stores::records(&plan.store))
}

/// Dry first, which must change nothing; then in earnest; and then there is nothing left to be found.
fn is_found_and_mended(world: &World, controller: &Controller, found: &[&str]) {
    let with = |remedy: &str| -> Vec<_> {
        found
            .iter()
            .map(|found| format!("{found} {remedy}"))
            .collect()
    };
    let before = everything(world);
    assert_eq!(controller.repairs(true), with("planned"));
    assert_eq!(world.controller().repairs(true), with("planned"));
    assert_eq!(
        everything(world),
        before,
        "that it was looked at doesn't show"
    );
    assert_eq!(controller.repairs(false), with("mended"));
    assert_eq!(controller.repairs(false), [""; 0]);
    assert_eq!(world.controller().repairs(true), [""; 0]);
}

/// The last of the ports, which nobody has yet.
fn free_port(world: &World) -> String {
    world.plan().ports.1.to_string()
}

fn comes_back(controller: &Controller, before: &Endpoint, outcome: &str) {
    let after = controller.ensure(&before.user);
    assert_eq!(after.outcome, outcome);
    assert_eq!(after.token, before.token);
    after.answers();
    assert_eq!(after.kept().as_deref(), Some("precious"));
}

pub fn where_all_agree_nothing_is_found(world: &World) {
    let controller = world.controller();
    assert_eq!(controller.repairs(false), [""; 0]);
    for user in ["runs", "stopped"] {
        controller.ensure(user);
    }
    controller.stop("stopped");
    let before = everything(world);
    assert_eq!(controller.repairs(false), [""; 0]);
    assert_eq!(world.controller().repairs(false), [""; 0]);
    assert_eq!(everything(world), before);
}

pub fn one_that_is_not_running(world: &World) {
    let controller = world.controller();
    let endpoints = ["killed", "removed"].map(|user| controller.ensure(user));
    for endpoint in &endpoints {
        endpoint.keep("precious");
    }
    world.engine.kill(&endpoints[0].container_id);
    world.engine.remove(&endpoints[1].container_id);
    is_found_and_mended(
        world,
        &controller,
        &["killed not_running", "removed not_running"],
    );
    assert_eq!(controller.status("killed").status, "stopped");
    assert_eq!(controller.status("killed").port, Some(endpoints[0].port));
    assert_eq!(
        controller.status("removed").port,
        None,
        "nothing is bound to it"
    );
    comes_back(&controller, &endpoints[0], "started");
    comes_back(&controller, &endpoints[1], "created");
}

pub fn one_that_runs_unrecorded(world: &World) {
    let controller = world.controller();
    let before = controller.ensure("a");
    controller.stop("a");
    world.engine.start(&before.container_id);
    let started_at = world.container("a").started_at();
    is_found_and_mended(world, &controller, &["a runs_unrecorded"]);
    assert_eq!(world.container("a").started_at(), started_at, "it runs on");
    assert_eq!(controller.ailments(), []);
    assert_eq!(controller.health().len(), 1, "it is meant to run now");
    before.answers();
}

pub fn one_beside_the_current_one(world: &World) {
    let controller = world.controller();
    let before = controller.ensure("a");
    before.keep("precious");
    let current = world.container("a");
    world.engine.rename(&current.id(), &world.elsewhere());
    let again = || world.twin(&current, "a", &[("portreeve.port", &free_port(world))]);
    let surplus = again();
    world.engine.start(&surplus);
    is_found_and_mended(world, &controller, &["a surplus_container"]);
    assert!(world.engine.container(&surplus).is_none(), "it is gone");
    let container = |world: &World| world.engine.container(&current.id());
    assert!(container(world).is_some_and(|current| current.is_running()));

    // And beside a stopped one.
    controller.stop("a");
    again();
    is_found_and_mended(world, &controller, &["a surplus_container"]);
    assert_eq!(world.containers().len(), 1);
    world
        .engine
        .rename(&current.id(), &world.container_name("a"));
    comes_back(&controller, &before, "started");
}

pub fn one_without_a_record(world: &World) {
    let controller = world.controller();
    let before = controller.ensure("a");
    let record = world
        .container("a")
        .label("portreeve.installation")
        .expect("ours bear it");
    let volume = world.volume_name("ghost");
    let labels = BTreeMap::from([
        ("portreeve.installation", record.as_str()),
        ("portreeve.user", "ghost"),
    ]);
    world.engine.create_volume(&volume, &labels);
    let labels = [
        ("portreeve.record", "0123456789abcdef0123456789abcdef"),
        ("portreeve.port", &free_port(world)),
    ];
    let orphan = world.twin(&world.container("a"), "ghost", &labels);
    world.engine.start(&orphan);
    let state = "ghost orphan_volume reported";
    let before_that = everything(world);
    let planned = ["ghost orphan_container planned", state];
    assert_eq!(controller.repairs(true), planned);
    assert_eq!(world.controller().repairs(true), planned);
    assert_eq!(everything(world), before_that);
    let mended = ["ghost orphan_container mended", state];
    assert_eq!(controller.repairs(false), mended);
    assert!(world.engine.container(&orphan).is_none(), "it is gone");
    assert!(world.engine.volume(&volume).is_some(), "its state isn't");
    // It goes on being told until somebody has done something about it.
    let told = controller.repair(false);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].volume.as_ref(), Some(&volume));
    assert_eq!(world.controller().repairs(false), [state]);
    controller.ensure("ghost").answers();
    assert_eq!(controller.repairs(false), [""; 0]);
    controller.purge("ghost");
    before.answers();
    assert_eq!(world.containers().len(), 1);
}

pub fn a_claim_without_a_container(world: &World) {
    let controller = world.controller();
    let before = controller.ensure("a");
    before.keep("precious");
    controller.stop("a");
    world.engine.remove(&before.container_id);
    assert_eq!(controller.status("a").port, Some(before.port));
    is_found_and_mended(world, &controller, &["a claim_without_container"]);
    assert_eq!(controller.status("a").port, None);
    comes_back(&controller, &before, "created");
}

/// A controller was killed in the middle of a stop, and nobody has asked for the user since.
pub fn one_left_unfinished(world: &World) {
    let lease = Duration::from_secs(3);
    let controller = world.controller_that(|plan| plan.lease = lease);
    let before = controller.ensure("a");
    before.keep("precious");
    let proxy = world.engine_proxy();
    let doomed = world.doomed_process(|plan| {
        plan.engine = proxy.url();
        plan.lease = lease;
        // The next one is to be in the middle of it.
        plan.variable("GATEWAY_IGNORE_TERM", "1");
    });
    proxy.stall(&["/stop"]);
    doomed.begin_to_stop("a");
    proxy.await_request("/stop");
    drop(doomed);
    world.note("the controller was killed");
    world.await_state("a", "exited");

    let found = eventually("its lease runs out", lease * 4, || {
        let found = controller.repairs(true);
        (found != ["a under_lease awaited"]).then_some(found)
    });
    assert_eq!(found, ["a unfinished planned"]);
    is_found_and_mended(world, &controller, &["a unfinished"]);
    assert_eq!(controller.status("a").status, "stopped");
    assert_eq!(world.running(), 0);
    comes_back(&controller, &before, "created");
}

/// A controller was killed that held the lease of a user for whom nothing was left undone.
pub fn a_lease_that_was_left_behind(world: &World) {
    let controller = world.controller();
    let endpoints = ["runs", "stopped"].map(|user| controller.ensure(user));
    endpoints[1].keep("precious");
    controller.stop("stopped");
    let statement =
        "UPDATE portreeve_tenancies SET lease_owner = record_id, lease_until = created_at";
    stores::tamper(&world.plan().store, statement);
    let containers = world.containers().len();
    is_found_and_mended(
        world,
        &controller,
        &["runs stale_lease", "stopped stale_lease"],
    );
    assert_eq!(world.containers().len(), containers);
    endpoints[0].answers();
    comes_back(&controller, &endpoints[1], "started");
}

/// Of a record that can't be understood nothing is touched, and a person is told.
pub fn one_whose_record_is_unreadable(world: &World) {
    let controller = world.controller();
    let before = ["a", "b"].map(|user| controller.ensure(user));
    let statement = format!(
        "UPDATE portreeve_tenancies SET failure_count = 1, failure_reason = 'none', failure_log = 'not a list' \
         WHERE container_name = '{}'",
        world.container_name("a")
    );
    stores::tamper(&world.plan().store, &statement);
    let state = everything(world);
    let newcomer = world.controller();
    assert_eq!(newcomer.repairs(true), ["a record_unreadable reported"]);
    assert_eq!(newcomer.repairs(false), ["a record_unreadable reported"]);
    assert_eq!(everything(world), state);
    let ailments = newcomer.ailments();
    assert_eq!(ailments.len(), 1);
    assert_eq!(ailments[0].0, "a");
    assert_eq!(newcomer.status("a").status, "unreadable");
    newcomer.ensure_fails("a", "record_unreadable");
    assert_eq!(everything(world), state);
    for endpoint in before {
        endpoint.answers();
    }
}

pub fn what_is_not_ours_is_left_alone_by_a_repair(world: &World) {
    let controller = world.controller();
    controller.ensure("a");
    world.foreign_container(&world.elsewhere());
    let foreign = world.foreign_container(&world.container_name("b"));
    world.engine.start(&foreign);
    let theirs = [("portreeve.installation", "0123456789abcdef0123456789abcdef")];
    let name = world.container_name("c");
    let theirs = world.lookalike(&name, &world.container("a"), &theirs);
    world.engine.start(&theirs);
    world
        .engine
        .create_volume(&world.volume_name("d"), &BTreeMap::new());
    let before = everything(world);
    assert_eq!(controller.repairs(true), [""; 0]);
    assert_eq!(controller.repairs(false), [""; 0]);
    assert_eq!(everything(world), before);
}

/// All at once, by two controllers at once: what one of them mends the other leaves.
pub fn two_controllers_repair_at_once(world: &World) {
    let controllers = [world.controller(), world.controller()];
    let users: Vec<_> = (0..12).map(|number| number.to_string()).collect();
    let endpoints = together(&users, |user| {
        let endpoint = controllers[0].ensure(user);
        endpoint.keep("precious");
        endpoint
    });
    for (number, endpoint) in endpoints.iter().enumerate() {
        match number % 3 {
            0 => world.engine.kill(&endpoint.container_id),
            1 => world.engine.remove(&endpoint.container_id),
            _ => {}
        }
    }
    let found = together(&controllers, |controller| controller.repairs(false)).concat();
    for finding in &found {
        // What the other is at may be told of as such.
        let told = [" not_running mended", " under_lease awaited"];
        let as_it_is = told.iter().any(|told| finding.ends_with(told));
        assert!(as_it_is, "{finding}");
    }
    for controller in &controllers {
        assert_eq!(controller.repairs(false), [""; 0]);
    }
    assert_eq!(world.running(), 4);
    together(&endpoints, |before| {
        let after = controllers[1].ensure(&before.user);
        assert_eq!(after.kept().as_deref(), Some("precious"));
    });
}
