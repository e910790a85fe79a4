//! What every new container needs: asked for once, and again as long as somebody waits.

use std::net::Ipv4Addr;
use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::{Effect, StoreEffect};
use portreeve_core::error::Error;
use portreeve_core::id::NetworkId;
use portreeve_core::network::{Network, NetworkFlaw};
use portreeve_core::outcome::EngineOutcome;
use portreeve_core::settings::Reach;

use crate::world::{Fault, INSTALLATION, World, user};

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
    world.networks.clear();
    let reply = world.ensure("bob");
    assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
    assert_eq!(world.networks.len(), 1);
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
    world
        .networks
        .push(Network::bridge(NetworkId::new("theirs")));
    world.finish();
    assert!(matches!(world.replies[&request], Reply::Ensured(_)));
    assert_eq!(world.networks.len(), 1);
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

/// What an ensure fails with, before anything is made.
#[track_caller]
fn unusable(world: &mut World) -> NetworkFlaw {
    match world.ensure("alice") {
        Reply::Failed(Error::NetworkUnusable { why, .. }) => {
            assert!(world.containers.is_empty() && world.volumes.is_empty());
            assert_eq!(world.count("engine: create network mosaic-internal"), 0);
            why
        }
        reply => panic!("{reply:?}"),
    }
}

/// `host`, `none` and the like publish no port: the URL would be dead.
#[test]
fn a_network_that_is_none_is_refused() {
    for name in ["host", "none", "default", "container:api"] {
        let mut world = World::new(1);
        world.restart_with(1, |settings| settings.network = name.to_owned());
        assert_eq!(unusable(&mut world), NetworkFlaw::NoNetwork, "{name}");
    }
}

#[test]
fn a_network_that_no_host_port_leads_into_is_refused_while_callers_come_by_one() {
    // Whether ports are published beside that makes no difference to who comes by name.
    let by_name = |publish_on| Reach::Network { publish_on };
    let internal = Network {
        internal: true,
        ..Network::bridge(NetworkId::new("1"))
    };
    let unpublished = Network {
        driver: "macvlan".to_owned(),
        ..Network::bridge(NetworkId::new("2"))
    };
    for network in [internal, unpublished] {
        let mut world = World::new(1);
        world.networks.push(network);
        let why = unusable(&mut world);
        assert!(matches!(
            why,
            NetworkFlaw::Internal | NetworkFlaw::Unpublished { .. }
        ));
        for (user, publish_on) in [("alice", None), ("bob", Some(Ipv4Addr::LOCALHOST.into()))] {
            world.restart_with(1, |settings| settings.reach = by_name(publish_on));
            let reply = world.ensure(user);
            assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
        }
    }
}

/// Somebody else made it between our look and our making it: what that is has to be seen.
#[test]
fn a_network_that_others_made_meanwhile_is_looked_at() {
    let mut world = World::new(1);
    let request = world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call == "store: lock");
    let (id, outcome) = world.look_and_hold("engine: find networks mosaic-internal");
    world.networks.push(Network {
        internal: true,
        ..Network::bridge(NetworkId::new("theirs"))
    });
    world.release((id, outcome));
    world.finish();
    let reply = &world.replies[&request];
    assert!(
        matches!(
            reply,
            Reply::Failed(Error::NetworkUnusable {
                why: NetworkFlaw::Internal,
                ..
            })
        ),
        "{reply:?}"
    );
    assert!(world.containers.is_empty());
}

/// Whoever has to choose is told which to keep; and once the other is gone, all is well.
#[test]
fn a_name_that_two_networks_have_is_told_with_which_to_remove() {
    let mut world = World::new(1);
    for id in ["theirs", "ours"] {
        let mut network = Network::bridge(NetworkId::new(id));
        network.installation = (id == "ours").then_some(INSTALLATION);
        world.networks.push(network);
    }
    let why = unusable(&mut world).to_string();
    assert!(why.ends_with("keep ours, and remove theirs"), "{why}");
    world.networks.remove(0);
    world.sleep(Duration::from_secs(3));
    let reply = world.ensure("alice");
    assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
}

/// The network was good when it was looked at first, and the engine chooses between none now: it is
/// looked at again.
#[test]
fn another_network_of_the_name_is_seen_whenever_it_comes() {
    let mut world = World::new(1);
    world.ensure("alice");
    world
        .networks
        .push(Network::bridge(NetworkId::new("theirs")));
    let reply = world.ensure("bob");
    let Reply::Failed(Error::NetworkUnusable {
        why: NetworkFlaw::Ambiguous { .. },
        ..
    }) = reply
    else {
        panic!("{reply:?}");
    };
    // Who has a container that runs doesn't need the network to be told.
    let reply = world.ensure("alice");
    assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
    world.networks.pop();
    world.sleep(Duration::from_secs(3));
    let reply = world.ensure("bob");
    assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
}

/// A bridge takes so many containers, whoever's they are: that is no failure of the user's, whose
/// next start is tried whenever somebody asks.
#[test]
fn a_full_network_counts_towards_no_backoff() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.run(Command::Stop(user("alice")));
    let words = "adding interface veth12 to bridge br-aa failed: exchange full";
    world.refuses = Some(("engine: start", EngineOutcome::NetworkFull(words.into())));
    for _ in 0..4 {
        let reply = world.ensure("alice");
        let Reply::Failed(
            error @ Error::NetworkUnusable {
                why: NetworkFlaw::Full(_),
                ..
            },
        ) = &reply
        else {
            panic!("{reply:?}");
        };
        assert!(error.to_string().ends_with(words), "{error}");
    }
    assert_eq!(
        world
            .record("alice")
            .unwrap()
            .body
            .failure
            .map(|failure| failure.count),
        Some(0)
    );
    world.refuses = None;
    let reply = world.ensure("alice");
    assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
}
