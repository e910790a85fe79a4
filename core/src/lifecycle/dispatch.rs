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
use crate::id::{EffectId, RequestId};
use crate::outcome::Outcome;
use crate::user::UserId;

impl Lifecycle {
    pub(super) fn begin_command(&mut self, request: RequestId, command: Command) {
        match command {
            Command::Ensure(user) => self.pursue(request, &user, Goal::Running),
            Command::Stop(user) => self.pursue(request, &user, Goal::Stopped),
            Command::Restart(user) => self.pursue(request, &user, Goal::Fresh),
            Command::Purge(user) => self.pursue(request, &user, Goal::Absent),
            Command::Rotate(user) => self.pursue(request, &user, Goal::Rotated),
            Command::Adopt(user) => self.pursue(request, &user, Goal::Adopted),
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
                tenancy.amend(&mut self.cx, change, Requester::Host(request));
            }
            Command::Status(user) => self.begin_bulk(request, BulkKind::Status(user)),
            Command::LogSource(user) => self.begin_bulk(request, BulkKind::LogSource(user)),
            Command::List { after, limit } => {
                self.begin_list(request, after, limit, false);
            }
            Command::ListRunning { after, limit } => {
                self.begin_list(request, after, limit, true);
            }
            Command::Health => self.begin_bulk(request, BulkKind::Health),
            Command::Reap => self.begin_bulk(request, BulkKind::Reap),
            Command::Repair { dry_run } => self.begin_bulk(request, BulkKind::Repair { dry_run }),
            Command::Rekey => self.begin_bulk(request, BulkKind::Rekey),
        }
    }

    fn pursue(&mut self, request: RequestId, user: &UserId, goal: Goal) {
        self.note_asked(request, user);
        let requester = Requester::Host(request);
        let request = Request { goal, requester };
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
        self.begin_bulk(request, kind);
    }

    fn begin_bulk(&mut self, request: RequestId, kind: BulkKind) {
        self.bulk.begin(&mut self.cx, Some(request), kind);
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
                | Purpose::Events,
                _,
                _,
            ) => {}
        }
    }
}
