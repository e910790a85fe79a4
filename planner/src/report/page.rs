//! The page.

use crate::plan::{Bucket, Run};
use jiff::ToSpan as _;
use jiff::civil::Time;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use plotters::style::RGBColor;

use super::chart::{self, Chart};
use super::plan_report::PlanReport;
use super::{plots, words};

const STYLE: &str = include_str!("report.css");

pub(super) fn page(report: &PlanReport) -> Result<String, String> {
    let run = report.answer.configured.first();
    let plots = run.map(|run| drawn(report, run)).transpose()?;
    let title = report.headline();
    let broken = !report.answer.broken().is_empty();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Portreeve: " (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    p.kicker { "Portreeve · capacity plan" }
                    h1 { (title) }
                }
                main {
                    (answer(report))
                    @if broken {
                        section.broken {
                            h2 { "A promise was broken" }
                            @for promise in report.promises() { p { (promise) } }
                        }
                    }
                    section {
                        h2 { "As configured, over virtual time" }
                        p.sub { (begins(report)) }
                        @if let Some(plots) = plots { (plots) }
                    }
                    (comparison(report))
                    section {
                        h2 { "How this was found" }
                        ul {
                            @for note in report.notes() { li { (note) } }
                            @if !broken {
                                @for promise in report.promises() { li { (promise) } }
                            }
                        }
                        p { "The same again:" }
                        pre { code { (report.again) } }
                    }
                    @if let Some(run) = run { (numbers(report, run)) }
                }
            }
        }
    };
    Ok(page.into_string())
}

fn answer(report: &PlanReport) -> Markup {
    let needs = report.needs();
    html! {
        section.answer aria-label="What it takes" {
            @for need in needs {
                div.need {
                    p.what { (need.what) }
                    p.amount { (need.amount) }
                    p.note { (need.note) "." }
                }
            }
        }
    }
}

fn begins(report: &PlanReport) -> String {
    let first = report.plan.workload.first_day;
    let configured = &report.plan.settings;
    format!(
        "From {} on, by the platform's own clock. {}, a start limit of {}, {} ports.",
        first.strftime("%A, %-d %B %Y"),
        words::of(report.plan.controllers as u64, "controller"),
        configured.limits.starting,
        words::count(configured.ports.count()),
    )
}

fn drawn(report: &PlanReport, run: &Run) -> Result<Markup, String> {
    let span = plots::span(report, run);
    let charts = plots::charts(report, run);
    let svgs: Result<Vec<_>, _> = charts
        .iter()
        .map(|chart| chart::plot(chart, span))
        .collect();
    let both = charts.iter().zip(svgs?);
    Ok(html! {
        @for (chart, svg) in both { (figure(chart, &svg)) }
    })
}

fn figure(chart: &Chart, svg: &str) -> Markup {
    let label = format!("{}. {}", chart.title, chart.says);
    let named = svg.replacen(
        "<svg ",
        &format!("<svg role=\"img\" aria-label=\"{label}\" "),
        1,
    );
    html! {
        figure {
            figcaption {
                h3 { (chart.title) }
                ul.legend {
                    @for line in &chart.lines {
                        li { span.swatch.(class(line.colour)) {} (line.name) }
                    }
                }
                p { (chart.says) }
            }
            @if chart.is_empty() {
                p.none { "None." }
            } @else {
                div.plot { (PreEscaped(named)) }
            }
        }
    }
}

fn class(colour: RGBColor) -> &'static str {
    match colour {
        chart::BLUE => "blue",
        chart::ORANGE => "orange",
        _ => "green",
    }
}

fn comparison(report: &PlanReport) -> Markup {
    let seeds = report.plan.seeds.len();
    html! {
        section {
            h2 { "Side by side" }
            @if seeds > 1 {
                p.sub { "Of " (seeds) " seeds each figure is the highest." }
            }
            div.scroll {
                table {
                    thead {
                        tr {
                            th scope="col" { "" }
                            @for column in report.columns() { th scope="col" { (column) } }
                        }
                    }
                    tbody {
                        @for row in report.rows() {
                            tr {
                                th scope="row" { (row.name) }
                                @for cell in row.cells { td { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What the plots show, in numbers.
fn numbers(report: &PlanReport, run: &Run) -> Markup {
    let minutes = i64::try_from(run.series.width.as_secs() / 60).unwrap_or(0);
    let first = report.plan.workload.first_day.to_datetime(Time::midnight());
    let at = |index: usize| {
        let index = i64::try_from(index).unwrap_or(0);
        let at = first.saturating_add((minutes * index).minutes());
        at.strftime("%a %-d %b %H:%M").to_string()
    };
    let quiet = |bucket: &Bucket| bucket.visits + bucket.starts + bucket.reaps == 0;
    let columns = [
        "from",
        "running",
        "ports claimed",
        "in use or resting",
        "visits",
        "starts",
        "wait p50",
        "wait p99",
        "reaps",
        "removals",
        "retries",
        "failures",
        "faults",
    ];
    html! {
        section {
            h2 { "The numbers" }
            details {
                summary { "Each " (words::of(minutes.unsigned_abs(), "minute")) " in which somebody came or went" }
                div.scroll {
                    table.numbers {
                        thead { tr { @for column in columns { th scope="col" { (column) } } } }
                        tbody {
                            @for (index, bucket) in run.series.buckets.iter().enumerate() {
                                @if !quiet(bucket) {
                                    tr {
                                        th scope="row" { (at(index)) }
                                        @for cell in cells(bucket) { td { (cell) } }
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

fn cells(bucket: &Bucket) -> Vec<String> {
    let waits = bucket.waits;
    let wait = |time| match waits.count {
        0 => "–".to_owned(),
        _ => words::time(time),
    };
    vec![
        words::count(bucket.running),
        words::count(bucket.claimed),
        words::count(bucket.needed),
        words::count(bucket.visits),
        words::count(bucket.starts),
        wait(waits.p50),
        wait(waits.p99),
        words::count(bucket.reaps),
        words::count(bucket.removals),
        words::count(bucket.retries),
        words::count(bucket.failures),
        words::count(bucket.faults),
    ]
}
