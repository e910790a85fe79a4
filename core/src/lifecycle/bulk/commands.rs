//! All bulk commands that are on their way.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::command::{BulkCommand, Stage, Then};
use super::kind::BulkKind;
use super::worker::{Item, Work};
use crate::command::Reply;
use crate::effect::Effect;
use crate::error::Error;
use crate::event::Actor;
use crate::id::RequestId;
use crate::lifecycle::context::in_flight::Purpose;
use crate::lifecycle::context::{AskedOf, Context};
use crate::lifecycle::decision::facts::IdentityFact;
use crate::lifecycle::decision::goal::Goal;
use crate::lifecycle::fleet::tenancies::Tenancies;
use crate::lifecycle::output::Output;
use crate::lifecycle::request::{BulkId, ItemResult, Request, Requester};
use crate::lifecycle::tenancy::amendment::RecordChange;
use crate::lifecycle::tenancy::knowledge::View;
use crate::outcome::Outcome;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::record::Row;
use crate::time::Instant;
use crate::user::UserId;

/// The bulk commands, by number.
#[derive(Clone, Default, Debug)]
pub(crate) struct BulkCommands {
    by_id: BTreeMap<BulkId, BulkCommand>,
    last: u64,
}

#[cfg(feature = "model-checking")]
impl Project for BulkCommands {
    fn project(&self, out: &mut Projection) {
        let Self { by_id, last: _ } = self;
        by_id.len().project(out);
        for (id, command) in by_id {
            id.project(out);
            command.project(out);
        }
    }
}

impl BulkCommands {
    pub(crate) fn begin(
        &mut self,
        cx: &mut Context,
        requester: Option<RequestId>,
        kind: BulkKind,
        actor: Option<Actor>,
    ) {
        // What isn't in the store when the engine has been listed already belongs to nobody. Read
        // the other way round, it might only be too new.
        let stage = match kind {
            BulkKind::Sweep | BulkKind::Repair { .. } if cx.header.is_none() => Stage::Header,
            BulkKind::Sweep | BulkKind::Repair { .. } => Stage::Proving(Then::List),
            BulkKind::Events { .. } => Stage::Events,
            BulkKind::List { ref after, .. } => Stage::Records(after.clone()),
            BulkKind::Status(_)
            | BulkKind::LogSource(_)
            | BulkKind::Health
            | BulkKind::Reap
            | BulkKind::Rekey => Stage::Records(None),
        };
        self.last += 1;
        let id = BulkId(self.last);
        if let Some(request) = requester {
            cx.asked.insert(request, AskedOf::Bulk(id));
        }
        if kind.asks_engine() {
            // Beside what is read first, so that it takes no time of its own.
            cx.begin_proof();
        }
        if kind.mends() {
            cx.drop_old_events();
        }
        let timing = &cx.settings.timing;
        let command = BulkCommand::new(requester, actor, kind, stage, cx.now, timing);
        self.by_id.insert(id, command);
    }

    /// Nobody waits for it any more.
    pub(crate) fn withdraw(&mut self, id: BulkId) {
        if let Some(command) = self.by_id.get_mut(&id) {
            command.requester = None;
            command.end(Reply::Failed(Error::Closed));
        }
    }

    /// Whether one waits for the engine to be proven.
    pub(crate) fn are_awaiting_proof(&self) -> bool {
        self.by_id.values().any(BulkCommand::is_proving)
    }

    /// Whether one of the kind is on its way that nobody asked for.
    pub(crate) fn is_under_way_unasked(&self, kind: &BulkKind) -> bool {
        let mut all = self.by_id.values();
        all.any(|command| command.requester.is_none() && command.kind == *kind)
    }

    pub(crate) fn next_try(&self) -> Option<Instant> {
        self.by_id.values().filter_map(BulkCommand::next_try).min()
    }

    /// Takes each as far as it goes, and answers those that are over.
    pub(crate) fn run(&mut self, cx: &mut Context, tenancies: &mut Tenancies) {
        let ids: Vec<_> = self.by_id.keys().copied().collect();
        for id in ids {
            if let Some(mut command) = self.by_id.remove(&id)
                && !command.run(cx, tenancies, id)
            {
                self.by_id.insert(id, command);
            }
        }
    }

    /// Ends all of them.
    pub(crate) fn close(&mut self) {
        for command in self.by_id.values_mut() {
            command.close();
        }
    }

    pub(crate) fn learn(
        &mut self,
        cx: &mut Context,
        tenancies: &Tenancies,
        id: BulkId,
        effect: &Effect,
        sent: Instant,
        outcome: Outcome,
    ) {
        if let Some(command) = self.by_id.get_mut(&id)
            && !command.is_over()
        {
            command.learn(cx, tenancies, effect, sent, outcome);
        }
    }

    /// A user's part of one has ended.
    pub(crate) fn item_ended(
        &mut self,
        cx: &mut Context,
        id: BulkId,
        user: &UserId,
        result: ItemResult,
    ) {
        if let Some(command) = self.by_id.get_mut(&id) {
            command.item_ended(cx, user, result);
        }
    }
}

impl BulkCommand {
    /// Nothing more is begun. Of what was done for single users it is told for whom, and for whom not.
    fn close(&mut self) {
        let reply = match (&self.stage, &self.kind) {
            (Stage::Over(_), _) => return,
            (Stage::Work, BulkKind::Reap | BulkKind::Rekey) => {
                self.work.give_up();
                self.work.reply(&self.kind)
            }
            _ => Reply::Failed(Error::Closed),
        };
        self.end(reply);
    }

