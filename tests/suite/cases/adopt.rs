//! What another program made for a user becomes the user's: the way in for an installation of the
//! reference service.

use std::collections::BTreeMap;
use std::time::Duration;

use portreeve_tests::answer::Endpoint;
use portreeve_tests::others::Reference;
use portreeve_tests::plan::Ready;
use portreeve_tests::story::eventually;
use portreeve_tests::world::World;
use serde_json::json;

/// Where containers keep their state.
const STATE: &str = "/home/node/.openclaw";

/// The endpoint as the user knows it from before.
fn is_as_of_old(reference: &Reference, id: &str, endpoint: &Endpoint) {
    assert_eq!(endpoint.outcome, "already_running");
    assert_eq!(endpoint.container_id, id);
    assert_eq!(endpoint.container_name, reference.name);
    assert_eq!(Some(endpoint.port), reference.port);
    assert_eq!(endpoint.token, reference.token);
    endpoint.answers();
}

/// A controller that has adopted such a container; what was written into its volume before is still there.
fn adopted(world: &World, port: u16) {
    let controller = world.controller();
    let reference = world.reference("a", port);
    let id = world.make(&reference);
    let container = world.container("a").untouched();
    controller.ensure_fails("a", "name_taken");

    let adopted = controller.adopt("a");
    assert_eq!(adopted.user, "a");
    assert_eq!(adopted.container_id.as_ref(), Some(&id));
    assert_eq!(Some(&adopted.volume), reference.volume.as_ref());
    assert_eq!(adopted.port, Some(port));
    assert!(!adopted.already);
    assert_eq!(
        world.container("a").untouched(),
        container,
        "it goes on as it is"
    );
    let endpoint = controller.ensure("a");
    is_as_of_old(&reference, &id, &endpoint);
    endpoint.keep("precious");
    let again = world.controller().adopt("a");
    assert!(again.already);
    assert_eq!(
        (again.container_id, again.volume, again.port),
        (adopted.container_id, adopted.volume, adopted.port)
    );

    // Nobody else is given its port.
    let first = world.plan().ports.0;
    let other = world.controller_that(|plan| plan.ports = (first, first + 1));
    assert_ne!(other.ensure("b").port, port);
    is_as_of_old(&reference, &id, &other.ensure("a"));

    let newer = world.controller_that(|plan| plan.generation += 1);
    assert!(newer.status("a").outdated);
    let after = newer.restart("a");
    assert_eq!(after.outcome, "recreated");
    is_made_anew(world, &endpoint, &after);
}

/// It is made from the template now, with what it had.
fn is_made_anew(world: &World, before: &Endpoint, after: &Endpoint) {
    assert_ne!(after.container_id, before.container_id);
    assert_eq!((after.port, &after.token), (before.port, &before.token));
    after.answers();
    assert_eq!(after.kept().as_deref(), Some("precious"));
    let container = world.container("a");
    assert_eq!(container.label("portreeve.user").as_deref(), Some("a"));
    let bindings = container.bindings();
    assert_eq!(bindings, [("127.0.0.1".to_owned(), after.port)]);
    let running = world.containers();
    assert_eq!(
        running
            .iter()
            .filter(|one| one.name() == container.name())
            .count(),
        1
    );
}

pub fn adopted_from_outside_the_range(world: &World) {
    // The case's own ports, of which its controllers use the first two.
    adopted(world, world.plan().ports.0 + 10);
}

pub fn adopted_from_inside_the_range(world: &World) {
    adopted(world, world.plan().ports.0);
}

