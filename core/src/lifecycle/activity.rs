//! What goes to the store for many users at once: loads, and the activity of users.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::Lifecycle;
use super::flight::Purpose;
use super::tenancy::Tenancy;
use crate::command::Reply;
use crate::effect::{Effect, StoreEffect};
use crate::error::Error;
use crate::id::RequestId;
use crate::outcome::{StoreOutcome, Touch, Trouble};
use crate::projection::project;
use crate::record::Row;
use crate::time::Instant;
use crate::user::UserId;

/// So many loads may be under way at once: whoever comes meanwhile shares the next one.
const LOADS_AT_ONCE: u32 = 4;
/// So many users go into one statement at most.
const USERS_A_STATEMENT: usize = 1000;

/// Who is to be loaded, and whose activity is to be flushed.
#[derive(Clone, Default, Debug)]
pub(crate) struct Batches {
    pub loads: BTreeSet<UserId>,
    loads_under_way: u32,
    pub flushes: BTreeSet<UserId>,
    flush_under_way: bool,
    /// After a failure, nothing is sent before.
    not_before: Instant,
    setbacks: u32,
    /// Since when no flush has reached the store.
    flush_away: Option<Instant>,
}

project!(struct Batches {
    loads: users, loads_under_way, flushes: users, flush_under_way, not_before: due, setbacks,
    flush_away,
});

impl Batches {
    pub(crate) fn next_try(&self, now: Instant) -> Option<Instant> {
        let waiting = !self.loads.is_empty() || !self.flushes.is_empty();
        (waiting && self.not_before > now).then_some(self.not_before)
    }
}

fn take(users: &mut BTreeSet<UserId>) -> Vec<UserId> {
    let mut taken = Vec::new();
    while taken.len() < USERS_A_STATEMENT
        && let Some(user) = users.pop_first()
    {
        taken.push(user);
    }
    taken
}

impl Lifecycle {
    /// The user was active. Answered from memory within the slack of the last acknowledged flush;
    /// the reaper waits that much longer, so no touch that was answered is overlooked.
    pub(super) fn touch(&mut self, user: UserId, request: RequestId) {
        let patience = self.now.after(self.settings.timing.answer);
        let slack = self.settings.timing.slack;
        let now = self.now;
        let tenancy = self.tenancy(&user);
        if tenancy.active_within(slack, now) {
            self.reply(request, Reply::Touched(true));
            return;
        }
        tenancy.touches.push((request, patience));
        self.want_flush(&user);
        self.dirty.insert(user);
    }

    /// The user's record is to be loaded, unless it is being.
    pub(super) fn want_load(&mut self, user: &UserId) {
        if self
            .tenancies
            .get(user)
            .is_some_and(|tenancy| !tenancy.loading)
        {
            self.batches.loads.insert(user.clone());
        }
    }

    /// The user's activity is to be flushed, unless it is being.
    pub(super) fn want_flush(&mut self, user: &UserId) {
        if self
            .tenancies
            .get(user)
            .is_some_and(|tenancy| !tenancy.flushing)
        {
            self.batches.flushes.insert(user.clone());
        }
    }

    fn note_under_way(&mut self, users: &[UserId], note: impl Fn(&mut Tenancy)) {
        for user in users {
            if let Some(tenancy) = self.tenancies.get_mut(user) {
                note(tenancy);
            }
        }
    }

    /// Sends what is due, as far as it may be under way at once.
    pub(super) fn send_batches(&mut self) {
        if self.batches.not_before > self.now {
            return;
        }
        while self.batches.loads_under_way < LOADS_AT_ONCE && !self.batches.loads.is_empty() {
            let users = take(&mut self.batches.loads);
            self.batches.loads_under_way += 1;
            self.note_under_way(&users, |tenancy| tenancy.loading = true);
            let effect = Effect::Store(StoreEffect::Load {
                engine: self.settings.engine.clone(),
                users: users.clone(),
            });
            self.send(
                Purpose::Load(users),
                effect,
                self.settings.timing.store,
                None,
            );
        }
        if !self.batches.flush_under_way && !self.batches.flushes.is_empty() {
            let users = take(&mut self.batches.flushes);
            self.batches.flush_under_way = true;
            self.note_under_way(&users, |tenancy| tenancy.flushing = true);
            let effect = Effect::Store(StoreEffect::Touch {
                users: users.clone(),
            });
            self.send(
                Purpose::Flush(users),
                effect,
                self.settings.timing.store,
                None,
            );
        }
    }

    fn hold_off_batches(&mut self) {
        self.batches.setbacks += 1;
        let wait = self.backoff(self.batches.setbacks);
        self.batches.not_before = self.now.after(wait);
    }

    pub(super) fn learn_of_load(
        &mut self,
        users: Vec<UserId>,
        sent: Instant,
        outcome: StoreOutcome,
    ) {
        self.batches.loads_under_way = self.batches.loads_under_way.saturating_sub(1);
        self.note_under_way(&users, |tenancy| tenancy.loading = false);
        if let StoreOutcome::Loaded { header, rows } = outcome {
            self.batches.setbacks = 0;
            self.header = Some(header);
            for (user, row) in rows {
                self.learn_row(&user, row, sent);
            }
            // A row that the store left out would leave its user waiting: it is asked for again,
            // until the run's deadline.
            self.dirty.extend(users);
            return;
        }
        for user in users {
            self.store_trouble(&user, &outcome);
        }
        self.hold_off_batches();
    }

