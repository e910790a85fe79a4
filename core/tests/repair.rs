//! Repairs among others who are at work meanwhile.

use std::time::Duration;

use portreeve_core::command::{Command, Problem, Remedy, Reply};
use portreeve_core::observed::ContainerState;

use crate::world::{World, user};

/// Whether its holder goes on with it, or is gone, nobody can tell before the lease ends: that is
/// told, with whose lease it is and how long it lasts, and nothing is done.
#[test]
fn a_start_that_nobody_goes_on_with_is_told_of_with_whose_lease_is_waited_for() {
    let mut world = World::new(1);
    world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call == "engine: start");
    world.add_controller(2);
    for dry_run in [true, false] {
        let reply = world.run(Command::Repair { dry_run });
        let Reply::Repaired(found) = reply else {
            panic!("not repaired: {reply:?}");
        };
        let [finding] = &found[..] else {
            panic!("not one finding: {found:?}");
        };
        assert_eq!(finding.problem, Problem::UnderLease);
        let Remedy::Awaited(told) = &finding.remedy else {
            panic!("not waited for: {finding:?}");
        };
        let lease = world.record("alice").expect("made").lease.expect("taken");
        assert_eq!(told.owner, lease.owner);
        assert!(told.remaining > Duration::ZERO && told.remaining <= Duration::from_secs(15));
    }
    // Nobody is at it any more.
    world.sleep(Duration::from_secs(16));
    let reply = world.run(Command::Repair { dry_run: true });
    assert!(
        matches!(&reply, Reply::Repaired(found) if found.len() == 1),
        "{reply:?}"
    );
}

/// Statements overtake one another. What was read before the record was written is no news.
#[test]
fn an_answer_that_was_overtaken_is_not_believed() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.kill(0);
    let repair = world.command(Command::Repair { dry_run: false });
    world.drive_until(|call| call == "engine: list all");
    // It says that she runs.
    let scanned = world.look_and_hold("store: scan");
    world.ensure("alice");
    world.run(Command::Stop(user("alice")));
    world.release(scanned);
    world.calls.clear();
    world.drive();
    assert!(matches!(world.replies[&repair], Reply::Repaired(_)));
    let puts = world.calls.iter().filter(|call| call.contains("put"));
    assert_eq!(puts.count(), 0, "{:?}", world.calls);
}

/// The container that nobody has a record of was replaced by another controller, after we had read
/// that there is no record: what we see then isn't nobody's.
#[test]
fn what_is_made_while_a_repair_looks_is_not_removed() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.lose_record("alice");
    let repair = world.command(Command::Repair { dry_run: false });
    world.drive_until(|call| call == "store: scan");
    world.add_controller(2);
    let Reply::Ensured(endpoint) = world.ensure("alice") else {
        panic!("not ensured: {:?}", world.calls);
    };
    world.switch(0);
    world.finish();
    assert!(matches!(world.replies[&repair], Reply::Repaired(_)));
    let [left] = &world.containers[..] else {
        panic!("not one container: {:?}", world.containers);
    };
    assert_eq!(left.id, endpoint.container);
    assert_eq!(left.state, ContainerState::Running);
}

/// What is removed beside it changes nothing about which container is the user's.
#[test]
fn a_container_stays_the_users_when_another_is_removed_beside_it() {
    let mut world = World::new(1);
    world.ensure("alice");
    let recorded = world.record("alice").expect("made").body.container.clone();
    world.add_surplus("alice");
    world.run(Command::Repair { dry_run: false });
    assert_eq!(world.containers.len(), 1);
    let record = world.record("alice").expect("it is there");
    assert_eq!(record.body.container, recorded);
    world.rename(0, "renamed".into());
    let Reply::Ensured(endpoint) = world.ensure("alice") else {
        panic!("not ensured: {:?}", world.calls);
    };
    assert_eq!(Some(endpoint.container), recorded);
}
