//! The table, looked at from all sides: every combination of facts there is.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::string::String;
use std::vec::Vec;
use std::{format, println};

use super::*;
use crate::lifecycle::facts::{
    ContainerFact, Goal, Hold, PremisesFact, ReadyFact, RecordFact, VerdictFact, VolumeFact,
};

const INTENTS: [Intent; 5] = [
    Intent::Stopped,
    Intent::Starting,
    Intent::Running,
    Intent::Stopping,
    Intent::Removing,
];
const CONTAINERS: [ContainerFact; 12] = [
    ContainerFact::Unknown,
    ContainerFact::Unsure,
    ContainerFact::Foreign,
    ContainerFact::Surplus,
    ContainerFact::Absent,
    ContainerFact::Idle,
    ContainerFact::Running,
    ContainerFact::Paused,
    ContainerFact::Restarting,
    ContainerFact::Removing,
    ContainerFact::Dead,
    ContainerFact::Odd,
];

fn records() -> Vec<RecordFact> {
    let present = INTENTS.into_iter().flat_map(|intent| {
        [Hold::Nobody, Hold::Mine, Hold::Theirs].map(|hold| RecordFact::Present(intent, hold))
    });
    [
        RecordFact::Unknown,
        RecordFact::Unreadable,
        RecordFact::Absent,
    ]
    .into_iter()
    .chain(present)
    .collect()
}

/// A current container is a record's: without one, there is none.
fn is_possible(facts: &Facts) -> bool {
    let current = facts.container.is_live()
        || matches!(
            facts.container,
            ContainerFact::Unsure | ContainerFact::Idle | ContainerFact::Dead
        );
    !(facts.record == RecordFact::Absent && current)
}

