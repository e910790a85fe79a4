//! What is done unasked.

use super::bulk::commands::BulkCommands;
use super::bulk::kind::BulkKind;
use super::context::Context;
use crate::projection::project;
use crate::settings::Maintenance;
use crate::time::Instant;

/// When the next sweep, the next whole comparison and the next reaping are due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NextMaintenance {
    sweep: Option<Instant>,
    compare: Option<Instant>,
    reap: Option<Instant>,
}

project!(
    struct NextMaintenance {
        sweep: due,
        compare: due,
        reap: due,
    }
);

impl NextMaintenance {
    /// A sweep is due at once: what a controller left behind that is gone may wait for it. So is a whole
    /// comparison, since nobody knows for how long there was none.
    pub(crate) fn new(maintenance: &Maintenance, now: Instant) -> Self {
        Self {
            sweep: maintenance.sweep.map(|_| now),
            compare: maintenance.compare.map(|_| now),
            reap: maintenance.reap.map(|every| now.after(every)),
        }
    }

    pub(crate) fn next_due(&self) -> Option<Instant> {
        let all = [self.sweep, self.compare, self.reap];
        all.into_iter().flatten().min()
    }

    /// Nothing is done unasked any more.
    pub(crate) fn end(&mut self) {
        (self.sweep, self.compare, self.reap) = (None, None, None);
    }

    /// Begins what is due, unless the last one isn't over yet.
    pub(crate) fn run(&mut self, cx: &mut Context, bulk: &mut BulkCommands) {
        let maintenance = cx.settings.maintenance;
        if come_due(&mut self.sweep, maintenance.sweep, cx.now) {
            begin(cx, bulk, BulkKind::Sweep);
        }
        if come_due(&mut self.compare, maintenance.compare, cx.now) {
            begin(cx, bulk, BulkKind::Repair { dry_run: false });
        }
        if come_due(&mut self.reap, maintenance.reap, cx.now) {
            begin(cx, bulk, BulkKind::Reap);
        }
    }
}

/// Whether what is done so often is due now; if so, notes when it is next.
fn come_due(due: &mut Option<Instant>, every: Option<core::time::Duration>, now: Instant) -> bool {
    let (Some(at), Some(every)) = (*due, every) else {
        return false;
    };
    let is_due = at <= now;
    if is_due {
        *due = Some(now.after(every));
    }
    is_due
}

fn begin(cx: &mut Context, bulk: &mut BulkCommands, kind: BulkKind) {
    if !bulk.is_under_way_unasked(&kind) {
        bulk.begin(cx, None, kind, None);
    }
}
