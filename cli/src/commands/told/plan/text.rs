//! The text for people.

use std::fmt::Write as _;
use std::path::Path;

use crate::commands::simulate::plan::Planned;
use crate::output::table::table;
use crate::output::text::{BAD, BOLD, DIM, styled, word};
use crate::report::figures;

/// Nothing in it hangs on the machine or the time.
pub(in crate::commands::told) fn text(planned: &Planned, report: Option<&Path>) -> String {
    let mut text = format!("{}\n", styled(BOLD, figures::headline(planned)));
    let needs = figures::needs(planned).into_iter().map(|need| {
        let amount = styled(BOLD, need.amount);
        vec![
            format!("  {amount}"),
            need.what.to_owned(),
            styled(DIM, need.note),
        ]
    });
    text.push_str(&table(&needs.collect::<Vec<_>>()));
    text.push('\n');
    let head = figures::columns(planned).into_iter().map(str::to_owned);
    let mut rows = vec![std::iter::once(String::new()).chain(head).collect()];
    rows.extend(figures::rows(planned).into_iter().map(|row| {
        let name = format!("  {}", styled(DIM, row.name));
        std::iter::once(name).chain(row.cells).collect::<Vec<_>>()
    }));
    text.push_str(&table(&rows));
    text.push('\n');
    for note in figures::notes(planned) {
        let _ = writeln!(text, "{note}");
    }
    let broken = !planned.answer.broken().is_empty();
    for promise in figures::promises(planned) {
        let promise = word(&promise);
        let promise = if broken {
            styled(BAD, promise)
        } else {
            promise
        };
        let _ = writeln!(text, "{promise}");
    }
    let _ = writeln!(text, "{} {}", styled(DIM, "again:"), word(&planned.again));
    if let Some(report) = report {
        let _ = writeln!(text, "{} {}", styled(DIM, "report:"), report.display());
    }
    text
}
