//! Another engine answers at the address: nothing of it is believed, and nothing is done on it. The
//! world's other engine has nothing of anybody's, and fails the test when it is changed.

use std::time::Duration;

use portreeve_core::command::{Command, Ensured, Reply};
use portreeve_core::effect::{Effect, EngineEffect};
use portreeve_core::error::Error;
use portreeve_core::id::EngineId;
use portreeve_core::record::{Intent, Record};
use portreeve_core::settings::Maintenance;

use crate::world::{Fault, LIST, World, touched, user};

/// Whatever has to do with containers.
fn commands() -> Vec<Command> {
    let alice = || user("alice");
    vec![
        Command::Ensure(alice()),
        Command::Stop(alice()),
        Command::Restart(alice()),
        Command::Purge(alice()),
        Command::Rotate(alice()),
        Command::Adopt(alice()),
        Command::Status(alice()),
        LIST,
        Command::Health,
        Command::Reap,
        Command::Repair { dry_run: true },
        Command::Repair { dry_run: false },
        Command::Stop(user("nobody")),
        Command::Purge(user("nobody")),
        Command::Status(user("nobody")),
    ]
}

#[track_caller]
fn assert_refused(command: &Command, reply: &Reply) {
    let Reply::Failed(Error::EngineChanged { found, known, .. }) = reply else {
        panic!("{command:?}: {reply:?}");
    };
    assert_eq!(
        (found, known),
        (&EngineId::new("another"), &EngineId::new("engine"))
    );
}

/// What must be as it was: when a lease was held doesn't count.
#[track_caller]
fn assert_untouched(world: &World, before: &Record) {
    let after = world.record("alice").expect("it was there");
    assert_eq!(after.body, before.body);
    assert_eq!(after.port, before.port);
    assert_eq!(after.lease, None);
    assert_eq!(world.containers.len(), 1);
    assert!(world.removed_volumes.is_empty());
}

fn with_alice(running: bool) -> (World, Record) {
    let mut world = World::new(1);
    world.ensure("alice");
    if !running {
        world.run(Command::Stop(user("alice")));
    }
    world.sleep(Duration::from_secs(5));
    let record = world.record("alice").expect("it is there").clone();
    (world, record)
}

#[test]
fn a_controller_that_has_just_started_refuses_every_command() {
    for running in [true, false] {
        for command in commands() {
            let (mut world, before) = with_alice(running);
            world.restart_controller(2);
            world.set(Fault::AnotherEngine, true);
            let reply = world.run(command.clone());
            assert_refused(&command, &reply);
            world.drive();
            assert_untouched(&world, &before);
        }
    }
}

/// Whether it has anything to ask of an engine that is known, where nobody has been idle.
fn asks_engine(command: &Command) -> bool {
    match command {
        Command::Reap => false,
        Command::Stop(whose) | Command::Purge(whose) | Command::Status(whose) => {
            *whose == user("alice")
        }
        _ => true,
    }
}

#[test]
fn a_controller_at_work_refuses_every_command() {
    for ignores_fences in [false, true] {
        for command in commands().into_iter().filter(asks_engine) {
            let (mut world, before) = with_alice(true);
            world.set(Fault::IgnoresFences, ignores_fences);
            if ignores_fences {
                // Nothing but that it was away for a moment tells that another may answer now.
                world.set(Fault::EngineAway, true);
                let request = world.command(LIST);
                world.settle();
                world.set(Fault::EngineAway, false);
                world.set(Fault::AnotherEngine, true);
                world.finish();
                assert_refused(&LIST, &world.replies[&request]);
            }
            world.set(Fault::AnotherEngine, true);
            let reply = world.run(command.clone());
            assert_refused(&command, &reply);
            world.drive();
            assert_untouched(&world, &before);
        }
    }
}

/// The right one is back: nothing has to be mended, or made anew.
#[test]
fn the_right_engine_is_known_again() {
    let (mut world, before) = with_alice(true);
    world.set(Fault::AnotherEngine, true);
    world.ensure("alice");
    world.set(Fault::AnotherEngine, false);
    world.sleep(Duration::from_secs(3));
    let Reply::Ensured(endpoint) = world.ensure("alice") else {
        panic!("not ensured");
    };
    assert_eq!(endpoint.outcome, Ensured::AlreadyRunning);
    assert_eq!(Some(endpoint.container), before.body.container);
    assert_eq!(
        world.run(Command::Repair { dry_run: true }),
        Reply::Repaired(Vec::new())
    );
}

/// What a host does unasked is no different.
#[test]
fn nothing_is_done_unasked() {
    let (mut world, before) = with_alice(true);
    world.set(Fault::AnotherEngine, true);
    world.restart_with(2, |settings| settings.maintenance = Maintenance::full());
    world.sleep(Duration::from_secs(600));
    assert_untouched(&world, &before);
    // With its events followed, too, the right one's are believed again.
    world.set(Fault::AnotherEngine, false);
    world.sleep(Duration::from_secs(60));
    assert!(world.watch.is_some());
    let Reply::Ensured(endpoint) = world.ensure("alice") else {
        panic!("not ensured");
    };
    assert_eq!(endpoint.container, before.body.container.expect("its id"));
}

