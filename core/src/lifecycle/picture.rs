//! From what is known of a user to the facts that the decision table looks at.

use core::time::Duration;

use super::Lifecycle;
use super::adoption::Examined;
use super::facts::{
    ContainerFact, Facts, Goal, Hold, IdentityFact, ReadyFact, RecordFact, VerdictFact, VolumeFact,
};
use super::knowledge::{Meant, Seen};
use super::tenancy::Tenancy;
use super::whose::{Owner, Whose};
use super::write::FIRST_GENERATION;
use crate::id::InstallationId;
use crate::label::Labelled;
use crate::observed::{ContainerState, Health, Observed};
use crate::record::{Intent, Record, Row};
use crate::settings::Readiness;

/// Who joins others that wait is served with what was seen that long before: those who come at once
/// share one look.
const FRESH: Duration = Duration::from_secs(1);

impl Lifecycle {
    /// The facts of one user, now.
    pub(super) fn facts(&self, tenancy: &Tenancy) -> Facts {
        let now = self.now;
        let run = tenancy.run.as_ref();
        let record = tenancy.record(now);
        let identity = self.identity_for(tenancy);
        let proven = identity == IdentityFact::Proven;
        let current = self.current(tenancy);
        let image = &self.settings.template(&tenancy.user).image;
        let goal = run.map(|run| run.goal);
        let cut_off = current.is_some_and(|observed| {
            // What an engine tells of one just made is not to have it made again and again.
            !matches!(tenancy.meant, Meant::Made(_)) && self.is_cut_off(&tenancy.user, observed)
        });
        let to_be_replaced = cut_off
            || current.is_some_and(|observed| self.is_to_be_replaced(tenancy, observed, goal));
        Facts {
            goal,
            verdict: self.verdict_fact(tenancy),
            identity,
            record: self.record_fact(tenancy),
            container: if proven {
                self.container_fact(tenancy, current)
            } else {
                ContainerFact::Unknown
            },
            condemned: to_be_replaced
                || current.is_some_and(|observed| tenancy.condemned.as_ref() == Some(&observed.id)),
            cut_off,
            other_token: current
                .is_some_and(|observed| carries_other_token(tenancy.record(now), observed)),
            replace: to_be_replaced || goal == Some(Goal::Rotated),
            renewed: run.is_some_and(|run| run.started),
            surplus: current.is_some() && self.surplus(tenancy).is_some(),
            purging: record.is_some_and(|record| record.body.purging),
            shares_volume: record.is_some_and(|record| record.shares_volume),
            stale_lease: tenancy.lease.is_none()
                && record
                    .and_then(|record| record.lease)
                    .is_some_and(|lease| lease.remaining.is_zero()),
            underway: tenancy.store_lane.changes || tenancy.engine_lane.changes,
            amendment: tenancy.amendment.is_some(),
            rotated: run.is_some_and(|run| run.rotated),
            revive: run.is_some_and(|run| run.revive),
            spared: run.is_some_and(|run| run.spared),
            examined: Examined::fact(run.and_then(|run| run.examined.as_ref())),
            port: record.is_some_and(|record| record.port.is_some()),
            port_bad: record
                .and_then(|record| record.port)
                .is_some_and(|port| tenancy.is_bad(port, now)),
            premises: self.premises.fact(image, now),
            turn: self.line.has_turn(&tenancy.user),
            volume: if proven {
                tenancy.volume
            } else {
                VolumeFact::Unknown
            },
            ready: current.map_or(ReadyFact::No, |observed| self.ready_fact(tenancy, observed)),
            dry: run.is_some_and(|run| run.dry),
            active: !tenancy.counts()
                || tenancy.activity_is_acknowledged(self.settings.timing.slack, now),
            crashed: run.is_some_and(|run| run.started)
                && current.is_some_and(|observed| {
                    matches!(observed.state, ContainerState::Exited { .. })
                }),
            flapped: current.is_some_and(|observed| self.has_flapped(tenancy, observed)),
            autopsied: run.is_some_and(|run| run.autopsy.is_some()),
            backing_off: record.is_some_and(|record| record.body.failure.is_some())
                && tenancy.retry_at.is_some_and(|due| now < due)
                // A newer template may be the mend.
                && record.is_some_and(|record| {
                    self.settings.generation <= record.body.template_generation
                }),
        }
    }

