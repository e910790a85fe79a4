//! All facts of one user.

use super::sorted::Sorted;
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::{
    ActivityFact, ContainerFact, ExitLogFact, Facts, FitFact, GoalFact, IdentityFact, IdleFact,
    PortFact, PrerequisitesFact, PurgeFact, ReadyFact, RotationFact, StartFact, TurnFact,
    VerdictFact, VolumeFact,
};
use crate::lifecycle::decision::goal::Goal;
use crate::lifecycle::tenancy::aim::{Aim, Rotation};
use crate::lifecycle::tenancy::current::CurrentContainer;
use crate::lifecycle::tenancy::effort::Effort;
use crate::lifecycle::tenancy::examined::Examined;
use crate::lifecycle::tenancy::other_token::carries_other_token;
use crate::lifecycle::tenancy::run::{ReadySign, Run};
use crate::lifecycle::tenancy::state::Tenancy;
use crate::observed::{ContainerState, Health, Observed};
use crate::record::Intent;
use crate::settings::Readiness;
use crate::time::Instant;

impl Tenancy {
    /// The facts of the user, now.
    pub(crate) fn facts(&self, cx: &Context) -> Facts {
        let identity = self.identity(cx);
        let proven = identity == IdentityFact::Proven;
        let sorted = if proven {
            self.sorted(cx)
        } else {
            Sorted::default()
        };
        let current = sorted.current;
        let goal = self.goal_fact(cx);
        Facts {
            goal,
            verdict: self.verdict_fact(cx),
            identity,
            record: self.record_fact(cx),
            container: if proven {
                self.container_fact(cx, &sorted)
            } else {
                ContainerFact::Unknown
            },
            fit: current.map_or(FitFact::Fit, |observed| self.fit_fact(cx, observed, goal)),
            start: self.start_fact(cx, current),
            surplus: current.is_some() && sorted.surplus.is_some(),
            purge: self.purge_fact(cx),
            underway: self.store_slot.changes() || self.engine_slot.changes(),
            amendment: self.amendment.is_some(),
            port: self.port_fact(cx),
            prerequisites: self.prerequisites_fact(cx),
            turn: self.turn_fact(cx),
            volume: if proven {
                self.volume
            } else {
                VolumeFact::Unknown
            },
            ready: current.map_or(ReadyFact::No, |observed| self.ready_fact(cx, observed)),
            activity: self.activity_fact(cx),
        }
    }

    fn goal_fact(&self, cx: &Context) -> GoalFact {
        match self.run.as_ref().map(|run| &run.aim) {
            None => GoalFact::None,
            Some(Aim::Run) => GoalFact::Running,
            Some(Aim::Renew) => GoalFact::Fresh,
            Some(Aim::Rotate(rotation)) => GoalFact::Rotated(match rotation {
                Rotation::Pending | Rotation::Writing(_) => RotationFact::Pending,
                Rotation::Done { restart: true } => RotationFact::Restarts,
                Rotation::Done { restart: false } => RotationFact::Done,
            }),
            Some(Aim::Stop) => GoalFact::Stopped,
            Some(Aim::Reap { still_active }) if *still_active || cx.pending.is_of(&self.user) => {
                GoalFact::Reaped(IdleFact::Active)
            }
            Some(Aim::Reap { .. }) => GoalFact::Reaped(IdleFact::Idle),
            Some(Aim::Evict { .. }) => GoalFact::Evicted,
            Some(Aim::Purge(_)) => GoalFact::Absent,
            Some(Aim::Adopt { examined, .. }) => {
                GoalFact::Adopted(Examined::fact(examined.as_ref()))
            }
            Some(Aim::Repair) => GoalFact::Repaired,
        }
    }

    fn purge_fact(&self, cx: &Context) -> PurgeFact {
        match self.record(cx.now) {
            Some(record) if record.body.purging && record.shares_volume => {
                PurgeFact::BegunOnSharedVolume
            }
            Some(record) if record.body.purging => PurgeFact::Begun,
            Some(_) | None => PurgeFact::No,
        }
    }

    fn port_fact(&self, cx: &Context) -> PortFact {
        if self.run.as_ref().is_some_and(Run::lacks_port) {
            return PortFact::NoneFree;
        }
        match self.record(cx.now).and_then(|record| record.port) {
            None => PortFact::None,
            // It belongs to a container from before, and a new one would publish none.
            Some(_) if !cx.publishes() => PortFact::Needless,
            Some(port) if self.is_bad(port, cx.now) => PortFact::Taken,
            Some(_) => PortFact::Claimed,
        }
    }

    fn turn_fact(&self, cx: &Context) -> TurnFact {
        if self.lease.is_none() && self.next_start(cx).is_some() {
            TurnFact::NotDue
        } else if !cx.start_queue.has_turn(&self.user) {
            TurnFact::Waits
        } else if self.run.as_ref().is_some_and(Run::lacks_room) {
            TurnFact::NoRoom
        } else {
            TurnFact::Come
        }
    }

    pub(crate) fn activity_fact(&self, cx: &Context) -> ActivityFact {
        if !self.counts() || self.activity_is_acknowledged(cx.settings.timing.slack, cx.now) {
            return ActivityFact::Acknowledged;
        }
        let run = self.run.as_ref();
        let since = run.and_then(|run| run.unacknowledged_since);
        if self.is_served_without_store(cx, since.unwrap_or(cx.now)) {
            ActivityFact::Pending
        } else {
            ActivityFact::Open
        }
    }

