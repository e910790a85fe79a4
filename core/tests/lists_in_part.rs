//! A list that isn't whole proves nothing about whom it doesn't name.

use portreeve_core::command::{Ailment, Command, Remedy, Reply, Status};

use crate::world::{Fault, World, user};

const UNREAD: &str = "1 have no id";

/// Alice runs, and lists don't tell of her container.
fn untold() -> World {
    let mut world = World::new(1);
    world.ensure("alice");
    world.restart_controller(2);
    world.set(Fault::ListsInPart, true);
    world
}

#[test]
fn health_says_what_could_not_be_read_and_not_that_the_container_is_gone() {
    let mut world = untold();
    let Reply::Health(healths) = world.run(Command::Health) else {
        panic!("not the health")
    };
    let ailment = Some(Ailment::Untold(UNREAD.into()));
    assert_eq!(healths.len(), 1);
    assert_eq!(healths[0].ailment, ailment);
}

#[test]
fn a_container_that_is_missing_in_the_list_is_looked_at_before_it_counts_as_stopped() {
    let mut world = untold();
    let statuses = world.page(None, 9).users;
    assert_eq!(statuses.len(), 1);
    assert_eq!(statuses[0].status, Status::Running);
    world.containers.clear();
    let statuses = world.page(None, 9).users;
    assert_eq!(statuses[0].status, Status::Stopped);
}

#[test]
fn a_repair_frees_nothing_by_it_and_tells_what_could_not_be_read() {
    for dry_run in [true, false] {
        let mut world = untold();
        let before = (world.claims(), world.record("alice"));
        let Reply::Repaired(findings) = world.run(Command::Repair { dry_run }) else {
            panic!("not repaired")
        };
        let [finding] = &findings[..] else {
            panic!("not one finding: {findings:?}")
        };
        assert_eq!(finding.user, user("alice"));
        let Remedy::Failed(why) = &finding.remedy else {
            panic!("{finding:?}")
        };
        assert!(why.to_string().contains(UNREAD), "{why}");
        assert_eq!(world.claims(), before.0);
        assert_eq!(world.containers.len(), 1);
        let intent =
            |record: Option<portreeve_core::record::Record>| record.map(|it| it.body.intent);
        assert_eq!(intent(world.record("alice")), intent(before.1));
        world.set(Fault::ListsInPart, false);
        let reply = world.run(Command::Repair { dry_run });
        assert_eq!(reply, Reply::Repaired(Vec::new()));
    }
}

#[test]
fn whose_container_is_under_another_name_is_not_given_a_second_one_by_it() {
    let mut world = untold();
    world.rename(0, "renamed".to_owned());
    let Reply::Failed(why) = world.ensure("alice") else {
        panic!("ensured")
    };
    assert!(why.to_string().contains(UNREAD), "{why}");
    assert_eq!(world.containers.len(), 1);
}
