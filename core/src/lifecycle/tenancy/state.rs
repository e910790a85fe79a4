//! One user: what is known, what is wanted, what is under way.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::amendment::{Amendment, Carried};
use super::behalf::Behalf;
use super::currency::Currency;
use super::current::CurrentContainer;
use super::effort::Effort;
use super::knowledge::{Seen, View};
use super::lease::HeldLease;
use super::run::Run;
use super::slot::Slot;
use super::waiting_touch::WaitingTouch;
use super::watermark::Watermark;
use crate::error::Error;
use crate::id::{ContainerId, Port, RequestId};
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::VolumeFact;
use crate::lifecycle::decision::goal::Goal;
use crate::lifecycle::request::{Request, Requester};
use crate::lifecycle::retry::Retry;
use crate::name::Names;
use crate::observed::Observed;
use crate::projection::project;
use crate::record::{Record, Row};
use crate::time::Instant;
use crate::user::UserId;

/// For how long it is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stay {
    /// As long as its record is known: somebody has asked for the user.
    Lasting,
    /// Only while something is done, if the user is stopped then: it was made for a command that concerns
    /// many users, and nobody else has come since.
    Passing,
}

project!(
    enum Stay {
        Lasting,
        Passing,
    }
);

/// All that is held for one user.
#[derive(Clone, Debug)]
pub(crate) struct Tenancy {
    pub user: UserId,
    /// The names in use: the record's, or those it will get.
    pub names: Names,
    pub store: View<Row>,
    /// How much of what the store told of the user was taken in.
    pub watermark: Watermark,
    /// Since when the record is known as somebody else wrote it.
    pub known_since: Instant,
    pub engine: View<Seen>,
    /// How long `engine` may be believed.
    pub currency: Currency,
    /// Until when we hold the user's lease, counted from before it was asked for.
    pub lease: Option<HeldLease>,
    pub current_container: CurrentContainer,
    /// A start was begun by somebody and not finished: its container may be under another name.
    pub doubt: bool,
    /// This container can't serve and is to be replaced.
    pub condemned: Option<ContainerId>,
    /// This port was found taken by somebody else, and is avoided until then.
    pub bad_port: Option<(Port, Instant)>,
    pub volume: VolumeFact,
    /// When the last acknowledged write of the user's activity was sent.
    pub acknowledged: Option<Instant>,
    /// When the next start is due, after failed ones.
    pub retry_at: Option<Instant>,
    /// Its record is being loaded.
    pub loading: bool,
    /// Its activity is being flushed.
    pub flushing: bool,
    pub store_slot: Slot,
    pub engine_slot: Slot,
    /// Statements that brought the work no further, since the last that did.
    pub store_retry: Retry,
    /// What the engine was asked for in this run that brought the work no further.
    pub engine_retry: Retry,
    /// How much was asked of the engine lately.
    pub effort: Effort,
    pub run: Option<Run>,
    /// On whose behalf something was begun last.
    pub behalf: Option<Behalf>,
    /// What is wanted once the run has ended, in this order.
    pub queue: VecDeque<Request>,
    /// What is to be changed in the record that concerns no container.
    pub amendment: Option<Amendment>,
    /// The same, as far as a write under way carries it.
    pub carried: Option<Carried>,
    /// Who waits for the activity to be acknowledged.
    pub touches: Vec<WaitingTouch>,
    pub stay: Stay,
    /// When the table is to be consulted again, as noted in the timers.
    pub wake: Option<Instant>,
}

project!(struct Tenancy {
    user: left_out, names, store, watermark, known_since, engine, currency, lease,
    current_container, doubt, condemned, bad_port, volume, acknowledged, retry_at: due, loading, flushing, store_slot,
    engine_slot, store_retry, engine_retry, effort, run, behalf: left_out, queue, amendment, carried, touches, stay, wake: due,
});

impl Tenancy {
    pub(crate) fn new(user: UserId, names: Names) -> Self {
        Self {
            user,
            names,
            store: View::Unknown,
            watermark: Watermark::default(),
            known_since: Instant::ORIGIN,
            engine: View::Unknown,
            currency: Currency::default(),
            lease: None,
            current_container: CurrentContainer::AsRecorded,
            doubt: false,
            condemned: None,
            bad_port: None,
            volume: VolumeFact::Unknown,
            acknowledged: None,
            retry_at: None,
            loading: false,
            flushing: false,
            store_slot: Slot::Free,
            engine_slot: Slot::Free,
            store_retry: Retry::default(),
            engine_retry: Retry::default(),
            effort: Effort::default(),
            run: None,
            behalf: None,
            queue: VecDeque::new(),
            amendment: None,
            carried: None,
            touches: Vec::new(),
            stay: Stay::Lasting,
            wake: None,
        }
    }

