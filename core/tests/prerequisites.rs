//! What every new container needs: asked for once, and again as long as somebody waits.

use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::{Effect, StoreEffect};
use portreeve_core::error::Error;

use crate::world::{Fault, World, user};

const IMAGE: &str = "engine: inspect image alpine/openclaw:latest";

/// An engine that can't tell whether it has the image is asked more and more rarely, however many
/// wait for it; and who has waited long enough is told what is missing.
#[test]
fn an_image_that_nobody_can_tell_of_is_asked_for_more_and_more_rarely() {
    let mut world = World::new(1);
    world.lose_answers_to = Some(IMAGE);
    world.restart_with(1, |settings| {
        settings.timing.pull = Duration::from_secs(40);
        settings.timing.engine = Duration::from_secs(20);
    });
    let requests = ["alice", "bob", "carol"].map(|id| world.command(Command::Ensure(user(id))));
    world.assert_tried_rarely(|world| world.count(IMAGE));
    // One more who comes is no reason to ask sooner.
    let before = world.count(IMAGE);
    let late = world.command(Command::Ensure(user("dave")));
    world.settle();
    assert_eq!(world.count(IMAGE), before);
    world.finish();
    for request in requests.iter().chain([&late]) {
        let reply = &world.replies[request];
        let missing = matches!(reply, Reply::Failed(Error::ImageMissing { .. }));
        assert!(missing, "{reply:?}");
    }
}

/// Somebody has removed it since it was looked for.
#[test]
fn a_network_that_is_gone_is_made_again() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.networks = 0;
    let reply = world.ensure("bob");
    assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
    assert_eq!(world.networks, 1);
}

#[test]
fn an_image_that_is_gone_is_told() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.set(Fault::ImageMissing, true);
    let reply = world.ensure("bob");
    let missing = matches!(reply, Reply::Failed(Error::ImageMissing { .. }));
    assert!(missing, "{reply:?}");
    assert_eq!(world.count(IMAGE), 2);
}

/// Somebody else made it just before: the lease on making it is given back.
#[test]
fn a_network_that_is_made_meanwhile_is_not_made_twice() {
    let mut world = World::new(1);
    let request = world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call == "store: lock");
    world.networks = 1;
    world.finish();
    assert!(matches!(world.replies[&request], Reply::Ensured(_)));
    assert_eq!(world.networks, 1);
    assert_eq!(world.count("store: unlock"), 1);
    // Engines and networks have leases of their own.
    let locked = world
        .issued
        .iter()
        .filter_map(|issued| match &issued.effect {
            Effect::Store(StoreEffect::Lock { name, .. } | StoreEffect::Unlock { name, .. }) => {
                Some(name.as_str())
            }
            Effect::Store(_) | Effect::Engine(_) | Effect::Probe(_) => None,
        });
    assert_eq!(locked.collect::<Vec<_>>(), ["local/mosaic-internal"; 2]);
}