/// Calls `look` with every combination of facts that there can be.
fn for_all(mut look: impl FnMut(&Facts)) {
    let verdicts = [VerdictFact::None, VerdictFact::Settle, VerdictFact::Answer];
    let premises = [
        PremisesFact::Pending,
        PremisesFact::Ready,
        PremisesFact::Failed,
    ];
    let volumes = [VolumeFact::Unknown, VolumeFact::Ours, VolumeFact::Foreign];
    let readies = [ReadyFact::Yes, ReadyFact::Probe, ReadyFact::No];
    let flag = |bits: u32, bit: u32| bits >> bit & 1 == 1;
    for goal in [None, Some(Goal::Running), Some(Goal::Stopped)] {
        for record in records() {
            for container in CONTAINERS {
                for verdict in verdicts {
                    for premises in premises {
                        for volume in volumes {
                            for ready in readies {
                                for bits in 0..128 {
                                    let facts = Facts {
                                        goal,
                                        verdict,
                                        record,
                                        container,
                                        condemned: flag(bits, 0),
                                        port_bad: flag(bits, 1),
                                        premises,
                                        turn: flag(bits, 2),
                                        volume,
                                        ready,
                                        active: flag(bits, 3),
                                        crashed: flag(bits, 4),
                                        autopsied: flag(bits, 5),
                                        backing_off: flag(bits, 6),
                                    };
                                    if is_possible(&facts) {
                                        look(&facts);
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn every_combination_has_a_row_and_every_row_a_combination() {
    let mut visited = BTreeSet::new();
    for_all(|facts| {
        let (row, _) = decide(facts);
        assert!(row < ROWS.len(), "no row for {facts:?}");
        visited.insert(row);
    });
    let missed: Vec<_> = (0..ROWS.len())
        .filter(|row| !visited.contains(row))
        .map(|row| ROWS[row].when)
        .collect();
    assert!(missed.is_empty(), "never reached: {missed:?}");
}

/// What would break a promise in one step, whatever the rest of the facts are.
#[test]
fn no_step_breaks_a_promise() {
    for_all(|facts| {
        let (row, step) = decide(facts);
        let mine = facts.hold() == Hold::Mine;
        let row = ROWS[row].when;
        match step {
            // Nothing is changed on the engine without the lease.
            Step::EnsureVolume | Step::Create | Step::Start => {
                assert!(facts.holding(Intent::Starting), "{row}: {facts:?}");
            }
            Step::Unpause => {
                assert_eq!(facts.container, ContainerFact::Paused, "{row}: {facts:?}");
                assert!(
                    facts.holding(Intent::Starting) || facts.holding(Intent::Stopping),
                    "{row}: {facts:?}"
                );
            }
            Step::Stop => assert!(facts.holding(Intent::Stopping), "{row}: {facts:?}"),
            Step::Remove => {
                assert!(
                    facts.holding(Intent::Starting) || facts.holding(Intent::Removing),
                    "{row}: {facts:?}"
                );
                // What isn't ours is left alone.
                assert_ne!(facts.container, ContainerFact::Foreign, "{row}");
            }
            // A live lease of somebody else's is never taken.
            Step::Claim(_) => assert_ne!(facts.hold(), Hold::Theirs, "{row}: {facts:?}"),
            Step::ReplacePort => {
                assert!(mine && facts.container == ContainerFact::Absent, "{row}");
            }
            Step::Settle(settled) => {
                assert_ne!(facts.hold(), Hold::Theirs, "{row}: {facts:?}");
                // A stop or removal in doubt is never written down as done.
                if settled == Settled::Stopped && facts.container != ContainerFact::Unknown {
                    assert!(!facts.container.is_live(), "{row}: {facts:?}");
                }
                if settled == Settled::Running {
                    assert_eq!(facts.container, ContainerFact::Running, "{row}");
                    assert_eq!(facts.ready, ReadyFact::Yes, "{row}: {facts:?}");
                }
            }
            Step::Answer
                if facts.goal == Some(Goal::Running) && facts.verdict == VerdictFact::None =>
            {
                assert_eq!(facts.container, ContainerFact::Running, "{row}");
                assert_eq!(
                    facts.record,
                    RecordFact::Present(Intent::Running, Hold::Nobody),
                    "{row}"
                );
                assert!(facts.active && facts.ready == ReadyFact::Yes, "{row}");
            }
            Step::Answer
                if facts.goal == Some(Goal::Stopped) && facts.verdict == VerdictFact::None =>
            {
                assert!(
                    !facts.container.is_live() || facts.record == RecordFact::Absent,
                    "{row}"
                );
            }
            Step::Rest => assert!(facts.goal.is_none(), "{row}: {facts:?}"),
            Step::Answer
            | Step::Ask
            | Step::AskByRecord
            | Step::LookLater
            | Step::AwaitLease
            | Step::AwaitPremises
            | Step::AwaitTurn
            | Step::ReadLog
            | Step::Probe
            | Step::Flush
            | Step::Fail(_) => {}
        }
    });
}

/// The table in ARCHITECTURE.md is this one. `PORTREEVE_UPDATE_DOCS=1` writes it there.
#[test]
fn the_written_table_is_true() {
    const BEGIN: &str = "<!-- decision table: begin -->\n";
    const END: &str = "<!-- decision table: end -->";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../ARCHITECTURE.md");
    let page = std::fs::read_to_string(path).expect("ARCHITECTURE.md stands at the top");
    let mut table = String::from("| # | goal | when | then |\n|--:|---|---|---|\n");
    for (number, [goal, when, then]) in decision_table().enumerate() {
        writeln!(table, "| {} | {goal} | {when} | {then} |", number + 1).expect("memory");
    }
    let (before, rest) = page.split_once(BEGIN).expect("the table's beginning");
    let (written, after) = rest.split_once(END).expect("the table's end");
    if std::env::var_os("PORTREEVE_UPDATE_DOCS").is_some() {
        let page = format!("{before}{BEGIN}{table}{END}{after}");
        std::fs::write(path, page).expect("ARCHITECTURE.md can be written");
        println!("ARCHITECTURE.md is up to date");
    } else {
        assert_eq!(
            written, table,
            "run with PORTREEVE_UPDATE_DOCS=1 to write it anew"
        );
    }
}
