//! Stores from before a volume was one user's may have two users who share one.

use portreeve_core::command::{Command, Finding, Problem, Remedy, Reply};
use portreeve_core::observed::ContainerState;

use crate::world::{World, user};

const ALICES: &str = "mosaic-user-alice-state";

/// Alice and bob run, and bob's record names alice's volume.
fn shared() -> World {
    let mut world = World::new(1);
    world.ensure("alice");
    world.ensure("bob");
    world.give_volume_of("alice", "bob");
    world.restart_controller(2);
    world
}

fn found(world: &mut World, dry_run: bool) -> Vec<Finding> {
    match world.run(Command::Repair { dry_run }) {
        Reply::Repaired(findings) => findings,
        other => panic!("{other:?}"),
    }
}

fn finding(id: &str, volume: &str, problem: Problem) -> Finding {
    Finding {
        user: user(id),
        problem,
        remedy: Remedy::Reported,
        volume: Some(volume.to_owned()),
        container: None,
    }
}

/// The other's files are in it.
#[test]
fn a_purge_leaves_a_shared_volume_to_the_other() {
    let mut world = shared();
    assert_eq!(
        world.run(Command::Purge(user("alice"))),
        Reply::Purged(true)
    );
    assert!(world.record("alice").is_none());
    assert!(world.volumes.contains_key(ALICES), "{:?}", world.volumes);
    let [left] = &world.containers[..] else {
        panic!("not one container: {:?}", world.containers);
    };
    assert_eq!(left.name, "mosaic-user-bob");
    assert_eq!(left.state, ContainerState::Running);
}

/// A purge that another controller began is finished with what is read then.
#[test]
fn whoever_finishes_a_purge_leaves_a_shared_volume_too() {
    let mut world = shared();
    world.command(Command::Purge(user("alice")));
    world.drive_until(|call| call == "engine: remove");
    world.restart_controller(3);
    world.sleep(std::time::Duration::from_secs(16));
    world.run(Command::Repair { dry_run: false });
    assert!(world.record("alice").is_none());
    assert!(world.volumes.contains_key(ALICES), "{:?}", world.volumes);
}

/// Two adopted containers mount one volume, which bears nobody's labels.
#[test]
fn the_last_of_those_who_share_a_volume_takes_it_along() {
    let mut world = World::new(1);
    for id in ["alice", "bob"] {
        world
            .volumes
            .insert(format!("mosaic-user-{id}-state"), None);
        let adopted = world.run(Command::Adopt(user(id)));
        assert!(matches!(adopted, Reply::Adopted(_)), "{adopted:?}");
    }
    world.give_volume_of("alice", "bob");
    world.restart_controller(2);
    for (id, is_left) in [("alice", true), ("bob", false)] {
        assert_eq!(world.run(Command::Purge(user(id))), Reply::Purged(true));
        assert_eq!(world.volumes.contains_key(ALICES), is_left, "{id}");
    }
}

#[test]
fn a_repair_tells_of_each_who_shares_and_mends_nothing() {
    let mut world = shared();
    // Nobody names it any more.
    world.volumes.remove("mosaic-user-bob-state");
    let wanted = ["alice", "bob"].map(|id| finding(id, ALICES, Problem::SharedVolume));
    for dry_run in [true, false, true] {
        assert_eq!(found(&mut world, dry_run), wanted, "dry run: {dry_run}");
    }
    world.run(Command::Purge(user("alice")));
    assert_eq!(
        found(&mut world, false),
        [],
        "bob has it alone, and it is no orphan"
    );
    world.run(Command::Purge(user("bob")));
    let orphan = finding("alice", ALICES, Problem::OrphanVolume);
    assert_eq!(found(&mut world, false), [orphan], "its labels are alice's");
}

/// What is mended is told beside it, and both in the order of users.
#[test]
fn what_else_is_wrong_with_those_who_share_is_mended() {
    let mut world = shared();
    world.volumes.remove("mosaic-user-bob-state");
    world.kill(0);
    let told: Vec<_> = found(&mut world, false)
        .into_iter()
        .map(|found| (found.user, found.problem, found.remedy))
        .collect();
    let wanted = [
        (user("alice"), Problem::NotRunning, Remedy::Mended),
        (user("alice"), Problem::SharedVolume, Remedy::Reported),
        (user("bob"), Problem::SharedVolume, Remedy::Reported),
    ];
    assert_eq!(told, wanted);
}

/// A sweep has nothing to do about it.
#[test]
fn a_sweep_writes_nothing_for_a_shared_volume() {
    let mut world = shared();
    world.restart_with(3, |settings| {
        settings.maintenance.sweep = Some(std::time::Duration::from_secs(60));
    });
    world.calls.clear();
    world.sleep(std::time::Duration::from_secs(200));
    let swept = world.calls.iter().filter(|call| call.contains("scan"));
    assert!(swept.count() >= 2, "{:?}", world.calls);
    let idle = |call: &String| !call.contains("put") && !call.contains("inspect");
    assert!(world.calls.iter().all(idle), "{:?}", world.calls);
}
