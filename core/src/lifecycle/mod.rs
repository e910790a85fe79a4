//! The lifecycle of all users' containers: fed with what happens, drained of what is to be done.
//!
//! | folder | tells |
//! |---|---|
//! | `decision/` | the decision table: from facts to a step |
//! | `context/` | what all users share: settings, time, effects in flight, queues |
//! | `tenancy/` | one user: what is known and wanted, and how steps are carried out |
//! | `fleet/` | all users' tenancies together: batches, events, evictions |
//! | `bulk/` | commands that concern many users |

mod bulk;
#[cfg(feature = "model-checking")]
mod canonical;
mod context;
mod decision;
mod dispatch;
mod fleet;
mod maintenance;
mod output;
mod request;
mod retry;
mod tenancy;

pub use decision::table::decision_table;
#[cfg(feature = "model-checking")]
pub use decision::visited::Rows;
pub use output::{Deadline, Loop, Output, Timer};

use bulk::commands::BulkCommands;
use context::in_flight::{Completion, EventsUnder};
use context::slice::Slice;
use context::{AskedOf, Context, Notice};
use fleet::eviction::Evictions;
use fleet::tenancies::Tenancies;
use maintenance::NextMaintenance;

use crate::command::{Command, Reply};
use crate::error::{ApiMisuse, Error};
use crate::event::Actor;
use crate::id::{EffectId, RequestId};
use crate::outcome::{EngineEvent, Outcome};
use crate::seed::Seed;
use crate::settings::Settings;
use crate::time::Instant;

/// The lifecycle of all users' containers on one engine, as one controller sees it.
///
/// Its methods come in two families:
///
/// * `handle_*` feed it: a [command](Self::handle_command), the
///   [outcome](Self::handle_outcome) of an effect, an [event](Self::handle_event) on the engine, a
///   [withdrawal](Self::handle_cancel), the [passing of time](Self::handle_time), the host's
///   [end](Self::handle_close). Each takes `now`, which must never run backwards.
/// * [`handle_randomness`](Self::handle_randomness) stirs fresh randomness in. A driver that serves users
///   does so before each of the others.
/// * [`poll`](Self::poll) drains it. After each `handle_*`, call it until it is
///   [`Idle`](Output::Idle).
///
/// It does nothing by itself: no I/O, no clock, no thread, and no randomness but what it was handed.
/// The same inputs give the same outputs, byte for byte.
///
/// It can't be cloned, since two clones would draw the same tokens and nonces; model checkers, which
/// have no secrets, may do so with the feature `model-checking`.
#[cfg_attr(feature = "model-checking", derive(Clone))]
#[derive(Debug)]
pub struct Lifecycle {
    /// What all users share; lent to a tenancy for each of its steps.
    cx: Context,
    tenancies: Tenancies,
    bulk: BulkCommands,
    evictions: Evictions,
    maintenance: NextMaintenance,
    last_request: u64,
}

impl Lifecycle {
    /// Makes a lifecycle that knows nothing yet.
    ///
    /// Tokens and nonces come from the seed, which is drawn from the operating system's randomness for
    /// this `Lifecycle` alone.
    pub fn new(settings: Settings, seed: Seed, now: Instant) -> Self {
        Self {
            maintenance: NextMaintenance::new(&settings.maintenance, now),
            cx: Context::new(settings, seed, now),
            tenancies: Tenancies::default(),
            bulk: BulkCommands::default(),
            evictions: Evictions::default(),
            last_request: 0,
        }
    }

    /// The same, whose retries are as far apart as they are without jitter: explorations meet the same
    /// moments again. In production, controllers that failed together are not to try again together.
    #[cfg(feature = "model-checking")]
    #[must_use]
    pub fn without_jitter(mut self) -> Self {
        self.cx.entropy = self.cx.entropy.steady();
        self
    }

    /// The same, with another bound on how many changes are asked of the engine within a minute for a
    /// user for whom nothing succeeds, or with none: the states of an exploration would differ by
    /// what was done within the last minute.
    #[cfg(feature = "model-checking")]
    #[must_use]
    pub fn with_most_changes(mut self, most: Option<usize>) -> Self {
        self.cx.most_changes = most;
        self
    }

    /// The same, with another bound on how many steps may be taken for a user without a wait. No sound
    /// table reaches the one that stands, so tests of what is told then need a lower one.
    #[cfg(feature = "model-checking")]
    #[must_use]
    pub fn with_most_steps(mut self, most: u32) -> Self {
        self.cx.most_steps = most;
        self
    }

