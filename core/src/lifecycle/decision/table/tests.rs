//! The table, looked at from all sides: every combination of facts there is.

use std::collections::BTreeSet;
use std::string::String;
use std::sync::LazyLock;
use std::vec::Vec;

use super::*;
use crate::lifecycle::decision::facts::{
    ActivityFact, ContainerFact, ExaminedFact, ExitLogFact, FitFact, GoalFact, Hold, IdentityFact,
    IdleFact, PortFact, PrerequisitesFact, PurgeFact, ReadyFact, RecordFact, RotationFact,
    StartFact, TurnFact, VerdictFact, VolumeFact,
};
use crate::lifecycle::decision::goal::Goal;
use crate::lifecycle::decision::step::{Commit, Fault};
use crate::record::Intent;

const GOALS: [GoalFact; 15] = [
    GoalFact::None,
    GoalFact::Running,
    GoalFact::Fresh,
    GoalFact::Rotated(RotationFact::Pending),
    GoalFact::Rotated(RotationFact::Restarts),
    GoalFact::Rotated(RotationFact::Done),
    GoalFact::Stopped,
    GoalFact::Reaped(IdleFact::Idle),
    GoalFact::Reaped(IdleFact::Active),
    GoalFact::Evicted,
    GoalFact::Absent,
    GoalFact::Adopted(ExaminedFact::No),
    GoalFact::Adopted(ExaminedFact::Container),
    GoalFact::Adopted(ExaminedFact::Whole),
    GoalFact::Repaired,
];
const INTENTS: [Intent; 5] = [
    Intent::Stopped,
    Intent::Starting,
    Intent::Running,
    Intent::Stopping,
    Intent::Removing,
];
const HOLDS: [Hold; 4] = [Hold::Nobody, Hold::Expired, Hold::Mine, Hold::Theirs];
const CONTAINERS: [ContainerFact; 12] = [
    ContainerFact::Unknown,
    ContainerFact::Unsure,
    ContainerFact::Foreign,
    ContainerFact::Surplus,
    ContainerFact::Absent,
    ContainerFact::Idle,
    ContainerFact::Running,
    ContainerFact::Paused,
    ContainerFact::Starting,
    ContainerFact::Removing,
    ContainerFact::Broken,
    ContainerFact::Odd,
];

fn records() -> Vec<RecordFact> {
    let present = INTENTS
        .into_iter()
        .flat_map(|intent| HOLDS.map(|hold| RecordFact::Present(intent, hold)));
    [
        RecordFact::Unknown,
        RecordFact::Unreadable,
        RecordFact::Absent,
    ]
    .into_iter()
    .chain(present)
    .collect()
}

/// What isn't said otherwise.
const PLAIN: Facts = Facts {
    goal: GoalFact::None,
    verdict: VerdictFact::None,
    identity: IdentityFact::Proven,
    record: RecordFact::Unknown,
    container: ContainerFact::Unknown,
    fit: FitFact::Fit,
    start: StartFact::Before,
    surplus: false,
    purge: PurgeFact::No,
    underway: false,
    amendment: false,
    port: PortFact::None,
    prerequisites: PrerequisitesFact::Ready,
    turn: TurnFact::Come,
    volume: VolumeFact::Unknown,
    ready: ReadyFact::Yes,
    activity: ActivityFact::Acknowledged,
};
const PORTS: [PortFact; 4] = [
    PortFact::None,
    PortFact::Claimed,
    PortFact::Taken,
    PortFact::Needless,
];
const VOLUMES: [VolumeFact; 6] = [
    VolumeFact::Unknown,
    VolumeFact::Absent,
    VolumeFact::Ours,
    VolumeFact::Doubted,
    VolumeFact::Unlabelled,
    VolumeFact::Foreign,
];
const READIES: [ReadyFact; 4] = [
    ReadyFact::Yes,
    ReadyFact::Probe,
    ReadyFact::No,
    ReadyFact::Never,
];
const PREREQUISITES: [PrerequisitesFact; 3] = [
    PrerequisitesFact::Pending,
    PrerequisitesFact::Ready,
    PrerequisitesFact::Failed,
];
const FITS: [FitFact; 6] = [
    FitFact::Fit,
    FitFact::Condemned,
    FitFact::Unpublished,
    FitFact::Outdated,
    FitFact::CutOff,
    FitFact::OtherToken,
];
const STARTS: [StartFact; 6] = [
    StartFact::Before,
    StartFact::Flapped(ExitLogFact::Unread),
    StartFact::Flapped(ExitLogFact::Read),
    StartFact::Started,
    StartFact::Crashed(ExitLogFact::Unread),
    StartFact::Crashed(ExitLogFact::Read),
];
const PURGES: [PurgeFact; 3] = [
    PurgeFact::No,
    PurgeFact::Begun,
    PurgeFact::BegunOnSharedVolume,
];
const TURNS: [TurnFact; 4] = {
    use TurnFact::{Come, NoRoom, NotDue, Waits};
    [NotDue, Waits, NoRoom, Come]
};
const BOTH: [bool; 2] = [false, true];

