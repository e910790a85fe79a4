//! Sending what is to be written, with what else waits to be changed in the record.

use alloc::vec::Vec;

use crate::effect::{Effect, Expect, PortChange, Put, StoreEffect};
use crate::id::EffectId;
use crate::lifecycle::context::Context;
use crate::lifecycle::context::in_flight::Purpose;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::record::Body;

impl Tenancy {
    /// Writes the record as it is: holds the lease for longer where it is ours, and takes along
    /// what is to be amended.
    pub(crate) fn rewrite(&mut self, cx: &mut Context) {
        let held = self.lease.is_some();
        if let Some((expect, body)) = self.as_it_is(cx) {
            let mut put = self.plain_put(cx, expect, body);
            put.lease = held.then_some(cx.settings.timing.lease);
            self.send_put(cx, put, !held);
        }
    }

    pub(crate) fn replace_port(&mut self, cx: &mut Context) {
        let replaced = PortChange::Replace {
            range: cx.settings.ports,
            quarantine: cx.settings.timing.quarantine,
        };
        self.change_port(cx, replaced);
    }

    pub(crate) fn free_port(&mut self, cx: &mut Context) {
        let freed = self.freed_port(cx);
        self.change_port(cx, freed);
    }

    /// Writes the record with another claim, and holds the lease for longer.
    fn change_port(&mut self, cx: &mut Context, port: PortChange) {
        if let Some((expect, body)) = self.as_it_is(cx) {
            let mut put = self.plain_put(cx, expect, body);
            put.lease = Some(cx.settings.timing.lease);
            put.port = port;
            self.put(cx, put);
        }
    }

    pub(crate) fn delete(&mut self, cx: &mut Context) {
        let Some((Expect::At(version), _)) = self.as_it_is(cx) else {
            return;
        };
        let delete = StoreEffect::Delete {
            user: self.user.clone(),
            version,
            controller: cx.controller,
            rest: cx.settings.timing.rest,
            event: self.end_event(),
        };
        self.send_to_store(cx, delete, true);
    }

    /// A write of the record that gives the lease back and does nothing else.
    pub(super) fn plain_put(&self, cx: &Context, expect: Expect, body: Body) -> Put {
        Put {
            user: self.user.clone(),
            engine: cx.settings.engine.clone(),
            expect,
            controller: cx.controller,
            lease: None,
            port: PortChange::Keep,
            touch: false,
            running_limit: None,
            idle: None,
            body,
            events: Vec::new(),
        }
    }

    pub(super) fn put(&mut self, cx: &mut Context, put: Put) -> EffectId {
        self.send_put(cx, put, true)
    }

    fn send_put(&mut self, cx: &mut Context, mut put: Put, changes: bool) -> EffectId {
        let amendment = self.carry_amendment(cx, put.expect.record(), &mut put.body);
        put.events = self.events(cx, &put, amendment.as_ref());
        let id = self.send_to_store(cx, StoreEffect::Put(put.into()), changes);
        if let Some(amendment) = amendment {
            self.amendment_sent(id, amendment);
        }
        id
    }

    fn send_to_store(&mut self, cx: &mut Context, effect: StoreEffect, changes: bool) -> EffectId {
        let purpose = Purpose::Record(self.user.clone());
        let id = cx.send(purpose, Effect::Store(effect), None);
        self.store_slot.send(id, changes);
        id
    }
}
