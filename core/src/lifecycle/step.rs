//! Carrying out one step of the decision table.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::time::Duration;

use super::Lifecycle;
use super::facts::Goal;
use super::flight::Purpose;
use super::knowledge::Meant;
use super::table::{Fault, Settled, Step};
use crate::command::{Endpoint, Ensured, Reply, Stopped};
use crate::effect::{
    ContainerRef, Effect, EngineEffect, Expect, PortChange, Probe, ProbeKind, Put, StoreEffect,
};
use crate::error::Error;
use crate::id::ContainerId;
use crate::label;
use crate::observed::ContainerState;
use crate::record::{Body, Failure, Intent, Row};
use crate::settings::Readiness;
use crate::spec::{ContainerSpec, Identity};
use crate::time::Instant;
use crate::user::UserId;

/// How many of a failed container's last lines are kept.
const LOG_LINES: u32 = 20;
/// A connection must stay open that long: the engine's proxy accepts for a container that doesn't
/// listen, and drops the connection then.
const HOLD: Duration = Duration::from_millis(100);
/// So many starts may fail in a row before the next has to wait.
const FREE_FAILURES: u32 = 2;

impl Lifecycle {
    /// Carries out a step; true if the table is to be consulted again at once.
    pub(super) fn take(&mut self, user: &UserId, step: Step) -> bool {
        match step {
            Step::Rest => false,
            Step::Ask => self.ask(user),
            Step::AskByRecord => self.ask_by_record(user),
            Step::LookLater => self.look_later(user),
            Step::AwaitLease => self.await_lease(user),
            Step::AwaitPremises => {
                let image = self.settings.template(user).image.clone();
                self.begin_premises(&image);
                false
            }
            Step::AwaitTurn => self.line.join(user),
            Step::Claim(intent) => self.claim(user, intent),
            Step::Settle(settled) => self.settle(user, settled),
            Step::ReplacePort => self.replace_port(user),
            Step::EnsureVolume => self.ensure_volume(user),
            Step::Create => self.create(user),
            Step::Start => self.on_current(user, |container| EngineEffect::Start { container }),
            Step::Unpause => self.on_current(user, |container| EngineEffect::Unpause { container }),
            Step::Stop => {
                let grace = self.settings.timing.grace;
                self.on_current(user, |container| EngineEffect::Stop { container, grace })
            }
            Step::Remove => self.remove(user),
            Step::ReadLog => self.on_current(user, |container| EngineEffect::Logs {
                container,
                lines: LOG_LINES,
            }),
            Step::Probe => self.probe(user),
            Step::Flush => {
                self.want_flush(user);
                false
            }
            Step::Fail(fault) => self.fail(user, fault),
            Step::Answer => self.answer(user),
        }
    }

    fn ask(&mut self, user: &UserId) -> bool {
        let now = self.now;
        let slack = self.settings.timing.slack;
        let Some(tenancy) = self.tenancies.get(user) else {
            return false;
        };
        let knows_record = tenancy.store.get(now).is_some();
        // A warm ensure asks the engine and has its activity acknowledged in the same round trip.
        let runs = tenancy
            .record(now)
            .is_some_and(|record| record.body.intent == Intent::Running);
        let wanted = tenancy
            .run
            .as_ref()
            .is_some_and(|run| run.goal == Goal::Running && run.verdict.is_none());
        let active = tenancy.active_within(slack, now);
        if !knows_record && tenancy.store_lane.is_free(now) {
            self.want_load(user);
        }
        if runs && wanted && !active {
            self.want_flush(user);
        }
        let Some(tenancy) = self.tenancies.get(user) else {
            return false;
        };
        if tenancy.engine.get(now).is_none() && tenancy.engine_lane.is_free(now) {
            let name = tenancy.names.container.clone();
            self.send_to_engine(user, EngineEffect::Inspect(ContainerRef::Name(name)));
        }
        false
    }

    fn ask_by_record(&mut self, user: &UserId) -> bool {
        let now = self.now;
        let (Some(installation), Some(tenancy)) = (self.installation(), self.tenancies.get(user))
        else {
            return false;
        };
        if tenancy.engine_lane.is_free(now)
            && let Some(record) = tenancy.record(now)
        {
            let record = Some(record.version.record);
            self.send_to_engine(
                user,
                EngineEffect::List {
                    installation,
                    record,
                },
            );
        }
        false
    }