/// A current container is a record's: without one, there is none. What stands beside it, and what is
/// told of it, too. One that is to be looked at may be anybody's.
fn is_possible(facts: &Facts) -> bool {
    let current = facts.container.is_live()
        || matches!(
            facts.container,
            ContainerFact::Idle | ContainerFact::Broken | ContainerFact::Removing
        );
    let unseen = matches!(
        facts.container,
        ContainerFact::Unknown | ContainerFact::Unsure
    );
    let known = !matches!(
        facts.record,
        RecordFact::Unknown | RecordFact::Unreadable | RecordFact::Absent
    );
    let ended = matches!(facts.start, StartFact::Flapped(_) | StartFact::Crashed(_));
    !(facts.record == RecordFact::Absent && current && facts.container != ContainerFact::Removing)
        && (!facts.surplus || current)
        && (facts.fit == FitFact::Fit || current || unseen)
        && (!ended || facts.container == ContainerFact::Idle || unseen)
        && (known || !facts.is_purging())
        // A run that holds the lease has begun.
        && (facts.turn != TurnFact::NotDue || facts.hold() != Hold::Mine)
}

/// Calls `look` with every combination of facts that there can be. Where one fact decides alone
/// (a verdict, an amendment, a purge), those that it leaves no part are as they are at rest.
fn for_all(mut look: impl FnMut(&Facts)) {
    let mut consider = |facts: Facts| {
        if is_possible(&facts) {
            look(&facts);
        }
    };
    for goal in GOALS {
        for record in records() {
            for container in CONTAINERS {
                let facts = Facts {
                    goal,
                    record,
                    container,
                    ..PLAIN
                };
                for verdict in [VerdictFact::Commit, VerdictFact::Answer] {
                    consider(Facts { verdict, ..facts });
                }
                if container == ContainerFact::Unknown {
                    for_unproven(&facts, &mut consider);
                }
                for volume in VOLUMES {
                    for purge in PURGES {
                        for amendment in BOTH {
                            consider(Facts {
                                purge,
                                amendment,
                                volume,
                                ..facts
                            });
                        }
                    }
                }
                for_goal(&facts, &mut consider);
            }
        }
    }
}

/// Of an engine that isn't proven to be the right one, nothing else is known.
fn for_unproven(facts: &Facts, consider: &mut impl FnMut(Facts)) {
    for identity in [
        IdentityFact::Unproven,
        IdentityFact::Another,
        IdentityFact::Failed,
    ] {
        for (purge, amendment) in [
            (PurgeFact::No, false),
            (PurgeFact::Begun, false),
            (PurgeFact::No, true),
        ] {
            consider(Facts {
                identity,
                purge,
                amendment,
                ..*facts
            });
        }
    }
}

