//! A restart brings the current configuration, and keeps what is the user's.

use portreeve_tests::answer::Endpoint;
use portreeve_tests::world::World;

use super::template::changed;

/// The same port, token and volume, and one container.
fn is_still_the_users(world: &World, before: &Endpoint, after: &Endpoint) {
    after.answers();
    assert_eq!((after.port, &after.token), (before.port, &before.token));
    assert_eq!(after.kept().as_deref(), Some("precious"));
    assert_eq!(world.containers().len(), 1);
}

pub fn a_restart_brings_a_changed_template(world: &World) {
    let before = world.controller().ensure("a");
    before.keep("precious");
    let newer = world.controller_that(changed(world));
    assert!(newer.status("a").outdated);

    let after = newer.restart("a");
    assert_eq!(after.outcome, "recreated");
    assert_ne!(after.container_id, before.container_id);
    let container = world.container("a");
    assert_eq!(container.image(), world.images.second());
    assert_eq!(container.variable("EDITION").as_deref(), Some("second"));
    assert_eq!(container.variable("FLAVOUR").as_deref(), Some("new"));
    is_still_the_users(world, &before, &after);
    assert!(!newer.status("a").outdated);
}

pub fn a_restart_of_the_same_template_keeps_the_container(world: &World) {
    let controller = world.controller();
    let before = controller.ensure("a");
    before.keep("precious");
    let started_at = world.container("a").started_at();
    let active = controller.status("a").last_active;

    let after = controller.restart("a");
    assert_eq!(after.outcome, "started");
    assert_eq!(after.container_id, before.container_id);
    assert_ne!(world.container("a").started_at(), started_at);
    is_still_the_users(world, &before, &after);
    let status = controller.status("a");
    assert!(
        status.last_active > active,
        "else the next reap would undo it"
    );
    assert_eq!(status.status, "running");
}

/// Whoever asks for a restart by any generation gets that generation's container.
pub fn a_restart_by_an_older_template_goes_back(world: &World) {
    let before = world.controller_that(changed(world)).ensure("a");
    before.keep("precious");
    let after = world.controller().restart("a");
    assert_eq!(after.outcome, "recreated");
    assert_eq!(world.container("a").image(), world.images.first());
    is_still_the_users(world, &before, &after);
}

pub fn a_restart_with_a_missing_image_leaves_the_running_one_alone(world: &World) {
    let before = world.controller().ensure("a");
    let container = world.container("a").untouched();
    let hopeless = world.controller_that(|plan| {
        plan.generation += 1;
        "portreeve-test-nowhere:absent".clone_into(&mut plan.image);
    });
    let failure = hopeless.try_restart("a").expect_err("it can't be had");
    assert_eq!(failure.code, "image_missing", "{failure:#?}");
    assert_eq!(world.container("a").untouched(), container);
    before.answers();

    let again = world.controller().ensure("a");
    assert_eq!(
        (again.outcome.as_str(), again.container_id),
        ("already_running", before.container_id)
    );
}

pub fn a_restart_of_a_stopped_user_starts_it(world: &World) {
    let controller = world.controller();
    let before = controller.ensure("a");
    before.keep("precious");
    controller.stop("a");
    let started = controller.restart("a");
    assert_eq!(started.outcome, "started");
    assert_eq!(started.container_id, before.container_id);
    is_still_the_users(world, &before, &started);

    controller.stop("a");
    let recreated = world.controller_that(changed(world)).restart("a");
    assert_eq!(recreated.outcome, "recreated");
    assert_eq!(world.container("a").image(), world.images.second());
    is_still_the_users(world, &before, &recreated);
}

pub fn a_restart_of_an_unknown_user_makes_it(world: &World) {
    let controller = world.controller();
    let endpoint = controller.restart("a");
    assert_eq!(endpoint.outcome, "created");
    endpoint.answers();
    let again = controller.ensure("a");
    assert_eq!(again.container_id, endpoint.container_id);
}
