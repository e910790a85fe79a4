//! What a plan came to.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Time;
use portreeve_core::time::Instant;
use portreeve_planner::plan::{Bucket, Check, Room, Run, Series, StartLimit, Totals, Waits};
use portreeve_planner::report::PlanReport;
use serde::Serialize;

#[derive(Serialize)]
pub(in crate::output) struct Document<'a> {
    workload: &'static str,
    users: usize,
    days: u32,
    /// By the platform's own clock.
    begins: String,
    seeds: &'a [u64],
    controllers: usize,
    faults: &'static str,
    wait_target_seconds: f64,
    memory_per_container_bytes: Option<u64>,
    enough: Option<EnoughFigures>,
    without_limits: Figures,
    as_configured: Figures,
    tried: Vec<Tried>,
    /// As configured, with the first seed.
    series: SeriesFigures,
    broken: Vec<Broken>,
    again: &'a str,
}

#[derive(Serialize)]
struct EnoughFigures {
    ports: u32,
    ports_for_all: u32,
    running_limit: u32,
    memory_bytes: Option<u64>,
    /// `None` where no limit would meet the target.
    start_limit: Option<u32>,
    /// Whether the start limit was simulated, or is only expected to do.
    simulated: bool,
}

#[derive(Serialize)]
struct Figures {
    room: RoomFigures,
    running_peak: usize,
    busy_peak: usize,
    ports_claimed_peak: usize,
    ports_needed_peak: usize,
    starts_a_minute_peak: u64,
    visits: u64,
    visits_given_up: u64,
    starts: u64,
    reaps: u64,
    removals: u64,
    retries: u64,
    faults: u64,
    waits: WaitFigures,
    worst_hour_p99_seconds: f64,
    failures: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct RoomFigures {
    start_limit: Option<u32>,
    running_limit: Option<u32>,
    first_port: u16,
    last_port: u16,
}

#[derive(Serialize)]
struct WaitFigures {
    count: u64,
    p50_seconds: f64,
    p99_seconds: f64,
    longest_seconds: f64,
}

#[derive(Serialize)]
struct Tried {
    start_limit: u32,
    running_limit: Option<u32>,
    ports: u32,
    worst_hour_p99_seconds: f64,
    turned_away: u64,
    met: bool,
}

/// Column by column, each with one number for each bucket.
#[derive(Serialize)]
struct SeriesFigures {
    bucket_seconds: u64,
    running: Vec<usize>,
    ports_claimed: Vec<usize>,
    ports_needed: Vec<usize>,
    visits: Vec<u64>,
    starts: Vec<u64>,
    wait_p50_seconds: Vec<Option<f64>>,
    wait_p99_seconds: Vec<Option<f64>>,
    reaps: Vec<u64>,
    removals: Vec<u64>,
    retries: Vec<u64>,
    failures: Vec<u64>,
    faults: Vec<u64>,
}

#[derive(Serialize)]
struct Broken {
    seed: u64,
    promise: &'static str,
    at_seconds: f64,
    text: String,
}

pub(in crate::output) fn planned(report: &PlanReport) -> Document<'_> {
    let (plan, answer) = (&report.plan, &report.answer);
    let begins = plan.workload.first_day.to_datetime(Time::midnight());
    let broken = answer.broken().into_iter().map(|(seed, violation)| Broken {
        seed,
        promise: violation.promise,
        at_seconds: violation.at.since(Instant::ORIGIN).as_secs_f64(),
        text: violation.text.clone(),
    });
    Document {
        workload: plan.workload.pattern.name(),
        users: plan.workload.users.len(),
        days: plan.days,
        begins: begins.to_string(),
        seeds: &plan.seeds,
        controllers: plan.controllers,
        faults: plan.severity.name(),
        wait_target_seconds: plan.wait_target.as_secs_f64(),
        memory_per_container_bytes: report.memory,
        enough: enough(report),
        without_limits: figures(Room::unlimited(), &answer.demand),
        as_configured: figures(Room::of(&plan.settings), &answer.configured),
        tried: answer.checks.iter().map(tried).collect(),
        series: series(answer.configured.first().map(|run| &run.series)),
        broken: broken.collect(),
        again: &report.again,
    }
}

