//! The text for people.

use std::fmt::Write as _;
use std::path::Path;

use portreeve_planner::report::PlanReport;

use crate::output::table::table;
use crate::output::text::{BAD, BOLD, DIM, styled, word};

/// Nothing in it hangs on the machine or the time.
pub(in crate::commands::simulate::render) fn text(
    report: &PlanReport,
    page: Option<&Path>,
) -> String {
    let mut text = format!("{}\n", styled(BOLD, report.headline()));
    let needs = report.needs().into_iter().map(|need| {
        let amount = styled(BOLD, need.amount);
        vec![
            format!("  {amount}"),
            need.what.to_owned(),
            styled(DIM, need.note),
        ]
    });
    text.push_str(&table(&needs.collect::<Vec<_>>()));
    text.push('\n');
    let head = report.columns().into_iter().map(str::to_owned);
    let mut rows = vec![std::iter::once(String::new()).chain(head).collect()];
    rows.extend(report.rows().into_iter().map(|row| {
        let name = format!("  {}", styled(DIM, row.name));
        std::iter::once(name).chain(row.cells).collect::<Vec<_>>()
    }));
    text.push_str(&table(&rows));
    text.push('\n');
    for note in report.notes() {
        let _ = writeln!(text, "{note}");
    }
    let broken = !report.answer.broken().is_empty();
    for promise in report.promises() {
        let promise = word(&promise);
        let promise = if broken {
            styled(BAD, promise)
        } else {
            promise
        };
        let _ = writeln!(text, "{promise}");
    }
    let _ = writeln!(text, "{} {}", styled(DIM, "again:"), word(&report.again));
    if let Some(page) = page {
        let _ = writeln!(text, "{} {}", styled(DIM, "report:"), page.display());
    }
    text
}
