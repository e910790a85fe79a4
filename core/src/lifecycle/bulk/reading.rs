//! From one question to the next, until all was read that a bulk command asks for.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::command::{BulkCommand, NextPage, Stage, Then, as_count, page};
use super::kind::BulkKind;
use super::looks::{Looks, Unseen};
use super::plan;
use super::volumes::Volumes;
use crate::command::Reply;
use crate::effect::{ContainerRef, Effect, EngineEffect, Scope};
use crate::error::Error;
use crate::id::ContainerId;
use crate::lifecycle::context::Context;
use crate::lifecycle::fleet::tenancies::Tenancies;
use crate::observed::Observed;
use crate::outcome::{EngineOutcome, Outcome, StoreOutcome};
use crate::record::{Header, Row};
use crate::settings::Settings;
use crate::time::Instant;
use crate::user::UserId;

impl BulkCommand {
    pub(crate) fn learn(
        &mut self,
        cx: &mut Context,
        tenancies: &Tenancies,
        effect: &Effect,
        sent: Instant,
        outcome: Outcome,
    ) {
        if matches!(self.stage, Stage::Doubtful(_)) {
            if let Some(at) = looked_at(effect) {
                self.learn_look(cx, at, outcome);
            }
            return;
        }
        self.under_way = false;
        let deadline = cx.now.after(cx.settings.timing.answer);
        match outcome {
            Outcome::Store(StoreOutcome::Loaded { header, rows }) => {
                self.note_answer(deadline);
                self.learn_rows(cx, tenancies, header, rows, sent, false);
            }
            Outcome::Store(StoreOutcome::Scanned { header, rows, more }) => {
                self.note_answer(deadline);
                let rows = self.in_order(rows);
                self.learn_rows(cx, tenancies, header, rows, sent, more);
            }
            Outcome::Store(StoreOutcome::Events {
                events,
                newest,
                dropped,
                more,
            }) => {
                self.learn_events(events, newest, dropped, more);
            }
            Outcome::Engine(EngineOutcome::Found(observed)) => {
                self.note_answer(deadline);
                self.learn_containers(alloc::vec![observed], sent);
            }
            Outcome::Engine(EngineOutcome::Examined(particulars)) => {
                self.note_answer(deadline);
                self.reading.environment = particulars.environment;
                self.learn_containers(alloc::vec![particulars.observed], sent);
            }
            Outcome::Engine(EngineOutcome::Absent) => {
                self.note_answer(deadline);
                self.learn_containers(Vec::new(), sent);
            }
            Outcome::Engine(EngineOutcome::Listed(listed)) => {
                self.note_answer(deadline);
                self.learn_containers(listed, sent);
            }
            Outcome::Engine(EngineOutcome::ListedInPart { containers, unread }) => {
                self.note_answer(deadline);
                self.reading.unread = Some(unread);
                self.learn_containers(containers, sent);
            }
            Outcome::Engine(EngineOutcome::Volumes(volumes)) => {
                self.note_answer(deadline);
                self.reading.volumes = Volumes::listed(volumes);
                self.stage = Stage::Containers;
            }
            Outcome::Store(_) | Outcome::Engine(_) | Outcome::Probe(_) => {
                self.learn_trouble(cx, outcome);
            }
        }
    }

    /// What of a page goes on after the last one, with each user once. A store of somebody's own that
    /// tells of others would be read without end.
    fn in_order(&self, mut rows: Vec<(UserId, Row)>) -> Vec<(UserId, Row)> {
        if let Stage::Records(Some(after)) = &self.stage {
            rows.retain(|(user, _)| user > after);
        }
        rows.dedup_by(|(user, _), (before, _)| *user <= *before);
        rows
    }

    /// A look at one of several containers has come back. One of which the engine can't tell costs nobody
    /// else's health.
    fn learn_look(&mut self, cx: &mut Context, at: &ContainerId, outcome: Outcome) {
        let deadline = cx.now.after(cx.settings.timing.answer);
        let Stage::Doubtful(looks) = &mut self.stage else {
            return;
        };
        match outcome {
            Outcome::Engine(EngineOutcome::Found(observed)) => {
                looks.end(at);
                self.reading.containers.push(observed.inspected());
                self.note_answer(deadline);
            }
            Outcome::Engine(EngineOutcome::Absent) => {
                looks.end(at);
                self.note_answer(deadline);
            }
            Outcome::Engine(EngineOutcome::Refused(why) | EngineOutcome::Unclear(why))
                if self.kind == BulkKind::Health =>
            {
                looks.fail(at, why);
            }
            Outcome::Store(_) | Outcome::Engine(_) | Outcome::Probe(_) => {
                looks.put_back(at);
                self.learn_trouble(cx, outcome);
            }
        }
        self.go_on_looking(cx, deadline);
    }

