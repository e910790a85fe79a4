//! The configuration changes: who gets the new one when.

use portreeve_tests::plan::Plan;
use portreeve_tests::world::World;

/// A newer configuration, with another image and another variable.
pub(super) fn changed(world: &World) -> impl Fn(&mut Plan) {
    let image = world.images.second();
    move |plan| {
        plan.generation += 1;
        plan.image.clone_from(&image);
        plan.variable("FLAVOUR", "new");
    }
}

pub fn a_stopped_one_is_recreated_from_a_changed_template(world: &World) {
    let controller = world.controller();
    let before = controller.ensure("a");
    before.keep("precious");
    controller.stop("a");

    let newer = world.controller_that(changed(world));
    assert!(newer.status("a").outdated);
    let after = newer.ensure("a");
    assert_eq!(after.outcome, "recreated");
    assert_ne!(after.container_id, before.container_id);
    assert_eq!((after.port, &after.token), (before.port, &before.token));
    after.answers();
    assert_eq!(after.kept().as_deref(), Some("precious"));
    let container = world.container("a");
    assert_eq!(container.image(), world.images.second());
    assert_eq!(container.variable("EDITION").as_deref(), Some("second"));
    assert_eq!(container.variable("FLAVOUR").as_deref(), Some("new"));
    assert_eq!(world.containers().len(), 1);
    assert!(!newer.status("a").outdated);
}

pub fn a_running_one_is_left_alone_and_outdated(world: &World) {
    let before = world.controller().ensure("a");
    let started_at = world.container("a").started_at();
    let newer = world.controller_that(changed(world));
    let after = newer.ensure("a");
    assert_eq!(after.outcome, "already_running");
    assert_eq!(after.container_id, before.container_id);
    assert_eq!(world.container("a").started_at(), started_at);
    assert!(newer.status("a").outdated);
    assert!(newer.list()[0].outdated);
    assert!(
        !world.controller().status("a").outdated,
        "by the configuration it was made from it isn't"
    );
}

pub fn an_older_template_recreates_nothing(world: &World) {
    let newer = world.controller_that(changed(world));
    let before = newer.ensure("a");
    newer.stop("a");

    let older = world.controller();
    let after = older.ensure("a");
    assert_eq!(after.outcome, "started");
    assert_eq!(after.container_id, before.container_id);
    assert_eq!(world.container("a").image(), world.images.second());
    after.answers();
}
