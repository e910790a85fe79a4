//! Writing the user's record: intents, leases, ports, and what a run ends with.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::time::Duration;

use super::Lifecycle;
use super::facts::{ContainerFact, Goal};
use super::flight::Purpose;
use super::knowledge::Meant;
use super::table::{Fault, Settled};
use super::tenancy::Tenancy;
use crate::effect::{Effect, Expect, PortChange, Put, StoreEffect};
use crate::error::Error;
use crate::id::EffectId;
use crate::record::{Body, Failure, Intent};
use crate::settings::Readiness;
use crate::user::UserId;

/// Tokens are counted from here; it is also the one that a container was adopted with.
pub(super) const FIRST_GENERATION: u32 = 1;
/// So many starts may fail in a row before the next has to wait.
const FREE_FAILURES: u32 = 2;

impl Lifecycle {
    pub(super) fn claim(&mut self, user: &UserId, intent: Intent) -> bool {
        let now = self.now;
        let Some(tenancy) = self.tenancies.get(user) else {
            return false;
        };
        if !tenancy.store_lane.is_free(now) {
            return false;
        }
        let goal = tenancy.run.as_ref().map(|run| run.goal);
        let known = self.as_it_is(user);
        let (expect, mut body) = known.unwrap_or_else(|| self.first_body(user));
        body.intent = intent;
        if intent == Intent::Starting && self.is_gone(user) {
            // The one that is to be made is meant, also if nobody hears that it was.
            body.container = None;
        }
        if goal == Some(Goal::Absent) {
            body.purging = true;
            self.note_purged(user, expect);
        }
        let rotates = intent == Intent::Stopping && goal == Some(Goal::Rotated);
        if rotates {
            self.renew_token(user, &mut body);
        }
        let mut put = self.write(user, expect, body);
        put.lease = Some(self.settings.timing.lease);
        if intent == Intent::Starting {
            put.port = PortChange::Claim(self.settings.ports);
            put.running_limit = self.settings.limits.running;
        }
        if intent == Intent::Stopping && goal == Some(Goal::Reaped) {
            put.idle = Some(self.settings.idle());
        }
        let id = self.put(put);
        if rotates {
            self.note_rotating(user, id);
        }
        false
    }

    /// The user has no container any more.
    fn is_gone(&self, user: &UserId) -> bool {
        self.tenancies
            .get(user)
            .is_some_and(|tenancy| self.facts(tenancy).container == ContainerFact::Absent)
    }

    /// Where readiness doesn't ask the container, the start of one that ended soon after its last
    /// says little: what went wrong stays written down until it has run for long.
    pub(super) fn note_short_run(&mut self, user: &UserId) {
        let weak = match self.settings.readiness {
            Readiness::None | Readiness::Running => true,
            Readiness::Healthy | Readiness::Tcp | Readiness::Http(_) => false,
        };
        let current = self
            .tenancies
            .get(user)
            .and_then(|tenancy| self.current(tenancy));
        if weak && current.is_some_and(|observed| self.ended_soon(observed)) {
            self.note_flapped(user);
        }
    }

    fn note_flapped(&mut self, user: &UserId) {
        if let Some(run) = self
            .tenancies
            .get_mut(user)
            .and_then(|tenancy| tenancy.run.as_mut())
        {
            run.flapped = true;
            // Those lines are told; the next start has lines of its own.
            run.autopsy = None;
        }
    }

    /// What is purged is the record that was there when the purge was asked for.
    fn note_purged(&mut self, user: &UserId, expect: Expect) {
        let run = self.tenancies.get_mut(user);
        let run = run.and_then(|tenancy| tenancy.run.as_mut());
        if let (Some(run), Expect::At(version)) = (run, expect) {
            run.purge(version.record);
        }
    }

    fn note_rotating(&mut self, user: &UserId, id: EffectId) {
        if let Some(run) = self
            .tenancies
            .get_mut(user)
            .and_then(|tenancy| tenancy.run.as_mut())
        {
            run.rotating = Some(id);
        }
    }

    /// What a new user's record says.
    fn first_body(&mut self, user: &UserId) -> (Expect, Body) {
        let record = self.entropy.record_id();
        let token = self.entropy.token();
        let nonce = self.entropy.bytes();
        let body = Body {
            names: self.settings.naming.names(user),
            token: self.settings.keyring.seal(user, &token, nonce),
            token_generation: FIRST_GENERATION,
            intent: Intent::Starting,
            container: None,
            template_generation: self.settings.generation,
            idle_limit: None,
            failure: None,
            adopted: false,
            purging: false,
        };
        (Expect::Absent(record), body)
    }

    fn renew_token(&mut self, user: &UserId, body: &mut Body) {
        let token = self.entropy.token();
        let nonce = self.entropy.bytes();
        body.token = self.settings.keyring.seal(user, &token, nonce);
        // Whatever it says, the next one is another.
        body.token_generation = body.token_generation.wrapping_add(1);
    }

