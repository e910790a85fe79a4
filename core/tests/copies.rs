//! Containers that only bear a user's labels.

use portreeve_core::command::{Command, Problem, Remedy, Reply};
use portreeve_core::error::Error;
use portreeve_core::id::Port;
use portreeve_core::observed::{Configured, ContainerState};

use crate::world::{World, user};

/// What a look at the copy tells.
fn looks_like(world: &mut World, copy: usize, port: Option<Port>, volumes: &[&str]) {
    world.containers[copy].configured = Configured::Inspected {
        port,
        volumes: volumes.iter().map(ToString::to_string).collect(),
    };
}

/// Told of, and left alone.
fn is_told_of(world: &mut World, copy: &str) {
    let id = |world: &World| {
        world
            .containers
            .iter()
            .any(|known| known.id.as_str() == copy)
    };
    for dry_run in [true, false] {
        let Reply::Repaired(findings) = world.run(Command::Repair { dry_run }) else {
            panic!("not repaired");
        };
        let told = findings.iter().find(|one| one.problem == Problem::Copy);
        let told = told.expect("it is told of");
        assert_eq!(told.remedy, Remedy::Reported);
        assert_eq!(told.user, user("alice"));
        let container = told.container.as_ref().expect("it says which");
        assert_eq!(container.id.as_str(), copy);
        assert!(id(world), "it is left alone");
    }
}

/// Each of what makes a container the user's is needed, also where there is no such user any more.
#[test]
fn what_lacks_any_proof_is_told_of_and_left_alone() {
    let own = Port::new(19000);
    let name = "mosaic-user-alice";
    for (called, port, volume) in [
        ("copy", own, "mosaic-user-alice-state"),
        (name, None, "mosaic-user-alice-state"),
        (name, Port::new(20000), "mosaic-user-alice-state"),
        (name, own, "another"),
    ] {
        for purged in [false, true] {
            let mut world = World::new(1);
            world.ensure("alice");
            let copy = world.add_copy("alice");
            looks_like(&mut world, copy, port, &[volume]);
            world.containers[copy].state = ContainerState::Stopped { exit_code: None };
            if purged {
                world.run(Command::Purge(user("alice")));
            } else {
                world.remove(0);
            }
            world.containers[0].name = called.into();
            is_told_of(&mut world, "copy");
            let reply = world.ensure("alice");
            match reply {
                Reply::Ensured(endpoint) => {
                    assert_eq!(called, "copy");
                    assert_ne!(endpoint.container.as_str(), "copy");
                }
                Reply::Failed(Error::NameTaken { id, .. }) => {
                    assert_eq!((called, id.as_str()), (name, "copy"));
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

/// With all of that shown it is the user's: removed, where there is no such user.
#[test]
fn what_is_shown_to_be_the_users_is_removed_once_it_was_looked_at() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.lose_record("alice");
    world.calls.clear();
    world.run(Command::Repair { dry_run: false });
    assert_eq!(world.containers.len(), 0);
    let looked = world.count("engine: inspect container-1");
    assert_eq!(looked, 1, "{:?}", world.calls);
}

/// What is as it is recorded is believed from a list.
#[test]
fn a_sweep_makes_no_call_for_each_user() {
    let mut world = World::new(1);
    for number in 0..20 {
        world.ensure(&format!("user-{number}"));
    }
    world.run(Command::Stop(user("user-3")));
    world.calls.clear();
    let repaired = world.run(Command::Repair { dry_run: false });
    assert_eq!(repaired, Reply::Repaired(Vec::new()));
    let all = [
        "store: drop events",
        "engine: list volumes",
        "engine: list all",
        "store: scan",
    ];
    assert_eq!(world.calls, all);
}