    /// Goes as far as it can; true once it is over, and answered.
    fn run(&mut self, cx: &mut Context, tenancies: &mut Tenancies, id: BulkId) -> bool {
        self.judge(cx.now, &cx.settings.timing);
        self.sort(cx);
        loop {
            while self.prove(cx, tenancies) {}
            self.work(cx, tenancies, id);
            if !self.turn_page(cx) {
                break;
            }
        }
        if let Stage::Over(reply) = &mut self.stage {
            if let (Some(request), Some(reply)) = (self.requester.take(), reply.take()) {
                cx.reply(request, *reply);
            }
            return self.reading.forget(&mut cx.slice);
        }
        let installation = cx.installation();
        while let Some(effect) = self.next_effect(&cx.settings, installation, cx.now) {
            self.note_sent();
            cx.send(Purpose::Bulk(id), effect, None);
        }
        false
    }

    /// Goes on with sorting what the engine listed, as far as this call's slice allows.
    fn sort(&mut self, cx: &mut Context) {
        if matches!(self.stage, Stage::Sorting) && self.reading.sort(&mut cx.slice) {
            self.stage = self.next_records(&cx.settings);
        }
    }

    /// Goes on, if it waits for the engine to be the right one and that is proven, and then may wait
    /// again; fails if it isn't. False if there is nothing to go on with.
    fn prove(&mut self, cx: &mut Context, tenancies: &Tenancies) -> bool {
        let Stage::Proving(then) = self.stage else {
            return false;
        };
        let identity = if self.may_meet_something() {
            cx.identity()
        } else {
            cx.identity_where_nothing_is_recorded()
        };
        match identity {
            IdentityFact::Proven => {
                match then {
                    // Volumes are for whoever is told of them.
                    Then::List if self.requester.is_some() && self.next_page.is_none() => {
                        self.stage = Stage::Volumes;
                    }
                    Then::List => self.stage = Stage::Containers,
                    Then::Look => self.look(cx, tenancies),
                    Then::Conclude => self.conclude(cx, tenancies),
                }
                true
            }
            IdentityFact::Unproven => {
                cx.begin_proof();
                false
            }
            IdentityFact::Another | IdentityFact::Failed => {
                self.fail_unproven(cx);
                false
            }
        }
    }

    /// Begins with as many users as may be seen to at once; ends where none is left.
    fn work(&mut self, cx: &mut Context, tenancies: &mut Tenancies, id: BulkId) {
        while matches!(self.stage, Stage::Work)
            && let Some(item) = self.work.next()
        {
            if self.kind != BulkKind::Rekey && tenancies.is_busy(&item.user) {
                self.item_ended(cx, &item.user, ItemResult::Dropped);
            } else {
                self.begin_item(cx, tenancies, id, item);
            }
        }
    }

    /// Begins with one user, with what was read of it.
    fn begin_item(&self, cx: &mut Context, tenancies: &mut Tenancies, id: BulkId, item: Item) {
        let tenancy = tenancies.in_passing(cx, &item.user);
        let requester = Requester::Bulk(id);
        let request = |goal| Request {
            goal,
            requester,
            actor: self.actor.clone(),
            problem: self.work.problems.get(&item.user).copied(),
        };
        match &self.kind {
            BulkKind::Rekey => {
                let change = RecordChange {
                    reseal: true,
                    ..RecordChange::default()
                };
                tenancy.amend(cx, change, requester, self.actor.clone());
                tenancy.learn_row(cx, item.row, item.sent);
            }
            BulkKind::Sweep | BulkKind::Repair { .. } => {
                tenancy.request(cx, request(Goal::Repaired));
                // Only where there is no record can't what was listed have changed since.
                let engine = match item.row {
                    Row::Absent => View::of(item.seen),
                    Row::Found(_) | Row::Unreadable(_) => View::Unknown,
                };
                tenancy.learn_row(cx, item.row, item.sent);
                tenancy.engine = engine;
                tenancy.doubt = true;
            }
            BulkKind::Reap
            | BulkKind::Status(_)
            | BulkKind::LogSource(_)
            | BulkKind::List { .. }
            | BulkKind::Health
            | BulkKind::Events { .. } => {
                tenancy.request(cx, request(Goal::Reaped));
                tenancy.learn_row(cx, item.row, item.sent);
                tenancy.engine = View::of(item.seen);
            }
        }
    }

    /// Once all was done for those who were read: goes on with the next page of records, or ends. True
    /// if there is something to go on with at once.
    fn turn_page(&mut self, cx: &Context) -> bool {
        if !matches!(self.stage, Stage::Work) || !self.work.is_over() {
            return false;
        }
        if self.next_page.is_none() {
            let reply = self.work.reply(&self.kind);
            self.end(reply);
            return false;
        }
        if self.requester.is_none() {
            // Nobody is told what was found.
            self.work = Work::default();
        }
        self.reading.turn_page();
        let timing = &cx.settings.timing;
        self.renew_deadline(cx.now.after(timing.answer));
        let is_old = |at: Instant| cx.now.since(at) > timing.trust;
        let list_again = self.reading.listed_at.is_some_and(is_old);
        self.stage = if list_again {
            Stage::Proving(Then::List)
        } else {
            self.next_records(&cx.settings)
        };
        list_again
    }

    fn item_ended(&mut self, cx: &mut Context, user: &UserId, result: ItemResult) {
        if self.work.note(user, result)
            && let Some(request) = self.requester
        {
            let progress = Output::Progress(request, self.work.progress());
            cx.outbox.push_back(progress);
        }
    }
}
