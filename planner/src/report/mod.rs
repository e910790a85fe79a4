//! What a plan came to: in words, as one page that needs nothing but itself, or as one picture.

mod axis;
mod chart;
mod figures;
mod page;
mod plots;
mod words;

use crate::plan::{Answer, Plan};

pub use figures::{Need, Row};

/// What is told of a plan. Nothing in it hangs on the machine or on the time.
#[derive(Debug)]
pub struct PlanReport {
    /// What was planned for.
    pub plan: Plan,
    /// What it takes.
    pub answer: Answer,
    /// How much memory a container takes, in bytes, if anybody said.
    pub memory: Option<u64>,
    /// The command that gives the same again.
    pub again: String,
}

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
