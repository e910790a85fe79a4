//! On whose behalf something is done for a user, and why: what the event log tells of it.

use crate::command::Problem;
use crate::event::Actor;
use crate::lifecycle::decision::goal::Goal;
use crate::lifecycle::request::Request;
use crate::time::Instant;

/// The request that what is done for a user goes back to. It outlasts the run: what was begun under a
/// lease is finished when nobody waits for it any more.
#[derive(Clone, Debug)]
pub(crate) struct Behalf {
    pub goal: Goal,
    pub actor: Option<Actor>,
    pub problem: Option<Problem>,
    pub since: Instant,
}

impl Behalf {
    pub(crate) fn of(request: &Request, now: Instant) -> Self {
        Self {
            goal: request.goal,
            actor: request.actor.clone(),
            problem: request.problem,
            since: now,
        }
    }
}