/// All that matters to one goal. The volume does to all.
fn for_goal(facts: &Facts, consider: &mut impl FnMut(Facts)) {
    match facts.goal {
        GoalFact::Running | GoalFact::Fresh | GoalFact::Rotated(RotationFact::Restarts) => {
            for_serving(facts, consider);
        }
        GoalFact::Rotated(RotationFact::Pending | RotationFact::Done) => {
            for prerequisites in PREREQUISITES {
                for fit in FITS {
                    consider(Facts {
                        fit,
                        prerequisites,
                        ..*facts
                    });
                }
            }
        }
        GoalFact::Evicted => {
            for port in PORTS {
                consider(Facts { port, ..*facts });
            }
        }
        GoalFact::Repaired => for_repaired(facts, consider),
        GoalFact::None
        | GoalFact::Stopped
        | GoalFact::Reaped(_)
        | GoalFact::Absent
        | GoalFact::Adopted(_) => {}
    }
}

/// All that matters where record and engine are to agree.
fn for_repaired(facts: &Facts, consider: &mut impl FnMut(Facts)) {
    for ready in READIES {
        for surplus in BOTH {
            for port in PORTS {
                consider(Facts {
                    surplus,
                    port,
                    ready,
                    ..*facts
                });
            }
        }
    }
}

/// All that matters to a container that is to run.
fn for_serving(facts: &Facts, consider: &mut impl FnMut(Facts)) {
    for prerequisites in PREREQUISITES {
        for volume in VOLUMES {
            for ready in READIES {
                for turn in TURNS {
                    for port in [
                        PortFact::Claimed,
                        PortFact::Taken,
                        PortFact::Needless,
                        PortFact::NoneFree,
                    ] {
                        let facts = Facts {
                            port,
                            prerequisites,
                            turn,
                            volume,
                            ready,
                            ..*facts
                        };
                        for_container(&facts, consider);
                    }
                }
            }
        }
    }
}

/// All that matters of a container that is to run. Of one that isn't ready it doesn't matter whether its
/// user's activity is pending.
fn for_container(facts: &Facts, consider: &mut impl FnMut(Facts)) {
    use ActivityFact::{Acknowledged, Open, Pending};
    let all = &[Acknowledged, Open, Pending];
    let activities = if facts.ready == ReadyFact::Yes {
        all
    } else {
        &all[..2]
    };
    for fit in FITS {
        for start in STARTS {
            for &activity in activities {
                consider(Facts {
                    fit,
                    start,
                    activity,
                    ..*facts
                });
            }
        }
    }
}

#[test]
fn every_combination_has_a_row_and_every_row_a_combination() {
    let mut visited = BTreeSet::new();
    for_all(|facts| {
        let (row, _) = decide(facts);
        assert!(row < all().count(), "no row for {facts:?}");
        visited.insert(row);
        visited.insert(decide(&underway(facts)).0);
    });
    let missed: Vec<_> = (0..all().count())
        .filter(|row| !visited.contains(row))
        .map(when)
        .collect();
    assert!(missed.is_empty(), "never reached: {missed:?}");
}

fn finishing(facts: &Facts) -> bool {
    facts.holding(Intent::Stopping) || facts.holding(Intent::Removing)
}

/// When a row applies, in words. Millions of combinations are looked at, so the words are made once.
fn when(row: usize) -> &'static str {
    static WORDS: LazyLock<Vec<String>> =
        LazyLock::new(|| decision_table().map(|[_, when, _]| when).collect());
    WORDS.get(row).map_or("none", String::as_str)
}

fn underway(facts: &Facts) -> Facts {
    Facts {
        underway: true,
        ..*facts
    }
}

/// Whoever has sent that they give the lease back has given it back; and whoever has sent a
/// request to the engine can't tell what is there.
#[test]
fn nothing_is_begun_while_a_change_is_under_way() {
    for_all(|facts| {
        let (row, step) = decide(&underway(facts));
        let waits = matches!(step, Step::Rest | Step::Answer);
        assert!(waits, "{}: {step:?}", when(row));
        let failed = facts.goal.is_wanted() && facts.verdict != VerdictFact::None;
        assert_eq!(step == Step::Answer, failed);
    });
}

