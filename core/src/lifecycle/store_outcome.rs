//! What outcomes of store effects tell of a user's record.

use alloc::string::String;
use core::time::Duration;

use super::Lifecycle;
use super::facts::{Goal, VolumeFact};
use super::flight::Purpose;
use super::knowledge::{Meant, View};
use super::premises::{self, Inquiry, Premise};
use super::tenancy::{Away, Lease};
use crate::effect::{Effect, Expect, PortChange, Put, StoreEffect};
use crate::error::{Error, VolumeOwner};

use crate::id::{EffectId, Port, Revision, Version};
use crate::outcome::{StoreOutcome, Trouble};
use crate::record::{self, Body, Record, Row};
use crate::time::{Instant, Timestamp};
use crate::user::UserId;

fn claimed_for_another(port: Port) -> String {
    alloc::format!(
        "its port {port} is claimed for another user: `list` shows whose it is; purge that user, or \
         make the container anew on another port"
    )
}

/// What a write that took hold tells of its record.
#[derive(Clone, Copy)]
struct Written {
    revision: Revision,
    port: Option<Port>,
    last_active: Option<Timestamp>,
    shares_volume: bool,
}

/// Why a write was refused that was to have a record name another's volume.
fn named_by_another(body: &Body) -> Error {
    let name = body.names.volume.clone();
    // Nothing but an adoption has an adopted record name another volume.
    if body.adopted {
        return Error::NotAdoptable(alloc::format!(
            "the volume {name:?} is another user's, whose record names it: give this user a volume \
             of its own, such as a copy"
        ));
    }
    Error::VolumeTaken {
        name,
        by: VolumeOwner::Recorded,
    }
}

impl Lifecycle {
    /// A statement for several users brought nothing.
    pub(super) fn store_trouble(&mut self, user: &UserId, outcome: &StoreOutcome) {
        self.dirty.insert(user.clone());
        let now = self.now;
        let answer_by = self.answer_by();
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        match outcome.trouble() {
            Some(Trouble::Unreachable(text)) => {
                if let Some(run) = &mut tenancy.run {
                    Away::note(&mut run.store_away, now, text);
                    run.last = text.into();
                }
            }
            Some(Trouble::Refused(text)) => {
                tenancy.fail(Error::StoreRefused(text.into()), answer_by);
            }
            Some(Trouble::Unclear(text)) => tenancy.note(text),
            None => {}
        }
    }

    pub(super) fn learn_of_write(
        &mut self,
        user: &UserId,
        id: EffectId,
        effect: StoreEffect,
        sent: Instant,
        outcome: StoreOutcome,
    ) {
        match effect {
            StoreEffect::Put(put) => self.learn_of_put(user, id, *put, sent, outcome),
            StoreEffect::Delete { .. } => self.learn_of_delete(user, id, sent, &outcome),
            StoreEffect::Load { .. }
            | StoreEffect::LongestStopped { .. }
            | StoreEffect::Touch { .. }
            | StoreEffect::Scan { .. }
            | StoreEffect::ScanIdle { .. }
            | StoreEffect::Register { .. }
            | StoreEffect::Lock { .. }
            | StoreEffect::Unlock { .. } => {}
        }
    }

    fn learn_of_delete(
        &mut self,
        user: &UserId,
        id: EffectId,
        sent: Instant,
        outcome: &StoreOutcome,
    ) {
        self.dirty.insert(user.clone());
        let names = self.settings.naming.names(user);
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        if !tenancy.store_lane.land(id) {
            return;
        }
        if let StoreOutcome::Done = outcome {
            tenancy.names = names;
            tenancy.store = View::of(Row::Absent);
            tenancy.read.note(None, sent);
            tenancy.lease = None;
            tenancy.active = None;
            tenancy.retry_at = None;
            tenancy.meant = Meant::AsRecorded;
            tenancy.doubt = false;
            tenancy.setbacks = 0;
            if let Some(run) = &mut tenancy.run {
                run.did.purge = true;
                run.store_away = None;
            }
            return;
        }
        if *outcome == StoreOutcome::Conflict {
            tenancy.lease = None;
            tenancy.forget();
            tenancy.note("another controller wrote the user's record");
        } else {
            if !matches!(outcome, StoreOutcome::Unreachable(_)) {
                tenancy.store.forget();
            }
            self.store_trouble(user, outcome);
        }
        self.set_back_store(user);
    }

