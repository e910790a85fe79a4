//! Which plots there are, and what is in them.

use std::time::Duration;

use crate::plan::{Bucket, Run, Waits};
use plotters::style::RGBColor;

use super::chart::{BLUE, Chart, GREEN, Line, ORANGE, Span};
use super::plan_report::PlanReport;
use super::words;

/// The time they go over.
pub(super) fn span(report: &PlanReport, run: &Run) -> Span {
    Span {
        first: report.plan.workload.first_day,
        days: report.plan.days,
        bucket: run.series.width.as_secs_f64() / 3600.0,
    }
}

/// All of them, those first that tell most.
pub(super) fn charts(report: &PlanReport, run: &Run) -> Vec<Chart> {
    vec![
        running(report, run),
        ports(report, run),
        starts(run),
        waits(report, run),
        endings(run),
        troubles(run),
    ]
}

fn line(
    (name, colour): (&'static str, RGBColor),
    run: &Run,
    of: impl Fn(&Bucket) -> Option<f64>,
    filled: bool,
) -> Line {
    Line {
        name,
        colour,
        points: run.series.buckets.iter().map(of).collect(),
        filled,
    }
}

/// A count or a level: far below what a float tells apart.
#[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
fn number(count: u64) -> f64 {
    count as f64
}

fn level(level: usize) -> f64 {
    number(u64::try_from(level).unwrap_or(u64::MAX))
}

fn running(report: &PlanReport, run: &Run) -> Chart {
    let limit = report.plan.settings.limits.running;
    let limit = limit.map(|limit| (format!("running limit {limit}"), f64::from(limit)));
    Chart {
        title: "Containers running",
        says: format!("At most {} at once.", words::count(run.totals.running)),
        lines: vec![line(
            ("running", BLUE),
            run,
            |bucket| Some(level(bucket.running)),
            true,
        )],
        rule: limit,
        whole: true,
    }
}

fn ports(report: &PlanReport, run: &Run) -> Chart {
    let range = report.plan.settings.ports.count();
    Chart {
        title: "Ports claimed",
        says: format!(
            "A stopped container keeps its port until ports run short: of {} that were claimed at most, {} were in use or resting.",
            words::count(run.totals.claimed),
            words::count(run.totals.needed),
        ),
        lines: vec![
            line(
                ("claimed", ORANGE),
                run,
                |bucket| Some(level(bucket.claimed)),
                false,
            ),
            line(
                ("in use or resting", BLUE),
                run,
                |bucket| Some(level(bucket.needed)),
                true,
            ),
        ],
        rule: Some((
            format!("{} ports configured", words::count(range)),
            f64::from(range),
        )),
        whole: true,
    }
}

fn starts(run: &Run) -> Chart {
    let minutes = run.series.width.as_secs() / 60;
    Chart {
        title: "Visits and starts",
        says: format!(
            "Counted every {}. At most {} starts in one minute.",
            words::of(minutes, "minute"),
            words::count(run.totals.starts_a_minute),
        ),
        lines: vec![
            line(
                ("visits", GREEN),
                run,
                |bucket| Some(number(bucket.visits)),
                false,
            ),
            line(
                ("containers started", BLUE),
                run,
                |bucket| Some(number(bucket.starts)),
                true,
            ),
        ],
        rule: None,
        whole: true,
    }
}

fn waits(report: &PlanReport, run: &Run) -> Chart {
    let wait = |of: fn(&Waits) -> Duration| {
        move |bucket: &Bucket| (bucket.waits.count > 0).then(|| of(&bucket.waits).as_secs_f64())
    };
    let target = report.plan.wait_target;
    Chart {
        title: "Wait for a start",
        says: format!(
            "Of those whose container wasn't running: p99 {} over all, {} in the worst hour; the target is {}.",
            words::time(run.totals.waits.p99),
            words::time(run.totals.worst_hour),
            words::time(target),
        ),
        lines: vec![
            line(("p99", ORANGE), run, wait(|waits| waits.p99), false),
            line(("p50", BLUE), run, wait(|waits| waits.p50), false),
        ],
        rule: Some((
            format!("target {}", words::time(target)),
            target.as_secs_f64(),
        )),
        whole: false,
    }
}

fn endings(run: &Run) -> Chart {
    let counts = run.totals.counts;
    Chart {
        title: "Reaps and removals",
        says: format!(
            "{} were stopped since they were idle; {} were removed, for their ports or in doubt.",
            words::of(counts.reaps, "container"),
            words::count(counts.removals),
        ),
        lines: vec![
            line(
                ("reaped", BLUE),
                run,
                |bucket| Some(number(bucket.reaps)),
                true,
            ),
            line(
                ("removed", ORANGE),
                run,
                |bucket| Some(number(bucket.removals)),
                false,
            ),
        ],
        rule: None,
        whole: true,
    }
}

fn troubles(run: &Run) -> Chart {
    let failures: u64 = run.totals.failures.values().sum();
    Chart {
        title: "Retries, failures and faults",
        says: format!(
            "{} asked for again, {} that people were told, {}.",
            words::of(run.totals.counts.retries, "effect"),
            words::of(failures, "failure"),
            words::of(run.totals.faults, "fault"),
        ),
        lines: vec![
            line(
                ("retries", BLUE),
                run,
                |bucket| Some(number(bucket.retries)),
                false,
            ),
            line(
                ("failures", ORANGE),
                run,
                |bucket| Some(number(bucket.failures)),
                false,
            ),
            line(
                ("faults", GREEN),
                run,
                |bucket| Some(number(bucket.faults)),
                false,
            ),
        ],
        rule: None,
        whole: true,
    }
}
