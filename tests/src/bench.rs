//! Runs cases, each on a world of its own, as the tests of a program without a harness of its own.
//!
//! Where no engine or database is given, what needs it is left out, with a line that says so; where
//! one is given and doesn't work, what needs it fails.

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::Unavailable;
use crate::drivers::Driver;
use crate::engine::Engine;
use crate::environment::Server;
use crate::image::Images;
use crate::stores::Kind;
use crate::story::{caught, listen_for_panics};
use crate::world::World;

/// Cases mostly wait for the engine, so there may be more of them at once than processors.
const AT_ONCE: usize = 4;

/// Where this variable is set, cases that pass are told too, not only those that fail.
const TELL: &str = "PORTREEVE_TEST_TELL";

/// A case.
#[derive(Clone, Copy)]
pub struct Case {
    /// Its name.
    pub name: &'static str,
    /// Plays it, and panics if something isn't as it must be.
    pub run: fn(&World),
}

/// Cases by the modules that they are in, each named after its module and function.
#[macro_export]
macro_rules! cases {
    ($($module:ident: $($name:ident),+ $(,)?;)+) => {
        &[$($($crate::bench::Case { name: concat!(stringify!($module), "::", stringify!($name)), run: $module::$name }),+),+]
    };
}

/// Cases that are played on one kind of store.
pub struct Suite {
    /// What their names begin with.
    pub name: String,
    /// The driver of their worlds' controllers.
    pub driver: Driver,
    /// The store.
    pub kind: Kind,
    /// The cases.
    pub cases: Vec<Case>,
}

/// What all cases share.
struct Bench {
    engine: Engine,
    images: OnceLock<Arc<Images>>,
}

/// Runs what the command line asks for of these suites.
pub fn run(suites: impl IntoIterator<Item = Suite>) -> ExitCode {
    run_on(Engine::from_env(), AT_ONCE, suites)
}

/// The same, one case after the other.
pub fn run_in_turn(suites: impl IntoIterator<Item = Suite>) -> ExitCode {
    run_on(Engine::from_env(), 1, suites)
}

/// Where this variable is set, whatever takes long is played, too. That takes a good while, and
/// wants a machine that does nothing else meanwhile.
const UPHEAVAL: &str = "PORTREEVE_TEST_UPHEAVAL";

/// Whether cases are to be played that take long.
pub fn upheavals_are_wanted() -> bool {
    std::env::var_os(UPHEAVAL).is_some()
}

/// The same, one case after the other, and only on an engine and a database that are ours to stop
/// and start, and that were started for this run alone.
pub fn run_alone(suites: impl IntoIterator<Item = Suite>) -> ExitCode {
    let engine = Engine::from_env().and_then(|engine| {
        Server::are_ours()?;
        Ok(engine)
    });
    run_on(engine, 1, suites)
}

fn run_on(
    engine: Result<Engine, Unavailable>,
    at_once: usize,
    suites: impl IntoIterator<Item = Suite>,
) -> ExitCode {
    listen_for_panics();
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(at_once);
    let bench = engine.map(|engine| {
        Arc::new(Bench {
            engine,
            images: OnceLock::new(),
        })
    });
    let trials = suites
        .into_iter()
        .flat_map(|suite| suite.trials(bench.as_ref()))
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

impl Suite {
    fn trials(self, bench: Result<&Arc<Bench>, &Unavailable>) -> impl Iterator<Item = Trial> {
        let Self {
            name,
            driver,
            kind,
            cases,
        } = self;
        let runnable = bench.map_err(Unavailable::clone).and_then(|bench| {
            kind.available()?;
            Ok(Arc::clone(bench))
        });
        if let Err(Unavailable::NotGiven(why)) = &runnable {
            eprintln!("suite {name} is left out: {why}");
        }
        cases.into_iter().map(move |case| {
            let runnable = runnable.clone();
            Trial::ignorable_test(format!("{name}::{}", case.name), move || match runnable {
                Ok(bench) => bench.play(driver, kind, case),
                Err(Unavailable::NotGiven(why)) => Ok(Completion::ignored_with(why)),
                Err(Unavailable::Broken(why)) => Err(why.into()),
            })
        })
    }
}

impl Bench {
    fn play(&self, driver: Driver, kind: Kind, case: Case) -> Result<Completion, Failed> {
        let images = self
            .images
            .get_or_init(|| Arc::new(Images::make(&self.engine)));
        let world = World::new(case.name, driver, kind, &self.engine, images);
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
}
