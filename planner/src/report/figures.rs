//! What a plan came to, in words and rows: the same for a terminal and for a page.

use crate::plan::{Check, Enough, Room, StartLimit, Totals};
use crate::workload::Pattern;
use portreeve_core::id::PortRange;
use portreeve_core::network::BRIDGE_CEILING;
use portreeve_sim::faults::Severity;

use super::plan_report::PlanReport;
use super::words;

/// One thing that it takes.
pub struct Need {
    /// How much of it.
    pub amount: String,
    /// Of what.
    pub what: &'static str,
    /// What that means.
    pub note: String,
}

/// One row of the comparison.
pub struct Row {
    /// What is compared.
    pub name: String,
    /// Without limits, as configured, and with what is enough.
    pub cells: Vec<String>,
}

impl PlanReport {
    /// Who comes, in a few words.
    fn who(&self) -> String {
        let users = words::of(self.plan.workload.users.len() as u64, "user");
        let days = words::of(self.plan.days.into(), "day");
        let pattern = match &self.plan.workload.pattern {
            Pattern::OfficeHours { .. } => "in office hours",
            Pattern::Steady { .. } => "around the clock",
            Pattern::Burst { .. } => "all at once",
            Pattern::Listed(_) => "as listed",
        };
        format!("{users} {pattern}, {days}")
    }

    /// What it takes, in one sentence.
    pub fn headline(&self) -> String {
        let who = self.who();
        let Some(enough) = self.answer.enough else {
            return format!("{who}: a promise was broken");
        };
        let ports = words::of(enough.ports.into(), "port");
        let running = memory(self, enough);
        let running = format!("{} {}", running.amount, running.what);
        match enough.start_limit {
            StartLimit::Enough(limit) => {
                format!("{who}, need {ports}, {running} and a start limit of {limit}")
            }
            StartLimit::Expected(limit) => {
                format!("{who}, need {ports}, {running} and a start limit of about {limit}")
            }
            StartLimit::OutOfReach(_) => {
                format!("{who}, need {ports} and {running}; no start limit meets the target")
            }
        }
    }

    /// What it takes; nothing where a promise was broken.
    pub fn needs(&self) -> Vec<Need> {
        let Some(enough) = self.answer.enough else {
            return Vec::new();
        };
        vec![
            ports(enough),
            memory(self, enough),
            start_limit(self, enough),
        ]
    }

