//! When no port is free, the containers that have been stopped longest give way.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::time::Duration;

use super::tenancies::Tenancies;
use crate::effect::{Effect, StoreEffect};
use crate::error::Error;
use crate::id::Version;
use crate::lifecycle::context::Context;
use crate::lifecycle::context::in_flight::Purpose;
use crate::lifecycle::decision::goal::Goal;
use crate::lifecycle::request::{Request, Requester};
use crate::lifecycle::retry::Retry;
use crate::lifecycle::tenancy::aim::Aim;
use crate::outcome::StoreOutcome;
use crate::projection::project;
use crate::record::Row;
use crate::time::Instant;
use crate::user::UserId;

/// For so long it is believed that nobody can give way, while everybody waits for ports that rest.
const SEARCH_AGAIN: Duration = Duration::from_secs(5);

/// How far the search for ports is that others give up.
#[derive(Clone, Default, Debug)]
pub(crate) struct Evictions {
    stage: Stage,
    /// Those that could not give way.
    tried: BTreeMap<UserId, Tried>,
    retry: Retry,
    /// Until then nobody is looked for anew: nobody could give way just now, and all wait for ports that rest.
    fruitless_until: Instant,
}

project!(struct Evictions { stage, tried: by_user, retry, fruitless_until: due });

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
    /// These give way.
    GivingWay {
        users: BTreeSet<UserId>,
        /// How many did so far.
        freed: usize,
        /// Until then rests what was given up so far, or what others gave up.
        rested: Instant,
    },
}

project!(enum Stage { Ready(at: due), Looking(most), GivingWay { users: users, freed, rested } });

impl Default for Stage {
    fn default() -> Self {
        Self::Ready(Instant::ORIGIN)
    }
}

impl Evictions {
    pub(crate) fn next_try(&self, cx: &Context) -> Option<Instant> {
        match &self.stage {
            Stage::Ready(at) => cx.ports.next_search().map(|search| search.max(*at)),
            Stage::GivingWay { users, rested, .. } => users.is_empty().then_some(*rested),
            Stage::Looking(_) => None,
        }
    }

    /// Does what is due about ports.
    pub(crate) fn run(&mut self, cx: &mut Context, tenancies: &mut Tenancies) {
        if self.next_try(cx).is_none_or(|at| at > cx.now) {
            return;
        }
        match &self.stage {
            Stage::Ready(_) => self.look_for_ports(cx, tenancies),
            Stage::GivingWay { freed, .. } => {
                // What has rested may be one, and may be more: each who gets one calls the next.
                let count = (*freed).max(1);
                self.stage = Stage::default();
                call(cx, tenancies, count);
            }
            Stage::Looking(_) => {}
        }
    }

    fn look_for_ports(&mut self, cx: &mut Context, tenancies: &Tenancies) {
        if cx.now < self.fruitless_until {
            self.stage = match cx.ports.rested {
                Some(rested) if rested <= self.fruitless_until => await_rest(rested),
                Some(_) | None => Stage::Ready(self.fruitless_until),
            };
            return;
        }
        self.tried.retain(|_, tried| tried.until > cx.now);
        // Those who can't give way now may be the very ones that were stopped first.
        let wanted = cx.active.iter().filter(|user| tenancies.is_wanted(user));
        let enough = cx.ports.len() + self.tried.len() + wanted.count();
        self.stage = Stage::Looking(enough);
        let effect = Effect::Store(StoreEffect::LongestStopped {
            engine: cx.settings.engine.clone(),
            ports: cx.settings.ports,
            limit: u32::try_from(enough).unwrap_or(u32::MAX),
        });
        cx.send(Purpose::PortSearch, effect, None);
    }