    /// The record's current container, if it was seen.
    pub(super) fn current<'a>(&self, tenancy: &'a Tenancy) -> Option<&'a Observed> {
        self.proven(tenancy, Whose::Current)
    }

    /// An old container of the user's, if one was seen.
    pub(super) fn surplus<'a>(&self, tenancy: &'a Tenancy) -> Option<&'a Observed> {
        self.proven(tenancy, Whose::Surplus)
    }

    /// One of which only a list has told, and of which nothing is decided before it was looked at:
    /// it may turn out to be the user's, or it is an old one of the user's, which would be removed.
    pub(super) fn unseen<'a>(&self, tenancy: &'a Tenancy) -> Option<&'a Observed> {
        let surplus = self.of_kind(tenancy, Whose::Surplus);
        self.of_kind(tenancy, Whose::Unproven)
            .or_else(|| surplus.filter(|observed| observed.is_listed()))
    }

    /// Somebody else's container that has the user's container name, if one was seen.
    pub(super) fn foreign<'a>(&self, tenancy: &'a Tenancy) -> Option<&'a Observed> {
        self.proven(tenancy, Whose::Foreign)
    }

    /// What the right engine has told.
    fn proven<'a>(&self, tenancy: &'a Tenancy, kind: Whose) -> Option<&'a Observed> {
        (self.identity_for(tenancy) == IdentityFact::Proven)
            .then(|| self.of_kind(tenancy, kind))
            .flatten()
    }

    fn of_kind<'a>(&self, tenancy: &'a Tenancy, kind: Whose) -> Option<&'a Observed> {
        let installation = self.installation()?;
        let owner = Owner {
            user: &tenancy.user,
            installation,
            names: &tenancy.names,
            record: tenancy.record(self.now),
            meant: &tenancy.meant,
        };
        let seen = tenancy.engine.get(self.now)?;
        seen.containers
            .iter()
            .filter(|observed| owner.whose(observed) == kind)
            // Where two would do, the one under the right name is it; the order is ours, not the
            // engine's.
            .min_by_key(|observed| (observed.name != tenancy.names.container, &observed.id))
    }

    pub(super) fn installation(&self) -> Option<InstallationId> {
        self.header.as_ref().map(|header| header.installation)
    }

    pub(super) fn record_fact(&self, tenancy: &Tenancy) -> RecordFact {
        match tenancy.store.get(self.now) {
            None => RecordFact::Unknown,
            Some(Row::Unreadable(_)) => RecordFact::Unreadable,
            // A container is nobody's only if there was no record after it had been seen: the one it
            // was made for is gone then, and never comes back.
            Some(Row::Absent) if self.is_seen_since(tenancy) => RecordFact::Unknown,
            Some(Row::Absent) => RecordFact::Absent,
            // It may have been adopted since the record was read.
            Some(Row::Found(_)) if self.is_to_be_read_again(tenancy) => RecordFact::Unknown,
            // Somebody else has finished the purge, and the user was made anew since: that one is
            // not to be purged.
            Some(Row::Found(record)) if is_another(tenancy, record) => RecordFact::Absent,
            Some(Row::Found(record)) => {
                RecordFact::Present(record.body.intent, self.hold(tenancy, record))
            }
        }
    }

    /// Whether somebody else's container has the user's name, by a record from before it was asked
    /// for.
    fn is_to_be_read_again(&self, tenancy: &Tenancy) -> bool {
        let run = tenancy.run.as_ref();
        run.is_some_and(|run| tenancy.read.is_before(run.began))
            && self.foreign(tenancy).is_some()
            && self.current(tenancy).is_none()
    }

    /// Whether a container that is to be looked after was seen no earlier than the store was asked.
    fn is_seen_since(&self, tenancy: &Tenancy) -> bool {
        let seen = tenancy.engine.get(self.now);
        tenancy.is_repaired()
            && seen.is_some_and(|seen| {
                !seen.containers.is_empty() && !tenancy.read.is_later_than(seen.asked)
            })
    }

    fn hold(&self, tenancy: &Tenancy, record: &Record) -> Hold {
        if tenancy.lease.is_some() {
            return Hold::Mine;
        }
        match record.lease {
            Some(lease) if lease.owner != self.controller && !lease.remaining.is_zero() => {
                Hold::Theirs
            }
            Some(_) | None => Hold::Nobody,
        }
    }

    /// What was seen of the container, whichever engine told it.
    pub(super) fn seen_container(&self, tenancy: &Tenancy) -> ContainerFact {
        self.container_fact(tenancy, self.of_kind(tenancy, Whose::Current))
    }

    /// What is seen of the container, as far as the record bears it out. That a container is gone,
    /// or has ended, is believed against a record only where it was looked for after that record
    /// was read: of two that are asked at once, the engine may have answered before another
    /// controller began, and the store after it had ended.
    fn container_fact(&self, tenancy: &Tenancy, current: Option<&Observed>) -> ContainerFact {
        let Some(seen) = tenancy.engine.get(self.now) else {
            return ContainerFact::Unknown;
        };
        let late = tenancy
            .run
            .as_ref()
            .is_some_and(|run| run.began < run.asked && seen.asked.after(FRESH) < run.asked);
        if late && !self.is_kept_current(tenancy) {
            return ContainerFact::Unknown;
        }
        let fact = self.seen_fact(tenancy, seen, current);
        let Some(record) = tenancy.record(self.now) else {
            return fact;
        };
        let hasty = seen.asked < tenancy.known_since;
        let against = match fact {
            ContainerFact::Absent | ContainerFact::Foreign => {
                record.port.is_some() || record.body.intent != Intent::Stopped
            }
            ContainerFact::Idle | ContainerFact::Dead => {
                matches!(record.body.intent, Intent::Starting | Intent::Running)
            }
            ContainerFact::Unknown
            | ContainerFact::Unsure
            | ContainerFact::Surplus
            | ContainerFact::Running
            | ContainerFact::Paused
            | ContainerFact::Restarting
            | ContainerFact::Removing
            | ContainerFact::Odd => false,
        };
        if hasty && against {
            ContainerFact::Unknown
        } else {
            fact
        }
    }

    fn seen_fact(
        &self,
        tenancy: &Tenancy,
        seen: &Seen,
        current: Option<&Observed>,
    ) -> ContainerFact {
        if tenancy.is_repaired() && !seen.complete {
            // What is beside it is to be seen, too; but lists alone may be behind.
            return ContainerFact::Unsure;
        }
        if current.is_some_and(|observed| seen.hearsay.contains(&observed.id)) {
            return ContainerFact::Unsure;
        }
        if (current.is_none() || tenancy.is_repaired()) && self.unseen(tenancy).is_some() {
            return ContainerFact::Unsure;
        }
        if let Some(observed) = current {
            return match observed.state {
                ContainerState::Created | ContainerState::Exited { .. } => ContainerFact::Idle,
                ContainerState::Running => ContainerFact::Running,
                ContainerState::Paused => ContainerFact::Paused,
                ContainerState::Restarting => ContainerFact::Restarting,
                ContainerState::Removing => ContainerFact::Removing,
                ContainerState::Dead => ContainerFact::Dead,
                ContainerState::Unknown(_) => ContainerFact::Odd,
            };
        }
        let may_be_elsewhere = tenancy.record(self.now).is_some_and(|record| {
            // A claim that somebody left is for a container, whether it is recorded or not.
            let claimed = record.port.is_some() && tenancy.lease.is_none();
            let recorded = tenancy.meant.resolve(record).is_some();
            tenancy.doubt || record.body.purging || recorded || claimed
        });
        if may_be_elsewhere && !seen.complete {
            return ContainerFact::Unsure;
        }
        if let Some(surplus) = self.of_kind(tenancy, Whose::Surplus) {
            return match surplus.state {
                ContainerState::Removing => ContainerFact::Removing,
                ContainerState::Created
                | ContainerState::Running
                | ContainerState::Paused
                | ContainerState::Restarting
                | ContainerState::Exited { .. }
                | ContainerState::Dead
                | ContainerState::Unknown(_) => ContainerFact::Surplus,
            };
        }
        if self.of_kind(tenancy, Whose::Foreign).is_some() {
            return ContainerFact::Foreign;
        }
        ContainerFact::Absent
    }

    fn ready_fact(&self, tenancy: &Tenancy, observed: &Observed) -> ReadyFact {
        // The record says running only once it was ready.
        let confirmed = tenancy
            .record(self.now)
            .is_some_and(|record| record.body.intent == Intent::Running);
        let probed = tenancy.run.as_ref().is_some_and(|run| run.probed);
        match self.settings.readiness {
            Readiness::None | Readiness::Running => ReadyFact::Yes,
            Readiness::Healthy if observed.health == Health::Healthy => ReadyFact::Yes,
            Readiness::Healthy if tenancy.run.as_ref().is_some_and(|run| run.unchecked) => {
                ReadyFact::Never
            }
            Readiness::Healthy => ReadyFact::No,
            Readiness::Tcp | Readiness::Http(_) if confirmed || probed => ReadyFact::Yes,
            Readiness::Tcp | Readiness::Http(_) => ReadyFact::Probe,
        }
    }

    fn verdict_fact(&self, tenancy: &Tenancy) -> VerdictFact {
        let Some(run) = &tenancy.run else {
            return VerdictFact::None;
        };
        let Some((_, answer_by)) = &run.verdict else {
            return VerdictFact::None;
        };
        let starting = tenancy.lease.is_some()
            && tenancy
                .record(self.now)
                .is_some_and(|record| record.body.intent == Intent::Starting);
        // Hosts that close us wait for what is under way, not for what is still to be tried.
        let lane = &tenancy.store_lane;
        let too_late = self.closing && lane.flight.is_none() && !lane.is_free(self.now);
        if starting && run.store_away.is_none() && self.now < *answer_by && !too_late {
            VerdictFact::Settle
        } else {
            VerdictFact::Answer
        }
    }

    /// Whether the container was answered as running, and then ended in an error before it had run
    /// for long. Readinesses that don't ask the container can't know better.
    fn has_flapped(&self, tenancy: &Tenancy, observed: &Observed) -> bool {
        let run = tenancy.run.as_ref();
        let asked = run.is_some_and(|run| run.goal == Goal::Running && !run.started);
        let running = tenancy
            .record(self.now)
            .is_some_and(|record| record.body.intent == Intent::Running);
        asked && running && self.ended_soon(observed)
    }

    /// Whether the container ended in an error of its own before it had run for long. One that was
    /// killed from outside (128 and the number of `SIGKILL` or `SIGTERM`) made none.
    pub(super) fn ended_soon(&self, observed: &Observed) -> bool {
        let failed = matches!(observed.state, ContainerState::Exited { code } if ![0, 137, 143].contains(&code));
        let steady = self.settings.timing.steady;
        failed && observed.ran_for.is_some_and(|ran_for| ran_for < steady)
    }

    /// Whether the container was made from another configuration than the current one.
    pub(super) fn is_outdated(&self, user: &crate::user::UserId, observed: &Observed) -> bool {
        // One that was adopted was made from nobody knows what.
        observed
            .labels
            .told()
            .is_none_or(|labels| labels.spec != self.hashes.of(user))
    }

    /// Whether the container was taken off the network that it was made for. One that was made for
    /// another network than is configured now, or made by nobody knows whom, is where it was put.
    pub(super) fn is_cut_off(&self, user: &crate::user::UserId, observed: &Observed) -> bool {
        let (Some(networks), Some(_)) = (&observed.networks, observed.labels.told()) else {
            return false;
        };
        !networks.contains(&self.settings.network)
            && (networks.is_empty() || !self.is_outdated(user, observed))
    }

    /// Whether a container is to be made anew once it is stopped: it is outdated, and nobody has a newer
    /// configuration than we do or ours was asked for; or it carries another token than the
    /// record has.
    fn is_to_be_replaced(
        &self,
        tenancy: &Tenancy,
        observed: &Observed,
        goal: Option<Goal>,
    ) -> bool {
        let newest = self
            .header
            .as_ref()
            .map_or(0, |header| header.newest_generation);
        let other_token = carries_other_token(tenancy.record(self.now), observed);
        let asked_for = goal == Some(Goal::Fresh);
        other_token
            || ((asked_for || self.settings.generation >= newest)
                && self.is_outdated(&tenancy.user, observed))
    }
}

