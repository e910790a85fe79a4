//! The store's clock runs ahead by years, and is set right.

use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::settings::Settings;

use crate::world::{World, user};

const TEN_YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
const IDLE: Duration = Duration::from_secs(600);

fn with_idle_limit(settings: &mut Settings) {
    settings.idle_limit = IDLE;
}

fn reaped(world: &mut World) -> usize {
    match world.run(Command::Reap) {
        Reply::Reaped(reaped) => reaped.stopped.len(),
        other => panic!("{other:?}"),
    }
}

/// The lease of a controller that is gone would last for ten years.
#[test]
fn nobody_is_locked_out_by_a_lease_that_was_taken_ahead() {
    let mut world = World::new(1);
    world.run_store_ahead(TEN_YEARS);
    world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call.contains("engine: create"));
    world.run_store_ahead(Duration::ZERO);
    world.restart_controller(2);
    let reply = world.ensure("alice");
    assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
}

/// The first reap after that has it noted, and the user's time counts from there.
#[test]
fn who_was_active_in_the_future_is_idle_in_time() {
    let mut world = World::new(1);
    world.restart_with(1, with_idle_limit);
    world.run_store_ahead(TEN_YEARS);
    world.ensure("alice");
    world.run_store_ahead(Duration::ZERO);
    world.restart_with(1, with_idle_limit);
    assert_eq!(reaped(&mut world), 0);
    world.sleep(IDLE / 2);
    assert_eq!(reaped(&mut world), 0);
    world.sleep(IDLE);
    assert_eq!(reaped(&mut world), 1);
}
