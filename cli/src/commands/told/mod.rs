//! What `simulate` tells: of storms and of plans.

mod plan;
mod storms;

use std::path::Path;

use portreeve_sim::batch::Batch;

use crate::args;
use crate::commands::simulate::Told;
use crate::failure::Failure;
use crate::output::Output;
use portreeve_planner::report::PlanReport;

impl Output {
    /// Shows what came of simulated storms.
    pub(crate) fn simulated(
        self,
        storms: &args::Storms,
        batch: &Batch,
        told: &[Told],
    ) -> Result<(), Failure> {
        let document = storms::document(storms, batch, told);
        self.show(&document, |document| storms::text(document, told))
    }

    /// Shows what a plan came to.
    pub(crate) fn planned(self, report: &PlanReport, page: Option<&Path>) -> Result<(), Failure> {
        self.show(&plan::document(report), |_| plan::text(report, page))
    }
}