/// Whether the container carries another of the user's tokens than the record has. One that was
/// adopted carries the one that was adopted with it, unless that was replaced since.
fn carries_other_token(record: Option<&Record>, observed: &Observed) -> bool {
    match (observed.labels.told(), record) {
        (Some(labels), Some(record)) => labels.token_generation != record.body.token_generation,
        (None, Some(record)) => record.body.token_generation != FIRST_GENERATION,
        (_, None) => false,
    }
}

/// Whether it isn't the record that the run has begun to purge.
fn is_another(tenancy: &Tenancy, record: &Record) -> bool {
    let purges = tenancy.run.as_ref().and_then(|run| run.purges);
    purges.is_some_and(|purges| purges != record.version.record)
}

impl VolumeFact {
    /// It is to be looked at before anything is decided about it.
    pub(super) fn is_unseen(self) -> bool {
        matches!(self, Self::Unknown | Self::Doubted)
    }

    pub(super) fn of(
        labels: Labelled<(InstallationId, crate::user::UserId)>,
        installation: Option<InstallationId>,
        user: &crate::user::UserId,
        adopted: bool,
    ) -> Self {
        match labels {
            Labelled::As((whose, owner)) if Some(whose) == installation && owner == *user => {
                Self::Ours
            }
            Labelled::Not if adopted => Self::Ours,
            Labelled::Not => Self::Unlabelled,
            // What bears labels that can't be read is somebody's, whatever a record says.
            Labelled::As(_) | Labelled::Unreadable => Self::Foreign,
        }
    }
}
