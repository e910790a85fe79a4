//! What `simulate` answers, as a document and as text: of storms and of plans.

mod plan;
mod storms;

use std::path::Path;

use portreeve_planner::report::PlanReport;
use portreeve_sim::batch::Batch;

use crate::args;
use crate::commands::simulate::Finding;
use crate::failure::Failure;
use crate::output::Output;

impl Output {
    /// Shows what came of simulated storms.
    pub(crate) fn simulated(
        self,
        storms: &args::Storms,
        batch: &Batch,
        findings: &[Finding],
    ) -> Result<(), Failure> {
        let document = storms::document(storms, batch, findings);
        self.show(&document, |document| storms::text(document, findings))
    }

    /// Shows what a plan came to.
    pub(crate) fn planned(self, report: &PlanReport, page: Option<&Path>) -> Result<(), Failure> {
        self.show(&plan::document(report), |_| plan::text(report, page))
    }
}
