//! The suite: written once against the commands, and run through every driver on every store, on a real engine.
//!
//! `cargo test -p portreeve-tests --test suite -- tokio::postgres::crowd::fifty_users_at_once` runs one case,
//! and `-- sqlite::reaping` all that are about one thing on one store.

mod cases;

use std::process::ExitCode;

use portreeve_tests::bench::{self, Suite};
use portreeve_tests::drivers::Driver;
use portreeve_tests::process;
use portreeve_tests::stores::Kind;

fn main() -> ExitCode {
    if let Some(status) = process::serve() {
        return status;
    }
    bench::run(Driver::ALL.into_iter().flat_map(|driver| {
        Kind::ALL.map(|kind| Suite {
            name: format!("{}::{}", driver.name(), kind.name()),
            driver,
            kind,
            cases: cases::on(kind).collect(),
        })
    }))
}