    /// Writes the record as it is: holds the lease for longer where it is ours, and takes along
    /// what is to be amended.
    pub(super) fn rewrite(&mut self, user: &UserId) {
        let held = self
            .tenancies
            .get(user)
            .is_some_and(|tenancy| tenancy.lease.is_some());
        if let Some((expect, body)) = self.as_it_is(user) {
            let mut put = self.write(user, expect, body);
            put.lease = held.then_some(self.settings.timing.lease);
            self.put(put);
            if held && let Some(tenancy) = self.tenancies.get_mut(user) {
                tenancy.store_lane.changes = false;
            }
        }
    }

    pub(super) fn replace_port(&mut self, user: &UserId) -> bool {
        if let Some((expect, body)) = self.as_it_is(user) {
            let mut put = self.write(user, expect, body);
            put.lease = Some(self.settings.timing.lease);
            put.port = PortChange::Replace {
                range: self.settings.ports,
                quarantine: self.settings.timing.quarantine,
            };
            self.put(put);
        }
        false
    }

    pub(super) fn delete(&mut self, user: &UserId) -> bool {
        let Some((Expect::At(version), _)) = self.as_it_is(user) else {
            return false;
        };
        let effect = Effect::Store(StoreEffect::Delete {
            user: user.clone(),
            version,
            controller: self.controller,
            rest: self.settings.timing.rest,
        });
        self.send_to_store(user, effect);
        false
    }

    /// The record as it is known, if it may be written now.
    fn as_it_is(&self, user: &UserId) -> Option<(Expect, Body)> {
        let tenancy = self.tenancies.get(user)?;
        if !tenancy.store_lane.is_free(self.now) {
            return None;
        }
        let record = tenancy.record(self.now)?;
        let mut body = record.body.clone();
        body.container = tenancy.meant.resolve(record).cloned();
        // What is left of the wait, and not what was left when it was read.
        if let Some(failure) = &mut body.failure {
            failure.retry_in = tenancy
                .retry_at
                .map_or(Duration::ZERO, |due| due.since(self.now));
        }
        Some((Expect::At(record.version), body))
    }

    pub(super) fn settle(&mut self, user: &UserId, settled: Settled) -> bool {
        if settled == Settled::Adopted {
            return self.settle_adopted(user);
        }
        let Some((expect, mut body)) = self.as_it_is(user) else {
            return false;
        };
        let Some(tenancy) = self.tenancies.get(user) else {
            return false;
        };
        let current = self.current(tenancy).map(|observed| observed.id.clone());
        let container = self.facts(tenancy).container;
        let gone = matches!(container, ContainerFact::Absent | ContainerFact::Foreign);
        let error = tenancy.run.as_ref().and_then(|run| run.verdict.as_ref());
        let mut frees = false;
        match settled {
            Settled::Running => {
                body.intent = Intent::Running;
                body.container = current;
                if !tenancy.run.as_ref().is_some_and(|run| run.flapped) {
                    body.failure = None;
                }
            }
            Settled::Stopped | Settled::Rotated | Settled::Adopted => {
                body.intent = Intent::Stopped;
                body.container = current;
                frees = gone;
            }
            Settled::Flapped => {
                body.intent = Intent::Stopped;
                body.container = current;
                let error = self.error_of(user, Fault::Crashed);
                body.failure = error.and_then(|error| failure_of(&error, body.failure.take()));
            }
            Settled::Undone => {
                // Whatever may run, or can't be told, stays what it was called.
                if gone || matches!(container, ContainerFact::Idle | ContainerFact::Dead) {
                    body.intent = Intent::Stopped;
                }
                if let Some((error, _)) = error {
                    body.failure = failure_of(error, body.failure.take());
                    frees = gone;
                }
            }
        }
        if matches!(tenancy.meant, Meant::Made(_)) {
            body.template_generation = self.settings.generation;
        }
        let first = tenancy
            .record(self.now)
            .is_some_and(|record| record.last_active.is_none());
        let touch = settled == Settled::Running && (tenancy.counts() || first);
        let port = self.freed_port(tenancy, frees);
        if settled == Settled::Rotated {
            self.renew_token(user, &mut body);
        }
        let mut put = self.write(user, expect, body);
        put.port = port;
        put.touch = touch;
        let id = self.put(put);
        if settled == Settled::Rotated {
            self.note_rotating(user, id);
        }
        if settled == Settled::Flapped {
            self.note_flapped(user);
        }
        false
    }

