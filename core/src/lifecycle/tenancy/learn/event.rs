//! What the engine's events, and the lists that vouch for them, tell of the user's containers.

use alloc::vec::Vec;
use core::time::Duration;

use crate::id::ContainerId;
use crate::lifecycle::context::Context;
use crate::lifecycle::tenancy::knowledge::View;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::observed::{ContainerState, Observed};
use crate::outcome::ContainerChange;
use crate::time::Instant;

impl Tenancy {
    /// Something happened to a container that bears the user's labels.
    pub(crate) fn learn_of_change(
        &mut self,
        cx: &mut Context,
        id: &ContainerId,
        change: ContainerChange,
    ) {
        if self.is_beside(cx, id) {
            // Who needs to know of all there are lists them again.
            if let Some(seen) = self.engine.get_mut()
                && !seen.containers.iter().any(|known| known.id == *id)
            {
                seen.complete = false;
            }
            return;
        }
        self.currency.last_event = Some(cx.now);
        if self.engine_slot.is_taken() {
            // It may be our own doing, or not. What is being done ends in a look where it matters.
            self.currency.disturbed = true;
            return;
        }
        if self.expects(id, change) {
            return;
        }
        self.engine.forget();
        self.currency.since = None;
        if self.run.is_some() {
            cx.look_again(&self.user);
        }
    }

    /// Whether the event is of a container that only bears the user's labels, as copies do, beside
    /// the one that is known to be the user's: whatever it does, that one is as it was.
    fn is_beside(&self, cx: &Context, id: &ContainerId) -> bool {
        let seen = self.proven(cx);
        let Some(current) = seen.current else {
            return false;
        };
        let mut theirs = [seen.surplus, seen.unseen()].into_iter().flatten();
        current.id != *id && !theirs.any(|known| known.id == *id)
    }

    /// The stream of events is gone, and with it what it kept current; true if something was.
    pub(crate) fn lose_events(&mut self) -> bool {
        let lost = self.currency.since.take().is_some() && !self.engine_slot.is_taken();
        if lost {
            self.engine.forget();
        }
        lost
    }

    /// Whether a list that was asked for then may tell something newer of the user than is known, and
    /// nothing is being done that it could be confused with.
    pub(crate) fn may_learn_from_list(&self, now: Instant, sent: Instant, lag: Duration) -> bool {
        let older = self.currency.since.is_none_or(|since| since < sent);
        let adopted = self.record(now).is_some_and(|record| record.body.adopted);
        let behind = self
            .currency
            .last_event
            .is_some_and(|event| sent < event.after(lag));
        older && !adopted && !behind && self.run.is_none() && !self.engine_slot.is_taken()
    }

    /// Whether the event tells what is known already.
    fn expects(&mut self, id: &ContainerId, change: ContainerChange) -> bool {
        let Some(seen) = self.engine.get_mut() else {
            return false;
        };
        let known = seen.containers.iter().find(|known| known.id == *id);
        let Some(known) = known else {
            return change == ContainerChange::Destroyed;
        };
        match change {
            ContainerChange::Created => true,
            ContainerChange::Started | ContainerChange::Unpaused => {
                known.state == ContainerState::Running
            }
            ContainerChange::Died => {
                matches!(known.state, ContainerState::Stopped { exit_code: Some(_) })
            }
            ContainerChange::Paused => known.state == ContainerState::Paused,
            ContainerChange::Health(health) => known.health == health,
            ContainerChange::Destroyed | ContainerChange::Other => false,
        }
    }

    /// Whether a list tells of another container, or another state, than events did. What only bears
    /// the user's labels, as copies do, isn't compared: a look by name sees nothing of it.
    pub(crate) fn is_surprised(&self, listed: &[&Observed], now: Instant) -> bool {
        let View::Known { what: seen, .. } = &self.engine else {
            return false;
        };
        let record = self.record(now);
        let recorded = record.and_then(|record| self.current_container.resolve(record));
        let runs = |container: &Observed| {
            let theirs = match recorded {
                Some(id) => container.id == *id,
                None => container.name == self.names.container,
            };
            theirs && container.state == ContainerState::Running
        };
        let running = seen.containers.iter().filter(|known| runs(known));
        let mut known: Vec<_> = running.map(|known| &known.id).collect();
        let mut told: Vec<_> = listed
            .iter()
            .filter(|observed| runs(observed))
            .map(|observed| &observed.id)
            .collect();
        known.sort();
        told.sort();
        known != told
    }
}
