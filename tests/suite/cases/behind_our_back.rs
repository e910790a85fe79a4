//! What others do to a user's container, network and volume: the next ensure puts it right, and
//! nothing is lost.

use portreeve_tests::answer::Endpoint;
use portreeve_tests::world::{Controller, World};

/// A user's container with something in its volume.
fn begin(world: &World) -> (Controller, Endpoint) {
    let controller = world.controller();
    let endpoint = controller.ensure("a");
    endpoint.keep("precious");
    (controller, endpoint)
}

/// The user has one working container, with the port, the token and the volume it had.
fn is_whole(world: &World, before: &Endpoint, after: &Endpoint) {
    after.answers();
    assert_eq!((after.port, &after.token), (before.port, &before.token));
    assert_eq!(after.kept().as_deref(), Some("precious"));
    assert_eq!(world.containers().len(), 1);
}

pub fn container_killed(world: &World) {
    let (controller, before) = begin(world);
    world.engine.kill(&before.container_id);
    assert_ne!(controller.status("a").status, "running");
    let after = controller.ensure("a");
    assert_eq!(after.outcome, "started");
    assert_eq!(after.container_id, before.container_id);
    is_whole(world, &before, &after);
}

pub fn container_stopped_by_hand(world: &World) {
    let (controller, before) = begin(world);
    world.engine.stop(&before.container_id);
    assert_eq!(controller.status("a").status, "stopped");
    let after = controller.ensure("a");
    assert_eq!(after.outcome, "started");
    assert_eq!(after.container_id, before.container_id);
    is_whole(world, &before, &after);
}

pub fn container_removed(world: &World) {
    let (controller, before) = begin(world);
    world.engine.remove(&before.container_id);
    let after = controller.ensure("a");
    assert_eq!(after.outcome, "created");
    is_whole(world, &before, &after);
}

pub fn container_and_volume_removed(world: &World) {
    let (controller, before) = begin(world);
    world.engine.remove(&before.container_id);
    world.engine.remove_volume(&world.volume_name("a"));
    let after = controller.ensure("a");
    after.answers();
    assert_eq!((after.port, &after.token), (before.port, &before.token));
    assert_eq!(after.kept(), None, "that is gone for good");
    let volume = world
        .engine
        .volume(&world.volume_name("a"))
        .expect("a new one was made");
    assert_eq!(volume["Labels"]["portreeve.user"], "a", "and is ours");
}

pub fn container_paused(world: &World) {
    let (controller, before) = begin(world);
    world.engine.pause(&before.container_id);
    assert_eq!(controller.status("a").status, "paused");
    let after = controller.ensure("a");
    assert_eq!(after.container_id, before.container_id, "it runs on");
    is_whole(world, &before, &after);

    world.engine.pause(&before.container_id);
    assert!(controller.stop("a").changed, "a frozen one can be stopped");
    assert_eq!(world.running(), 0);
    is_whole(world, &before, &controller.ensure("a"));
}

pub fn container_renamed(world: &World) {
    let (controller, before) = begin(world);
    world.engine.rename(
        &before.container_id,
        &format!("{}-elsewhere", world.plan().prefix),
    );
    is_whole(world, &before, &controller.ensure("a"));

    // Nor is it lost to a controller that sees it for the first time.
    let newcomer = world.controller();
    assert!(newcomer.stop("a").changed);
    assert_eq!(world.running(), 0);
    is_whole(world, &before, &newcomer.ensure("a"));
}

pub fn container_started_by_hand_after_a_stop(world: &World) {
    let (controller, before) = begin(world);
    controller.stop("a");
    world.engine.start(&before.container_id);
    assert_eq!(controller.status("a").status, "running");
    let after = controller.ensure("a");
    assert_eq!(after.container_id, before.container_id);
    is_whole(world, &before, &after);

    controller.stop("a");
    world.engine.start(&before.container_id);
    assert!(controller.stop("a").changed, "it ran, whoever started it");
    assert_eq!(world.running(), 0);
}

/// The engine keeps the id of a network in its containers, and won't start them on another of the same name.
pub fn network_removed_after_a_stop(world: &World) {
    let (controller, before) = begin(world);
    controller.stop("a");
    world.engine.remove_network(&world.plan().network);
    let after = controller.ensure("a");
    assert_eq!(after.outcome, "recreated");
    is_whole(world, &before, &after);
    assert_eq!(
        world.container("a").networks(),
        [world.plan().network.clone()]
    );
}

/// Whoever is answered reaches the container: one that nobody can reach is made anew.
pub fn container_taken_off_its_network(world: &World) {
    let (controller, before) = begin(world);
    let network = &world.plan().network;
    assert!(world.engine.try_disconnect(network, &before.container_id));
    let told = "the container is not attached to its network".to_owned();
    assert_eq!(controller.ailments(), [("a".to_owned(), told)]);
    let after = controller.ensure("a");
    assert_eq!(after.outcome, "recreated");
    is_whole(world, &before, &after);
    assert_eq!(controller.ailments(), []);
    assert_eq!(
        world.container("a").networks(),
        std::slice::from_ref(network)
    );
    assert_eq!(controller.ensure("a").outcome, "already_running");

    // One more beside its own is nobody's concern.
    world.engine.create_network(&world.elsewhere());
    let id = &after.container_id;
    assert!(world.engine.try_connect(&world.elsewhere(), id));
    assert_eq!(controller.ensure("a").outcome, "already_running");
    // Another in the place of its own is not.
    assert!(world.engine.try_disconnect(network, id));
    let last = controller.ensure("a");
    assert_eq!(last.outcome, "recreated");
    is_whole(world, &before, &last);
}

pub fn container_taken_off_its_network_while_stopped(world: &World) {
    let (controller, before) = begin(world);
    controller.stop("a");
    let network = &world.plan().network;
    assert!(world.engine.try_disconnect(network, &before.container_id));
    let after = controller.ensure("a");
    assert_eq!(after.outcome, "recreated");
    is_whole(world, &before, &after);
}