    pub(crate) fn learn_of_longest(
        &mut self,
        cx: &mut Context,
        tenancies: &mut Tenancies,
        sent: Instant,
        outcome: StoreOutcome,
    ) {
        let StoreOutcome::Longest(rows) = outcome else {
            self.look_later(cx);
            return;
        };
        // Where that many were told, there may be more.
        let all = matches!(self.stage, Stage::Looking(limit) if rows.len() < limit);
        let can_give_way = |user: &UserId, row: &Row| {
            let tried = self.tried.get(user);
            !tenancies.is_wanted(user) && tried.is_none_or(|tried| tried.is_over(row))
        };
        let chosen: Vec<_> = rows
            .into_iter()
            .filter(|(user, row, _)| can_give_way(user, row))
            .take(cx.ports.len())
            .collect();
        if chosen.is_empty() {
            if !all {
                self.look_later(cx);
            } else if let Some(rested) = cx.ports.rested.take() {
                self.fruitless_until = cx.now.after(SEARCH_AGAIN);
                self.stage = await_rest(rested);
            } else if cx.ports.awaits_called() {
                self.look_later(cx);
            } else {
                self.stage = Stage::default();
                give_up(cx, tenancies);
            }
            return;
        }
        self.retry.succeed();
        let users = chosen.iter().map(|(user, _, _)| user.clone()).collect();
        self.stage = Stage::GivingWay {
            users,
            freed: 0,
            rested: cx.now,
        };
        for (user, row, stopped_for) in chosen {
            evict(cx, tenancies, &user, row, stopped_for, sent);
        }
    }

    fn look_later(&mut self, cx: &mut Context) {
        self.stage = Stage::Ready(self.retry.set_back(cx.now, &mut cx.entropy));
    }

    /// A user has given up its port, which rests for that long.
    pub(crate) fn gave_way(&mut self, now: Instant, user: &UserId, rest: Duration) {
        if let Stage::GivingWay {
            users,
            freed,
            rested,
        } = &mut self.stage
            && users.remove(user)
        {
            *freed += 1;
            *rested = (*rested).max(now.after(rest));
        }
    }

    /// A user could not give way, with its record in that version.
    pub(crate) fn could_not_give_way(
        &mut self,
        cx: &Context,
        user: UserId,
        version: Option<Version>,
    ) {
        if let Stage::GivingWay { users, .. } = &mut self.stage {
            users.remove(&user);
        }
        let tried = Tried {
            version,
            until: cx.now.after(cx.settings.timing.rest),
        };
        self.tried.insert(user, tried);
    }
}

/// Nobody gives way, and a port has rested then.
fn await_rest(rested: Instant) -> Stage {
    Stage::GivingWay {
        users: BTreeSet::new(),
        freed: 0,
        rested,
    }
}

/// The user has a port now: another may be free as well, for whoever comes next.
pub(crate) fn call_next(cx: &mut Context, tenancies: &mut Tenancies, user: &UserId) {
    cx.ports.leave(user);
    call(cx, tenancies, 1);
}

/// So many of those who wait may claim what was given up, or has rested.
fn call(cx: &mut Context, tenancies: &mut Tenancies, count: usize) {
    for user in cx.ports.call(count, cx.now) {
        if let Some(tenancy) = tenancies.get_mut(&user)
            && let Some(run) = &mut tenancy.run
        {
            run.shortage = None;
        }
        cx.due.insert(user);
    }
}

fn evict(
    cx: &mut Context,
    tenancies: &mut Tenancies,
    user: &UserId,
    row: Row,
    stopped_for: Duration,
    sent: Instant,
) {
    let tenancy = tenancies.of(cx, user);
    tenancy.request(
        cx,
        Request {
            goal: Goal::Evicted,
            requester: Requester::PortSearch,
            actor: None,
            problem: None,
        },
    );
    if let Some(run) = &mut tenancy.run
        && let Aim::Evict { stopped_for: known } = &mut run.aim
    {
        *known = stopped_for;
    }
    tenancy.learn_row(cx, row, sent);
}

/// Nobody can give way.
fn give_up(cx: &mut Context, tenancies: &mut Tenancies) {
    let error = Error::PortsExhausted(cx.settings.ports);
    for user in cx.ports.take() {
        if let Some(tenancy) = tenancies.get_mut(&user) {
            tenancy.fail(error.clone(), cx.answer_by());
        }
        cx.due.insert(user);
    }
}
