//! What is asked of the engine about the user's containers.

use alloc::string::ToString;
use core::time::Duration;

use crate::effect::{Effect, EngineEffect, Probe, ProbeKind};
use crate::error::Error;
use crate::id::ContainerId;
use crate::lifecycle::context::Context;
use crate::lifecycle::context::in_flight::Purpose;
use crate::lifecycle::tenancy::effort::Effort;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::record::Record;
use crate::settings::Readiness;
use crate::spec::{ContainerSpec, Identity};
use crate::time::Instant;
use crate::token::Token;

/// A connection must stay open that long: the engine's proxy accepts for a container that doesn't
/// listen, and drops the connection then.
const HOLD: Duration = Duration::from_millis(100);

impl Tenancy {
    /// Sends an effect to the engine. What changes something isn't begun in the margin before the
    /// lease's end.
    pub(crate) fn send_to_engine(&mut self, cx: &mut Context, effect: EngineEffect) {
        let changes = !effect.only_looks();
        if changes && !self.may_change(cx, &effect) {
            return;
        }
        let not_after = self.not_after(cx).filter(|_| changes);
        let purpose = Purpose::Container(self.user.clone());
        let id = cx.send(purpose, Effect::Engine(effect), not_after);
        self.engine_slot.send(id, changes);
        self.currency.disturbed = false;
    }

    /// Whether no more was asked of the engine lately than may be. Where it was, the next change waits,
    /// and whoever would wait for long is told so instead.
    fn may_change(&mut self, cx: &mut Context, effect: &EngineEffect) -> bool {
        let Some(most) = cx.most_changes else {
            return true;
        };
        let Some(at) = self.effort.waits_until(effect, most, cx.now) else {
            self.effort.note(cx.now);
            return true;
        };
        if self.run.is_some() && Effort::is_long(at, cx.now) {
            let error = self.backing_off(cx, at);
            self.fail(error, cx.answer_by());
            cx.look_again(&self.user);
        } else {
            self.engine_slot.wait_until(at);
        }
        false
    }

    fn not_after(&self, cx: &Context) -> Option<Instant> {
        let lease = self.lease?;
        Some(lease.until.before(cx.settings.timing.margin))
    }

    pub(crate) fn on_current(
        &mut self,
        cx: &mut Context,
        effect: impl FnOnce(ContainerId) -> EngineEffect,
    ) {
        let target = self.current(cx).map(|observed| observed.id.clone());
        self.on_container(cx, target, effect);
    }

    pub(crate) fn remove(&mut self, cx: &mut Context) {
        let seen = self.proven(cx);
        let target = seen.current.or(seen.surplus);
        let target = target.map(|observed| observed.id.clone());
        self.on_container(cx, target, |container| EngineEffect::Remove { container });
    }

    pub(crate) fn remove_surplus(&mut self, cx: &mut Context) {
        let target = self.proven(cx).surplus.map(|observed| observed.id.clone());
        self.on_container(cx, target, |container| EngineEffect::Remove { container });
    }

    fn on_container(
        &mut self,
        cx: &mut Context,
        target: Option<ContainerId>,
        effect: impl FnOnce(ContainerId) -> EngineEffect,
    ) {
        if let Some(id) = target
            && self.engine_slot.is_free(cx.now)
        {
            self.send_to_engine(cx, effect(id));
        }
    }

    /// True if the run has failed instead.
    pub(crate) fn create(&mut self, cx: &mut Context) -> bool {
        if !self.engine_slot.is_free(cx.now) {
            return false;
        }
        match self.spec(cx) {
            Some(Ok(spec)) => {
                self.send_to_engine(cx, EngineEffect::Create(spec.into()));
                false
            }
            Some(Err(error)) => {
                self.fail(error, cx.answer_by());
                true
            }
            None => false,
        }
    }

    /// The user's container as it is to be made.
    fn spec(&self, cx: &Context) -> Option<Result<ContainerSpec, Error>> {
        let record = self.record(cx.now)?;
        let token = match self.open_token(cx, record) {
            Ok(token) => token,
            Err(error) => return Some(Err(error)),
        };
        let identity = Identity {
            installation: cx.installation()?,
            user: &self.user,
            record: record.version.record,
            names: &record.body.names,
            published: cx.published(record.port),
            token: &token,
            token_generation: record.body.token_generation,
            spec: cx.hashes.of(&self.user),
        };
        Some(Ok(ContainerSpec::build(&cx.settings, &identity)))
    }

    /// The token of the user's that the record has.
    pub(super) fn open_token(&self, cx: &Context, record: &Record) -> Result<Token, Error> {
        let of = record.token_of(&self.user);
        let opened = cx.settings.keyring.open(of, &record.body.token);
        opened.map_err(|error| Error::TokenUnreadable(error.to_string()))
    }

    pub(crate) fn probe(&mut self, cx: &mut Context) {
        if let Some(probe) = self.probe_of_current(cx)
            && self.engine_slot.is_free(cx.now)
        {
            let purpose = Purpose::Container(self.user.clone());
            let id = cx.send(purpose, Effect::Probe(probe), None);
            self.engine_slot.send(id, false);
        }
    }

    fn probe_of_current(&self, cx: &Context) -> Option<Probe> {
        let port = self.record(cx.now)?.port;
        let observed = self.current(cx)?;
        let gateway_port = cx.settings.template(&self.user).gateway_port;
        let reach = &cx.settings.reach;
        let (host, port) = reach.endpoint(port, &observed.name, gateway_port)?;
        Some(Probe {
            host: host.to_string(),
            port,
            kind: match &cx.settings.readiness {
                Readiness::Http(path) => ProbeKind::Http { path: path.clone() },
                Readiness::None | Readiness::Running | Readiness::Healthy | Readiness::Tcp => {
                    ProbeKind::Tcp { hold: HOLD }
                }
            },
        })
    }
}
