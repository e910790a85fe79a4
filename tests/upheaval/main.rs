//! The servers themselves go away and come back, under load. Nothing else may run on them meanwhile.
//!
//! `scripts/upheaval` runs all cases, `scripts/upheaval tokio::postgres::breakdown` some, and
//! `scripts/soak` the long one. Along with all other tests a short soak is run alone, in which each
//! of the servers is restarted once.

mod breakdown;
mod chance;
mod chaos;
mod crew;
mod promises;
mod soak;

use std::process::ExitCode;

use portreeve_tests::bench::{self, Case, Suite};
use portreeve_tests::cases;
use portreeve_tests::drivers::Driver;
use portreeve_tests::process;
use portreeve_tests::stores::Kind;

const SOAK: &[Case] = cases! {
    soak:
        soak;
};

const ON_EVERY_STORE: &[Case] = cases! {
    breakdown:
        the_engine_is_restarted_under_load,
        the_engine_is_killed_under_load,
        the_disk_of_the_store_is_full_under_load;
};

const ON_POSTGRES: &[Case] = cases! {
    breakdown:
        the_database_is_restarted_under_load,
        the_database_is_killed_under_load;
};

fn main() -> ExitCode {
    if let Some(status) = process::serve() {
        return status;
    }
    if !bench::upheavals_are_wanted() {
        eprintln!("breakdowns are left out: scripts/upheaval runs them, which takes minutes");
    }
    bench::run_alone(Driver::ALL.into_iter().flat_map(|driver| {
        Kind::ALL.map(|kind| Suite {
            name: format!("{}::{}", driver.name(), kind.name()),
            driver,
            kind,
            cases: on(kind).collect(),
        })
    }))
}

fn on(kind: Kind) -> impl Iterator<Item = Case> {
    let (always, further) = match kind {
        Kind::Sqlite => (&[][..], &[][..]),
        Kind::Postgres => (SOAK, ON_POSTGRES),
    };
    let long = ON_EVERY_STORE.iter().chain(further);
    let wanted = bench::upheavals_are_wanted();
    always.iter().chain(long.filter(move |_| wanted)).copied()
}
