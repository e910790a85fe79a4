//! What outcomes of store effects tell of a user's record.

use super::store_trouble::named_by_another;
use crate::effect::{Expect, PortChange, Put, StoreEffect};
use crate::id::{EffectId, Port, Revision, Version};
use crate::lifecycle::context::{Context, Notice};
use crate::lifecycle::decision::facts::VolumeFact;
use crate::lifecycle::tenancy::aim::{Aim, Rotation};
use crate::lifecycle::tenancy::current::CurrentContainer;
use crate::lifecycle::tenancy::knowledge::View;
use crate::lifecycle::tenancy::lease::HeldLease;
use crate::lifecycle::tenancy::run::Shortage;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::outcome::StoreOutcome;
use crate::record::{Ahead, Lease, Record, Row};
use crate::time::{Instant, Timestamp};

/// What a write that took hold tells of its record.
#[derive(Clone, Copy)]
struct Written {
    revision: Revision,
    port: Option<Port>,
    last_active: Option<Timestamp>,
    shares_volume: bool,
}

impl Tenancy {
    pub(crate) fn learn_of_write(
        &mut self,
        cx: &mut Context,
        id: EffectId,
        effect: StoreEffect,
        sent: Instant,
        outcome: StoreOutcome,
    ) {
        cx.look_again(&self.user);
        if !self.store_slot.complete(id) {
            return;
        }
        match effect {
            StoreEffect::Put(put) => self.learn_of_put(cx, id, *put, sent, outcome),
            StoreEffect::Delete { .. } => self.learn_of_delete(cx, sent, &outcome),
            StoreEffect::Load { .. }
            | StoreEffect::LongestStopped { .. }
            | StoreEffect::Touch { .. }
            | StoreEffect::Scan { .. }
            | StoreEffect::ScanUnsettled { .. }
            | StoreEffect::ScanIdle { .. }
            | StoreEffect::Register { .. }
            | StoreEffect::Lock { .. }
            | StoreEffect::Unlock { .. }
            | StoreEffect::ReadEvents { .. }
            | StoreEffect::DropEvents(_) => {}
        }
    }

    fn learn_of_delete(&mut self, cx: &mut Context, sent: Instant, outcome: &StoreOutcome) {
        if let StoreOutcome::Done = outcome {
            self.names = cx.settings.naming.names(&self.user);
            self.store = View::of(Row::Absent);
            self.watermark.note(None, sent, cx.now);
            self.lease = None;
            self.acknowledged = None;
            cx.pending.acknowledge(&self.user, cx.now);
            self.retry_at = None;
            self.current_container = CurrentContainer::AsRecorded;
            self.doubt = false;
            self.store_retry.succeed();
            if let Some(run) = &mut self.run {
                if let Some(purge) = run.aim.purge() {
                    purge.met = true;
                }
                run.store_unreachable = None;
            }
            return;
        }
        if *outcome == StoreOutcome::Conflict {
            self.learn_conflict();
        } else {
            if !matches!(outcome, StoreOutcome::Unreachable(_)) {
                self.store.forget();
            }
            self.store_trouble(cx, outcome);
        }
        self.set_back_store(cx);
    }

    fn learn_of_put(
        &mut self,
        cx: &mut Context,
        id: EffectId,
        put: Put,
        sent: Instant,
        outcome: StoreOutcome,
    ) {
        self.amendment_completed(cx, id, matches!(outcome, StoreOutcome::Stored { .. }));
        if !matches!(outcome, StoreOutcome::Unreachable(_))
            && let Some(run) = &mut self.run
        {
            run.store_unreachable = None;
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
                self.learn_stored(cx, id, put, sent, written);
                return;
            }
            StoreOutcome::Active => {
                if let Some(run) = &mut self.run
                    && let Aim::Reap { still_active } = &mut run.aim
                {
                    *still_active = true;
                }
                return;
            }
            StoreOutcome::NoPort { known, free_in } => {
                self.learn_no_port(cx, put.port, known, free_in);
            }
            StoreOutcome::VolumeTaken => self.fail(named_by_another(&put.body), cx.answer_by()),
            StoreOutcome::LimitReached => {
                if let Some(run) = &mut self.run {
                    run.shortage = Some(Shortage::RunningLimit);
                }
                self.note("as many users are running as may");
            }
            StoreOutcome::Conflict => self.learn_conflict(),
            other @ (StoreOutcome::Unreachable(_) | StoreOutcome::Refused(_)) => {
                self.store_trouble(cx, &other);
            }
            other => {
                self.store.forget();
                self.store_trouble(cx, &other);
            }
        }
        self.set_back_store(cx);
    }

    fn learn_stored(
        &mut self,
        cx: &mut Context,
        id: EffectId,
        put: Put,
        sent: Instant,
        written: Written,
    ) {
        let had_port = self
            .record(cx.now)
            .is_some_and(|record| record.port.is_some());
        let kept = match put.port {
            PortChange::Keep => true,
            // Where it had none, it has one that nobody has tried yet.
            PortChange::Claim(_) => had_port,
            PortChange::Take(_) | PortChange::Replace { .. } | PortChange::Free { .. } => false,
        };
        if !kept {
            self.bad_port = None;
        }
        if !had_port && written.port.is_some() {
            cx.notices.push(Notice::ClaimedPort(self.user.clone()));
        }
        self.lease = put.lease.map(|ttl| HeldLease {
            until: sent.after(ttl),
            renew_at: sent.after(cx.settings.timing.renew),
        });
        if put.touch {
            self.acknowledged = Some(sent);
            cx.pending.acknowledge(&self.user, sent);
        }
        if put.body.purging {
            // What is to be removed for good is looked at anew.
            self.volume = VolumeFact::Unknown;
        }
        self.learn_progress(id, &put);
        self.names = put.body.names.clone();
        self.store_retry.succeed();
        let failure = put.body.failure.as_ref();
        self.retry_at = failure.map(|failure| cx.now.after(failure.retry_in));
        if put.lease.is_none() {
            self.current_container = CurrentContainer::AsRecorded;
        }
        self.learn_record(put, sent, cx.now, written);
    }

    /// What the write that took hold means for the run.
    fn learn_progress(&mut self, id: EffectId, put: &Put) {
        let Some(run) = &mut self.run else {
            return;
        };
        run.note_claimed();
        match &mut run.aim {
            Aim::Rotate(rotation) if rotation.is_written_by(id) => {
                let restart = put.lease.is_some();
                *rotation = Rotation::Done { restart };
            }
            // Nothing else that is written for this aim counts as activity.
            Aim::Adopt { written, .. } if put.touch => {
                *written = true;
                self.volume = VolumeFact::Ours;
            }
            Aim::Run
            | Aim::Renew
            | Aim::Rotate(_)
            | Aim::Stop
            | Aim::Reap { .. }
            | Aim::Evict { .. }
            | Aim::Purge(_)
            | Aim::Adopt { .. }
            | Aim::Repair => {}
        }
    }

    /// The record is what was written.
    fn learn_record(&mut self, put: Put, sent: Instant, now: Instant, written: Written) {
        let record = match put.expect {
            Expect::Absent(record) => record,
            Expect::At(version) => version.record,
        };
        let Written {
            revision,
            port,
            last_active,
            shares_volume,
        } = written;
        let version = Version { record, revision };
        self.watermark.note(Some(version), sent, now);
        self.store = View::of(Row::Found(Record {
            version,
            port,
            lease: put.lease.map(|remaining| Lease {
                owner: put.controller,
                remaining,
            }),
            last_active,
            shares_volume,
            ahead: Ahead::default(),
            body: put.body,
        }));
    }
}
