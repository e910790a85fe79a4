//! Health checks.

use std::time::Duration;

use portreeve_core::observed::Health;
use portreeve_core::time::Instant;

use super::container::Container;
use super::journal::Action;
use super::numbers::No;
use super::schedule::Due;
use super::state::Engine;

impl Engine {
    /// A run begins: nothing is known of its health, and the first look is an interval away.
    pub(super) fn begin_checks(&mut self, no: No) {
        let Some(container) = self.containers.get_mut(&no) else {
            return;
        };
        if container.check.is_some() {
            container.health = Health::Starting;
            self.resume_checks(no);
        }
    }

    /// Looks at a container's health again, from an interval later on.
    pub(super) fn resume_checks(&mut self, no: No) {
        let now = self.now;
        let Some(container) = self.containers.get_mut(&no) else {
            return;
        };
        let Some(check) = container.check else {
            return;
        };
        if let Some(process) = container.process_mut() {
            process.checked_since = now;
            let at = now.after(check.interval);
            process.look = Some(self.schedule.at(at, Due::Check(no)));
        }
    }

    /// Nobody looks any more; Docker takes that for unhealthy.
    pub(super) fn end_checks(&mut self, no: No) {
        let Some(container) = self.containers.get_mut(&no) else {
            return;
        };
        if container.check.is_none() {
            return;
        }
        container.health = Health::Unhealthy;
        if let Some(process) = container.process_mut()
            && let Some(when) = process.look.take()
        {
            self.schedule.cancel(when);
        }
    }

    /// A container's health is looked at. Looks that could change nothing are left out from then
    /// on.
    pub(super) fn look_at_health(&mut self, no: No) {
        let now = self.now;
        let Some(container) = self.containers.get_mut(&no) else {
            return;
        };
        let Some(look) = Look::at(container, now) else {
            return;
        };
        let turned = container.health != look.health;
        container.health = look.health;
        if let Some(process) = container.process_mut() {
            process.streak = look.streak;
            process.look = look.next.map(|at| self.schedule.at(at, Due::Check(no)));
        }
        if turned {
            self.note(no, Action::Health(look.health));
        }
    }
}

/// What a look at a container's health comes to.
struct Look {
    health: Health,
    /// Failed looks in a row.
    streak: u32,
    /// When another look may tell something else.
    next: Option<Instant>,
}

impl Look {
    fn at(container: &Container, now: Instant) -> Option<Self> {
        let check = container.check?;
        let age = now.since(container.started?);
        let process = container.process()?;
        let personality = &process.personality;
        let well = personality.is_well(age);
        let counts = container.health != Health::Starting || age >= check.start_period;
        let streak = match (well, counts) {
            (true, _) => 0,
            (false, true) => process.streak + 1,
            (false, false) => process.streak,
        };
        let failed = streak >= check.retries;
        let next = if well || failed {
            personality.next_turn(age).map(|turn| {
                let begun = process.checked_since.since(now.before(age));
                let since = turn.saturating_sub(begun);
                process.checked_since.after(round_up(since, check.interval))
            })
        } else {
            Some(now.after(check.interval))
        };
        Some(Self {
            health: match (well, failed) {
                (true, _) => Health::Healthy,
                (false, true) => Health::Unhealthy,
                (false, false) => container.health,
            },
            streak,
            next,
        })
    }
}

/// The first multiple of `step` that isn't less.
fn round_up(duration: Duration, step: Duration) -> Duration {
    let (nanos, step) = (duration.as_nanos(), step.as_nanos().max(1));
    let rounded = nanos.div_ceil(step) * step;
    Duration::from_nanos(u64::try_from(rounded).unwrap_or(u64::MAX))
}
