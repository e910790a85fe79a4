//! Carrying out one step of the decision table.

use alloc::string::{String, ToString};
use core::time::Duration;

use super::Lifecycle;
use super::facts::{ContainerFact, Goal, RecordFact};
use super::flight::Purpose;
use super::table::Step;
use crate::effect::{ContainerRef, Effect, EngineEffect, Probe, ProbeKind, Scope};
use crate::error::Error;
use crate::id::ContainerId;
use crate::label;
use crate::record::Intent;
use crate::settings::Readiness;
use crate::spec::{ContainerSpec, Identity};
use crate::time::Instant;
use crate::user::UserId;

/// How many of a failed container's last lines are kept.
const LOG_LINES: u32 = 20;
/// A connection must stay open that long: the engine's proxy accepts for a container that doesn't
/// listen, and drops the connection then.
const HOLD: Duration = Duration::from_millis(100);

impl Lifecycle {
    /// Carries out a step; true if the table is to be consulted again at once.
    pub(super) fn take(&mut self, user: &UserId, step: Step) -> bool {
        match step {
            Step::Rest => false,
            Step::Ask => self.ask(user),
            Step::AskStore => {
                self.ask_store(user);
                false
            }
            Step::AskByUser => self.ask_by_user(user),
            Step::LookLater => self.look_later(user),
            Step::AwaitLease => self.await_lease(user),
            Step::AwaitPremises => {
                self.await_premises(user);
                false
            }
            Step::AwaitTurn => self.line.join(user),
            Step::AwaitPort => self.await_port(user),
            Step::Claim(intent) => self.claim(user, intent),
            Step::Settle(settled) => self.settle(user, settled),
            Step::Amend => {
                self.rewrite(user);
                false
            }
            Step::AnswerAmendment => self.answer_amendment(user),
            Step::Delete => self.delete(user),
            Step::ReplacePort => self.replace_port(user),
            Step::EnsureVolume => self.ensure_volume(user),
            Step::LookAtVolume => self.on_volume(user, |name| EngineEffect::InspectVolume { name }),
            Step::RemoveVolume => self.on_volume(user, |name| EngineEffect::RemoveVolume { name }),
            Step::Create => self.create(user),
            Step::Start => {
                self.note_short_run(user);
                self.on_current(user, |container| EngineEffect::Start { container })
            }
            Step::Unpause => self.on_current(user, |container| EngineEffect::Unpause { container }),
            Step::Stop => {
                let grace = self.settings.timing.grace;
                self.on_current(user, |container| EngineEffect::Stop { container, grace })
            }
            Step::Remove => self.remove(user),
            Step::RemoveSurplus => self.remove_surplus(user),
            Step::Examine => self.examine(user),
            Step::ExamineVolume => self.examine_volume(user),
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
        self.ask_store(user);
        self.ask_identity(user);
        let Some(tenancy) = self.tenancies.get(user) else {
            return false;
        };
        // A warm ensure asks the engine and has its activity acknowledged in the same round trip.
        let runs = tenancy
            .record(now)
            .is_some_and(|record| record.body.intent == Intent::Running);
        let wanted = tenancy
            .run
            .as_ref()
            .is_some_and(|run| run.goal == Goal::Running && run.verdict.is_none());
        let active = tenancy.activity_is_acknowledged(slack, now);
        if runs && wanted && !active {
            self.want_flush(user);
        }
        let Some(tenancy) = self.tenancies.get(user) else {
            return false;
        };
        let unknown = self.seen_container(tenancy) == ContainerFact::Unknown;
        if unknown && tenancy.engine_lane.is_free(now) {
            let name = tenancy.names.container.clone();
            self.send_to_engine(user, EngineEffect::Inspect(ContainerRef::Name(name)));
        }
        false
    }

    fn ask_store(&mut self, user: &UserId) {
        let unknown = self.tenancies.get(user).is_some_and(|tenancy| {
            self.record_fact(tenancy) == RecordFact::Unknown && tenancy.store_lane.is_free(self.now)
        });
        if unknown {
            self.want_load(user);
        }
    }

    /// The container that is to be looked at by its id: one that only a list has told of, or one
    /// that was adopted, and so bears no label to look by; unless it was looked for.
    fn certain_unseen(&self, user: &UserId) -> Option<ContainerId> {
        let tenancy = self.tenancies.get(user)?;
        let seen = tenancy.engine.get(self.now)?;
        let current = self.current(tenancy).map(|observed| &observed.id);
        if let Some(id) = current.filter(|id| seen.hearsay.contains(id)) {
            return Some(id.clone());
        }
        if let Some(unseen) = self.unseen(tenancy) {
            return Some(unseen.id.clone());
        }
        let record = tenancy.record(self.now)?;
        let id = tenancy.meant.resolve(record)?;
        (record.body.adopted && !seen.by_id).then(|| id.clone())
    }

    fn ask_by_user(&mut self, user: &UserId) -> bool {
        let Some(installation) = self.installation() else {
            return false;
        };
        if self.engine_is_free(user) {
            let effect = match self.certain_unseen(user) {
                Some(id) => EngineEffect::Inspect(ContainerRef::Id(id)),
                None => EngineEffect::List(Scope::User(installation, user.clone())),
            };
            self.send_to_engine(user, effect);
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

    /// Sends an effect to the engine. What changes something isn't begun in the margin before the
    /// lease's end.
    pub(super) fn send_to_engine(&mut self, user: &UserId, effect: EngineEffect) {
        let not_after = self.not_after(user);
        let changes = !effect.only_looks();
        let effect = Effect::Engine(effect);
        let timeout = self.timeout_of(&effect);
        let not_after = not_after.filter(|_| changes);
        let id = self.send(Purpose::Container(user.clone()), effect, timeout, not_after);
        if let Some(tenancy) = self.tenancies.get_mut(user) {
            tenancy.engine_lane.depart(id, changes);
            tenancy.disturbed = false;
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
        self.remove_container(user, target)
    }

    fn remove_surplus(&mut self, user: &UserId) -> bool {
        let target = self
            .tenancies
            .get(user)
            .and_then(|tenancy| self.surplus(tenancy))
            .map(|observed| observed.id.clone());
        self.remove_container(user, target)
    }

    fn remove_container(&mut self, user: &UserId, target: Option<ContainerId>) -> bool {
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

    fn on_volume(&mut self, user: &UserId, effect: impl FnOnce(String) -> EngineEffect) -> bool {
        if self.engine_is_free(user)
            && let Some(tenancy) = self.tenancies.get(user)
        {
            let name = tenancy.names.volume.clone();
            self.send_to_engine(user, effect(name));
        }
        false
    }

    fn examine(&mut self, user: &UserId) -> bool {
        if self.engine_is_free(user)
            && let Some(tenancy) = self.tenancies.get(user)
        {
            let name = tenancy.names.container.clone();
            self.send_to_engine(user, EngineEffect::Examine(ContainerRef::Name(name)));
        }
        false
    }

    fn examine_volume(&mut self, user: &UserId) -> bool {
        let unseen = self
            .tenancies
            .get(user)
            .and_then(|tenancy| tenancy.run.as_ref()?.examined.as_ref()?.next_volume())
            .map(ToString::to_string);
        if let Some(name) = unseen
            && self.engine_is_free(user)
        {
            self.send_to_engine(user, EngineEffect::InspectVolume { name });
        }
        false
    }

    fn create(&mut self, user: &UserId) -> bool {
        if !self.engine_is_free(user) {
            return false;
        }
        match self.spec(user) {
            Some(Ok(spec)) => {
                self.send_to_engine(user, EngineEffect::Create(spec.into()));
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
            spec: self.hashes.of(user),
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
            tenancy.engine_lane.depart(id, false);
        }
        false
    }
}