pub fn an_adopted_one_is_like_any_other(world: &World) {
    let controller = world.controller_that(|plan| {
        plan.idle_limit = Duration::from_millis(500);
        plan.slack = Duration::from_millis(100);
    });
    let port = world.plan().ports.0 + 10;
    let reference = world.reference("a", port);
    let id = world.make(&reference);
    controller.adopt("a");
    let listed = controller.list();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0], controller.status("a"));
    assert_eq!(
        (
            listed[0].status.as_str(),
            listed[0].port,
            listed[0].container_id.as_ref()
        ),
        ("running", Some(port), Some(&id))
    );
    assert_eq!(controller.ailments(), []);
    assert_eq!(
        controller.repairs(false),
        [""; 0],
        "nothing is wrong with it"
    );
    let before = controller.ensure("a");
    is_as_of_old(&reference, &id, &before);
    before.keep("precious");

    let reaped = eventually("it is idle", Duration::from_secs(20), || {
        let stopped = controller.reap();
        (!stopped.is_empty()).then_some(stopped)
    });
    assert_eq!(reaped, ["a"]);
    assert_eq!(world.container("a").state(), "exited");
    assert!(!controller.stop("a").changed);
    assert_eq!(controller.status("a").port, Some(port), "it stays claimed");
    is_made_anew(world, &before, &controller.ensure("a"));
}

pub fn an_adopted_one_that_is_killed_comes_back(world: &World) {
    let controller = world.controller();
    let reference = world.reference("a", world.plan().ports.0 + 10);
    let id = world.make(&reference);
    controller.adopt("a");
    let before = controller.ensure("a");
    before.keep("precious");
    world.engine.remove(&id);
    let after = controller.ensure("a");
    assert_eq!(after.outcome, "created");
    is_made_anew(world, &before, &after);
}

pub fn a_purge_of_an_adopted_one_takes_its_volume(world: &World) {
    let controller = world.controller();
    let reference = world.reference("a", world.plan().ports.0 + 10);
    world.make(&reference);
    controller.adopt("a");
    assert!(controller.purge("a"));
    assert!(world.containers().is_empty());
    let volume = reference.volume.expect("it has one");
    assert_eq!(world.engine.volume(&volume), None);
    controller.ensure("a").refuses(&reference.token);
}

pub fn what_can_not_be_adopted(world: &World) {
    let controller = world.controller();
    let port = world.plan().ports.0 + 10;
    let failure = controller.adopt_fails("nobody", "not_adoptable");
    assert!(
        failure.message.contains(&world.container_name("nobody")),
        "{failure:#?}"
    );

    let refused = |user: &str, reference: &Reference, why: &str| {
        let id = world.make(reference);
        let before = world.engine.container(&id).map(|one| one.untouched());
        let failure = controller.adopt_fails(user, "not_adoptable");
        assert!(failure.message.contains(why), "{why}: {}", failure.message);
        let after = world.engine.container(&id).map(|one| one.untouched());
        assert_eq!(before, after, "it is left alone");
        let unknown = controller.try_status(user).expect_err("it isn't known");
        assert_eq!(unknown.code, "unknown_user");
    };
    let without_a_volume = Reference {
        volume: None,
        ..world.reference("a", port)
    };
    refused("a", &without_a_volume, "volume");
    let unpublished = Reference {
        port: None,
        ..world.reference("b", port)
    };
    refused("b", &unpublished, "publish");
    let tokenless = Reference {
        token: String::new(),
        ..world.reference("c", port + 1)
    };
    refused("c", &tokenless, "AGENT_TOKEN");
}

/// As if two installations used one engine and one name pattern.
pub fn what_another_installation_has_is_not_adopted(world: &World) {
    let controller = world.controller();
    let id = world.make_with(&world.reference("a", world.plan().ports.0), |body| {
        let labels = &mut body["Labels"];
        labels["portreeve.installation"] = json!("0123456789abcdef0123456789abcdef");
        labels["portreeve.user"] = json!("a");
        labels["portreeve.record"] = json!("0123456789abcdef0123456789abcdef");
        labels["portreeve.port"] = json!(world.plan().ports.0.to_string());
        labels["portreeve.spec"] = json!("1-0");
        labels["portreeve.token-generation"] = json!("1");
    });
    let before = world.container("a").untouched();
    let failure = controller.try_adopt("a").expect_err("it is another's");
    assert!(
        ["not_adoptable", "name_taken"].contains(&failure.code.as_str()),
        "{failure:#?}"
    );
    assert_eq!(world.container("a").untouched(), before);

    let name = world.volume_name("b");
    let labels = BTreeMap::from([
        ("portreeve.installation", "0123456789abcdef0123456789abcdef"),
        ("portreeve.user", "b"),
    ]);
    world.engine.create_volume(&name, &labels);
    let before = world.engine.volume(&name);
    let failure = controller.try_adopt("b").expect_err("it is another's");
    assert!(
        ["not_adoptable", "volume_taken"].contains(&failure.code.as_str()),
        "{failure:#?}"
    );
    assert_eq!(world.engine.volume(&name), before);
    world.engine.remove(&id);
}

