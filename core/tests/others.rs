//! What another controller did meanwhile: what is remembered of a record is no reason to refuse.

mod world;

use portreeve_core::command::{Command, Reply};
use portreeve_core::error::Error;
use portreeve_core::user::UserId;
use world::World;

fn user(id: &str) -> UserId {
    UserId::new(id).expect("a valid id")
}

/// What another controller has mended since is no reason to put anybody off.
#[test]
fn a_failure_that_is_over_puts_nobody_off() {
    let mut world = World::new(1);
    world.exits_with = Some(3);
    for _ in 0..3 {
        world.ensure("alice");
    }
    let waits = world.ensure("alice");
    assert!(
        matches!(waits, Reply::Failed(Error::BackingOff { .. })),
        "{waits:?}"
    );
    world.exits_with = None;
    world.add_controller(2);
    world.restart_with(2, |settings| settings.generation += 1);
    assert!(matches!(world.ensure("alice"), Reply::Ensured(_)));
    world.run(Command::Stop(user("alice")));
    world.switch(0);
    assert!(matches!(world.ensure("alice"), Reply::Ensured(_)));
}

/// Somebody else's container may have been adopted by another controller since.
#[test]
fn what_another_controller_has_adopted_is_the_users() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.run(Command::Stop(user("alice")));
    world.run(Command::Repair { dry_run: false });
    world.remove(0);
    world.run(Command::Repair { dry_run: false });
    world.ensure("bob");
    world.add_controller(2);
    world.add_foreign("mosaic-user-alice");
    let adopted = world.run(Command::Adopt(user("alice")));
    assert!(matches!(adopted, Reply::Adopted(_)), "{adopted:?}");
    world.switch(0);
    let ensured = world.ensure("alice");
    assert!(matches!(ensured, Reply::Ensured(_)), "{ensured:?}");
}
