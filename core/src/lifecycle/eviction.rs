//! When no port is free, the containers that have been stopped longest give way.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::time::Duration;

use super::Lifecycle;
use super::facts::Goal;
use super::flight::Purpose;
use super::tenancy::{Asker, Wish};
use crate::effect::{Effect, StoreEffect};
use crate::error::Error;
use crate::id::Version;
use crate::outcome::StoreOutcome;
use crate::projection::{Project, Projection, project};
use crate::record::Row;
use crate::time::Instant;
use crate::user::UserId;

/// Who waits for a port, and how far the search for one is.
#[derive(Clone, Default, Debug)]
pub(crate) struct Evictions {
    wanted: BTreeSet<UserId>,
    stage: Stage,
    /// When the first of the ports has rested that are nobody's, as far as was told.
    rested: Option<Instant>,
    /// Those that could not give way.
    tried: BTreeMap<UserId, Tried>,
    setbacks: u32,
}

impl Project for Evictions {
    fn project(&self, out: &mut Projection) {
        let Self {
            wanted,
            stage,
            rested,
            tried,
            setbacks,
        } = self;
        out.users(wanted);
        stage.project(out);
        rested.project(out);
        out.by_user(tried, Project::project);
        setbacks.project(out);
    }
}

/// Somebody who could not give way.
#[derive(Clone, Debug)]
struct Tried {
    /// As the record was then: one that was written since may say otherwise.
    version: Option<Version>,
    /// Until then it isn't asked again.
    until: Instant,
}

project!(struct Tried { version, until: due });

impl Tried {
    /// The record was written since, so it may be able to by now.
    fn is_over(&self, row: &Row) -> bool {
        self.version.is_some() && self.version != row.version()
    }
}

#[derive(Clone, Debug)]
enum Stage {
    /// Whoever waits is looked to, from then on.
    Ready(Instant),
    /// The store is asked for so many at most.
    Looking(usize),
    /// These give way; what was given up so far rests until then, or what others gave up.
    GivingWay(BTreeSet<UserId>, Instant),
}

project!(enum Stage { Ready(at: due), Looking(most), GivingWay(users: users, rested) });

impl Default for Stage {
    fn default() -> Self {
        Self::Ready(Instant::ORIGIN)
    }
}

impl Evictions {
    pub(crate) fn next_try(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Ready(at) => (!self.wanted.is_empty()).then_some(*at),
            Stage::GivingWay(users, rested) => users.is_empty().then_some(*rested),
            Stage::Looking(_) => None,
        }
    }

    /// Somebody was told when the first port has rested that is nobody's.
    pub(crate) fn note_rest(&mut self, rested: Option<Instant>) {
        self.rested = rested;
    }

    pub(crate) fn forget(&mut self, user: &UserId) {
        self.wanted.remove(user);
    }
}

impl Lifecycle {
    pub(super) fn await_port(&mut self, user: &UserId) -> bool {
        self.evictions.wanted.insert(user.clone());
        false
    }

    /// Does what is due about ports.
    pub(super) fn run_evictions(&mut self) {
        if self.evictions.next_try().is_none_or(|at| at > self.now) {
            return;
        }
        match &self.evictions.stage {
            Stage::Ready(_) => self.look_for_ports(),
            Stage::GivingWay(..) => self.claim_again(),
            Stage::Looking(_) => {}
        }
    }

    fn look_for_ports(&mut self) {
        let now = self.now;
        self.evictions.tried.retain(|_, tried| tried.until > now);
        // Those who can't give way now may be the very ones that were stopped first.
        let busy = self.stirring.iter().filter(|user| {
            let tenancy = self.tenancies.get(*user);
            tenancy.is_some_and(|tenancy| tenancy.run.is_some())
        });
        let busy = busy.count();
        let enough = self.evictions.wanted.len() + self.evictions.tried.len() + busy;
        self.evictions.stage = Stage::Looking(enough);
        let effect = Effect::Store(StoreEffect::LongestStopped {
            engine: self.settings.engine.clone(),
            ports: self.settings.ports,
            limit: u32::try_from(enough).unwrap_or(u32::MAX),
        });
        let timeout = self.timeout_of(&effect);
        self.send(Purpose::Ports, effect, timeout, None);
    }