    /// What it was told when it was made.
    pub fn settings(&self) -> &Settings {
        &self.cx.settings
    }

    /// A host asks for something. The answer comes out of [`poll`](Self::poll) under the number
    /// that is returned: exactly one, by its deadline.
    pub fn handle_command(
        &mut self,
        now: Instant,
        command: Command,
    ) -> Result<RequestId, ApiMisuse> {
        self.handle_command_of(now, command, None)
    }

    /// The same, of somebody by whose name the [event log](crate::event) is to tell of it.
    pub fn handle_command_of(
        &mut self,
        now: Instant,
        command: Command,
        actor: Option<Actor>,
    ) -> Result<RequestId, ApiMisuse> {
        self.advance(now)?;
        self.last_request += 1;
        let request = RequestId(self.last_request);
        if self.cx.closing {
            self.cx.reply(request, Reply::Failed(Error::Closed));
        } else {
            self.begin_command(request, command, actor);
        }
        self.run_due();
        Ok(request)
    }

    /// Stirs fresh randomness of the operating system's into what tokens, nonces, record ids and jitter are
    /// drawn from. It changes nothing else and answers nothing.
    ///
    /// A process may be copied while it runs: a snapshot of it is restored twice, or it forks. Copies
    /// would draw the same nonces for different tokens, which gives both away. Where each draws its own
    /// randomness first, they don't. What the generator held before counts as well, so that nothing is
    /// lost where the fresh bytes are none.
    pub fn handle_randomness(&mut self, fresh: Seed) {
        self.cx.entropy.stir(fresh);
    }

    /// What came of an effect. Outcomes may come in any order; one that comes after the effect was
    /// given up is ignored.
    pub fn handle_outcome(
        &mut self,
        now: Instant,
        effect: EffectId,
        outcome: Outcome,
    ) -> Result<(), ApiMisuse> {
        self.advance(now)?;
        match self.cx.in_flight.complete(effect, &outcome) {
            Completion::Expected(sent) => self.learn(effect, sent, outcome),
            Completion::Overdue => {}
            Completion::Misuse => return Err(ApiMisuse::WrongOutcome(effect)),
            Completion::Unknown => return Err(ApiMisuse::UnknownEffect(effect)),
        }
        self.run_due();
        Ok(())
    }

    /// Nobody waits for the answer to this request any more, so none is given. The work that was
    /// begun for it goes on to its end.
    pub fn handle_cancel(&mut self, now: Instant, request: RequestId) -> Result<(), ApiMisuse> {
        self.advance(now)?;
        match self.cx.asked.remove(&request) {
            Some(AskedOf::User(user)) => {
                if let Some(tenancy) = self.tenancies.get_mut(&user) {
                    tenancy.withdraw(request);
                }
            }
            Some(AskedOf::Bulk(bulk)) => self.bulk.withdraw(bulk),
            // It may have been answered just now.
            None => {
                let answers =
                    |output: &Output| matches!(output, Output::Reply(id, _) if *id == request);
                self.cx.outbox.retain(|output| !answers(output));
            }
        }
        self.run_due();
        Ok(())
    }

    /// Something happened on the engine, as told under the number of the
    /// [`Watch`](crate::effect::EngineEffect::Watch) that asked for it. One that comes after the
    /// watch was abandoned is ignored.
    pub fn handle_event(
        &mut self,
        now: Instant,
        watch: EffectId,
        event: EngineEvent,
    ) -> Result<(), ApiMisuse> {
        self.advance(now)?;
        match self.cx.in_flight.events_under(watch) {
            EventsUnder::Open => self.tenancies.learn_of_event(&mut self.cx, watch, event),
            EventsUnder::Over => {}
            EventsUnder::Misuse => return Err(ApiMisuse::WrongOutcome(watch)),
            EventsUnder::Unknown => return Err(ApiMisuse::UnknownEffect(watch)),
        }
        self.run_due();
        Ok(())
    }

    /// The host is about to end: whoever waits is told so, what was begun comes to its next
    /// resting place, leases are given back, and activity that is [pending](Self::pending_activity) is
    /// told to the store, if that answers. Nothing new is begun, and no container is stopped.
    pub fn handle_close(&mut self, now: Instant) -> Result<(), ApiMisuse> {
        self.advance(now)?;
        self.cx.closing = true;
        self.cx.pending.close();
        self.maintenance.end();
        self.tenancies.end_events(&mut self.cx);
        self.bulk.close();
        self.tenancies.close(&mut self.cx);
        self.run_due();
        Ok(())
    }

