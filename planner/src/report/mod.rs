//! What a plan came to: in words, as one page that needs nothing but itself, or as one picture.

mod axis;
mod chart;
mod figures;
mod page;
mod plan_report;
mod plots;
mod words;

pub use figures::{Need, Row};
pub use plan_report::PlanReport;

/// Why a plot can't be drawn.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotDrawn(String);

impl PlanReport {
    /// The page, as HTML, with all plots.
    ///
    /// # Errors
    /// If a plot can't be drawn.
    pub fn page(&self) -> Result<String, NotDrawn> {
        page::page(self).map_err(NotDrawn)
    }

    /// The plots that tell most, as one SVG that stands by itself. Empty if nothing was simulated.
    ///
    /// # Errors
    /// If a plot can't be drawn.
    pub fn picture(&self) -> Result<String, NotDrawn> {
        let Some(run) = self.answer.configured.first() else {
            return Ok(String::new());
        };
        let mut charts = plots::charts(self, run);
        charts.truncate(4);
        chart::picture(&self.headline(), &charts, plots::span(self, run)).map_err(NotDrawn)
    }
}