    /// The comparison's columns.
    pub fn columns(&self) -> Vec<&'static str> {
        let mut columns = vec!["without limits", "as configured"];
        columns.extend(self.answer.decisive().map(|_| "what is enough"));
        columns
    }

    /// The comparison of the runs. Of several seeds each figure is the highest.
    pub fn rows(&self) -> Vec<Row> {
        let answer = &self.answer;
        let mut runs = vec![
            (Room::unlimited(), Totals::of_all(&answer.demand)),
            (
                Room::of(&self.plan.settings),
                Totals::of_all(&answer.configured),
            ),
        ];
        let enough = |check: &Check| (check.room, Totals::of_all(&check.runs));
        runs.extend(answer.decisive().map(enough));
        let row = |name: &str, cell: &dyn Fn(&Room, &Totals) -> String| Row {
            name: name.to_owned(),
            cells: runs
                .iter()
                .map(|(room, totals)| cell(room, totals))
                .collect(),
        };
        let mut rows = vec![
            row("start limit of each controller", &|room, _| limit(room)),
            row("running limit", &|room, _| {
                room.running.map_or("none".to_owned(), words::count)
            }),
            row("ports", &|room, _| ports_of(room.ports)),
            row("containers running, at most", &|_, all| {
                words::count(all.running)
            }),
            row("ports claimed, at most", &|_, all| {
                words::count(all.claimed)
            }),
            row("of these in use or resting, at most", &|_, all| {
                words::count(all.needed)
            }),
            row("visits", &|_, all| words::count(all.visits)),
            row("visits given up", &|_, all| words::count(all.lost)),
            row("starts", &|_, all| words::count(all.counts.starts)),
            row("starts in one minute, at most", &|_, all| {
                words::count(all.starts_a_minute)
            }),
            row("wait for a start, p50", &|_, all| {
                words::time(all.waits.p50)
            }),
            row("wait for a start, p99", &|_, all| {
                words::time(all.waits.p99)
            }),
            row("p99 in the worst hour", &|_, all| {
                words::time(all.worst_hour)
            }),
            row("wait for a start, longest", &|_, all| {
                words::time(all.waits.longest)
            }),
            row("reaps", &|_, all| words::count(all.counts.reaps)),
            row("containers removed", &|_, all| {
                words::count(all.counts.removals)
            }),
            row("effects asked for again", &|_, all| {
                words::count(all.counts.retries)
            }),
            row("faults", &|_, all| words::count(all.faults)),
        ];
        rows.extend(failures(&runs));
        rows
    }

    /// What was assumed, and how the answer was found.
    pub fn notes(&self) -> Vec<String> {
        let plan = &self.plan;
        let session = plan.workload.session;
        let mut notes = vec![
            coming(self),
            format!(
                "Half of the visits last {} or longer, with a touch every {}; containers are reaped after {} without one.",
                words::length(session.median),
                words::length(session.touch),
                words::limit(plan.settings.idle_limit),
            ),
            format!(
                "The engine takes 0.2 to 0.6 s for a start and up to 0.12 s to make a container, however many it has at hand; a container answers {} after its start{} and ends {} after it is asked to.",
                words::time(plan.ready_after),
                waited_for(self),
                words::time(plan.ends_after),
            ),
            how(self),
        ];
        if plan.severity != Severity::None {
            notes.push(format!(
                "Things went wrong: {} faults.",
                plan.severity.name()
            ));
        }
        if let Some(enough) = self.answer.enough
            && enough.running > BRIDGE_CEILING
        {
            notes.push(format!(
                "A bridge of Linux takes {} containers at once, and the simulated one takes any number: {} are served by several engines, or on a network of another driver.",
                words::count(BRIDGE_CEILING),
                words::count(enough.running)
            ));
        }
        let left_out = plan.workload.visits_beyond(plan.days);
        if left_out > 0 {
            notes.push(format!(
                "{} of the file lie beyond these days and were left out.",
                words::of(left_out as u64, "visit")
            ));
        }
        notes
    }

    /// What is said of promises.
    pub fn promises(&self) -> Vec<String> {
        let broken = self.answer.broken();
        if broken.is_empty() {
            return vec![
                "All promises were checked all the while, and none was broken.".to_owned(),
            ];
        }
        broken
            .iter()
            .map(|(seed, violation)| format!("Seed {seed}: {violation}"))
            .collect()
    }
}

fn ports(enough: Enough) -> Need {
    let note = if enough.ports_for_all > enough.ports {
        format!(
            "with {} everybody keeps theirs, and no stopped container is evicted",
            words::count(enough.ports_for_all)
        )
    } else {
        "one for everybody".to_owned()
    };
    Need {
        amount: words::count(enough.ports),
        what: "ports",
        note,
    }
}

fn memory(report: &PlanReport, enough: Enough) -> Need {
    let running = words::count(enough.running);
    match report.memory {
        Some(bytes) => Need {
            amount: words::size(bytes.saturating_mul(enough.running.into())),
            what: "of memory",
            note: format!(
                "for {running} containers at once, {} each",
                words::size(bytes)
            ),
        },
        None => Need {
            amount: running,
            what: "containers at once",
            note: "say with --memory-per-container or template.memory how much memory each takes"
                .to_owned(),
        },
    }
}