    /// Time has passed: to be called when the deadline of [`Output::Idle`] has come, and harmless
    /// at any other time.
    pub fn handle_time(&mut self, now: Instant) -> Result<(), ApiMisuse> {
        self.advance(now)?;
        self.run_due();
        Ok(())
    }

    /// Of how many users a host was told that their activity is pending, and the store hasn't taken it in
    /// since.
    pub fn pending_activity(&self) -> usize {
        self.cx.pending.count()
    }

    /// What is to be done next. To be called until it is [`Idle`](Output::Idle).
    pub fn poll(&mut self) -> Output {
        self.cx
            .outbox
            .pop_front()
            .unwrap_or_else(|| Output::Idle(self.next_deadline()))
    }

    /// The rows of the [decision table](decision_table) that have decided something since this was
    /// last asked.
    #[cfg(feature = "model-checking")]
    pub fn take_rows(&mut self) -> Rows {
        core::mem::take(&mut self.cx.rows)
    }

    fn advance(&mut self, now: Instant) -> Result<(), ApiMisuse> {
        if now < self.cx.now {
            return Err(ApiMisuse::TimeWentBack {
                now,
                before: self.cx.now,
            });
        }
        self.cx.now = now;
        Ok(())
    }

    /// Does all that is due by now, until nothing is.
    fn run_due(&mut self) {
        self.take_notices();
        for (effect, why) in self.cx.pending.take_turned_back() {
            if let Some(sent) = self.cx.in_flight.turn_back(effect) {
                let outcome = Outcome::unreachable(&sent.effect, why);
                self.learn(effect, sent, outcome);
            }
        }
        while let Some((effect, sent)) = self.cx.in_flight.give_up(self.cx.now) {
            let outcome = Outcome::unclear(&sent.effect, "the driver didn't answer in time");
            self.learn(effect, sent, outcome);
        }
        while let Some((at, user)) = self.cx.wakes.first().cloned() {
            if at > self.cx.now {
                break;
            }
            self.cx.wakes.pop_first();
            self.cx.due.insert(user);
        }
        self.tenancies.compare_engines(&mut self.cx);
        fleet::prerequisites::retry(&mut self.cx, self.bulk.are_awaiting_proof());
        self.maintenance.run(&mut self.cx, &mut self.bulk);
        self.tenancies.run_resync(&mut self.cx);
        fleet::events::run(&mut self.cx);
        loop {
            while let Some(user) = self.cx.due.pop_first() {
                self.tenancies.consult(&mut self.cx, &user);
                self.take_notices();
            }
            self.bulk.run(&mut self.cx, &mut self.tenancies);
            self.evictions.run(&mut self.cx, &mut self.tenancies);
            self.take_notices();
            if self.cx.due.is_empty() {
                break;
            }
        }
        self.tenancies.send_batches(&mut self.cx);
        // The next call has one of its own.
        self.cx.slice = Slice::whole();
    }

    /// Passes on what tenancies have told to those who wait for it.
    fn take_notices(&mut self) {
        for notice in core::mem::take(&mut self.cx.notices) {
            match notice {
                Notice::ItemEnded(bulk, user, result) => {
                    self.bulk.item_ended(&mut self.cx, bulk, &user, result);
                }
                Notice::GaveWay(user, rest) => self.evictions.gave_way(self.cx.now, &user, rest),
                Notice::CouldNotGiveWay(user, version) => {
                    self.evictions.could_not_give_way(&self.cx, user, version);
                }
                Notice::ClaimedPort(user) => {
                    fleet::eviction::call_next(&mut self.cx, &mut self.tenancies, &user);
                }
            }
        }
    }

    /// All timers, and when each runs out.
    fn timers(&self) -> [(Timer, Option<Instant>); 8] {
        let cx = &self.cx;
        [
            (Timer::Effect, cx.in_flight.next_deadline()),
            (Timer::User, cx.wakes.first().map(|(at, _)| *at)),
            (Timer::Prerequisite, cx.prerequisites.next_try()),
            (Timer::Batch, cx.batches.next_try(cx.now)),
            (Timer::Bulk, self.bulk.next_try()),
            (Timer::PortSearch, self.evictions.next_try(cx)),
            (Timer::Events, cx.events.next_try()),
            (Timer::Maintenance, self.maintenance.next_due()),
        ]
    }

    fn next_deadline(&self) -> Option<Deadline> {
        self.timers()
            .into_iter()
            .filter_map(|(timer, at)| Some(Deadline { at: at?, timer }))
            .min_by_key(|deadline| deadline.at)
    }
}