/// Whatever is wanted, it is asked first which engine it is, and fails if it is another.
#[test]
fn an_engine_that_is_not_proven_is_asked_which_it_is_and_nothing_else_is_done() {
    for_all(|facts| {
        if facts.identity == IdentityFact::Proven || facts.verdict != VerdictFact::None {
            return;
        }
        let (row, step) = decide(facts);
        let row = when(row);
        match (facts.goal(), facts.identity) {
            (Some(_), IdentityFact::Unproven) => assert_eq!(step, Step::Ask, "{row}"),
            (Some(_), _) => assert_eq!(step, Step::Fail(Fault::Identity), "{row}"),
            (None, IdentityFact::Another) if facts.hold() == Hold::Mine => {
                assert_eq!(step, Step::Commit(Commit::Undone), "{row}");
            }
            (None, _) => assert!(
                matches!(
                    step,
                    Step::Rest
                        | Step::Ask
                        | Step::AskStore
                        | Step::Amend
                        | Step::AnswerAmendment
                        | Step::AwaitLease
                        | Step::Commit(Commit::Undone)
                ),
                "{row}: {step:?}"
            ),
        }
    });
}

fn is_gone(container: ContainerFact) -> bool {
    matches!(container, ContainerFact::Absent | ContainerFact::Foreign)
}

/// What must be so when somebody is told that it is.
fn answered(row: &str, facts: &Facts) {
    if facts.record == RecordFact::Absent {
        // There is no such user.
        assert!(
            !facts.is_serving() || facts.goal() == Some(Goal::Rotated),
            "{row}"
        );
        return;
    }
    let live = facts.container.is_live();
    if facts.is_serving() {
        assert_eq!(facts.container, ContainerFact::Running, "{row}");
        assert_eq!(facts.intent(), Some(Intent::Running), "{row}");
        let unheld = matches!(facts.hold(), Hold::Nobody | Hold::Expired);
        assert!(unheld, "{row}: {facts:?}");
        assert_ne!(facts.activity, ActivityFact::Open, "{row}");
        assert_eq!(facts.ready, ReadyFact::Yes, "{row}");
        let reached = !matches!(
            facts.fit,
            FitFact::OtherToken | FitFact::CutOff | FitFact::Unpublished
        );
        assert!(reached, "{row}: {facts:?}");
    }
    match facts.goal {
        GoalFact::Fresh | GoalFact::Rotated(RotationFact::Restarts) => {
            assert!(facts.start.is_renewed(), "{row}: {facts:?}");
        }
        GoalFact::Stopped => assert!(!live, "{row}: {facts:?}"),
        GoalFact::Absent | GoalFact::Rotated(RotationFact::Pending) => panic!("{row}: {facts:?}"),
        GoalFact::None
        | GoalFact::Running
        | GoalFact::Rotated(RotationFact::Done)
        | GoalFact::Reaped(_)
        | GoalFact::Evicted
        | GoalFact::Adopted(_)
        | GoalFact::Repaired => {}
    }
}

/// What must be so before something is changed on the engine, or lost for good.
fn destroys_nothing(row: &str, facts: &Facts, step: Step) {
    match step {
        // Nothing is changed on the engine without the lease.
        Step::EnsureVolume | Step::Create | Step::Start => {
            assert!(facts.holding(Intent::Starting), "{row}: {facts:?}");
        }
        Step::Unpause => {
            assert_eq!(facts.container, ContainerFact::Paused, "{row}: {facts:?}");
            assert!(
                facts.holding(Intent::Starting) || finishing(facts),
                "{row}: {facts:?}"
            );
        }
        Step::Stop => assert!(finishing(facts), "{row}: {facts:?}"),
        Step::Remove => {
            // An orphan's lease is nobody's.
            let orphan = facts.goal == GoalFact::Repaired
                && facts.record == RecordFact::Absent
                && facts.container == ContainerFact::Surplus;
            assert!(
                orphan || facts.holding(Intent::Starting) || facts.holding(Intent::Removing),
                "{row}: {facts:?}"
            );
            // What isn't ours is left alone.
            assert_ne!(facts.container, ContainerFact::Foreign, "{row}");
            // Whoever is stopped is stopped gently.
            assert!(
                !facts.container.is_live() || facts.is_purging() || facts.is_serving(),
                "{row}: {facts:?}"
            );
        }
        Step::RemoveSurplus => assert!(
            facts.hold() == Hold::Mine && facts.surplus,
            "{row}: {facts:?}"
        ),
        // No state is lost but by a purge, and never somebody else's.
        Step::RemoveVolume => {
            assert!(
                facts.is_purging() && facts.holding(Intent::Removing),
                "{row}"
            );
            assert_eq!(facts.volume, VolumeFact::Ours, "{row}: {facts:?}");
            assert_ne!(
                facts.purge,
                PurgeFact::BegunOnSharedVolume,
                "{row}: {facts:?}"
            );
            assert!(is_gone(facts.container), "{row}: {facts:?}");
        }
        Step::Delete => {
            assert!(
                facts.is_purging() && facts.holding(Intent::Removing),
                "{row}"
            );
            assert!(is_gone(facts.container), "{row}: {facts:?}");
            assert!(
                facts.purge == PurgeFact::BegunOnSharedVolume
                    || matches!(
                        facts.volume,
                        VolumeFact::Absent | VolumeFact::Unlabelled | VolumeFact::Foreign
                    ),
                "{row}: {facts:?}"
            );
        }
        _ => unreachable!("the others destroy nothing"),
    }
}