/// The engine behind the address changes in the midst of something, wherever that is, and is back
/// later. Whoever waits is told, and nothing is lost.
#[test]
fn an_engine_that_changes_in_the_midst_of_something_is_noticed() {
    let user = || user("alice");
    for command in [
        Command::Ensure(user()),
        Command::Restart(user()),
        Command::Stop(user()),
        Command::Rotate(user()),
        Command::Purge(user()),
    ] {
        for running in [true, false] {
            for steps in 0.. {
                let (mut world, before) = with_alice(running);
                let request = world.command(command.clone());
                for _ in 0..steps {
                    world.turn_any(1);
                }
                if world.replies.contains_key(&request) {
                    assert!(steps > 0, "{command:?}");
                    break;
                }
                world.set(Fault::AnotherEngine, true);
                world.finish();
                world.sleep(Duration::from_secs(20));
                assert_eq!(world.record("alice").and_then(|record| record.lease), None);
                world.set(Fault::AnotherEngine, false);
                world.sleep(Duration::from_secs(3));
                let purges = matches!(command, Command::Purge(_));
                assert!(purges || world.removed_volumes.is_empty(), "{command:?}");
                let Reply::Ensured(endpoint) = world.ensure("alice") else {
                    panic!("{command:?} after {steps} steps");
                };
                if !purges {
                    assert_eq!(endpoint.port, before.port, "{command:?}");
                    assert_eq!(world.containers.len(), 1, "{command:?}");
                }
            }
        }
    }
}

/// A stop that can't be finished there is given up, and finished by whoever finds the right engine.
#[test]
fn a_lease_is_not_held_on_another_engine() {
    let (mut world, before) = with_alice(true);
    world.command(Command::Stop(user("alice")));
    world.drive_until(|call| call == "store: put stopping, lease");
    world.set(Fault::AnotherEngine, true);
    world.finish();
    world.settle();
    let record = world.record("alice").expect("it is there").clone();
    assert_eq!(record.lease, None);
    assert_eq!(record.body.intent, Intent::Stopping);
    assert_eq!(record.body.container, before.body.container);
}

/// An engine client of a host's own that doesn't say which engine it is about is no engine's.
#[test]
fn whoever_names_no_engine_is_not_believed() {
    let (mut world, _) = with_alice(true);
    world.restart_controller(2);
    world.set(Fault::TellsNoId, true);
    for command in commands() {
        let reply = world.run(command.clone());
        let refused = matches!(&reply, Reply::Failed(Error::EngineRefused(why)) if why.contains("named none"));
        assert!(refused, "{command:?}: {reply:?}");
    }
}

/// What concerns records alone needs no engine.
#[test]
fn what_has_nothing_to_do_with_containers_goes_on() {
    let (mut world, _) = with_alice(true);
    world.restart_controller(2);
    world.set(Fault::AnotherEngine, true);
    let reply = world.run(Command::Touch(user("alice")));
    assert_eq!(reply, touched(true));
    let limited = world.run(Command::LimitIdle(user("alice"), Some(Duration::ZERO)));
    assert_eq!(limited, Reply::IdleLimited(true));
    assert!(matches!(world.run(Command::Rekey), Reply::Rekeyed(_)));
}

/// A warm ensure asks all it has to know at once, and so takes no longer.
#[test]
fn it_is_asked_beside_the_first_look() {
    let (mut world, _) = with_alice(true);
    world.restart_controller(2);
    world.command(Command::Ensure(user("alice")));
    for call in [
        "engine: identify",
        "engine: inspect mosaic-user-alice",
        "store: load 1",
    ] {
        assert_eq!(world.waiting(call), 1, "{call}");
    }
}

/// What is adopted was there before anything was made: its engine is written down before it.
#[test]
fn an_adoption_is_a_first_contact_too() {
    let mut world = World::new(1);
    world.add_foreign("mosaic-user-alice");
    world.run(Command::Adopt(user("alice")));
    assert_eq!(world.count("store: register"), 1);
}

/// Once it is known, every request names the engine it is for.
#[test]
fn every_request_names_its_engine() {
    let (mut world, _) = with_alice(true);
    world.restart_controller(2);
    world.run(LIST);
    let before = world.issued.len();
    for command in commands() {
        world.run(command);
    }
    for issued in &world.issued[before..] {
        let names_one = match &issued.effect {
            Effect::Engine(EngineEffect::Identify) | Effect::Store(_) | Effect::Probe(_) => None,
            Effect::Engine(_) => Some(EngineId::new("engine")),
        };
        assert_eq!(issued.fence.engine, names_one, "{issued:?}");
    }
}