/// Refused for this reason, with the container left as it is, and no record made.
fn refused(world: &World, user: &str, id: &str, whys: &[&str]) {
    let controller = world.controller();
    let untouched = || world.engine.container(id).expect("it is there").untouched();
    let before = untouched();
    let failure = controller.adopt_fails(user, "not_adoptable");
    for why in whys {
        assert!(failure.message.contains(why), "{why}: {}", failure.message);
    }
    assert_eq!(untouched(), before, "it is left alone");
    let unknown = controller.try_status(user).expect_err("it isn't known");
    assert_eq!(unknown.code, "unknown_user");
}

/// It would go along with the container, when that is made anew.
pub fn state_in_an_anonymous_volume_is_not_adopted(world: &World) {
    let port = world.plan().ports.0 + 10;
    let anonymous = |user| Reference {
        volume: None,
        ..world.reference(user, port)
    };
    let mounted = |id: &str| {
        let container = world.engine.container(id).expect("it is there");
        let (volume, _) = container.volumes().remove(0);
        volume
    };
    // As `docker run -v /path` asks for it.
    let id = world.make_with(&anonymous("a"), |body| {
        body["Volumes"] = json!({ STATE: {} });
    });
    refused(world, "a", &id, &[&mounted(&id), "anonymous", "docker run"]);
    world.engine.remove(&id);
    // As a mount without a source.
    let id = world.make_with(&anonymous("b"), |body| {
        body["HostConfig"]["Mounts"] = json!([{ "Type": "volume", "Target": STATE }]);
    });
    refused(world, "b", &id, &[&mounted(&id), "anonymous"]);
    world.engine.remove(&id);
    // As the image asks for it.
    let image = format!("{}-with-a-volume:latest", world.plan().prefix);
    let base = world.foreign_container(&world.elsewhere());
    let volume = format!("VOLUME {STATE}");
    world.engine.commit(&base, &image, &[&volume]);
    world.engine.remove(&base);
    let id = world.make_with(&anonymous("c"), |body| body["Image"] = json!(image));
    refused(world, "c", &id, &[&mounted(&id), "anonymous"]);
    world.engine.remove(&id);
    world.engine.remove_image(&image);
}

pub fn what_the_engine_removes_by_itself_is_not_adopted(world: &World) {
    let reference = world.reference("a", world.plan().ports.0 + 10);
    let id = world.make_with(&reference, |body| {
        body["HostConfig"]["RestartPolicy"] = json!({ "Name": "no" });
        body["HostConfig"]["AutoRemove"] = json!(true);
    });
    refused(world, "a", &id, &["AutoRemove", "make it anew"]);
}

pub fn what_mounts_another_users_volume_is_not_adopted(world: &World) {
    let controller = world.controller();
    controller.ensure("b").keep("precious");
    let others = world.volume_name("b");
    let port = world.plan().ports.0 + 10;
    // Where it keeps its state.
    let reference = Reference {
        volume: Some(others.clone()),
        ..world.reference("a", port)
    };
    let id = world.make(&reference);
    refused(world, "a", &id, &[&others, "the user b's"]);
    world.engine.remove(&id);
    // And beside its own.
    let id = world.make_with(&world.reference("a", port), |body| {
        let binds = body["HostConfig"]["Binds"].as_array_mut().expect("its own");
        binds.push(json!(format!("{others}:/beside")));
    });
    refused(world, "a", &id, &[&others, "the user b's"]);
    world.engine.remove(&id);
    let kept = controller.ensure("b").kept();
    assert_eq!(kept.as_deref(), Some("precious"));
}

