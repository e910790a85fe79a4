//! How much is asked of the engine for a user, whatever it answers, and what is told in the end.

use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::error::Error;
use portreeve_core::outcome::EngineOutcome;

use crate::world::{World, user};

const MINUTE: Duration = Duration::from_secs(60);
/// So many changes within any minute are asked of the engine for one user.
const BOUND: usize = 20;

/// The most changes within any minute.
fn most_within_a_minute(world: &World) -> usize {
    let began = world.changed_at.iter().enumerate();
    let within = began.map(|(first, began)| {
        let rest = &world.changed_at[first..];
        rest.iter()
            .take_while(|at| at.since(*began) < MINUTE)
            .count()
    });
    within.max().unwrap_or_default()
}

/// An engine that answers so for ever: a host that asks again and again for ten minutes is told the
/// engine's words each time, within the time that was promised, and the engine is left in peace.
#[track_caller]
fn refused_for_ever(call: &'static str, outcome: EngineOutcome) {
    let words = outcome.words().expect("the engine says why").to_owned();
    let mut world = World::new(1);
    world.refuses = Some((call, outcome));
    let begun = world.now;
    while world.now.since(begun) < 10 * MINUTE {
        let asked = world.now;
        let reply = world.ensure("alice");
        let Reply::Failed(error) = &reply else {
            panic!("{call}: {reply:?}");
        };
        assert!(error.to_string().contains(&words), "{call}: {error}");
        let start = world.lifecycle.settings().timing.start;
        let took = world.now.since(asked);
        assert!(
            took <= start + Duration::from_secs(5),
            "{call}: {took:?}: {error}"
        );
        world.sleep(Duration::from_millis(100));
    }
    let most = most_within_a_minute(&world);
    assert!(most <= BOUND, "{call}: {most} changes within a minute");
    assert!(most > 2, "{call}: it was tried");

    // It does what it is asked for again.
    world.refuses = None;
    world.sleep(5 * MINUTE);
    let reply = world.ensure("alice");
    assert!(matches!(reply, Reply::Ensured(_)), "{call}: {reply:?}");
    let stopped = world.run(Command::Stop(user("alice")));
    assert!(matches!(stopped, Reply::Stopped(_)), "{call}: {stopped:?}");
}

#[test]
fn a_start_that_is_never_clear() {
    refused_for_ever(
        "engine: start",
        EngineOutcome::Unclear("could not find bridge br-aa: no such network interface".into()),
    );
}

#[test]
fn a_network_that_is_there_when_looked_for_and_gone_when_a_container_starts() {
    refused_for_ever(
        "engine: start",
        EngineOutcome::NoSuchNetwork("network 0a1b2c not found".into()),
    );
}

#[test]
fn a_network_that_is_there_when_looked_for_and_gone_when_a_container_is_made() {
    refused_for_ever(
        "engine: create mosaic",
        EngineOutcome::NoSuchNetwork("network 0a1b2c not found".into()),
    );
}

#[test]
fn a_network_that_stays_full() {
    refused_for_ever(
        "engine: start",
        EngineOutcome::NetworkFull("adding interface to bridge failed: exchange full".into()),
    );
}

/// Each port that was found taken rests for its quarantine, and no other is tried for a user within a
/// minute than the engine's bound allows.
#[test]
fn ports_that_are_all_taken() {
    let words = "listen tcp4: bind: address already in use";
    let mut world = World::new(1);
    world.refuses = Some(("engine: start", EngineOutcome::PortTaken(words.into())));
    let begun = world.now;
    let mut told = 0;
    while world.now.since(begun) < 10 * MINUTE {
        match world.ensure("alice") {
            Reply::Failed(Error::PortsExhausted(_)) => {}
            Reply::Failed(error) => {
                assert!(error.to_string().contains(words), "{error}");
                told += 1;
            }
            reply => panic!("{reply:?}"),
        }
        world.sleep(Duration::from_millis(100));
    }
    assert!(told > 1);
    assert!(most_within_a_minute(&world) <= BOUND);
}

#[test]
fn an_image_that_is_there_when_looked_for_and_gone_when_a_container_is_made() {
    refused_for_ever(
        "engine: create mosaic",
        EngineOutcome::NoSuchImage("No such image: a/b:1".into()),
    );
}

#[test]
fn a_name_that_is_taken_by_what_nobody_finds() {
    refused_for_ever(
        "engine: create mosaic",
        EngineOutcome::NameTaken("the name is already in use by container 9a8b".into()),
    );
}

#[test]
fn a_place_on_the_network_that_stays_taken() {
    refused_for_ever(
        "engine: start",
        EngineOutcome::EndpointTaken("endpoint with name user-alice already exists".into()),
    );
}

#[test]
fn a_conflict_that_lasts() {
    refused_for_ever(
        "engine: create mosaic",
        EngineOutcome::Conflict("not now".into()),
    );
}

#[test]
fn a_volume_that_is_never_made() {
    refused_for_ever(
        "engine: ensure volume",
        EngineOutcome::Unclear("out of inodes".into()),
    );
}

/// What ended well was asked for: a host that starts and stops a user again and again is not held up.
#[test]
fn whoever_is_served_is_not_held_up() {
    let mut world = World::new(1);
    let begun = world.now;
    for _ in 0..30 {
        assert!(matches!(world.ensure("alice"), Reply::Ensured(_)));
        assert!(matches!(
            world.run(Command::Stop(user("alice"))),
            Reply::Stopped(_)
        ));
    }
    assert!(world.now.since(begun) < MINUTE);
}

/// A user for whom nothing succeeds can still be stopped, and what was made for it be removed.
#[test]
fn who_fails_to_start_can_be_purged() {
    let mut world = World::new(1);
    world.refuses = Some((
        "engine: start",
        EngineOutcome::EndpointTaken("taken".into()),
    ));
    for _ in 0..5 {
        assert!(matches!(world.ensure("alice"), Reply::Failed(_)));
    }
    let asked = world.now;
    let purged = world.run(Command::Purge(user("alice")));
    assert!(matches!(purged, Reply::Purged(true)), "{purged:?}");
    assert!(world.now.since(asked) < Duration::from_secs(5));
    assert!(world.containers.is_empty() && world.volumes.is_empty());
}

/// The error that ends it names the wait, and what was said last.
#[test]
fn who_asks_again_at_once_is_told_when_to() {
    let mut world = World::new(1);
    world.refuses = Some((
        "engine: start",
        EngineOutcome::EndpointTaken("taken".into()),
    ));
    let replies: Vec<_> = (0..3).map(|_| world.ensure("alice")).collect();
    let Reply::Failed(Error::BackingOff {
        reason, retry_in, ..
    }) = &replies[2]
    else {
        panic!("{replies:?}");
    };
    assert!(reason.contains("taken"), "{reason}");
    assert!(
        *retry_in > Duration::from_secs(30) && *retry_in <= MINUTE,
        "{retry_in:?}"
    );
}
