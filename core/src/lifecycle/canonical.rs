//! What of a lifecycle decides how it goes on.

use super::Lifecycle;
use super::context::Context;
use crate::projection::{Project, Projection};

impl Project for Lifecycle {
    /// Complete between two calls, when all was drained.
    fn project(&self, out: &mut Projection) {
        let Self {
            cx,
            tenancies,
            bulk,
            evictions,
            maintenance,
            last_request: _,
        } = self;
        cx.controller.project(out);
        // What time it was when the store said so is never asked.
        let header = cx
            .header
            .as_ref()
            .map(|header| (&header.engine, header.newest_generation));
        header.is_some().project(out);
        header.unwrap_or((&None, 0)).project(out);
        // Effects and requests are numbered in the order in which tenancies name them.
        tenancies.project(out);
        bulk.project(out);
        cx.project(out);
        evictions.project(out);
        maintenance.project(out);
    }
}

impl Project for Context {
    /// Settings are left out, since they never change.
    fn project(&self, out: &mut Projection) {
        let Self {
            settings: _,
            hashes: _,
            entropy: _,
            // Written first of all, by the lifecycle.
            controller: _,
            header: _,
            // What is written is written as seen from now.
            now: _,
            // Each call has one of its own.
            slice: _,
            closing,
            most_changes: _,
            most_steps: _,
            in_flight,
            batches,
            pending,
            start_queue,
            ports,
            prerequisites,
            events,
            awaiting,
            // Told by the tenancies.
            active: _,
            wakes: _,
            due,
            asked,
            // Taken in before a call ends.
            notices: _,
            // Nothing is decided by it.
            loops: _,
            rows: _,
            outbox,
        } = self;
        in_flight.project(out);
        batches.project(out);
        pending.project(out);
        start_queue.project(out);
        prerequisites.project(out);
        out.users(awaiting);
        asked.len().project(out);
        for (request, asked) in asked {
            request.project(out);
            asked.project(out);
        }
        ports.project(out);
        events.project(out);
        closing.project(out);
        out.users(due);
        outbox.len().project(out);
    }
}
