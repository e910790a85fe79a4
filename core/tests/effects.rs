//! What is told of an effect beside what it is.

use std::collections::BTreeSet;
use std::time::Duration;

use portreeve_core::command::Command;
use portreeve_core::effect::{Effect, EngineEffect, IssuedEffect};
use portreeve_core::lifecycle::Lifecycle;
use portreeve_core::seed::Seed;
use portreeve_core::settings::{Readiness, Timing};
use portreeve_core::time::Instant;

use crate::world::{self, Fault, World, user};

/// Times that can be told apart.
fn timing() -> Timing {
    let mut timing = Timing::default();
    timing.engine = Duration::from_secs(11);
    timing.store = Duration::from_secs(7);
    timing.pull = Duration::from_secs(123);
    timing.probe = Duration::from_secs(3);
    timing.grace = Duration::from_secs(17);
    timing
}

fn may_take(effect: &Effect) -> Duration {
    let timing = timing();
    match effect {
        Effect::Store(_) => timing.store,
        Effect::Probe(_) => timing.probe,
        Effect::Engine(EngineEffect::PullImage { .. }) => timing.pull,
        Effect::Engine(EngineEffect::Stop { .. }) => timing.grace + timing.engine,
        Effect::Engine(_) => timing.engine,
    }
}

#[test]
fn each_effect_has_its_time() {
    let mut world = World::new(1);
    world.set(Fault::ImageMissing, true);
    world.restart_with(1, |settings| {
        settings.timing = timing();
        settings.readiness = Readiness::Tcp;
    });
    world.ensure("alice");
    world.set(Fault::ImageMissing, false);
    world.sleep(Duration::from_secs(3));
    world.ensure("alice");
    world.sleep(Duration::from_secs(6));
    world.run(Command::Touch(user("alice")));
    world.run(Command::Status(user("alice")));
    world.run(Command::Stop(user("alice")));
    for issued in &world.issued {
        assert_eq!(issued.timeout, may_take(&issued.effect), "{issued:?}");
    }
    for what in ["PullImage", "Stop {", "Probe", "Touch", "Load", "Inspect("] {
        let told = |issued: &IssuedEffect| format!("{:?}", issued.effect).contains(what);
        assert!(world.issued.iter().any(told), "{what} was not asked for");
    }
}

/// Controllers that failed together don't try again together; explorations do.
#[test]
fn retries_are_jittered_unless_they_are_not_to_be() {
    let tries = |steady: bool| -> BTreeSet<usize> {
        let tries = |seed| {
            let mut world = World::new(seed);
            if steady {
                world.lifecycle =
                    Lifecycle::new(world::settings(), Seed::predictable([seed; 32]), world.now)
                        .without_jitter();
            }
            world.set(Fault::EngineAway, true);
            world.ensure("alice");
            world.calls.len()
        };
        (1..=8).map(tries).collect()
    };
    assert!(tries(false).len() > 1);
    assert_eq!(tries(true).len(), 1);
}

/// What changes something on the engine isn't begun once the lease may be another's; a look may
/// always be taken.
#[test]
fn what_is_done_under_a_lease_is_not_begun_after_it() {
    let mut world = World::new(1);
    let began = world.now;
    world.ensure("alice");
    world.run(Command::Stop(user("alice")));
    world.run(Command::Purge(user("alice")));
    let Timing { lease, margin, .. } = Timing::default();
    let begin_by = |at: Instant| at.after(lease).before(margin);
    let (first, last) = (begin_by(began), begin_by(world.now));
    let mut bounded = BTreeSet::new();
    for issued in &world.issued {
        let Effect::Engine(effect) = &issued.effect else {
            assert_eq!(issued.fence.not_after, None, "{issued:?}");
            continue;
        };
        if let Some(not_after) = issued.fence.not_after {
            assert!((first..=last).contains(&not_after), "{issued:?}");
            let told = format!("{effect:?}");
            bounded.insert(told.split([' ', '(']).next().expect("a word").to_owned());
        }
    }
    let changing = [
        "Create",
        "CreateNetwork",
        "EnsureVolume",
        "Remove",
        "RemoveVolume",
        "Start",
        "Stop",
    ];
    assert_eq!(bounded.into_iter().collect::<Vec<_>>(), changing);
}
