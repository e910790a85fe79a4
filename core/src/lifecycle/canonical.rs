//! What of a lifecycle decides how it goes on.

use super::{Asked, Lifecycle};
use crate::projection::{Project, Projection, project};

project!(
    enum Asked {
        Of(user),
        OfAll(survey),
    }
);

impl Project for Lifecycle {
    /// Complete between two calls, when all was drained. Settings are left out: they never change.
    fn project(&self, out: &mut Projection) {
        let Self {
            settings: _,
            hashes: _,
            entropy: _,
            rows: _,
            controller,
            // What is written is written as seen from now.
            now: _,
            last_request: _,
            header,
            tenancies,
            flights,
            batches,
            line,
            premises,
            awaiting,
            // Told by the tenancies.
            stirring: _,
            asked,
            surveys,
            last_survey: _,
            evictions,
            watch,
            chores,
            closing,
            // Told by the tenancies.
            wakes: _,
            dirty,
            outbox,
        } = self;
        controller.project(out);
        // What time it was when the store said so is never asked.
        let header = header
            .as_ref()
            .map(|header| (&header.engine, header.newest_generation));
        header.is_some().project(out);
        header.unwrap_or((&None, 0)).project(out);
        out.by_user(tenancies, Project::project);
        surveys.len().project(out);
        for (id, survey) in surveys {
            id.project(out);
            survey.project(out);
        }
        flights.project(out);
        batches.project(out);
        line.project(out);
        premises.project(out);
        out.users(awaiting);
        asked.len().project(out);
        for (request, asked) in asked {
            request.project(out);
            asked.project(out);
        }
        evictions.project(out);
        watch.project(out);
        chores.project(out);
        closing.project(out);
        out.users(dirty);
        outbox.len().project(out);
    }
}
