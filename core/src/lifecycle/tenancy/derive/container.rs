//! What the engine says of the user's container, as a fact.

use core::time::Duration;

use super::sorted::Sorted;
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::{ContainerFact, IdentityFact};
use crate::lifecycle::tenancy::knowledge::Seen;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::observed::ContainerState;
use crate::record::{Intent, Record};

/// Who joins others that wait is served with what was seen that long before: those who come at once
/// share one look.
const FRESH: Duration = Duration::from_secs(1);

impl Tenancy {
    /// What is seen of the container, as far as the right engine has told it.
    pub(crate) fn container(&self, cx: &Context) -> ContainerFact {
        if self.identity(cx) == IdentityFact::Proven {
            self.seen_container(cx)
        } else {
            ContainerFact::Unknown
        }
    }

    /// What was seen of the container, whichever engine told it.
    pub(crate) fn seen_container(&self, cx: &Context) -> ContainerFact {
        self.container_fact(cx, &self.sorted(cx))
    }

    /// What is seen of the container, as far as the record bears it out. That a container is gone,
    /// or has ended, is believed against a record only where it was looked for after that record
    /// was read: of two that are asked at once, the engine may have answered before another
    /// controller began, and the store after it had ended.
    pub(super) fn container_fact(&self, cx: &Context, sorted: &Sorted<'_>) -> ContainerFact {
        let Some(seen) = self.engine.get(cx.now) else {
            return ContainerFact::Unknown;
        };
        let late = self
            .run
            .as_ref()
            .is_some_and(|run| run.began < run.asked && seen.asked.after(FRESH) < run.asked);
        if late && !self.is_kept_current(cx) {
            return ContainerFact::Unknown;
        }
        let fact = self.seen_fact(cx, seen, sorted);
        let Some(record) = self.record(cx.now) else {
            return fact;
        };
        let hasty = seen.asked < self.known_since;
        let against = match fact {
            ContainerFact::Absent | ContainerFact::Foreign => may_have_container(record),
            ContainerFact::Idle | ContainerFact::Broken => {
                matches!(record.body.intent, Intent::Starting | Intent::Running)
            }
            ContainerFact::Unknown
            | ContainerFact::Unsure
            | ContainerFact::Surplus
            | ContainerFact::Running
            | ContainerFact::Paused
            | ContainerFact::Starting
            | ContainerFact::Removing
            | ContainerFact::Odd => false,
        };
        if hasty && against {
            ContainerFact::Unknown
        } else {
            fact
        }
    }

    fn seen_fact(&self, cx: &Context, seen: &Seen, sorted: &Sorted<'_>) -> ContainerFact {
        if self.is_repaired() && !seen.complete {
            // What is beside it is to be seen, too; but lists alone may be behind.
            return ContainerFact::Unsure;
        }
        if sorted
            .current
            .is_some_and(|observed| seen.hearsay.contains(&observed.id))
        {
            return ContainerFact::Unsure;
        }
        if (sorted.current.is_none() || self.is_repaired()) && sorted.unseen().is_some() {
            return ContainerFact::Unsure;
        }
        if let Some(observed) = sorted.current {
            return match observed.state {
                ContainerState::Stopped { .. } => ContainerFact::Idle,
                ContainerState::Running => ContainerFact::Running,
                ContainerState::Paused => ContainerFact::Paused,
                ContainerState::Starting => ContainerFact::Starting,
                ContainerState::Removing => ContainerFact::Removing,
                ContainerState::Broken => ContainerFact::Broken,
                ContainerState::Unknown(_) => ContainerFact::Odd,
            };
        }
        let may_be_elsewhere = self.record(cx.now).is_some_and(|record| {
            // What somebody began was for a container, whether that is recorded or not.
            let begun = may_have_container(record) && self.lease.is_none();
            let recorded = self.current_container.resolve(record).is_some();
            self.doubt || record.body.purging || recorded || begun
        });
        if may_be_elsewhere && !seen.complete {
            return ContainerFact::Unsure;
        }
        if let Some(surplus) = sorted.surplus {
            return match surplus.state {
                ContainerState::Removing => ContainerFact::Removing,
                ContainerState::Stopped { .. }
                | ContainerState::Running
                | ContainerState::Paused
                | ContainerState::Starting
                | ContainerState::Broken
                | ContainerState::Unknown(_) => ContainerFact::Surplus,
            };
        }
        if sorted.foreign.is_some() {
            return ContainerFact::Foreign;
        }
        ContainerFact::Absent
    }
}

/// Whether there may be a container by what the record says: a port is claimed for one, or one was to
/// be made, started, stopped or removed last.
fn may_have_container(record: &Record) -> bool {
    record.port.is_some() || record.body.intent != Intent::Stopped
}
