//! The document.

use std::time::Duration;

use jiff::civil::Time;
use portreeve_api::program::plan as api;
use portreeve_core::time::Instant;
use portreeve_planner::plan::{Bucket, Check, Room, Run, Series, StartLimit, Totals, Waits};
use portreeve_planner::report::PlanReport;

pub(in crate::commands::simulate::render) fn document(report: &PlanReport) -> api::Plan {
    let (plan, answer) = (&report.plan, &report.answer);
    let begins = plan.workload.first_day.to_datetime(Time::midnight());
    let broken = answer
        .broken()
        .into_iter()
        .map(|(seed, violation)| api::BrokenPromise {
            seed,
            promise: violation.promise.to_owned(),
            at_seconds: violation.at.since(Instant::ORIGIN).as_secs_f64(),
            text: violation.text.clone(),
        });
    api::Plan {
        workload: plan.workload.pattern.name().to_owned(),
        users: plan.workload.users.len(),
        days: plan.days,
        begins: begins.to_string(),
        seeds: plan.seeds.clone(),
        controllers: plan.controllers,
        faults: plan.severity.name().to_owned(),
        wait_target_seconds: plan.wait_target.as_secs_f64(),
        memory_per_container_bytes: report.memory,
        enough: enough(report),
        without_limits: figures(Room::unlimited(), &answer.demand),
        as_configured: figures(Room::of(&plan.settings), &answer.configured),
        tried: answer.checks.iter().map(tried).collect(),
        series: series(answer.configured.first().map(|run| &run.series)),
        broken: broken.collect(),
        again: report.again.clone(),
    }
}

fn enough(report: &PlanReport) -> Option<api::Enough> {
    let enough = report.answer.enough?;
    let memory = |bytes: u64| bytes.saturating_mul(enough.running.into());
    let (start_limit, simulated) = match enough.start_limit {
        StartLimit::Enough(limit) => (Some(limit), true),
        StartLimit::Expected(limit) => (Some(limit), false),
        StartLimit::OutOfReach(_) => (None, true),
    };
    Some(api::Enough {
        ports: enough.ports,
        ports_for_all: enough.ports_for_all,
        running_limit: enough.running,
        memory_bytes: report.memory.map(memory),
        start_limit,
        simulated,
    })
}

/// Of several seeds each figure is the highest.
fn figures(room: Room, runs: &[Run]) -> api::Figures {
    let all = Totals::of_all(runs);
    let unlimited = room.starting == Room::unlimited().starting;
    api::Figures {
        room: api::Room {
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
        failures: all
            .failures
            .into_iter()
            .map(|(code, count)| (code.to_owned(), count))
            .collect(),
    }
}

fn waits(waits: Waits) -> api::Waits {
    api::Waits {
        count: waits.count,
        p50_seconds: waits.p50.as_secs_f64(),
        p99_seconds: waits.p99.as_secs_f64(),
        longest_seconds: waits.longest.as_secs_f64(),
    }
}

fn tried(check: &Check) -> api::Tried {
    api::Tried {
        start_limit: check.room.starting,
        running_limit: check.room.running,
        ports: check.room.ports.count(),
        worst_hour_p99_seconds: check.worst_hour.as_secs_f64(),
        turned_away: check.turned_away,
        met: check.met,
    }
}

fn series(series: Option<&Series>) -> api::Series {
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
    api::Series {
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
