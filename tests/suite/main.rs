//! The suite: written once against the commands, and run through every driver on every store, on a real engine.
//!
//! `cargo test -p portreeve-tests --test suite -- tokio::postgres::fifty_users_at_once` runs one case.

mod cases;

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use portreeve_tests::Unavailable;
use portreeve_tests::drivers::Driver;
use portreeve_tests::engine::Engine;
use portreeve_tests::image::Images;
use portreeve_tests::process;
use portreeve_tests::stores::Kind;
use portreeve_tests::story::{caught, listen_for_panics};
use portreeve_tests::world::World;

use crate::cases::Case;

/// Cases mostly wait for the engine, so there may be more of them at once than processors.
const AT_ONCE: usize = 4;

/// Where this variable is set, cases that pass are told too, not only those that fail.
const TELL: &str = "PORTREEVE_TEST_TELL";

/// What all cases share.
struct Bench {
    engine: Engine,
    images: OnceLock<Arc<Images>>,
}

fn main() -> ExitCode {
    if let Some(status) = process::serve() {
        return status;
    }
    listen_for_panics();
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_ONCE);
    let bench = Engine::from_env().map(|engine| {
        Arc::new(Bench {
            engine,
            images: OnceLock::new(),
        })
    });
    let suites = Driver::ALL
        .into_iter()
        .flat_map(|driver| Kind::ALL.map(|kind| (driver, kind)));
    let trials = suites
        .flat_map(|(driver, kind)| suite(bench.as_ref(), driver, kind))
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// All cases for one driver and one store.
fn suite(
    bench: Result<&Arc<Bench>, &Unavailable>,
    driver: Driver,
    kind: Kind,
) -> impl Iterator<Item = Trial> {
    let name = format!("{}::{}", driver.name(), kind.name());
    let runnable = bench.map_err(Unavailable::clone).and_then(|bench| {
        kind.available()?;
        Ok(Arc::clone(bench))
    });
    if let Err(Unavailable::NotGiven(why)) = &runnable {
        eprintln!("suite {name} is left out: {why}");
    }
    cases::on(kind).map(move |case| {
        let runnable = runnable.clone();
        Trial::ignorable_test(format!("{name}::{}", case.name), move || match runnable {
            Ok(bench) => run(&bench, driver, kind, case),
            Err(Unavailable::NotGiven(why)) => Ok(Completion::ignored_with(why)),
            Err(Unavailable::Broken(why)) => Err(why.into()),
        })
    })
}

fn run(bench: &Bench, driver: Driver, kind: Kind, case: Case) -> Result<Completion, Failed> {
    let images = bench
        .images
        .get_or_init(|| Arc::new(Images::make(&bench.engine)));
    let world = World::new(driver, kind, &bench.engine, images);
    match caught(|| (case.run)(&world)) {
        Ok(()) => {
            if std::env::var_os(TELL).is_some() {
                eprintln!("{}: {}", case.name, world.report());
            }
            Ok(Completion::Completed)
        }
        Err(why) => Err(format!("{why}\n{}", world.report()).into()),
    }
}
