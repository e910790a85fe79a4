//! What commands for many users cost: as much as runs, and not as many as there are.

use std::time::Duration;

use portreeve_core::command::{Command, Problem, Reply};
use portreeve_core::id::PortRange;
use portreeve_core::observed::ContainerState;
use portreeve_core::settings::Maintenance;

use crate::world::{World, user};

/// A world of so many users who are stopped, beside one who runs.
fn one_runs_of(stopped: u16) -> World {
    let mut world = World::new(1);
    world.restart_with(1, |settings| {
        let first = settings.ports.first();
        let last = first.checked_add(stopped + 1).expect("small");
        settings.ports = PortRange::new(first, last).expect("not empty");
    });
    world.ensure("runs");
    for number in 0..stopped {
        let id = format!("stopped-{number}");
        world.ensure(&id);
        world.run(Command::Stop(user(&id)));
    }
    world.rows_read = 0;
    world.calls.clear();
    world
}

#[test]
fn health_reads_the_records_of_those_who_run() {
    for stopped in [0, 7, 70] {
        let mut world = one_runs_of(stopped);
        let Reply::Health(healths) = world.run(Command::Health) else {
            panic!("a health is answered otherwise");
        };
        assert_eq!(healths.len(), 1);
        assert_eq!(world.rows_read, 1, "of {stopped} who are stopped");
        assert_eq!(
            world.calls,
            ["store: scan unsettled", "engine: list container-1"]
        );
    }
}

/// The same, whose stopped users have no containers any more, since somebody removed them.
fn one_is_there_of(gone: u16) -> World {
    let mut world = one_runs_of(gone);
    world
        .containers
        .retain(|container| container.state == ContainerState::Running);
    world
}

fn problems(world: &mut World, dry_run: bool) -> Vec<Problem> {
    match world.run(Command::Repair { dry_run }) {
        Reply::Repaired(findings) => findings.iter().map(|found| found.problem).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sweep_reads_the_records_of_whom_the_engine_lists() {
    for gone in [0, 7, 70] {
        let mut world = one_is_there_of(gone);
        world.restart_with(2, |settings| {
            settings.maintenance.sweep = Some(Duration::from_secs(60));
        });
        world.sleep(Duration::from_secs(30));
        assert_eq!(world.rows_read, 1, "of {gone} who are stopped");
        assert_eq!(world.count("engine: list all"), 1);
    }
}

/// Nothing tells of what disagrees for those who are settled, so it waits for a whole comparison.
#[test]
fn a_whole_comparison_finds_what_a_sweep_cannot() {
    let mut world = one_is_there_of(7);
    let ports = |world: &World| (0..7).filter(|number| has_port(world, *number)).count();
    world.restart_with(2, |settings| {
        settings.maintenance.sweep = Some(Duration::from_secs(60));
    });
    world.sleep(Duration::from_secs(90));
    assert_eq!(ports(&world), 7, "they claim ports for nothing");
    assert_eq!(
        problems(&mut world, true),
        [Problem::ClaimWithoutContainer; 7]
    );

    world.restart_with(3, |settings| settings.maintenance = Maintenance::full());
    world.sleep(Duration::from_secs(30));
    assert_eq!(ports(&world), 0);
}

fn has_port(world: &World, number: u16) -> bool {
    let record = world.record(&format!("stopped-{number}"));
    record.expect("it stays").port.is_some()
}

/// A page is seen to before the next is read, however many there are, and all is found that is found at once.
#[test]
fn a_whole_comparison_goes_by_pages() {
    let sizes = [1, 2, 3, 8, 500];
    let found = sizes.map(|page| {
        let mut world = one_is_there_of(7);
        world.restart_with(2, |settings| settings.limits.page = page);
        world.lose_record("stopped-3");
        world.lose_record("runs");
        let planned = problems(&mut world, true);
        assert_eq!(planned.len(), 9, "six claims, a container, and two volumes");
        world.calls.clear();
        assert_eq!(problems(&mut world, false), planned);
        let scans = world.count("store: scan");
        let least = 6_usize.div_ceil(usize::try_from(page).expect("small"));
        assert!((least..=least + 1).contains(&scans), "{scans} for {page}");
        assert_eq!(world.count("engine: list all"), 1);
        planned
    });
    for pages in &found {
        assert_eq!(*pages, found[0]);
    }
}

/// The engine's list is no older than events are believed, however long a comparison takes: who was
/// made meanwhile is nobody's orphan, and nobody who doesn't run.
#[test]
fn a_long_comparison_lists_again() {
    let mut world = one_runs_of(7);
    world.restart_with(2, |settings| {
        settings.limits.page = 3;
        settings.timing.trust = Duration::from_secs(5);
    });
    let repair = world.command(Command::Repair { dry_run: true });
    world.drive_until(|call| call == "engine: list all");
    for newcomer in ["a", "zoe"] {
        let page = world.look_and_hold("store: scan");
        world.command(Command::Ensure(user(newcomer)));
        world.sleep(Duration::from_secs(3));
        world.release(page);
    }
    world.finish();
    assert_eq!(world.replies[&repair], Reply::Repaired(Vec::new()));
    assert_eq!(world.count("engine: list all"), 2);
}

#[test]
fn keys_are_changed_by_pages() {
    let mut world = one_runs_of(7);
    world.restart_with(2, |settings| settings.limits.page = 3);
    let Reply::Rekeyed(rekeyed) = world.run(Command::Rekey) else {
        panic!("a rekey is answered otherwise");
    };
    assert_eq!((rekeyed.sealed, rekeyed.current), (0, 8));
    assert_eq!(world.count("store: scan"), 3);
}