    /// Doubts what was seen after a while: 100 ms, doubling up to 1 s, jittered.
    fn look_later(&mut self, user: &UserId) -> bool {
        let Some(looks) = self.count_look(user) else {
            return false;
        };
        let at = self.now.after(self.entropy.jittered(looks));
        if let Some(tenancy) = self.tenancies.get_mut(user)
            && tenancy.engine.until().is_none()
        {
            tenancy.engine.doubt_from(at);
        }
        false
    }

    /// The lease is another controller's: looks again after a while, and at its end.
    fn await_lease(&mut self, user: &UserId) -> bool {
        let now = self.now;
        let Some(tenancy) = self.tenancies.get(user) else {
            return false;
        };
        if tenancy.store.until().is_some() {
            return false;
        }
        let remaining = tenancy
            .record(now)
            .and_then(|record| record.lease)
            .map_or(Duration::ZERO, |lease| lease.remaining);
        let Some(wait) = self.count_look(user) else {
            return false;
        };
        let at = now.after(self.entropy.jittered(wait).min(remaining));
        if let Some(tenancy) = self.tenancies.get_mut(user) {
            tenancy.note("another controller holds the user's lease");
            tenancy.store.doubt_from(at);
            // Whatever is taken over, is taken over after a fresh look.
            tenancy.engine.doubt_from(now.after(remaining));
        }
        false
    }

    fn count_look(&mut self, user: &UserId) -> Option<Duration> {
        let tenancy = self.tenancies.get_mut(user)?;
        let looks = match &mut tenancy.run {
            Some(run) => {
                run.looks += 1;
                run.looks
            }
            None => 1,
        };
        Some(Duration::from_millis((50 << looks.min(5)).min(1000)))
    }

