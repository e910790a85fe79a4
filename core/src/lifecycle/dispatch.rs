//! To whom a command or an outcome goes.

use super::Lifecycle;
use super::bulk::kind::BulkKind;
use super::context::AskedOf;
use super::context::in_flight::{Purpose, Sent};
use super::decision::goal::Goal;
use super::fleet::events;
use super::request::{Request, Requester};
use super::tenancy::amendment::{IdleLimit, RecordChange};
use crate::command::Command;
use crate::effect::Effect;
use crate::event::Actor;
use crate::id::{EffectId, RequestId};
use crate::outcome::Outcome;
use crate::user::UserId;

impl Lifecycle {
    pub(super) fn begin_command(
        &mut self,
        request: RequestId,
        command: Command,
        actor: Option<Actor>,
    ) {
        match command {
            Command::Ensure(user) => self.pursue(request, &user, Goal::Running, actor),
            Command::Stop(user) => self.pursue(request, &user, Goal::Stopped, actor),
            Command::Restart(user) => self.pursue(request, &user, Goal::Fresh, actor),
            Command::Purge(user) => self.pursue(request, &user, Goal::Absent, actor),
            Command::Rotate(user) => self.pursue(request, &user, Goal::Rotated, actor),
            Command::Adopt(user) => self.pursue(request, &user, Goal::Adopted, actor),
            Command::Touch(user) => {
                self.note_asked(request, &user);
                let tenancy = self.tenancies.of(&self.cx, &user);
                tenancy.touch(&mut self.cx, request);
            }
            Command::LimitIdle(user, limit) => {
                self.note_asked(request, &user);
                let change = RecordChange {
                    idle_limit: Some(limit.map_or(IdleLimit::Configured, IdleLimit::Own)),
                    ..RecordChange::default()
                };
                let tenancy = self.tenancies.of(&self.cx, &user);
                tenancy.amend(&mut self.cx, change, Requester::Host(request), actor);
            }
            Command::Status(user) => self.begin_bulk(request, BulkKind::Status(user), actor),
            Command::LogSource(user) => self.begin_bulk(request, BulkKind::LogSource(user), actor),
            Command::List { after, limit } => self.begin_list(request, after, limit, false),
            Command::ListRunning { after, limit } => self.begin_list(request, after, limit, true),
            Command::Health => self.begin_bulk(request, BulkKind::Health, actor),
            Command::Reap => self.begin_bulk(request, BulkKind::Reap, actor),
            Command::Repair { dry_run } => {
                self.begin_bulk(request, BulkKind::Repair { dry_run }, actor);
            }
            Command::Rekey => self.begin_bulk(request, BulkKind::Rekey, actor),
            Command::Events { from, user, limit } => {
                self.begin_bulk(request, BulkKind::Events { from, user, limit }, actor);
            }
        }
    }

    fn pursue(&mut self, request: RequestId, user: &UserId, goal: Goal, actor: Option<Actor>) {
        self.note_asked(request, user);
        let request = Request {
            goal,
            requester: Requester::Host(request),
            actor,
            problem: None,
        };
        self.tenancies.request(&mut self.cx, user, request);
    }

    fn note_asked(&mut self, request: RequestId, user: &UserId) {
        self.cx.asked.insert(request, AskedOf::User(user.clone()));
    }

    fn begin_list(
        &mut self,
        request: RequestId,
        after: Option<UserId>,
        limit: u32,
        unsettled: bool,
    ) {
        let kind = BulkKind::List {
            after,
            limit,
            unsettled,
        };
        self.begin_bulk(request, kind, None);
    }

    fn begin_bulk(&mut self, request: RequestId, kind: BulkKind, actor: Option<Actor>) {
        self.bulk.begin(&mut self.cx, Some(request), kind, actor);
    }

    /// Takes in what came of an effect.
    pub(super) fn learn(&mut self, id: EffectId, sent: Sent, outcome: Outcome) {
        let cx = &mut self.cx;
        let at = sent.at;
        self.tenancies.note_identity(cx, &outcome);
        match (sent.purpose, sent.effect, outcome) {
            (Purpose::Container(user), Effect::Engine(effect), Outcome::Engine(outcome)) => {
                if let Some(tenancy) = self.tenancies.get_mut(&user) {
                    tenancy.learn_of_container(cx, id, &effect, at, outcome);
                }
            }
            (Purpose::Container(user), _, Outcome::Probe(outcome)) => {
                if let Some(tenancy) = self.tenancies.get_mut(&user) {
                    tenancy.learn_of_endpoint(cx, id, outcome);
                }
            }
            (Purpose::Record(user), Effect::Store(effect), Outcome::Store(outcome)) => {
                if let Some(tenancy) = self.tenancies.get_mut(&user) {
                    tenancy.learn_of_write(cx, id, effect, at, outcome);
                }
            }
            (Purpose::Load(users), _, Outcome::Store(outcome)) => {
                self.tenancies.learn_of_load(cx, users, at, outcome);
            }
            (Purpose::Flush(users), _, Outcome::Store(outcome)) => {
                self.tenancies.learn_of_flush(cx, users, at, outcome);
            }
            (Purpose::Prerequisite(which), effect, outcome) => {
                let tenancies = &mut self.tenancies;
                tenancies.learn_of_prerequisite(cx, &which, &effect, at, outcome);
            }
            (Purpose::Bulk(bulk), effect, outcome) => {
                self.bulk
                    .learn(cx, &self.tenancies, bulk, &effect, at, outcome);
            }
            (Purpose::PortSearch, _, Outcome::Store(outcome)) => {
                let tenancies = &mut self.tenancies;
                self.evictions.learn_of_longest(cx, tenancies, at, outcome);
            }
            (Purpose::Events, _, Outcome::Store(outcome)) => {
                events::learn_of_installation(cx, outcome);
            }
            (Purpose::Events, _, Outcome::Engine(outcome)) => {
                self.tenancies.learn_of_stream(cx, id, at, outcome);
            }
            // Outcomes that don't fit their effect don't come this far.
            (
                Purpose::Container(_)
                | Purpose::Record(_)
                | Purpose::Load(_)
                | Purpose::Flush(_)
                | Purpose::PortSearch
                | Purpose::Events
                | Purpose::EventLog,
                _,
                _,
            ) => {}
        }
    }
}
