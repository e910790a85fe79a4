//! States that behave alike have equal projections, and others don't.

use std::time::Duration;

use portreeve_core::command::Command;
use portreeve_core::id::PortRange;
use portreeve_core::lifecycle::Lifecycle;
use portreeve_core::name::Naming;
use portreeve_core::observed::{ContainerState, Health};
use portreeve_core::projection::{Project, Projection};
use portreeve_core::seed::Seed;
use portreeve_core::settings::{Readiness, Settings};
use portreeve_core::time::Timestamp;

use crate::world::{self, Fault, LIST, World, user};

/// What of the world's lifecycle decides how it goes on, with users in this order.
fn projected(world: &World, users: &[&str]) -> Vec<u64> {
    let naming = Naming::default();
    let named = |id: &&str| (user(id), naming.names(&user(id)));
    let micros = i64::try_from(world.now.as_micros()).expect("not that late");
    let wall = Timestamp::from_micros(micros);
    let mut projection = Projection::new(world.now, wall, users.iter().map(named).collect());
    world.lifecycle.project(&mut projection);
    projection.finish()
}

fn as_usual(world: &World) -> Vec<u64> {
    projected(world, &["alice", "bob"])
}

/// A world whose clock shows so much more.
fn world_at(seed: u8, later: Duration) -> World {
    let mut world = World::new(seed);
    world.now = world.now.after(later);
    world.lifecycle = Lifecycle::new(world::settings(), Seed::predictable([seed; 32]), world.now)
        .without_jitter();
    world
}

/// The moments at which two stories are compared.
const MOMENTS: [&str; 7] = [
    "store: load 1",
    "store: register",
    "store: put starting, lease",
    "engine: start",
    "store: put running, release",
    "store: put stopping, lease",
    "engine: stop",
];

/// A start, an answer that is lost, a stop: how it looks at each of these moments, and at the end.
fn story(world: &mut World) -> Vec<Vec<u64>> {
    let mut seen = vec![as_usual(world)];
    world.lose_answer_to = Some("engine: create mosaic-user-alice on 19000");
    world.command(Command::Ensure(user("alice")));
    for moment in &MOMENTS[..5] {
        world.drive_until(|call| call == *moment);
        seen.push(as_usual(world));
    }
    world.drive();
    seen.push(as_usual(world));
    world.command(Command::Stop(user("alice")));
    for moment in &MOMENTS[5..] {
        world.drive_until(|call| call == *moment);
        seen.push(as_usual(world));
    }
    world.drive();
    seen.push(as_usual(world));
    seen
}

#[test]
fn what_time_it_is_doesnt_matter() {
    let now = story(&mut world_at(1, Duration::ZERO));
    // Not a whole number of anything.
    let later = story(&mut world_at(1, Duration::from_micros(7_654_321_987)));
    assert!(now == later, "the same moments look different");
}

#[test]
fn what_chance_gave_doesnt_matter() {
    let one = story(&mut world_at(1, Duration::ZERO));
    let other = story(&mut world_at(2, Duration::ZERO));
    assert!(one == other, "the same moments look different");
}

#[test]
fn each_moment_of_a_story_is_another() {
    let mut seen = story(&mut world_at(1, Duration::ZERO));
    let before = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), before);
}

#[test]
fn users_can_be_told_apart_by_nothing_but_their_order() {
    let ensured = |id: &str| {
        let mut world = world_at(1, Duration::ZERO);
        world.command(Command::Ensure(user(id)));
        world.drive_until(|call| call == "engine: start");
        world
    };
    let (alice, bob) = (ensured("alice"), ensured("bob"));
    assert_ne!(as_usual(&alice), as_usual(&bob));
    assert_eq!(as_usual(&alice), projected(&bob, &["bob", "alice"]));
}

#[test]
fn time_that_passes_matters_until_a_deadline_has() {
    let mut world = world_at(1, Duration::ZERO);
    world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call == "engine: start");
    let before = as_usual(&world);
    let mut pass = |time| {
        world.now = world.now.after(time);
        world.lifecycle.handle_time(world.now).expect("forwards");
        as_usual(&world)
    };
    // The answer is awaited for shorter.
    let later = pass(Duration::from_secs(1));
    assert_ne!(before, later);
    // What follows at once is only in an order, and nothing happened since.
    assert_eq!(later, pass(Duration::from_micros(10)));
}

/// How a lifecycle with such settings looks once that has happened.
fn after(differs: impl FnOnce(&mut Settings), happen: impl FnOnce(&mut World)) -> Vec<u64> {
    let mut world = world_at(1, Duration::ZERO);
    world.restart_with(1, differs);
    happen(&mut world);
    as_usual(&world)
}

