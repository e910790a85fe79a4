//! What came of simulated storms.

use std::fmt::Write as _;

use portreeve_api::program::{BrokenPromise, Storms};
use portreeve_core::time::Instant;
use portreeve_sim::batch::Batch;

use crate::args;
use crate::commands::simulate::{self, Finding};

pub(super) fn document(storms: &args::Storms, batch: &Batch, findings: &[Finding]) -> Storms {
    let broken = |Finding { broken, script }: &Finding| BrokenPromise {
        seed: broken.seed,
        promise: broken.violation.promise.to_owned(),
        at_seconds: broken.violation.at.since(Instant::ORIGIN).as_secs_f64(),
        text: broken.violation.text.clone(),
        again: simulate::again(storms, broken.seed),
        script: script.as_ref().map(portreeve_sim::script::write),
    };
    Storms {
        seed: storms.seed,
        storms: batch.trials,
        controllers: storms.controllers(),
        faults: storms.faults().to_owned(),
        commands: batch.tally.commands,
        failures: batch.tally.failures,
        effects: batch.tally.effects,
        spoilt: batch.tally.faults,
        chaos_actions: batch.tally.chaos_actions,
        broken: findings.iter().map(broken).collect(),
    }
}

/// For people, who are told of each broken promise in the simulation's own words.
pub(super) fn text(storms: &Storms, findings: &[Finding]) -> String {
    let mut text = format!(
        "{} storms from seed {}, {} controllers, {} faults\n{} commands, {} answered with a failure; {} effects, {} of them spoilt; {} chaos actions\n",
        storms.storms,
        storms.seed,
        storms.controllers,
        storms.faults,
        storms.commands,
        storms.failures,
        storms.effects,
        storms.spoilt,
        storms.chaos_actions,
    );
    if storms.broken.is_empty() {
        text.push_str("No promise was broken.\n");
    }
    for (broken, finding) in storms.broken.iter().zip(findings) {
        let _ = write!(
            text,
            "\nseed {}: {}\n  again: {}\n",
            broken.seed, finding.broken.violation, broken.again
        );
        if let Some(script) = &broken.script {
            text.push_str("  what it takes:\n");
            for line in script.lines() {
                let _ = writeln!(text, "    {line}");
            }
        }
    }
    text
}