fn start_limit(report: &PlanReport, enough: Enough) -> Need {
    let target = words::time(report.plan.wait_target);
    let each = match report.plan.controllers {
        1 => String::new(),
        count => format!("for each of {count} controllers; "),
    };
    let (amount, note) = match enough.start_limit {
        StartLimit::Enough(limit) => {
            let worst = report.answer.decisive().map(|check| check.worst_hour);
            let worst = words::time(worst.unwrap_or_default());
            let fewer = match limit {
                1 => String::new(),
                _ => format!("; with {} it isn't met", limit - 1),
            };
            (
                limit.to_string(),
                format!(
                    "{each}99 in 100 starts take {worst} at most in the worst hour, {target} is the target{fewer}"
                ),
            )
        }
        StartLimit::Expected(limit) => (
            format!("about {limit}"),
            format!(
                "{each}expected from the demand's starts, for a target of {target}; not simulated"
            ),
        ),
        StartLimit::OutOfReach(worst) => (
            "no".to_owned(),
            format!(
                "would meet the target of {target}: without any limit the worst hour's p99 is {}",
                words::time(worst)
            ),
        ),
    };
    Need {
        amount,
        what: "start limit",
        note,
    }
}

/// A row for each kind of failure that there was.
fn failures(runs: &[(Room, Totals)]) -> Vec<Row> {
    let mut codes: Vec<_> = runs
        .iter()
        .flat_map(|(_, all)| all.failures.keys())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    let count = |all: &Totals, code| all.failures.get(code).copied().unwrap_or(0);
    let row = |code| Row {
        name: format!("failures: {code}"),
        cells: runs
            .iter()
            .map(|(_, all)| words::count(count(all, code)))
            .collect(),
    };
    codes.into_iter().map(row).collect()
}

fn limit(room: &Room) -> String {
    if room.starting == Room::unlimited().starting {
        "none".to_owned()
    } else {
        words::count(room.starting)
    }
}

fn ports_of(range: PortRange) -> String {
    format!(
        "{} ({}–{})",
        words::count(range.count()),
        range.first(),
        range.last()
    )
}

fn waited_for(report: &PlanReport) -> &'static str {
    use portreeve_core::settings::Readiness;
    match report.plan.settings.readiness {
        Readiness::None | Readiness::Running => {
            ", which the configured readiness doesn't wait for,"
        }
        Readiness::Healthy | Readiness::Tcp | Readiness::Http(_) => "",
    }
}

fn coming(report: &PlanReport) -> String {
    match &report.plan.workload.pattern {
        Pattern::OfficeHours { visits, zones, .. } => {
            let zones = match zones.len() {
                0 | 1 => String::new(),
                count => format!(", in offices of {count} time zones"),
            };
            format!(
                "Each user makes {visits} visits on a workday on the average, from 7:30 to 18:00{zones}; on a Saturday or Sunday one for twenty."
            )
        }
        Pattern::Steady { visits } => {
            format!("Each user makes {visits} visits a day on the average, at any time.")
        }
        Pattern::Burst { at, lasts } => format!(
            "Each user comes once a day, within {} from {}:00 on.",
            words::length(*lasts),
            at.as_secs() / 3600
        ),
        Pattern::Listed(visits) => {
            format!("{} are listed.", words::of(visits.len() as u64, "visit"))
        }
    }
}

fn how(report: &PlanReport) -> String {
    let seeds = match &report.plan.seeds[..] {
        [seed] => format!("seed {seed}"),
        [first, .., last] => format!("each of the seeds {first} to {last}"),
        [] => "no seed".to_owned(),
    };
    let derived = match report.answer.enough.map(|enough| enough.start_limit) {
        Some(StartLimit::Enough(_)) => {
            "so was what is enough, beside the start limits on either side of it. The running limit and the ports are the demand's peaks; more ports would spare evictions"
        }
        Some(StartLimit::Expected(_)) => {
            "the start limit is derived from the demand's starts in a line, and ports and running containers are the demand's peaks"
        }
        Some(StartLimit::OutOfReach(_)) => "ports and running containers are the demand's peaks",
        None => "a promise was broken, so nothing is answered",
    };
    format!("Simulated with {seeds}: the demand without limits, and what is configured; {derived}.")
}