#[test]
fn until_when_an_answer_is_awaited_matters() {
    let asking = |seconds| {
        after(
            |settings| settings.timing.engine = Duration::from_secs(seconds),
            |world| {
                world.command(Command::Ensure(user("alice")));
            },
        )
    };
    assert_ne!(asking(20), asking(30));
}

#[test]
fn until_when_a_change_is_waited_for_matters() {
    let waiting = |seconds| {
        let mut world = World::new(1);
        world.command(Command::Ensure(user("alice")));
        world.drive_until(|call| call == "engine: start");
        // The lease is another's, so it waits.
        world.restart_with(2, |settings| {
            settings.timing.answer = Duration::from_secs(seconds);
        });
        world.command(Command::LimitIdle(user("alice"), None));
        world.settle();
        as_usual(&world)
    };
    assert_ne!(waiting(20), waiting(30));
}

#[test]
fn until_when_a_network_may_be_made_matters() {
    let locked = |seconds| {
        after(
            |settings| settings.timing.lease = Duration::from_secs(seconds),
            |world| {
                world.command(Command::Ensure(user("alice")));
                world.drive_until(|call| call == "store: lock");
            },
        )
    };
    assert_ne!(locked(15), locked(20));
}

#[test]
fn who_comes_first_in_line_matters() {
    let waiting = |last: &str| {
        let mut world = World::new(1);
        world.health = Health::Starting;
        world.restart_with(1, |settings| {
            settings.readiness = Readiness::Healthy;
            settings.limits.starting = 1;
        });
        world.command(Command::Ensure(user("carol")));
        world.drive_until(|call| call == "engine: start");
        world.settle();
        for id in ["alice", "bob"] {
            world.command(Command::Ensure(user(id)));
        }
        // Whoever is seen last joins the line last.
        let seen = world.look_and_hold(last);
        world.settle();
        world.release(seen);
        world.settle();
        as_usual(&world)
    };
    let [alice, bob] = ["alice", "bob"].map(|id| format!("engine: inspect mosaic-user-{id}"));
    assert_ne!(waiting(&alice), waiting(&bob));
}

#[test]
fn what_was_seen_matters() {
    let seen = |state: ContainerState| {
        let mut world = world_at(1, Duration::ZERO);
        world.ensure("alice");
        world.containers[0].state = state;
        world.command(Command::Ensure(user("alice")));
        world.settle();
        as_usual(&world)
    };
    // In either case it is looked at again after a while.
    let (restarting, removing) = (ContainerState::Starting, ContainerState::Removing);
    assert_ne!(seen(restarting), seen(removing));
}

#[test]
fn how_long_ports_rest_matters_to_who_waits_for_one() {
    let waiting = |seconds| {
        let mut world = World::new(1);
        let one_port = |settings: &mut Settings| {
            let first = settings.ports.first();
            settings.ports = PortRange::new(first, first).expect("not empty");
        };
        world.restart_with(1, one_port);
        world.ensure("carol");
        world.run(Command::Purge(user("carol")));
        world.sleep(Duration::from_secs(seconds));
        world.restart_controller(2);
        world.command(Command::Ensure(user("alice")));
        world.drive_until(|call| call == "store: longest stopped");
        as_usual(&world)
    };
    assert_ne!(waiting(10), waiting(20));
}

#[test]
fn which_image_is_missing_matters() {
    let missing = |image: &str| {
        after(
            |settings| settings.template.image = image.into(),
            |world| {
                world.set(Fault::ImageMissing, true);
                world.ensure("alice");
            },
        )
    };
    assert_ne!(missing("one"), missing("other"));
}

#[test]
fn what_is_asked_of_all_matters() {
    let asking = |command| {
        let mut world = world_at(1, Duration::ZERO);
        world.command(command);
        as_usual(&world)
    };
    assert_ne!(asking(LIST), asking(Command::Health));
    let repair = |dry_run| asking(Command::Repair { dry_run });
    assert_ne!(repair(true), repair(false));
}

/// Nobody is there, and so nothing else is that time matters to.
fn following_nobody(sabotage: fn(&mut World), millis: u64) -> Vec<u64> {
    let mut world = World::new(1);
    world.restart_with(1, |settings| settings.maintenance.watch = true);
    sabotage(&mut world);
    world.sleep(Duration::from_millis(millis));
    projected(&world, &[])
}

#[test]
fn when_all_containers_were_listed_last_matters() {
    let after = |millis| following_nobody(|_| {}, millis);
    assert_ne!(after(2_000), after(4_000));
}

#[test]
fn when_the_stream_is_to_be_opened_matters() {
    let after = |millis| following_nobody(|world| world.set(Fault::StoreAway, true), millis);
    // In a row of tries, a moment between two of them: the next is nearer, or it isn't.
    let waits: Vec<_> = (0..4).map(|steps| after(5_000 + 20 * steps)).collect();
    assert!(
        waits.iter().any(|one| *one != waits[0]),
        "it never comes nearer"
    );
}
