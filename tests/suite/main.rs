//! The suite: written once against the commands, and run on every store, on a real engine: through
//! `portreeve-tokio` in full, and through `portreeve-blocking` in the part that [`chosen`] tells,
//! or in full with `PORTREEVE_TEST_FULL=1`.
//!
//! `cargo test -p portreeve-tests --test suite -- tokio::postgres::crowd::fifty_users_at_once` runs one case,
//! and `-- sqlite::reaping` all that are about one thing on one store.

mod cases;
mod chosen;

use std::process::ExitCode;

use portreeve_tests::bench::{self, Suite};
use portreeve_tests::drivers::Driver;
use portreeve_tests::process;
use portreeve_tests::stores::Kind;

fn main() -> ExitCode {
    if let Some(status) = process::serve() {
        return status;
    }
    let all_are_wanted = chosen::all_are_wanted();
    if !all_are_wanted {
        eprintln!(
            "the blocking driver runs a chosen part of the suite: PORTREEVE_TEST_FULL=1 runs all of it"
        );
    }
    bench::run(Driver::ALL.into_iter().flat_map(|driver| {
        Kind::ALL.map(|kind| Suite {
            name: format!("{}::{}", driver.name(), kind.name()),
            driver,
            kind,
            cases: match driver {
                Driver::Blocking if !all_are_wanted => chosen::on(kind).collect(),
                Driver::Tokio | Driver::Blocking => cases::on(kind).collect(),
            },
        })
    }))
}