    fn fit_fact(&self, cx: &Context, observed: &Observed, goal: GoalFact) -> FitFact {
        let record = self.record(cx.now);
        if record.is_some_and(|record| carries_other_token(record, observed)) {
            FitFact::OtherToken
        } else if self.is_cut_off(cx, observed) {
            FitFact::CutOff
        } else if self.is_unpublished(cx) {
            if observed.state.is_live() && goal != GoalFact::Fresh {
                FitFact::Unpublished
            } else {
                FitFact::Outdated
            }
        } else if self.is_superseded(cx, observed, goal) {
            FitFact::Outdated
        } else if self.condemned.as_ref() == Some(&observed.id) {
            FitFact::Condemned
        } else {
            FitFact::Fit
        }
    }

    fn start_fact(&self, cx: &Context, current: Option<&Observed>) -> StartFact {
        let run = self.run.as_ref();
        let log = match run.and_then(|run| run.exit_log.as_ref()) {
            Some(_) => ExitLogFact::Read,
            None => ExitLogFact::Unread,
        };
        if run.is_some_and(|run| run.started) {
            return if current.is_some_and(has_exited) {
                StartFact::Crashed(log)
            } else {
                StartFact::Started
            };
        }
        if current.is_some_and(|observed| self.has_flapped(cx, observed)) {
            StartFact::Flapped(log)
        } else {
            StartFact::Before
        }
    }

    fn prerequisites_fact(&self, cx: &Context) -> PrerequisitesFact {
        let image = &cx.settings.template(&self.user).image;
        cx.prerequisites.fact(image, cx.now)
    }

    /// When the next start is due, if not before long: earlier ones failed, or the engine was asked
    /// for as many changes for them as may be.
    pub(crate) fn next_start(&self, cx: &Context) -> Option<Instant> {
        let failed = self.has_lasting_failure(cx);
        let retry = self.retry_at.filter(|due| failed && cx.now < *due);
        let effort = cx
            .most_changes
            .and_then(|most| self.effort.next_start(most, cx.now))
            .filter(|at| Effort::is_long(*at, cx.now));
        retry.max(effort)
    }

    /// Whether the last start failed with the configuration that applies: a newer one may be the mend.
    pub(crate) fn has_lasting_failure(&self, cx: &Context) -> bool {
        self.record(cx.now).is_some_and(|record| {
            record.body.failure.is_some()
                && cx.settings.generation <= record.body.template_generation
        })
    }

    /// Whether nobody reaches the container. What an engine tells of one just made is not to have it
    /// made again and again.
    fn is_cut_off(&self, cx: &Context, observed: &Observed) -> bool {
        !matches!(self.current_container, CurrentContainer::Made(_))
            && cx.is_cut_off(&self.user, observed)
    }

    /// Whether callers come by a host port, and the container publishes none.
    fn is_unpublished(&self, cx: &Context) -> bool {
        let port = self.record(cx.now).and_then(|record| record.port);
        !cx.settings.reach.is_served_by(port)
    }

    /// Whether the record says that the container runs, which it does only once it was ready.
    fn is_recorded_running(&self, cx: &Context) -> bool {
        self.record(cx.now)
            .is_some_and(|record| record.body.intent == Intent::Running)
    }

    fn ready_fact(&self, cx: &Context, observed: &Observed) -> ReadyFact {
        let run = self.run.as_ref();
        let sign = run.map_or(ReadySign::None, |run| run.ready_sign);
        match cx.settings.readiness {
            Readiness::None | Readiness::Running => ReadyFact::Yes,
            Readiness::Healthy if observed.health == Health::Healthy => ReadyFact::Yes,
            Readiness::Healthy if sign == ReadySign::NoHealthCheck => ReadyFact::Never,
            Readiness::Healthy => ReadyFact::No,
            Readiness::Tcp | Readiness::Http(_)
                if self.is_recorded_running(cx) || sign == ReadySign::Probed =>
            {
                ReadyFact::Yes
            }
            Readiness::Tcp | Readiness::Http(_) => ReadyFact::Probe,
        }
    }

    fn verdict_fact(&self, cx: &Context) -> VerdictFact {
        let Some(run) = &self.run else {
            return VerdictFact::None;
        };
        let Some((_, answer_by)) = &run.verdict else {
            return VerdictFact::None;
        };
        let starting = self.lease.is_some()
            && self
                .record(cx.now)
                .is_some_and(|record| record.body.intent == Intent::Starting);
        // Hosts that close us wait for what is under way, not for what is still to be tried.
        let slot = &self.store_slot;
        let too_late = cx.closing && !slot.is_taken() && !slot.is_free(cx.now);
        if starting && run.store_unreachable.is_none() && cx.now < *answer_by && !too_late {
            VerdictFact::Commit
        } else {
            VerdictFact::Answer
        }
    }

    /// Whether the container was answered as running, and then ended in an error before it had run
    /// for long. Readinesses that don't ask the container can't know better.
    fn has_flapped(&self, cx: &Context, observed: &Observed) -> bool {
        let asked = self
            .run
            .as_ref()
            .is_some_and(|run| run.goal() == Goal::Running && !run.started);
        let steady = cx.settings.timing.steady;
        asked && self.is_recorded_running(cx) && observed.ended_soon(steady)
    }

    /// Whether the container was made from an older configuration than the one that applies: nobody
    /// has a newer one than we do, or ours was asked for.
    fn is_superseded(&self, cx: &Context, observed: &Observed, goal: GoalFact) -> bool {
        let header = cx.header.as_ref();
        let newest = header.map_or(0, |header| header.newest_generation);
        let applies = goal == GoalFact::Fresh || cx.settings.generation >= newest;
        applies && cx.is_outdated(&self.user, observed)
    }
}

fn has_exited(observed: &Observed) -> bool {
    matches!(
        observed.state,
        ContainerState::Stopped { exit_code: Some(_) }
    )
}
