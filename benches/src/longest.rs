//! What concerns all users at once, and so has to be done in slices.

use std::time::Duration;

use portreeve_core::command::Command;
use portreeve_core::settings::Maintenance;

use crate::World;

/// Something that concerns all users.
pub struct Work {
    /// What it is.
    pub name: &'static str,
    /// Has it done to its end.
    pub done: fn(&mut World),
}

/// All that does.
pub const WORK: [Work; 6] = [
    Work {
        name: "health",
        done: |world| world.run(Command::Health),
    },
    Work {
        name: "reap, of nobody idle",
        done: |world| world.run(Command::Reap),
    },
    Work {
        name: "repair, dry",
        done: |world| world.run(Command::Repair { dry_run: true }),
    },
    Work {
        name: "rekey, of nobody",
        done: |world| world.run(Command::Rekey),
    },
    Work {
        name: "maintenance's sweep",
        done: |world| world.pass(SWEEP),
    },
    Work {
        name: "a list after missed events",
        done: World::miss_event,
    },
];

/// How far apart sweeps are: further than it takes to have all users run.
const SWEEP: Duration = Duration::from_secs(1 << 20);

/// One with so many users, all of whom run and are followed.
pub fn world(known: u32) -> World {
    let mut maintenance = Maintenance::default();
    maintenance.watch = true;
    maintenance.sweep = Some(SWEEP);
    World::new(known, 0, maintenance)
}