    /// One of whom nothing else is known than what was read for a bulk command, with a goal that is to
    /// be looked at and not pursued.
    pub(crate) fn read(
        user: UserId,
        names: Names,
        row: Row,
        seen: Seen,
        goal: Goal,
        cx: &Context,
    ) -> Self {
        let mut tenancy = Self::new(user, names);
        tenancy.store = View::of(row);
        tenancy.watermark.note(None, cx.now, cx.now);
        tenancy.engine = View::of(seen);
        tenancy.run = Some(Run::new(goal, cx.now, cx.settings.timing.start));
        tenancy
    }

    /// The record, as far as it is known.
    pub(crate) fn record(&self, now: Instant) -> Option<&Record> {
        match self.store.get(now)? {
            Row::Found(record) => Some(record),
            Row::Absent | Row::Unreadable(_) => None,
        }
    }

    /// The containers that were seen last, whether or not that can still be believed.
    pub(crate) fn seen(&self) -> impl Iterator<Item = &Observed> {
        let seen = match &self.engine {
            View::Known { what, .. } => Some(&what.containers),
            View::Unknown => None,
        };
        seen.into_iter().flatten()
    }

    /// Nobody wants anything of it, and nothing is under way.
    pub(crate) fn is_quiet(&self) -> bool {
        self.run.is_none()
            && self.queue.is_empty()
            && self.amendment.is_none()
            && self.touches.is_empty()
            && self.lease.is_none()
            && !self.loading
            && !self.flushing
            && !self.store_slot.is_taken()
            && !self.engine_slot.is_taken()
    }

    /// Something is being done for the user already.
    pub(crate) fn is_busy(&self) -> bool {
        self.run.is_some()
            || self.lease.is_some()
            || self.store_slot.is_taken()
            || self.engine_slot.is_taken()
    }

    /// Record and engine are to agree, and nobody wants anything else.
    pub(crate) fn is_repaired(&self) -> bool {
        self.run
            .as_ref()
            .is_some_and(|run| run.goal() == Goal::Repaired)
    }

    /// Whether the port was found taken by somebody else, not long ago.
    pub(crate) fn is_bad(&self, port: Port, now: Instant) -> bool {
        self.bad_port
            .is_some_and(|(bad, until)| bad == port && now < until)
    }

    /// Doubt is answered by asking: nothing about the user is believed any more.
    pub(crate) fn forget(&mut self) {
        self.store.forget();
        self.engine.forget();
    }

    /// Whether the record says which its container is, or will.
    pub(crate) fn is_recorded(&self, now: Instant) -> bool {
        self.record(now)
            .is_some_and(|record| self.current_container.resolve(record).is_some())
    }

    /// Nobody waits for this request any more.
    pub(crate) fn withdraw(&mut self, request: RequestId) {
        let requester = Requester::Host(request);
        self.touches.retain(|touch| touch.request != request);
        self.queue.retain(|request| request.requester != requester);
        if let Some(run) = &mut self.run {
            run.waiters.retain(|request| request.requester != requester);
        }
        if let Some(amendment) = &mut self.amendment {
            amendment.forget(requester);
        }
        if let Some(carried) = &mut self.carried {
            carried.amendment.forget(requester);
        }
    }

    /// Whether this is the container that the record means.
    pub(crate) fn may_be_current(&mut self, id: &ContainerId) -> bool {
        match self.store.get_mut() {
            Some(Row::Found(record)) => self
                .current_container
                .resolve(record)
                .is_none_or(|current| current == id),
            Some(Row::Absent | Row::Unreadable(_)) | None => true,
        }
    }

    /// Notes what kept the run from its end.
    pub(crate) fn note(&mut self, last: impl Into<alloc::string::String>) {
        if let Some(run) = &mut self.run {
            run.last = last.into();
        }
    }

    /// The run ends in the user's activity: somebody wants the container to run. Who has it restarted
    /// does, too: the next reap would undo it else.
    pub(crate) fn counts(&self) -> bool {
        self.run.as_ref().is_some_and(|run| {
            run.waiters
                .iter()
                .any(|request| matches!(request.goal, Goal::Running | Goal::Fresh))
        })
    }

    /// The run has failed. The first reason stays.
    pub(crate) fn fail(&mut self, error: Error, answer_by: Instant) {
        if let Some(run) = &mut self.run
            && run.verdict.is_none()
        {
            run.verdict = Some((error, answer_by));
        }
    }
}