    fn learn_of_put(
        &mut self,
        user: &UserId,
        id: EffectId,
        put: Put,
        sent: Instant,
        outcome: StoreOutcome,
    ) {
        self.dirty.insert(user.clone());
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        if !tenancy.store_lane.land(id) {
            return;
        }
        self.amendment_landed(user, id, matches!(outcome, StoreOutcome::Stored { .. }));
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        if !matches!(outcome, StoreOutcome::Unreachable(_))
            && let Some(run) = &mut tenancy.run
        {
            run.store_away = None;
        }
        match outcome {
            StoreOutcome::Stored {
                revision,
                port,
                last_active,
                shares_volume,
            } => {
                let written = Written {
                    revision,
                    port,
                    last_active,
                    shares_volume,
                };
                self.learn_stored(user, id, put, sent, written);
                return;
            }
            StoreOutcome::NoPort { known, free_in } => match put.port {
                PortChange::Take(port) => {
                    self.fail_with(user, Error::NotAdoptable(claimed_for_another(port)));
                }
                PortChange::Claim(_)
                | PortChange::Replace { .. }
                | PortChange::Keep
                | PortChange::Free { .. } => self.learn_no_port(user, known, free_in),
            },
            StoreOutcome::VolumeTaken => {
                self.fail_with(user, named_by_another(&put.body));
            }
            StoreOutcome::Active => {
                if let Some(run) = &mut tenancy.run {
                    run.spared = true;
                }
                return;
            }
            StoreOutcome::LimitReached => {
                if let Some(run) = &mut tenancy.run {
                    run.no_room = true;
                }
                tenancy.note("as many users are running as may");
            }
            StoreOutcome::Conflict => {
                tenancy.lease = None;
                tenancy.forget();
                tenancy.note("another controller wrote the user's record");
            }
            other @ (StoreOutcome::Unreachable(_) | StoreOutcome::Refused(_)) => {
                self.store_trouble(user, &other);
            }
            other => {
                tenancy.store.forget();
                self.store_trouble(user, &other);
            }
        }
        self.set_back_store(user);
    }

    fn set_back_store(&mut self, user: &UserId) {
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        tenancy.setbacks += 1;
        let setbacks = tenancy.setbacks;
        let not_before = self.now.after(self.backoff(setbacks));
        if let Some(tenancy) = self.tenancies.get_mut(user) {
            tenancy.store_lane.not_before = not_before;
        }
    }

    fn learn_stored(
        &mut self,
        user: &UserId,
        id: EffectId,
        put: Put,
        sent: Instant,
        written: Written,
    ) {
        let now = self.now;
        let renew = self.settings.timing.renew;
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        let record = match put.expect {
            Expect::Absent(record) => record,
            Expect::At(version) => version.record,
        };
        let had_port = tenancy
            .record(now)
            .is_some_and(|record| record.port.is_some());
        tenancy.lease = put.lease.map(|ttl| Lease {
            until: sent.after(ttl),
            renew_at: sent.after(renew),
        });
        if put.touch {
            tenancy.active = Some(sent);
        }
        if put.body.purging {
            // What is to be removed for good is looked at anew.
            tenancy.volume = VolumeFact::Unknown;
        }
        if let Some(run) = &mut tenancy.run {
            if run.rotating == Some(id) {
                run.rotated = true;
                run.revive = put.lease.is_some();
            }
            // Nothing else that is written for this goal counts as activity.
            if run.goal == Goal::Adopted && put.touch {
                run.did.adopt = true;
                tenancy.volume = VolumeFact::Ours;
            }
        }
        let kept = match put.port {
            PortChange::Keep => true,
            // Where it had none, it has one that nobody has tried yet.
            PortChange::Claim(_) => had_port,
            PortChange::Take(_) | PortChange::Replace { .. } | PortChange::Free { .. } => false,
        };
        if !kept {
            tenancy.bad_port = None;
        }
        if let Some(run) = &mut tenancy.run {
            run.no_room = false;
        }
        tenancy.names = put.body.names.clone();
        tenancy.setbacks = 0;
        let failure = put.body.failure.as_ref();
        tenancy.retry_at = failure.map(|failure| now.after(failure.retry_in));
        if put.lease.is_none() {
            tenancy.meant = Meant::AsRecorded;
        }
        let Written {
            revision,
            port,
            last_active,
            shares_volume,
        } = written;
        let version = Version { record, revision };
        tenancy.read.note(Some(version), sent);
        tenancy.store = View::of(Row::Found(Record {
            version,
            port,
            lease: put.lease.map(|remaining| record::Lease {
                owner: put.controller,
                remaining,
            }),
            last_active,
            shares_volume,
            body: put.body,
        }));
    }

    /// No port was free: the store may not know of all of the range yet.
    fn learn_no_port(&mut self, user: &UserId, known: u32, free_in: Option<Duration>) {
        let range = self.settings.ports;
        if known >= range.count() {
            self.evictions
                .note_rest(free_in.map(|rest| self.now.after(rest)));
            if let Some(run) = self
                .tenancies
                .get_mut(user)
                .and_then(|tenancy| tenancy.run.as_mut())
            {
                run.dry = true;
            }
            return;
        }
        let engine = self
            .header
            .as_ref()
            .and_then(|header| header.engine.clone());
        if let Some(engine) = engine
            && self.premises.is_engine_ready()
        {
            self.premises.set(&Inquiry::Engine, Premise::UnderWay);
            let effect = Effect::Store(premises::register(&self.settings, engine));
            let timeout = self.settings.timing.store;
            self.send(Purpose::Premises(Inquiry::Engine), effect, timeout, None);
        }
    }
}
