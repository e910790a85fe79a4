//! A container that only bears a user's labels is nobody's of ours: it is told of, and left alone.

use portreeve_tests::answer::Endpoint;
use portreeve_tests::world::{Controller, World};
use serde_json::json;

const TOLD: &str = "a copied_container reported";

/// Whatever is done for the user, the copy goes on as it is, is told of, and is never taken for the user's.
fn is_left_alone(world: &World, controller: &Controller, copy: &str, before: &Endpoint) {
    let untouched = || {
        let copy = world.engine.container(copy);
        copy.expect("it is still there").untouched()
    };
    let as_it_is = untouched();
    for dry_run in [true, false, false] {
        assert_eq!(controller.repairs(dry_run), [TOLD]);
    }
    let found = controller.repair(true);
    assert_eq!(found[0].container_id.as_deref(), Some(copy));
    let name = world.engine.container(copy).expect("it is there").name();
    assert_eq!(found[0].container_name.as_deref(), Some(name.as_str()));
    assert_eq!(untouched(), as_it_is);

    before.answers();
    let is_the_users = |told: Option<&str>| assert_eq!(told, Some(before.container_id.as_str()));
    is_the_users(controller.status("a").container_id.as_deref());
    is_the_users(controller.list()[0].container_id.as_deref());
    assert_eq!(controller.ailments(), []);
    assert!(controller.stop("a").changed);
    assert_eq!(controller.status("a").status, "stopped");
    assert_eq!(world.controller().repairs(false), [TOLD]);
    let ensured = controller.ensure("a");
    assert_eq!(ensured.container_id, before.container_id);
    controller.restart("a").answers();
    assert_eq!(controller.ensure("a").kept().as_deref(), Some("precious"));
    assert_eq!(untouched(), as_it_is);
}

/// The user's container, and something in its volume.
fn ensured(controller: &Controller) -> Endpoint {
    let before = controller.ensure("a");
    before.keep("precious");
    before
}

fn image_name(world: &World) -> String {
    format!("{}-committed:latest", world.plan().prefix)
}

pub fn a_container_from_an_image_of_the_users(world: &World) {
    let controller = world.controller();
    let before = ensured(&controller);
    let image = image_name(world);
    world.engine.commit(&before.container_id, &image, &[]);
    let copy = world.run_image(&world.elsewhere(), &image, |_| {});
    let labels = world.engine.container(&copy).expect("it runs").labels();
    assert_eq!(labels["portreeve.user"], "a", "the image hands it on");
    is_left_alone(world, &controller, &copy, &before);

    // A purge leaves it alone, too; and whoever comes next has nothing to do with it.
    assert!(controller.purge("a"));
    assert!(world.engine.volume(&world.volume_name("a")).is_none());
    assert_eq!(controller.repairs(false), [TOLD]);
    controller.ensure("a").answers();
    assert_eq!(controller.repairs(false), [TOLD]);
    world.engine.remove(&copy);
    assert_eq!(controller.repairs(false), [""; 0]);
    world.engine.remove_image(&image);
}

pub fn a_container_from_an_image_that_was_given_the_labels(world: &World) {
    let controller = world.controller();
    let before = ensured(&controller);
    let image = image_name(world);
    let labels = world.container("a").labels().into_iter();
    let changes: Vec<String> = labels
        .map(|(label, value)| format!("LABEL {label}={value}"))
        .collect();
    let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
    let base = world.foreign_container(&world.elsewhere());
    world.engine.commit(&base, &image, &changes);
    world.engine.remove(&base);
    let copy = world.run_image(&world.elsewhere(), &image, |_| {});
    is_left_alone(world, &controller, &copy, &before);
    world.engine.remove(&copy);
    world.engine.remove_image(&image);
}

pub fn a_container_with_copied_labels(world: &World) {
    let controller = world.controller();
    let before = ensured(&controller);
    let copy = world.lookalike(&world.elsewhere(), &world.container("a"), &[]);
    world.engine.start(&copy);
    is_left_alone(world, &controller, &copy, &before);
    world.engine.remove(&copy);

    // One that mounts the user's volume elsewhere, on a port of its own.
    let image = world.images.first();
    let labels = json!(world.container("a").labels());
    let copy = world.run_image(&world.elsewhere(), &image, |body| {
        body["Labels"] = labels.clone();
        body["ExposedPorts"] = json!({ "18789/tcp": {} });
        body["HostConfig"]["PortBindings"] = json!({ "18789/tcp": [{ "HostPort": "" }] });
        body["HostConfig"]["Binds"] = json!([format!("{}:/elsewhere", world.volume_name("a"))]);
    });
    is_left_alone(world, &controller, &copy, &before);
    world.engine.remove(&copy);

    // And one that is like it in all but the name.
    let original = world.container("a");
    world.engine.rename(&original.id(), &world.elsewhere());
    let copy = world.twin(&original, "a", &[]);
    let aside = format!("{}-aside", world.plan().prefix);
    world.engine.rename(&copy, &aside);
    world
        .engine
        .rename(&original.id(), &world.container_name("a"));
    is_left_alone(world, &controller, &copy, &before);
    world.engine.remove(&copy);
}

/// It is in the way as anybody's container is, and is nobody's to adopt.
pub fn a_copy_under_the_users_name(world: &World) {
    let controller = world.controller();
    let before = ensured(&controller);
    let original = world.container("a");
    controller.stop("a");
    world.engine.remove(&original.id());
    let copy = world.lookalike(&world.container_name("a"), &original, &[]);
    world.engine.start(&copy);
    let as_it_is = world.container("a").untouched();
    let failure = controller.ensure_fails("a", "name_taken");
    assert!(failure.message.contains(&copy), "{failure:#?}");
    let failure = controller.try_adopt("a").expect_err("it is a copy");
    assert_eq!(failure.code, "not_adoptable", "{failure:#?}");
    assert!(failure.message.contains("docker commit"), "{failure:#?}");
    let found = controller.repairs(false);
    assert!(found.contains(&TOLD.to_owned()), "{found:?}");
    assert_eq!(controller.repairs(false), [TOLD]);
    assert_eq!(controller.status("a").container_id, None);
    assert_eq!(world.container("a").untouched(), as_it_is);

    world.engine.rename(&copy, &world.elsewhere());
    let after = controller.ensure("a");
    after.answers();
    assert_eq!(after.kept().as_deref(), Some("precious"));
    assert_ne!(after.container_id, before.container_id);
    world.engine.remove(&copy);
}