    fn claim(&mut self, user: &UserId, intent: Intent) -> bool {
        let now = self.now;
        let Some(tenancy) = self.tenancies.get(user) else {
            return false;
        };
        if !tenancy.store_lane.is_free(now) {
            return false;
        }
        // Whoever takes over from us finds it by its id, whatever it is called by then.
        let current = self.current(tenancy).map(|observed| observed.id.clone());
        if let (Some(id), Some(tenancy)) = (current, self.tenancies.get_mut(user)) {
            tenancy.recognise(&id, now);
        }
        let Some(tenancy) = self.tenancies.get(user) else {
            return false;
        };
        let range = self.settings.ports;
        let (expect, mut body) = if let Some(record) = tenancy.record(now) {
            let mut body = record.body.clone();
            body.container = tenancy.meant.resolve(record).cloned();
            (Expect::At(record.version), body)
        } else {
            self.first_body(user)
        };
        body.intent = intent;
        let starting = intent == Intent::Starting;
        let port = if starting {
            PortChange::Claim(range)
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

    fn replace_port(&mut self, user: &UserId) -> bool {
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

    fn settle(&mut self, user: &UserId, settled: Settled) -> bool {
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
                use super::facts::ContainerFact as Container;
                // Whatever may run, or can't be told, stays a start that nobody finished.
                let over = matches!(
                    facts.container,
                    Container::Absent | Container::Idle | Container::Foreign | Container::Dead
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

    /// Sends an effect to the engine. What changes something isn't begun in the margin before the
    /// lease's end.
    pub(super) fn send_to_engine(&mut self, user: &UserId, effect: EngineEffect) {
        let not_after = self.not_after(user);
        let changes = match effect {
            EngineEffect::Identify
            | EngineEffect::Inspect(_)
            | EngineEffect::List { .. }
            | EngineEffect::InspectImage { .. }
            | EngineEffect::InspectNetwork { .. }
            | EngineEffect::Logs { .. } => false,
            EngineEffect::PullImage { .. }
            | EngineEffect::CreateNetwork { .. }
            | EngineEffect::EnsureVolume { .. }
            | EngineEffect::Create(_)
            | EngineEffect::Start { .. }
            | EngineEffect::Unpause { .. }
            | EngineEffect::Stop { .. }
            | EngineEffect::Remove { .. } => true,
        };
        let effect = Effect::Engine(effect);
        let timeout = self.timeout_of(&effect);
        let not_after = not_after.filter(|_| changes);
        let id = self.send(Purpose::Container(user.clone()), effect, timeout, not_after);
        if let Some(tenancy) = self.tenancies.get_mut(user) {
            tenancy.engine_lane.flight = Some(id);
        }
    }

    fn not_after(&self, user: &UserId) -> Option<Instant> {
        let lease = self.tenancies.get(user)?.lease?;
        Some(lease.until.before(self.settings.timing.margin))
    }

    fn engine_is_free(&self, user: &UserId) -> bool {
        self.tenancies
            .get(user)
            .is_some_and(|tenancy| tenancy.engine_lane.is_free(self.now))
    }

    fn on_current(
        &mut self,
        user: &UserId,
        effect: impl FnOnce(ContainerId) -> EngineEffect,
    ) -> bool {
        let current = self
            .tenancies
            .get(user)
            .and_then(|tenancy| self.current(tenancy))
            .map(|observed| observed.id.clone());
        if let Some(id) = current
            && self.engine_is_free(user)
        {
            if let Some(tenancy) = self.tenancies.get_mut(user) {
                tenancy.recognise(&id, self.now);
            }
            self.send_to_engine(user, effect(id));
        }
        false
    }

    fn remove(&mut self, user: &UserId) -> bool {
        let target = self.tenancies.get(user).and_then(|tenancy| {
            self.current(tenancy)
                .or_else(|| self.surplus(tenancy))
                .map(|observed| observed.id.clone())
        });
        if let Some(container) = target
            && self.engine_is_free(user)
        {
            self.send_to_engine(user, EngineEffect::Remove { container });
        }
        false
    }

    fn ensure_volume(&mut self, user: &UserId) -> bool {
        let (Some(installation), Some(tenancy)) = (self.installation(), self.tenancies.get(user))
        else {
            return false;
        };
        let name = tenancy.names.volume.clone();
        let labels = label::volume_pairs(installation, user);
        if self.engine_is_free(user) {
            self.send_to_engine(user, EngineEffect::EnsureVolume { name, labels });
        }
        false
    }

    fn create(&mut self, user: &UserId) -> bool {
        if !self.engine_is_free(user) {
            return false;
        }
        match self.spec(user) {
            Some(Ok(spec)) => {
                self.send_to_engine(user, EngineEffect::Create(spec));
                false
            }
            Some(Err(error)) => self.fail_with(user, error),
            None => false,
        }
    }

    /// The user's container as it is to be made.
    fn spec(&self, user: &UserId) -> Option<Result<ContainerSpec, Error>> {
        let tenancy = self.tenancies.get(user)?;
        let record = tenancy.record(self.now)?;
        let token = match self.settings.keyring.open(user, &record.body.token) {
            Ok(token) => token,
            Err(error) => return Some(Err(Error::TokenUnreadable(error.to_string()))),
        };
        let identity = Identity {
            installation: self.installation()?,
            user,
            record: record.version.record,
            names: &record.body.names,
            port: record.port?,
            token: &token,
            token_generation: record.body.token_generation,
        };
        Some(Ok(ContainerSpec::build(&self.settings, &identity)))
    }

    fn probe(&mut self, user: &UserId) -> bool {
        let kind = match &self.settings.readiness {
            Readiness::Http(path) => ProbeKind::Http { path: path.clone() },
            Readiness::None | Readiness::Running | Readiness::Healthy | Readiness::Tcp => {
                ProbeKind::Tcp { hold: HOLD }
            }
        };
        let Some(tenancy) = self.tenancies.get(user) else {
            return false;
        };
        let (Some(record), Some(observed)) = (tenancy.record(self.now), self.current(tenancy))
        else {
            return false;
        };
        let Some(port) = record.port else {
            return false;
        };
        let gateway_port = self.settings.template(user).gateway_port;
        let (host, port) = self
            .settings
            .reach
            .endpoint(port, &observed.name, gateway_port);
        let effect = Effect::Probe(Probe {
            host: host.to_string(),
            port,
            kind,
        });
        if !self.engine_is_free(user) {
            return false;
        }
        let timeout = self.timeout_of(&effect);
        let id = self.send(Purpose::Container(user.clone()), effect, timeout, None);
        if let Some(tenancy) = self.tenancies.get_mut(user) {
            tenancy.engine_lane.flight = Some(id);
        }
        false
    }

    pub(super) fn fail_with(&mut self, user: &UserId, error: Error) -> bool {
        let answer_by = self.answer_by();
        if let Some(tenancy) = self.tenancies.get_mut(user) {
            tenancy.fail(error, answer_by);
        }
        true
    }

    fn fail(&mut self, user: &UserId, fault: Fault) -> bool {
        let error = self.error_of(user, fault);
        if let Some(error) = error {
            return self.fail_with(user, error);
        }
        false
    }

    fn error_of(&self, user: &UserId, fault: Fault) -> Option<Error> {
        let tenancy = self.tenancies.get(user)?;
        Some(match fault {
            Fault::Unreadable => match tenancy.store.get(self.now)? {
                Row::Unreadable(why) => Error::RecordUnreadable(why.clone()),
                Row::Absent | Row::Found(_) => return None,
            },
            Fault::NameTaken => Error::NameTaken {
                name: tenancy.names.container.clone(),
                id: self.foreign(tenancy)?.id.to_string(),
            },
            Fault::VolumeTaken => Error::VolumeTaken {
                name: tenancy.names.volume.clone(),
            },
            Fault::Premises => {
                let image = &self.settings.template(user).image;
                self.premises.failure(image, self.now)?
            }
            Fault::BackingOff => {
                let failure = tenancy.record(self.now)?.body.failure.as_ref()?;
                Error::BackingOff {
                    count: failure.count,
                    reason: failure.reason.clone(),
                    retry_in: tenancy.retry_at?.since(self.now),
                }
            }
            Fault::Crashed => {
                let exit_code = match self.current(tenancy)?.state {
                    ContainerState::Exited { code } => Some(code),
                    ContainerState::Created
                    | ContainerState::Running
                    | ContainerState::Paused
                    | ContainerState::Restarting
                    | ContainerState::Removing
                    | ContainerState::Dead
                    | ContainerState::Unknown(_) => None,
                };
                Error::StartFailed {
                    exit_code,
                    log: tenancy.run.as_ref()?.autopsy.clone().unwrap_or_default(),
                }
            }
        })
    }

    /// Ends the run and tells all who waited for it.
    fn answer(&mut self, user: &UserId) -> bool {
        let Some(tenancy) = self.tenancies.get(user) else {
            return false;
        };
        let Some(run) = &tenancy.run else {
            return false;
        };
        let reply = match (&run.verdict, run.goal) {
            (Some((error, _)), _) => Reply::Failed(error.clone()),
            (None, Goal::Stopped) => Reply::Stopped(Stopped {
                known: tenancy.record(self.now).is_some(),
                changed: run.did.stop,
            }),
            (None, Goal::Running) => match self.endpoint(user) {
                Some(Ok(endpoint)) => Reply::Ensured(endpoint),
                Some(Err(error)) => Reply::Failed(error),
                None => return false,
            },
        };
        let run = self
            .tenancies
            .get_mut(user)
            .and_then(|tenancy| tenancy.run.take());
        let waiters = run.map_or_else(Vec::new, |run| run.waiters);
        for request in waiters {
            self.reply(request, reply.clone());
        }
        self.leave_line(user);
        true
    }

    fn endpoint(&self, user: &UserId) -> Option<Result<Endpoint, Error>> {
        let tenancy = self.tenancies.get(user)?;
        let record = tenancy.record(self.now)?;
        let observed = self.current(tenancy)?;
        let port = record.port?;
        let token = match self.settings.keyring.open(user, &record.body.token) {
            Ok(token) => token,
            Err(error) => return Some(Err(Error::TokenUnreadable(error.to_string()))),
        };
        let did = tenancy.run.as_ref()?.did;
        let outcome = match (did.create, did.replace, did.start) {
            (true, true, _) => Ensured::Recreated,
            (true, false, _) => Ensured::Created,
            (false, _, true) => Ensured::Started,
            (false, _, false) => Ensured::AlreadyRunning,
        };
        let gateway_port = self.settings.template(user).gateway_port;
        Some(Ok(Endpoint {
            user: user.clone(),
            url: self.settings.reach.url(port, &observed.name, gateway_port),
            token,
            port,
            container: observed.id.clone(),
            container_name: observed.name.clone(),
            outcome,
        }))
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
