//! Writing the user's record: intents, leases, ports, and what a run ends with.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::time::Duration;

use super::Lifecycle;
use super::facts::ContainerFact;
use super::flight::Purpose;
use super::knowledge::Meant;
use super::table::Settled;
use crate::effect::{Effect, Expect, PortChange, Put, StoreEffect};
use crate::error::Error;
use crate::record::{Body, Failure, Intent};
use crate::user::UserId;

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
        let known = self.as_it_is(user);
        let (expect, mut body) = known.unwrap_or_else(|| self.first_body(user));
        body.intent = intent;
        let starting = intent == Intent::Starting;
        let port = if starting {
            PortChange::Claim(self.settings.ports)
        } else {
            PortChange::Keep
        };
        let limit = self.settings.limits.running.filter(|_| starting);
        self.put(
            user,
            expect,
            body,
            Some(self.settings.timing.lease),
            port,
            false,
            limit,
        );
        false
    }

    /// What a new user's record says.
    fn first_body(&mut self, user: &UserId) -> (Expect, Body) {
        let record = self.entropy.record_id();
        let token = self.entropy.token();
        let nonce = self.entropy.bytes();
        let body = Body {
            names: self.settings.naming.names(user),
            token: self.settings.keyring.seal(user, &token, nonce),
            token_generation: 1,
            intent: Intent::Starting,
            container: None,
            template_generation: self.settings.generation,
            idle_limit: None,
            failure: None,
            adopted: false,
        };
        (Expect::Absent(record), body)
    }

    /// Holds the lease for longer, and changes nothing else.
    pub(super) fn renew(&mut self, user: &UserId) {
        if let Some((expect, body)) = self.as_it_is(user) {
            let lease = Some(self.settings.timing.lease);
            self.put(user, expect, body, lease, PortChange::Keep, false, None);
        }
    }

    pub(super) fn replace_port(&mut self, user: &UserId) -> bool {
        let change = PortChange::Replace {
            range: self.settings.ports,
            quarantine: self.settings.timing.quarantine,
        };
        if let Some((expect, body)) = self.as_it_is(user) {
            let lease = Some(self.settings.timing.lease);
            self.put(user, expect, body, lease, change, false, None);
        }
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
        let Some((expect, mut body)) = self.as_it_is(user) else {
            return false;
        };
        let Some(tenancy) = self.tenancies.get(user) else {
            return false;
        };
        let current = self.current(tenancy);
        let facts = self.facts(tenancy);
        match settled {
            Settled::Running => {
                body.intent = Intent::Running;
                body.container = current.map(|observed| observed.id.clone());
                body.failure = None;
            }
            Settled::Stopped => {
                body.intent = Intent::Stopped;
                body.container = current.map(|observed| observed.id.clone());
            }
            Settled::Undone => {
                // Whatever may run, or can't be told, stays a start that nobody finished.
                let over = matches!(
                    facts.container,
                    ContainerFact::Absent
                        | ContainerFact::Idle
                        | ContainerFact::Foreign
                        | ContainerFact::Dead
                );
                if over {
                    body.intent = Intent::Stopped;
                }
                if let Some((error, _)) = tenancy.run.as_ref().and_then(|run| run.verdict.as_ref())
                {
                    body.failure = failure_of(error, body.failure.take());
                }
            }
        }
        if matches!(tenancy.meant, Meant::Made(_)) {
            body.template_generation = self.settings.generation;
        }
        let touch = settled == Settled::Running;
        self.put(user, expect, body, None, PortChange::Keep, touch, None);
        false
    }

    #[allow(clippy::too_many_arguments, reason = "each is a part of the statement")]
    fn put(
        &mut self,
        user: &UserId,
        expect: Expect,
        body: Body,
        lease: Option<Duration>,
        port: PortChange,
        touch: bool,
        running_limit: Option<u32>,
    ) {
        let effect = Effect::Store(StoreEffect::Put(Put {
            user: user.clone(),
            engine: self.settings.engine.clone(),
            expect,
            controller: self.controller,
            lease,
            port,
            touch,
            running_limit,
            body,
        }));
        let timeout = self.settings.timing.store;
        let id = self.send(Purpose::Record(user.clone()), effect, timeout, None);
        if let Some(tenancy) = self.tenancies.get_mut(user) {
            tenancy.store_lane.flight = Some(id);
        }
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
        | Error::EngineRefused(_)
        | Error::TokenUnreadable(_) => (None, Vec::new(), false),
        Error::UnknownUser
        | Error::Superseded { .. }
        | Error::PortsExhausted(_)
        | Error::LimitReached { .. }
        | Error::Busy { .. }
        | Error::BackingOff { .. }
        | Error::Timeout { .. }
        | Error::EngineUnreachable(_)
        | Error::EngineChanged { .. }
        | Error::StoreUnreachable(_)
        | Error::StoreRefused(_)
        | Error::RecordUnreadable(_) => return before,
    };
    let count = count_before + u32::from(counts);
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