    /// Looks a second time at those of which nothing was told, and then goes on with what was seen.
    fn go_on_looking(&mut self, cx: &mut Context, deadline: Instant) {
        let Stage::Doubtful(looks) = &mut self.stage else {
            return;
        };
        if looks.begin_second() {
            self.renew_deadline(deadline);
            self.set_back(cx, None);
        } else if looks.are_over() {
            let Unseen { listed, why } = looks.unseen();
            self.reading.containers.extend(listed);
            self.reading.unseen = why;
            self.stage = Stage::Proving(Then::Conclude);
        }
    }

    /// It is asked again after a while; where whoever was asked wasn't reached, until patience runs out.
    /// What is refused, or is another engine's, ends it.
    fn learn_trouble(&mut self, cx: &mut Context, outcome: Outcome) {
        let unreachable = match outcome {
            Outcome::Engine(EngineOutcome::OtherEngine(_)) => return self.fail_unproven(cx),
            Outcome::Store(StoreOutcome::Refused(text)) => {
                return self.end(Reply::Failed(Error::StoreRefused(text)));
            }
            Outcome::Store(StoreOutcome::Unwritable(text)) => {
                return self.end(Reply::Failed(Error::StoreUnwritable(text)));
            }
            Outcome::Engine(EngineOutcome::Refused(text)) => {
                return self.end(Reply::Failed(Error::EngineRefused(text)));
            }
            Outcome::Store(StoreOutcome::Unreachable(text)) => Some(Error::StoreUnreachable(text)),
            Outcome::Engine(EngineOutcome::Unreachable(text)) => {
                Some(Error::EngineUnreachable(text))
            }
            Outcome::Store(StoreOutcome::Unclear(text))
            | Outcome::Engine(EngineOutcome::Unclear(text)) => {
                self.last = text;
                None
            }
            Outcome::Store(_) | Outcome::Engine(_) | Outcome::Probe(_) => None,
        };
        self.set_back(cx, unreachable);
    }

    /// The engine isn't the right one, or doesn't tell which it is.
    pub(crate) fn fail_unproven(&mut self, cx: &Context) {
        if let Some(why) = cx.prerequisites.engine_failure(cx.now) {
            self.end(Reply::Failed(why.clone()));
        }
    }

    fn learn_rows(
        &mut self,
        cx: &mut Context,
        tenancies: &Tenancies,
        header: Header,
        rows: Vec<(UserId, Row)>,
        sent: Instant,
        more: bool,
    ) {
        if self.kind == BulkKind::Reap || self.kind.mends() {
            put_activity_right(cx, &header, &rows);
        }
        cx.header = Some(header);
        if matches!(self.stage, Stage::Header) {
            self.stage = Stage::Proving(Then::List);
            return;
        }
        let last = rows.last().map(|(user, _)| user.clone());
        self.reading.learn_rows(rows, sent);
        self.next_page = match last.filter(|_| more) {
            Some(last) => Some(NextPage::Records(last)),
            None => self.next_named(),
        };
        if self.kind.asks_engine() {
            self.stage = Stage::Proving(Then::Look);
        } else {
            self.look(cx, tenancies);
        }
    }

    /// All records were read that the store tells of unasked: it is asked about whoever else the list
    /// names. Nothing is concluded about whom it leaves out.
    fn next_named(&mut self) -> Option<NextPage> {
        let asked = match &mut self.stage {
            Stage::Named(users) => users.pop(),
            _ => None,
        };
        let is_last = self.reading.listed.users(asked.as_ref(), 1).is_empty();
        (!is_last).then_some(NextPage::Named(asked))
    }

    /// Which records are read next.
    pub(crate) fn next_records(&self, settings: &Settings) -> Stage {
        match &self.next_page {
            None => Stage::Records(None),
            Some(NextPage::Records(after)) => Stage::Records(Some(after.clone())),
            Some(NextPage::Named(after)) => {
                let limit = as_count(page(settings));
                Stage::Named(self.reading.listed.users(after.as_ref(), limit))
            }
        }
    }