    pub(super) fn learn_of_longest(&mut self, sent: Instant, outcome: StoreOutcome) {
        let StoreOutcome::Longest(rows) = outcome else {
            self.look_for_ports_later();
            return;
        };
        // Where that many were told, there may be more.
        let all = matches!(self.evictions.stage, Stage::Looking(limit) if rows.len() < limit);
        let can_give_way = |user: &UserId, row: &Row| {
            let tenancy = self.tenancies.get(user);
            let busy = tenancy.is_some_and(|tenancy| tenancy.run.is_some());
            let tried = self.evictions.tried.get(user);
            !busy && tried.is_none_or(|tried| tried.is_over(row))
        };
        let chosen: Vec<_> = rows
            .into_iter()
            .filter(|(user, row, _)| can_give_way(user, row))
            .take(self.evictions.wanted.len())
            .collect();
        if chosen.is_empty() {
            if !all {
                self.look_for_ports_later();
            } else if let Some(rested) = self.evictions.rested.take() {
                self.evictions.stage = Stage::GivingWay(BTreeSet::new(), rested);
            } else {
                self.evictions.stage = Stage::default();
                self.fail_dry();
            }
            return;
        }
        self.evictions.setbacks = 0;
        let users = chosen.iter().map(|(user, _, _)| user.clone()).collect();
        self.evictions.stage = Stage::GivingWay(users, self.now);
        for (user, row, stopped_for) in chosen {
            self.evict(&user, row, stopped_for, sent);
        }
    }

    fn look_for_ports_later(&mut self) {
        self.evictions.setbacks += 1;
        let wait = self.backoff(self.evictions.setbacks);
        self.evictions.stage = Stage::Ready(self.now.after(wait));
    }

    fn evict(&mut self, user: &UserId, row: Row, stopped_for: Duration, sent: Instant) {
        let wish = Wish {
            goal: Goal::Evicted,
            asker: Asker::Ports,
        };
        self.pursue(user.clone(), wish);
        if let Some(run) = self
            .tenancies
            .get_mut(user)
            .and_then(|tenancy| tenancy.run.as_mut())
        {
            run.stopped_for = stopped_for;
        }
        self.learn_row(user, row, sent);
    }

    /// Nobody can give way.
    fn fail_dry(&mut self) {
        for user in core::mem::take(&mut self.evictions.wanted) {
            self.fail_with(&user, Error::PortsExhausted(self.settings.ports));
            self.dirty.insert(user);
        }
    }

    /// A user has given way, and the port rests for that long; or could not.
    pub(super) fn gave_way(&mut self, user: &UserId, rest: Option<Duration>) {
        let now = self.now;
        if rest.is_none() {
            let record = self
                .tenancies
                .get(user)
                .and_then(|tenancy| tenancy.record(now));
            let tried = Tried {
                version: record.map(|record| record.version),
                until: now.after(self.settings.timing.rest),
            };
            self.evictions.tried.insert(user.clone(), tried);
        }
        if let Stage::GivingWay(users, rested) = &mut self.evictions.stage {
            users.remove(user);
            *rested = (*rested).max(now.after(rest.unwrap_or_default()));
        }
    }

    /// What was given up can be claimed.
    fn claim_again(&mut self) {
        self.evictions.stage = Stage::default();
        for user in core::mem::take(&mut self.evictions.wanted) {
            let tenancy = self.tenancies.get_mut(&user);
            if let Some(run) = tenancy.and_then(|tenancy| tenancy.run.as_mut()) {
                run.dry = false;
            }
            self.dirty.insert(user);
        }
    }
}