/// What must be so before a run's end is written down.
fn committed(row: &str, facts: &Facts, commit: Commit) {
    assert_ne!(facts.hold(), Hold::Theirs, "{row}: {facts:?}");
    // A stop or removal in doubt is never written down as done.
    let done = matches!(commit, Commit::Stopped | Commit::Rotated | Commit::Flapped);
    if done && facts.container != ContainerFact::Unknown {
        assert!(!facts.container.is_live(), "{row}: {facts:?}");
    }
    // Somebody's container is nobody else's before it and its volumes were looked at.
    if commit == Commit::Adopted && facts.container == ContainerFact::Foreign {
        let examined = GoalFact::Adopted(ExaminedFact::Whole);
        assert_eq!(facts.goal, examined, "{row}: {facts:?}");
    }
    if commit == Commit::Running {
        assert_eq!(facts.container, ContainerFact::Running, "{row}");
        assert_eq!(facts.ready, ReadyFact::Yes, "{row}: {facts:?}");
    }
}

/// What would break a promise in one step, whatever the rest of the facts are.
#[test]
fn no_step_breaks_a_promise() {
    for_all(|facts| {
        let (row, step) = decide(facts);
        let mine = facts.hold() == Hold::Mine;
        let row = when(row);
        match step {
            // A live lease of somebody else's is never taken, nor a running user evicted.
            Step::Claim(_) => {
                assert_ne!(facts.hold(), Hold::Theirs, "{row}: {facts:?}");
                let evicts =
                    facts.goal == GoalFact::Evicted && facts.intent() == Some(Intent::Stopped);
                assert!(
                    !evicts || !facts.container.is_live() || facts.is_purging(),
                    "{row}: {facts:?}"
                );
            }
            Step::Amend => assert_ne!(facts.hold(), Hold::Theirs, "{row}: {facts:?}"),
            Step::ReplacePort | Step::FreePort => {
                assert!(mine && facts.container == ContainerFact::Absent, "{row}");
            }
            Step::Commit(commit) => committed(row, facts, commit),
            Step::Answer if facts.verdict == VerdictFact::None => answered(row, facts),
            Step::Rest => assert!(!facts.goal.is_wanted(), "{row}: {facts:?}"),
            Step::EnsureVolume
            | Step::Create
            | Step::Start
            | Step::Unpause
            | Step::Stop
            | Step::Remove
            | Step::RemoveSurplus
            | Step::RemoveVolume
            | Step::Delete => destroys_nothing(row, facts, step),
            Step::Answer
            | Step::Ask
            | Step::AskStore
            | Step::AskByUser
            | Step::AnswerAmendment
            | Step::LookLater
            | Step::LookAtVolume
            | Step::Examine
            | Step::ExamineVolume
            | Step::AwaitLease
            | Step::AwaitPrerequisites
            | Step::AwaitTurn
            | Step::AwaitPort
            | Step::ReadLog
            | Step::Probe
            | Step::Flush
            | Step::Fail(_) => {}
        }
    });
}
