//! The simulated engine is compared with the real one: sequences of requests, made up by chance,
//! are sent to both, and each answer's status and meaning, and all that can be seen of the engine
//! after it, must be the same. A sequence that shows a difference is shrunk.
//!
//! `scripts/differential N [SEED]` compares N sequences; as part of all tests a few hundred are.

mod model;
mod observed;
mod place;
mod real;
mod run;
mod step;

use std::env;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use portreeve_tests::Unavailable;
use portreeve_tests::engine::Engine;
use portreeve_tests::image::Images;
use portreeve_tests::ports::Block;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::place::Place;
use crate::real::Real;
use crate::run::Difference;
use crate::step::Step;

/// How many sequences are compared; a few hundred unless it says otherwise.
const SEQUENCES: &str = "PORTREEVE_TEST_SEQUENCES";
const FEW: u32 = 200;
/// What they are made of; by default something new each time, where it is said how many there are.
const SEED: &str = "PORTREEVE_TEST_SEED";
/// What the few are made of that are compared along with all other tests: those look whether a
/// change has broken something, not for what nobody knows yet.
const KNOWN: u32 = 5;
/// The release of Docker whose very words the model has; of others their meaning is compared.
const RELEASE: &str = "20.10.";
/// Sequences mostly wait for the engine.
const AT_ONCE: u32 = 4;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let engine = Engine::from_env();
    if let Err(Unavailable::NotGiven(why)) = &engine {
        eprintln!("the differential test is left out: {why}");
    }
    let trial = Trial::ignorable_test(
        "the_simulated_engine_does_what_the_real_one_does",
        move || match engine {
            Ok(engine) => compare(&engine),
            Err(Unavailable::NotGiven(why)) => Ok(Completion::ignored_with(why)),
            Err(Unavailable::Broken(why)) => Err(why.into()),
        },
    );
    libtest_mimic::run(&arguments, vec![trial]).exit_code()
}

fn compare(engine: &Engine) -> Result<Completion, Failed> {
    let wanted = number(SEQUENCES)?;
    let sequences = wanted.unwrap_or(FEW);
    let seed = match (number(SEED)?, wanted) {
        (Some(seed), _) => seed,
        (None, Some(_)) => fresh_seed(),
        (None, None) => KNOWN,
    };
    let version = Real::new(engine.address())
        .ask("GET", "/version", b"")
        .json();
    let words = version["Version"]
        .as_str()
        .is_some_and(|release| release.starts_with(RELEASE));
    let images = Arc::new(Images::make(engine));
    let found = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> = (0..AT_ONCE)
        .map(|worker| {
            let (images, found) = (Arc::clone(&images), Arc::clone(&found));
            let engine = engine.clone();
            let share = sequences / AT_ONCE + u32::from(worker < sequences % AT_ONCE);
            thread::spawn(move || {
                let mut bytes = [0; 32];
                bytes[..4].copy_from_slice(&seed.to_le_bytes());
                bytes[4..8].copy_from_slice(&worker.to_le_bytes());
                let bench = Bench {
                    engine: &engine,
                    images: &images,
                    words,
                };
                work(&bench, &found, share, &bytes)
            })
        })
        .collect();
    let differences: Vec<String> = workers
        .into_iter()
        .filter_map(|worker| match worker.join() {
            Ok(result) => result.err(),
            Err(_) => Some("a worker panicked".to_owned()),
        })
        .collect();
    if differences.is_empty() {
        return Ok(Completion::Completed);
    }
    let again = format!("again: scripts/differential {sequences} {seed}");
    Err(format!("{}\n{again}", differences.join("\n\n")).into())
}

fn number(variable: &str) -> Result<Option<u32>, Failed> {
    match env::var(variable) {
        Err(_) => Ok(None),
        Ok(text) => match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(format!("{variable} is not a number: {text:?}").into()),
        },
    }
}

fn fresh_seed() -> u32 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    u32::from_le_bytes(bytes)
}

/// Compares so many sequences; the first difference anywhere ends it.
fn work(bench: &Bench<'_>, found: &AtomicBool, cases: u32, seed: &[u8; 32]) -> Result<(), String> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let sequences = step::sequence();
    for _ in 0..cases {
        let tree = sequences.new_tree(&mut runner);
        let steps = tree.map_err(|why| why.to_string())?.current();
        if found.load(Ordering::Relaxed) {
            return Ok(());
        }
        if let Err(difference) = bench.run(&steps, run::PATIENCE) {
            found.store(true, Ordering::Relaxed);
            eprintln!("a difference, which is being shrunk: {}", difference.what);
            return Err(bench.shrunk(steps, difference));
        }
    }
    Ok(())
}

/// Where sequences are run.
struct Bench<'a> {
    engine: &'a Engine,
    images: &'a Images,
    words: bool,
}

impl Bench<'_> {
    fn run(&self, steps: &[Step], patience: Duration) -> Result<(), Difference> {
        let place = Place {
            engine: self.engine,
            prefix: self.images.next_prefix(),
            image: self.images.first(),
            ports: Block::take(),
            words: self.words,
        };
        run::run(&place, steps, patience)
    }

    /// Leaves out whatever isn't needed for a difference, and tells what is left.
    fn shrunk(&self, mut steps: Vec<Step>, mut difference: Difference) -> String {
        steps.truncate(difference.step + 1);
        // From the end, as what comes later depends on what came before.
        for index in (0..steps.len().saturating_sub(1)).rev() {
            let mut fewer = steps.clone();
            fewer.remove(index);
            if let Err(other) = self.run(&fewer, run::PATIENCE / 4) {
                fewer.truncate(other.step + 1);
                (steps, difference) = (fewer, other);
            }
        }
        let steps: Vec<String> = steps.iter().map(|step| format!("  {step:?}")).collect();
        format!("{}\nafter\n{}", difference.what, steps.join("\n"))
    }
}
