//! What commands for many users cost: as much as runs, and not as many as there are.

use portreeve_core::command::{Command, Reply};
use portreeve_core::id::PortRange;

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
        assert_eq!(world.calls, ["store: scan unsettled", "engine: list all"]);
    }
}
