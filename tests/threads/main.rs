//! The driver without async, from every kind of thread: no panic, no deadlock, no thread left behind.
//!
//! The threads of this process are counted, so one case is played after the other.

mod cases;
mod count;

use std::process::ExitCode;

use portreeve_tests::bench::{self, Case, Suite};
use portreeve_tests::cases;
use portreeve_tests::drivers::Driver;
use portreeve_tests::stores::Kind;

const ON_EVERY_STORE: &[Case] = cases! {
    cases:
        sixty_four_threads_share_what_they_ask,
        a_reap_has_many_effects_under_way_at_once,
        from_inside_a_runtime_of_one_thread,
        from_inside_a_runtime_of_many_threads,
        from_a_thread_that_has_just_dropped_a_runtime,
        dropped_with_effects_under_way,
        across_a_restart_of_the_servers;
};

const ON_POSTGRES: &[Case] = cases! {
    cases:
        a_database_that_stands_still_keeps_no_thread;
};

fn main() -> ExitCode {
    bench::run_in_turn(Kind::ALL.map(|kind| Suite {
        name: kind.name().to_owned(),
        driver: Driver::Blocking,
        kind,
        cases: on(kind).collect(),
    }))
}

fn on(kind: Kind) -> impl Iterator<Item = Case> {
    let further = match kind {
        Kind::Sqlite => &[],
        Kind::Postgres => ON_POSTGRES,
    };
    ON_EVERY_STORE.iter().chain(further).copied()
}