    /// A claim is for a container. Where there is none any more, the port is free for others after
    /// a rest: whoever still has the old URL must not meet somebody else's container there.
    fn freed_port(&self, tenancy: &Tenancy, frees: bool) -> PortChange {
        let timing = &self.settings.timing;
        let port = tenancy.record(self.now).and_then(|record| record.port);
        if !frees || port.is_none() {
            return PortChange::Keep;
        }
        let rest = if port.is_some_and(|port| tenancy.is_bad(port, self.now)) {
            timing.quarantine
        } else {
            // Nobody has been met there since it was stopped.
            let stopped_for = tenancy.run.as_ref().map(|run| run.stopped_for);
            timing.rest.saturating_sub(stopped_for.unwrap_or_default())
        };
        PortChange::Free { rest }
    }

    /// Writes that what was found under the user's names is the user's.
    fn settle_adopted(&mut self, user: &UserId) -> bool {
        let found = match self.adoptable(user) {
            Ok(found) => found,
            Err(error) => return self.fail_with(user, error),
        };
        if !self
            .tenancies
            .get(user)
            .is_some_and(|tenancy| tenancy.store_lane.is_free(self.now))
        {
            return false;
        }
        let known = self.as_it_is(user);
        let (expect, mut body) = known.unwrap_or_else(|| self.first_body(user));
        body.intent = Intent::Stopped;
        body.adopted = true;
        body.failure = None;
        body.container = None;
        let mut port = PortChange::Keep;
        if let Some(found) = found {
            let nonce = self.entropy.bytes();
            body.token = self.settings.keyring.seal(user, &found.token, nonce);
            body.container = Some(found.container);
            body.names.volume = found.volume;
            if found.runs {
                body.intent = Intent::Running;
            }
            port = PortChange::Take(found.port);
        }
        let mut put = self.write(user, expect, body);
        put.port = port;
        put.touch = true;
        self.put(put);
        false
    }

    /// A write of the record that gives the lease back and does nothing else.
    fn write(&self, user: &UserId, expect: Expect, body: Body) -> Put {
        Put {
            user: user.clone(),
            engine: self.settings.engine.clone(),
            expect,
            controller: self.controller,
            lease: None,
            port: PortChange::Keep,
            touch: false,
            running_limit: None,
            idle: None,
            body,
        }
    }

    fn put(&mut self, mut put: Put) -> EffectId {
        let user = put.user.clone();
        let amendment = self.carry_amendment(&user, &mut put.body);
        let id = self.send_to_store(&user, Effect::Store(StoreEffect::Put(put.into())));
        if let Some(amendment) = amendment {
            self.amendment_sent(&user, id, amendment);
        }
        id
    }

    fn send_to_store(&mut self, user: &UserId, effect: Effect) -> EffectId {
        let timeout = self.settings.timing.store;
        let id = self.send(Purpose::Record(user.clone()), effect, timeout, None);
        if let Some(tenancy) = self.tenancies.get_mut(user) {
            tenancy.store_lane.depart(id, true);
        }
        id
    }
}

/// What is written down of a failed start. Only a container that failed counts towards the
/// backoff: what the engine, an image or a name did is no fault of the container's.
fn failure_of(error: &Error, before: Option<Failure>) -> Option<Failure> {
    let count_before = before.as_ref().map_or(0, |failure| failure.count);
    let (exit_code, log, counts) = match error {
        Error::StartFailed { exit_code, log } => (*exit_code, log.clone(), true),
        Error::StartTimeout { .. } => (None, Vec::new(), true),
        Error::NameTaken { .. }
        | Error::VolumeTaken { .. }
        | Error::ImageMissing { .. }
        | Error::NoHealthCheck { .. }
        | Error::EngineRefused(_)
        | Error::TokenUnreadable(_) => (None, Vec::new(), false),
        Error::UnknownUser
        | Error::Superseded { .. }
        | Error::PortsExhausted(_)
        | Error::LimitReached { .. }
        | Error::Busy { .. }
        | Error::BackingOff { .. }
        | Error::Timeout { .. }
        | Error::NotAdoptable(_)
        | Error::Closed
        | Error::EngineUnreachable(_)
        | Error::EngineChanged { .. }
        | Error::StoreUnreachable(_)
        | Error::StoreRefused(_)
        | Error::RecordUnreadable(_) => return before,
    };
    let count = count_before.saturating_add(u32::from(counts));
    Some(Failure {
        count,
        reason: error.to_string(),
        exit_code,
        log,
        retry_in: if counts {
            retry_in(count)
        } else {
            Duration::ZERO
        },
    })
}

/// When the next start is due after so many failed in a row: at once after the first two, then
/// after 10 s, doubling up to 5 minutes.
fn retry_in(failures: u32) -> Duration {
    match failures.checked_sub(FREE_FAILURES + 1) {
        None => Duration::ZERO,
        Some(doublings) => Duration::from_secs((10 << doublings.min(5)).min(300)),
    }
}
