//! The report of a plan: one page that needs nothing but itself, or one picture.

mod axis;
mod chart;
pub(crate) mod figures;
mod page;
mod plots;
pub(crate) mod words;

use crate::commands::simulate::plan::Planned;
use crate::failure::Failure;

/// The page, as HTML.
pub(crate) fn page(planned: &Planned) -> Result<String, Failure> {
    page::page(planned).map_err(failed)
}

/// The plots that tell most, as one SVG that stands by itself.
pub(crate) fn picture(planned: &Planned) -> Result<String, Failure> {
    let title = figures::headline(planned);
    let Some(run) = planned.answer.configured.first() else {
        return Ok(String::new());
    };
    let mut charts = plots::charts(planned, run);
    charts.truncate(4);
    chart::picture(&title, &charts, plots::span(planned, run)).map_err(failed)
}

fn failed(text: String) -> Failure {
    Failure::new("internal", text, "please report it")
}
