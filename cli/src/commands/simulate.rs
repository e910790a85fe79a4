//! Runs the lifecycle through simulated storms, and plans.

pub(crate) mod plan;
mod render;

use std::fs;
use std::path::Path;

use portreeve_core::command::Progress;
use portreeve_sim::batch::{self, Batch, Broken};
use portreeve_sim::faults::Severity;
use portreeve_sim::script::{self, Script};
use portreeve_sim::trial::Trial;

use crate::args::Storms;
use crate::codes::Exit;
use crate::failure::Failure;
use crate::output::{self, Output, Spinner};

/// Of so many findings the inputs are shrunk: each takes a while, and the first tell most.
const SHRUNK: usize = 3;

/// A promise that was broken.
pub(crate) struct Finding {
    pub(crate) broken: Broken,
    /// The smallest list of inputs that still breaks it, where they were shrunk.
    pub(crate) script: Option<Script>,
}

/// Runs them, prints what came of them, and tells how the process is to end.
pub(crate) fn run(storms: &Storms, output: Output) -> Result<Exit, Failure> {
    let like = Trial {
        seed: storms.seed,
        severity: Severity::parse(storms.faults()).unwrap_or_default(),
        sabotage: None,
        controllers: storms.controllers().into(),
        script: storms.script.as_deref().map(read).transpose()?,
    };
    if storms.trace {
        output::print(&like.run(true).trace)?;
    }
    let batch = run_all(&like, storms, output);
    let findings: Vec<Finding> = batch
        .broken
        .iter()
        .enumerate()
        .map(|(index, broken)| Finding {
            broken: broken.clone(),
            script: (index < SHRUNK).then(|| shrink(&like, broken)),
        })
        .collect();
    output.simulated(storms, &batch, &findings)?;
    Ok(if findings.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

fn run_all(like: &Trial, storms: &Storms, output: Output) -> Batch {
    let spinner = Spinner::start(output, "storms");
    let tell = spinner.teller();
    let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let total = count(storms.seeds);
    let seeds = storms.seed..storms.seed.saturating_add(storms.seeds);
    batch::trials(like, seeds, |done| {
        tell(Progress::Users {
            done: count(done),
            total,
        });
    })
}

/// The smallest list of inputs that breaks the same promise.
fn shrink(like: &Trial, broken: &Broken) -> Script {
    let trial = Trial {
        seed: broken.seed,
        ..like.clone()
    };
    let script = trial.run(false).script;
    batch::smallest(&trial, &script, broken.violation.promise)
}

fn read(path: &Path) -> Result<Script, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::io(format!("{} can't be read", path.display()), &error))?;
    script::read(&text).map_err(|error| {
        Failure::usage(
            format!("{} is no script: {error}", path.display()),
            "take one that `portreeve simulate` has printed",
        )
    })
}

/// The command that runs one storm again.
pub(crate) fn again(storms: &Storms, seed: u64) -> String {
    format!(
        "portreeve simulate --seed {seed} --controllers {} --faults {} --trace",
        storms.controllers(),
        storms.faults()
    )
}