/// They are somebody's, perhaps those of another installation of another release.
pub fn what_bears_unreadable_labels_is_not_adopted(world: &World) {
    let port = world.plan().ports.0 + 10;
    let another = "0123456789abcdef0123456789abcdef";
    let id = world.make_with(&world.reference("a", port), |body| {
        body["Labels"]["portreeve.installation"] = json!(another);
    });
    refused(world, "a", &id, &["can't be read"]);
    world.engine.remove(&id);

    let reference = world.reference("b", port);
    let volume = reference.volume.clone().expect("it has one");
    let labels = BTreeMap::from([("portreeve.installation", another)]);
    world.engine.create_volume(&volume, &labels);
    let id = world.make(&reference);
    refused(world, "b", &id, &[&volume, "can't be read"]);
    world.engine.remove(&id);

    // And without a container.
    let name = world.volume_name("c");
    world.engine.create_volume(&name, &labels);
    let before = world.engine.volume(&name);
    let failure = world
        .controller()
        .try_adopt("c")
        .expect_err("it is another's");
    assert_eq!(failure.code, "not_adoptable", "{failure:#?}");
    assert_eq!(world.engine.volume(&name), before);
}

pub fn two_users_can_not_adopt_one_port(world: &World) {
    let controller = world.controller();
    let port = world.plan().ports.0;
    assert_eq!(controller.ensure("a").port, port);
    // It can't be started while the other one runs, and so it was stopped when it was found.
    controller.stop("a");
    world.make(&world.reference("b", port));
    let failure = controller.try_adopt("b").expect_err("the port is taken");
    assert_eq!(failure.code, "not_adoptable", "{failure:#?}");
    assert!(failure.message.contains(&port.to_string()), "{failure:#?}");

    // The first way out that is named.
    assert!(failure.message.contains("purge"), "{failure:#?}");
    controller.purge("a");
    assert_eq!(controller.adopt("b").port, Some(port));
}

pub fn a_volume_alone_is_adopted(world: &World) {
    let controller = world.controller();
    let name = world.volume_name("a");
    // Somebody has put something into it.
    let reference = Reference {
        name: world.elsewhere(),
        volume: Some(name.clone()),
        ..world.reference("a", world.plan().ports.0 + 10)
    };
    let id = world.make(&reference);
    let elsewhere = Endpoint {
        user: "a".to_owned(),
        outcome: String::new(),
        url: format!("http://127.0.0.1:{}", world.plan().ports.0 + 10),
        token: reference.token.clone(),
        port: world.plan().ports.0 + 10,
        container_id: id.clone(),
        container_name: reference.name.clone(),
        pending: false,
    };
    elsewhere.keep("precious");
    world.engine.remove(&id);
    controller.ensure_fails("a", "volume_taken");

    let adopted = controller.adopt("a");
    assert_eq!((adopted.container_id, adopted.port), (None, None));
    assert_eq!(adopted.volume, name);
    assert!(!adopted.already);
    let endpoint = controller.ensure("a");
    assert_eq!(endpoint.outcome, "created");
    endpoint.answers();
    assert_eq!(endpoint.kept().as_deref(), Some("precious"));
    assert_ne!(endpoint.token, reference.token, "nobody knew it");
    assert!(controller.adopt("a").already);
}

pub fn what_is_adopted_need_not_run(world: &World) {
    let controller = world.controller_that(|plan| plan.readiness = Ready::Http);
    let reference = world.reference("a", world.plan().ports.0 + 10);
    let id = world.make(&reference);
    world.engine.stop(&id);
    let adopted = controller.adopt("a");
    assert_eq!(adopted.container_id, Some(id));
    assert_eq!(controller.status("a").status, "stopped");
    let endpoint = controller.ensure("a");
    assert_eq!(endpoint.token, reference.token);
    assert_eq!(Some(endpoint.port), reference.port);
    endpoint.answers();
}