    /// The records were read: looks at the containers that they call for.
    pub(crate) fn look(&mut self, cx: &Context, tenancies: &Tenancies) {
        match self.kind {
            // Nobody knows what to look for.
            BulkKind::Status(_) | BulkKind::LogSource(_) if self.container_of_one().is_none() => {
                self.stage = Stage::Proving(Then::Conclude);
            }
            BulkKind::Status(_) | BulkKind::LogSource(_) => self.stage = Stage::Containers,
            // The containers of those who are asked after, or may have to be stopped, and no others: there
            // may be many. A list shows none to be a user's but those that records name.
            BulkKind::List { .. } | BulkKind::Health | BulkKind::Reap => {
                self.look_for(self.reading.recorded_containers());
            }
            BulkKind::Sweep | BulkKind::Repair { .. } => self.look_for_strays(),
            // That concerns records alone.
            BulkKind::Rekey | BulkKind::Events { .. } => self.conclude(cx, tenancies),
        }
    }

    fn learn_containers(&mut self, listed: Vec<Observed>, sent: Instant) {
        if self.kind.is_repair() && matches!(self.stage, Stage::Containers) {
            let passed = self.next_page.as_ref().and_then(NextPage::passed);
            self.reading.learn_list(listed, sent, passed);
            self.stage = Stage::Sorting;
            return;
        }
        self.reading.containers.extend(listed);
        match (&mut self.stage, &self.kind) {
            (Stage::Certain(ids), _) if ids.len() > Scope::MOST_IDS => {
                ids.drain(..Scope::MOST_IDS);
            }
            (Stage::Certain(_), _) | (_, BulkKind::Status(_) | BulkKind::LogSource(_)) => {
                self.stage = Stage::Proving(Then::Conclude);
            }
            (
                _,
                BulkKind::List { .. }
                | BulkKind::Health
                | BulkKind::Reap
                | BulkKind::Sweep
                | BulkKind::Repair { .. }
                | BulkKind::Rekey
                | BulkKind::Events { .. },
            ) => self.look_for_strays(),
        }
    }

    /// Containers that were adopted bear no labels, so the list left them out.
    fn look_for_strays(&mut self) {
        let adopted = self
            .reading
            .records()
            .filter(|(_, record)| record.body.adopted);
        let mut strays: Vec<_> = adopted
            .filter_map(|(_, record)| record.body.container.clone())
            .collect();
        // Mostly nobody was, and there may be many containers to compare with.
        if !strays.is_empty() {
            let containers = self.reading.containers.iter();
            let seen: BTreeSet<_> = containers.map(|seen| &seen.id).collect();
            strays.retain(|id| !seen.contains(id));
        }
        self.look_for(strays);
    }

    fn look_for(&mut self, containers: Vec<ContainerId>) {
        self.stage = if containers.is_empty() {
            Stage::Proving(Then::Conclude)
        } else {
            Stage::Certain(containers)
        };
    }

    /// The containers that records name and the engine's list doesn't, where that isn't whole.
    pub(crate) fn missing(&self) -> BTreeSet<ContainerId> {
        if self.reading.unread.is_none() {
            return BTreeSet::new();
        }
        let mut missing: BTreeSet<_> = self.reading.recorded_containers().into_iter().collect();
        for seen in &self.reading.containers {
            missing.remove(&seen.id);
        }
        missing
    }

    /// What the list told of these gives way to what a look at each of them tells.
    pub(crate) fn look_at(&mut self, doubtful: BTreeSet<ContainerId>) {
        let containers = core::mem::take(&mut self.reading.containers);
        let is_doubtful = |observed: &Observed| doubtful.contains(&observed.id);
        let (listed, others) = containers.into_iter().partition(is_doubtful);
        self.reading.containers = others;
        self.stage = Stage::Doubtful(Looks::at(doubtful, listed));
    }
}

/// The container that is looked at by its id.
fn looked_at(effect: &Effect) -> Option<&ContainerId> {
    match effect {
        Effect::Engine(EngineEffect::Inspect(ContainerRef::Id(id))) => Some(id),
        Effect::Engine(_) | Effect::Store(_) | Effect::Probe(_) => None,
    }
}

/// Those who were active in the future, since the store's clock ran ahead, would not be idle before
/// that has come. They count as active now.
fn put_activity_right(cx: &mut Context, header: &Header, rows: &[(UserId, Row)]) {
    for (user, row) in rows {
        if let Row::Found(record) = row
            && record
                .last_active
                .is_some_and(|last| plan::is_ahead(last, header.now))
        {
            cx.batches.flushes.insert(user.clone());
        }
    }
}