    pub(super) fn learn_of_flush(
        &mut self,
        users: Vec<UserId>,
        sent: Instant,
        outcome: StoreOutcome,
    ) {
        self.batches.flush_under_way = false;
        self.note_under_way(&users, |tenancy| tenancy.flushing = false);
        if !matches!(outcome, StoreOutcome::Unreachable(_)) {
            self.batches.flush_away = None;
        }
        if let StoreOutcome::Touched(touches) = outcome {
            self.batches.setbacks = 0;
            for (user, touch) in touches {
                self.learn_touch(&user, touch, sent);
            }
            self.dirty.extend(users);
            return;
        }
        let given_up = self.gives_up_flush(&outcome);
        for user in users {
            if let Some(error) = &given_up {
                self.answer_touches(&user, &Reply::Failed(error.clone()));
            }
            // A run that still wants it asks for it again when the table is consulted.
            let waiting = self.tenancies.get(&user);
            if waiting.is_some_and(|tenancy| !tenancy.touches.is_empty()) {
                self.batches.flushes.insert(user.clone());
            }
            self.store_trouble(&user, &outcome);
        }
        self.hold_off_batches();
    }

    /// Why those who wait for a flush are to wait no longer, if so.
    fn gives_up_flush(&mut self, outcome: &StoreOutcome) -> Option<Error> {
        match outcome.trouble()? {
            Trouble::Refused(text) => Some(Error::StoreRefused(text.into())),
            Trouble::Unreachable(text) => {
                let since = *self.batches.flush_away.get_or_insert(self.now);
                let over = self.now.since(since) >= self.settings.timing.patience;
                over.then(|| Error::StoreUnreachable(text.into()))
            }
            Trouble::Unclear(_) => None,
        }
    }

    fn learn_touch(&mut self, user: &UserId, touch: Touch, sent: Instant) {
        let now = self.now;
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        let reply = match touch {
            Touch::Absent => {
                tenancy.active = None;
                if tenancy.record(now).is_some() {
                    tenancy.forget();
                }
                Reply::Touched(false)
            }
            Touch::Unreadable(why) => {
                tenancy.active = None;
                tenancy.store.forget();
                Reply::Failed(Error::RecordUnreadable(why))
            }
            Touch::Written(pulse) => {
                tenancy.active = Some(sent);
                let known = tenancy.store.get_mut();
                if let Some(Row::Found(record)) = known {
                    record.last_active = Some(pulse.last_active);
                    if record.version != pulse.version || record.body.intent != pulse.intent {
                        tenancy.forget();
                    }
                } else if known.is_some() {
                    tenancy.forget();
                }
                Reply::Touched(true)
            }
        };
        self.answer_touches(user, &reply);
    }

    /// Answers all who wait for the user's activity to be acknowledged.
    pub(super) fn answer_touches(&mut self, user: &UserId, reply: &Reply) {
        let waiting = self
            .tenancies
            .get_mut(user)
            .map(|tenancy| core::mem::take(&mut tenancy.touches))
            .unwrap_or_default();
        for (request, _) in waiting {
            self.reply(request, reply.clone());
        }
        self.dirty.insert(user.clone());
    }

    /// Answers those whose touch has waited long enough.
    pub(super) fn expire_touches(&mut self, user: &UserId) {
        let now = self.now;
        let Some(tenancy) = self.tenancies.get_mut(user) else {
            return;
        };
        if tenancy.touches.is_empty() {
            return;
        }
        let (over, waiting): (Vec<_>, Vec<_>) = core::mem::take(&mut tenancy.touches)
            .into_iter()
            .partition(|(_, deadline)| *deadline <= now);
        tenancy.touches = waiting;
        let failed = Reply::Failed(Error::StoreUnreachable(
            "the activity was not acknowledged in time".into(),
        ));
        for (request, _) in over {
            self.reply(request, failed.clone());
        }
    }

    pub(super) fn tenancy(&mut self, user: &UserId) -> &mut Tenancy {
        let naming = &self.settings.naming;
        self.tenancies
            .entry(user.clone())
            .or_insert_with(|| Box::new(Tenancy::new(user.clone(), naming.names(user))))
    }
}

impl Tenancy {
    pub(super) fn active_within(&self, slack: core::time::Duration, now: Instant) -> bool {
        self.active.is_some_and(|sent| now < sent.after(slack))
    }

    /// Whether the activity of those who wait for the run is acknowledged: within the slack, or since the
    /// last of them asked. A store may take longer than the slack, and the slack may be none.
    pub(super) fn activity_is_acknowledged(
        &self,
        slack: core::time::Duration,
        now: Instant,
    ) -> bool {
        let asked = self.run.as_ref().map(|run| run.asked);
        let since = asked.is_some_and(|asked| self.active.is_some_and(|sent| sent >= asked));
        since || self.active_within(slack, now)
    }
}
