//! All facts of one user.

use super::sorted::Sorted;
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::{
    ContainerFact, Facts, IdentityFact, PrerequisitesFact, ReadyFact, VerdictFact, VolumeFact,
};
use crate::lifecycle::decision::goal::Goal;
use crate::lifecycle::tenancy::aim::Aim;
use crate::lifecycle::tenancy::current::CurrentContainer;
use crate::lifecycle::tenancy::examined::Examined;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::observed::{ContainerState, Health, Observed};
use crate::record::{FIRST_TOKEN_GENERATION, Intent, Record};
use crate::settings::Readiness;

impl Tenancy {
    /// The facts of the user, now.
    pub(crate) fn facts(&self, cx: &Context) -> Facts {
        let now = cx.now;
        let run = self.run.as_ref();
        let record = self.record(now);
        let identity = self.identity(cx);
        let proven = identity == IdentityFact::Proven;
        let sorted = if proven {
            self.sorted(cx)
        } else {
            Sorted::default()
        };
        let current = sorted.current;
        let aim = run.map(|run| &run.aim);
        let goal = aim.map(Aim::goal);
        let cut_off = current.is_some_and(|observed| self.is_cut_off(cx, observed));
        let to_be_replaced =
            cut_off || current.is_some_and(|observed| self.is_to_be_replaced(cx, observed, goal));
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
            condemned: to_be_replaced
                || current.is_some_and(|observed| self.condemned.as_ref() == Some(&observed.id)),
            cut_off,
            other_token: current.is_some_and(|observed| carries_other_token(record, observed)),
            replace: to_be_replaced || goal == Some(Goal::Rotated),
            renewed: run.is_some_and(|run| run.started),
            surplus: current.is_some() && sorted.surplus.is_some(),
            purging: record.is_some_and(|record| record.body.purging),
            shares_volume: record.is_some_and(|record| record.shares_volume),
            stale_lease: self.lease.is_none()
                && record
                    .and_then(|record| record.lease)
                    .is_some_and(|lease| lease.remaining.is_zero()),
            underway: self.store_slot.changes() || self.engine_slot.changes(),
            amendment: self.amendment.is_some(),
            rotated: aim.is_some_and(Aim::is_rotated),
            restart_after: aim.is_some_and(Aim::restarts),
            still_active: aim.is_some_and(|aim| matches!(aim, Aim::Reap { still_active: true })),
            examined: Examined::fact(aim.and_then(Aim::examined)),
            port: record.is_some_and(|record| record.port.is_some()),
            port_bad: record
                .and_then(|record| record.port)
                .is_some_and(|port| self.is_bad(port, now)),
            prerequisites: self.prerequisites_fact(cx),
            turn: cx.start_queue.has_turn(&self.user),
            volume: if proven {
                self.volume
            } else {
                VolumeFact::Unknown
            },
            ready: current.map_or(ReadyFact::No, |observed| self.ready_fact(cx, observed)),
            no_free_port: run.is_some_and(|run| run.no_free_port),
            active: !self.counts() || self.activity_is_acknowledged(cx.settings.timing.slack, now),
            crashed: run.is_some_and(|run| run.started) && current.is_some_and(has_exited),
            flapped: current.is_some_and(|observed| self.has_flapped(cx, observed)),
            exit_log_read: run.is_some_and(|run| run.exit_log.is_some()),
            backing_off: record.is_some_and(|record| self.is_backing_off(cx, record)),
        }
    }

    fn prerequisites_fact(&self, cx: &Context) -> PrerequisitesFact {
        let image = &cx.settings.template(&self.user).image;
        cx.prerequisites.fact(image, cx.now)
    }

    fn is_backing_off(&self, cx: &Context, record: &Record) -> bool {
        record.body.failure.is_some()
            && self.retry_at.is_some_and(|due| cx.now < due)
            // A newer template may be the mend.
            && cx.settings.generation <= record.body.template_generation
    }

    /// Whether nobody reaches the container. What an engine tells of one just made is not to have it
    /// made again and again.
    fn is_cut_off(&self, cx: &Context, observed: &Observed) -> bool {
        !matches!(self.current_container, CurrentContainer::Made(_))
            && cx.is_cut_off(&self.user, observed)
    }

    /// Whether the record says that the container runs, which it does only once it was ready.
    fn is_recorded_running(&self, cx: &Context) -> bool {
        self.record(cx.now)
            .is_some_and(|record| record.body.intent == Intent::Running)
    }

    fn ready_fact(&self, cx: &Context, observed: &Observed) -> ReadyFact {
        let run = self.run.as_ref();
        match cx.settings.readiness {
            Readiness::None | Readiness::Running => ReadyFact::Yes,
            Readiness::Healthy if observed.health == Health::Healthy => ReadyFact::Yes,
            Readiness::Healthy if run.is_some_and(|run| run.unchecked) => ReadyFact::Never,
            Readiness::Healthy => ReadyFact::No,
            Readiness::Tcp | Readiness::Http(_)
                if self.is_recorded_running(cx) || run.is_some_and(|run| run.probed) =>
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

    /// Whether a container is to be made anew once it is stopped: it is outdated, and nobody has a newer
    /// configuration than we do or ours was asked for; or it carries another token than the
    /// record has.
    fn is_to_be_replaced(&self, cx: &Context, observed: &Observed, goal: Option<Goal>) -> bool {
        let header = cx.header.as_ref();
        let newest = header.map_or(0, |header| header.newest_generation);
        let applies = goal == Some(Goal::Fresh) || cx.settings.generation >= newest;
        carries_other_token(self.record(cx.now), observed)
            || (applies && cx.is_outdated(&self.user, observed))
    }
}

fn has_exited(observed: &Observed) -> bool {
    matches!(observed.state, ContainerState::Exited { .. })
}

/// Whether the container carries another of the user's tokens than the record has. One that was
/// adopted carries the one that was adopted with it, unless that was replaced since.
fn carries_other_token(record: Option<&Record>, observed: &Observed) -> bool {
    match (observed.labels.told(), record) {
        (Some(labels), Some(record)) => labels.token_generation != record.body.token_generation,
        (None, Some(record)) => record.body.token_generation != FIRST_TOKEN_GENERATION,
        (_, None) => false,
    }
}
