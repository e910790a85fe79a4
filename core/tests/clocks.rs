//! The store's clock runs ahead by years, and is set right.

use std::time::Duration;

use portreeve_core::command::{Command, Problem, RecordTime, Remedy, Reply};
use portreeve_core::outcome::EngineOutcome;
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

/// What lies ahead in records, by whose they are and which times, and whether it is ten years ahead.
fn told_ahead(world: &mut World, dry_run: bool) -> Vec<(String, RecordTime)> {
    let Reply::Repaired(findings) = world.run(Command::Repair { dry_run }) else {
        panic!("no repair")
    };
    let ahead = findings
        .into_iter()
        .filter_map(|finding| match finding.remedy {
            Remedy::Disregarded(time) => {
                assert_eq!(finding.problem, Problem::TimeAhead);
                let left = time.until.since(world.store_clock());
                assert!(left + IDLE > TEN_YEARS, "{left:?}");
                Some((finding.user.to_string(), time.what))
            }
            _ => None,
        });
    ahead.collect()
}

/// A dry run leaves it as it is; a repair has activities told anew, and writes the records under whose leases
/// something was begun.
#[test]
fn a_repair_tells_of_times_that_lie_ahead() {
    let mut world = World::new(1);
    world.run_store_ahead(TEN_YEARS);
    world.ensure("alice");
    let refused = EngineOutcome::Refused("no".into());
    world.refuses = Some(("engine: start", refused));
    world.ensure("bob");
    world.refuses = None;
    world.command(Command::Ensure(user("carol")));
    world.drive_until(|call| call.contains("engine: create"));
    world.run_store_ahead(Duration::ZERO);
    world.restart_controller(2);
    let all = [
        ("alice".to_owned(), RecordTime::Activity),
        ("bob".to_owned(), RecordTime::Retry),
        ("carol".to_owned(), RecordTime::Lease),
    ];
    assert_eq!(told_ahead(&mut world, true), all);
    assert_eq!(told_ahead(&mut world, false), all);
    world.sleep(Duration::from_secs(1));
    assert_eq!(told_ahead(&mut world, true), []);
}