fn enough(report: &PlanReport) -> Option<EnoughFigures> {
    let enough = report.answer.enough?;
    let memory = |bytes: u64| bytes.saturating_mul(enough.running.into());
    let (start_limit, simulated) = match enough.start_limit {
        StartLimit::Enough(limit) => (Some(limit), true),
        StartLimit::Expected(limit) => (Some(limit), false),
        StartLimit::OutOfReach(_) => (None, true),
    };
    Some(EnoughFigures {
        ports: enough.ports,
        ports_for_all: enough.ports_for_all,
        running_limit: enough.running,
        memory_bytes: report.memory.map(memory),
        start_limit,
        simulated,
    })
}

/// Of several seeds each figure is the highest.
fn figures(room: Room, runs: &[Run]) -> Figures {
    let all = Totals::of_all(runs);
    let unlimited = room.starting == Room::unlimited().starting;
    Figures {
        room: RoomFigures {
            start_limit: (!unlimited).then_some(room.starting),
            running_limit: room.running,
            first_port: room.ports.first().get(),
            last_port: room.ports.last().get(),
        },
        running_peak: all.running,
        busy_peak: all.busy,
        ports_claimed_peak: all.claimed,
        ports_needed_peak: all.needed,
        starts_a_minute_peak: all.starts_a_minute,
        visits: all.visits,
        visits_given_up: all.lost,
        starts: all.counts.starts,
        reaps: all.counts.reaps,
        removals: all.counts.removals,
        retries: all.counts.retries,
        faults: all.faults,
        waits: waits(all.waits),
        worst_hour_p99_seconds: all.worst_hour.as_secs_f64(),
        failures: all.failures,
    }
}

fn waits(waits: Waits) -> WaitFigures {
    WaitFigures {
        count: waits.count,
        p50_seconds: waits.p50.as_secs_f64(),
        p99_seconds: waits.p99.as_secs_f64(),
        longest_seconds: waits.longest.as_secs_f64(),
    }
}

fn tried(check: &Check) -> Tried {
    Tried {
        start_limit: check.room.starting,
        running_limit: check.room.running,
        ports: check.room.ports.count(),
        worst_hour_p99_seconds: check.worst_hour.as_secs_f64(),
        turned_away: check.turned_away,
        met: check.met,
    }
}

fn series(series: Option<&Series>) -> SeriesFigures {
    let buckets = series.map_or(&[][..], |series| &series.buckets);
    let levels = |of: fn(&Bucket) -> usize| buckets.iter().map(of).collect();
    let counts = |of: fn(&Bucket) -> u64| buckets.iter().map(of).collect();
    // Where nobody waited there is no wait.
    let waits = |of: fn(&Waits) -> Duration| {
        let wait = |bucket: &Bucket| (bucket.waits.count > 0).then(|| of(&bucket.waits));
        let waits = buckets.iter().map(wait);
        waits
            .map(|wait| wait.map(|wait| wait.as_secs_f64()))
            .collect()
    };
    SeriesFigures {
        bucket_seconds: series.map_or(0, |series| series.width.as_secs()),
        running: levels(|bucket| bucket.running),
        ports_claimed: levels(|bucket| bucket.claimed),
        ports_needed: levels(|bucket| bucket.needed),
        visits: counts(|bucket| bucket.visits),
        starts: counts(|bucket| bucket.starts),
        wait_p50_seconds: waits(|waits| waits.p50),
        wait_p99_seconds: waits(|waits| waits.p99),
        reaps: counts(|bucket| bucket.reaps),
        removals: counts(|bucket| bucket.removals),
        retries: counts(|bucket| bucket.retries),
        failures: counts(|bucket| bucket.failures),
        faults: counts(|bucket| bucket.faults),
    }
}
