//! The lifecycle of all users' containers: fed with what happens, drained of what is to be done.

mod activity;
mod adoption;
mod amendment;
mod answer;
mod canonical;
mod consult;
mod copies;
mod engine_outcome;
mod eviction;
mod facts;
mod flight;
mod identity;
mod job;
mod knowledge;
mod line;
mod picture;
mod premises;
mod pursuit;
mod reading;
mod report;
mod rows;
mod step;
mod store_outcome;
mod survey;
mod table;
mod tenancy;
mod upkeep;
mod watch;
mod whose;
mod write;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::sync::Arc;
use core::time::Duration;

pub use rows::Rows;
pub use table::decision_table;

use activity::Batches;
use amendment::{Change, IdleLimit};
use eviction::Evictions;
use facts::Goal;
use flight::{Flights, Landing, Purpose, Watching};
use line::StartLine;
use premises::Premises;
use survey::{Question, Survey, SurveyId};
use tenancy::{Asker, Tenancy, Wish};
use upkeep::Chores;
use watch::Watch;

use crate::command::{Command, Progress, Reply};
use crate::effect::{Effect, EngineEffect, Errand, Fence};
use crate::entropy::Entropy;
use crate::error::{ApiMisuse, Error};
use crate::id::{ControllerId, EffectId, RequestId};
use crate::outcome::{EngineEvent, Outcome};
use crate::record::Header;
use crate::settings::Settings;
use crate::spec::hash::Hashes;
use crate::time::Instant;
use crate::user::UserId;

/// How much longer than its own timeout an effect is waited for, before it is given up: a driver
/// that keeps to the timeout answers sooner.
const GIVE_UP_AFTER: Duration = Duration::from_secs(2);

/// Something the `Lifecycle` wants its driver to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Carry this out, and feed its outcome back under its number.
    Errand(Errand),
    /// Answer this request.
    Reply(RequestId, Reply),
    /// Tell whoever waits for this request how far it is; harmless to leave out.
    Progress(RequestId, Progress),
    /// Stop carrying this effect out ([`Watch`](EngineEffect::Watch), which has no end of its
    /// own). Its outcome is not waited for any more.
    Abandon(EffectId),
    /// Nothing more for now: wait for an outcome or a command, or until the deadline, and then
    /// say what time it is.
    Idle(Option<Deadline>),
}

/// When the `Lifecycle` wants to be told the time, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deadline {
    /// When.
    pub at: Instant,
    /// What for, for whoever debugs.
    pub reason: &'static str,
}

/// Whose tenancy a command is for, if it is for one.
fn about_one(command: &Command) -> Option<&UserId> {
    match command {
        Command::Ensure(user)
        | Command::Stop(user)
        | Command::Restart(user)
        | Command::Purge(user)
        | Command::Rotate(user)
        | Command::Adopt(user)
        | Command::Touch(user)
        | Command::LimitIdle(user, _) => Some(user),
        Command::Status(_)
        | Command::List
        | Command::Health
        | Command::Reap
        | Command::Repair { .. }
        | Command::Rekey => None,
    }
}

/// Where a request is waited for.
#[derive(Clone, Debug)]
enum Asked {
    Of(UserId),
    OfAll(SurveyId),
}

/// The lifecycle of all users' containers on one engine, as one controller sees it.
///
/// Its methods come in two families:
///
/// * `handle_*` feed it: a [command](Self::handle_command), the
///   [outcome](Self::handle_outcome) of an effect, an [event](Self::handle_event) on the engine, a
///   [withdrawal](Self::handle_cancel), the [passing of time](Self::handle_time), the host's
///   [end](Self::handle_close). Each takes `now`, which must never run backwards.
/// * [`poll`](Self::poll) drains it. After each `handle_*`, call it until it is
///   [`Idle`](Output::Idle).
///
/// It does nothing by itself: no I/O, no clock, no thread, and no randomness but what the seed
/// gave. The same inputs give the same outputs, byte for byte.
#[derive(Clone, Debug)]
pub struct Lifecycle {
    /// Shared with its clones, since nothing ever changes them.
    settings: Arc<Settings>,
    hashes: Arc<Hashes>,
    entropy: Entropy,
    rows: Rows,
    /// Whose leases ours are.
    controller: ControllerId,
    now: Instant,
    last_request: u64,
    /// What the store last said of the whole installation.
    header: Option<Header>,
    /// In boxes, since they are large, and moved about in the map.
    tenancies: BTreeMap<UserId, Box<Tenancy>>,
    flights: Flights,
    batches: Batches,
    line: StartLine,
    premises: Premises,
    /// Users whose container needs something that isn't known to be there.
    awaiting: BTreeSet<UserId>,
    /// Users for whom something is wanted or under way.
    stirring: BTreeSet<UserId>,
    /// Where each request is waited for that hasn't been answered.
    asked: BTreeMap<RequestId, Asked>,
    surveys: BTreeMap<SurveyId, Survey>,
    last_survey: u64,
    evictions: Evictions,
    watch: Watch,
    chores: Chores,
    /// The host is about to end.
    closing: bool,
    /// Users whose tenancy is to be looked at again at a given time.
    wakes: BTreeSet<(Instant, UserId)>,
    /// Users whose tenancy is to be looked at again now.
    dirty: BTreeSet<UserId>,
    outbox: VecDeque<Output>,
}

impl Lifecycle {
    /// Makes a lifecycle that knows nothing yet.
    ///
    /// `seed` is 32 fresh bytes of the operating system's randomness for each `Lifecycle`, never
    /// shared: tokens and nonces come from it.
    pub fn new(settings: Settings, seed: [u8; 32], now: Instant) -> Self {
        let mut entropy = Entropy::from_seed(seed);
        let controller = entropy.controller_id();
        Self {
            line: StartLine::new(settings.limits.starting),
            watch: Watch::new(settings.upkeep.watch, now),
            chores: Chores::new(&settings.upkeep, now),
            hashes: Arc::new(Hashes::new(&settings)),
            settings: Arc::new(settings),
            entropy,
            rows: Rows::default(),
            controller,
            now,
            last_request: 0,
            header: None,
            tenancies: BTreeMap::new(),
            flights: Flights::default(),
            batches: Batches::default(),
            premises: Premises::default(),
            awaiting: BTreeSet::new(),
            stirring: BTreeSet::new(),
            asked: BTreeMap::new(),
            surveys: BTreeMap::new(),
            last_survey: 0,
            evictions: Evictions::default(),
            closing: false,
            wakes: BTreeSet::new(),
            dirty: BTreeSet::new(),
            outbox: VecDeque::new(),
        }
    }

    /// The same, whose retries are as far apart as they are without jitter: explorations meet the same
    /// moments again. In production, controllers that failed together are not to try again together.
    #[must_use]
    pub fn without_jitter(mut self) -> Self {
        self.entropy = self.entropy.steady();
        self
    }

    /// What it was told when it was made.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// A host asks for something. The answer comes out of [`poll`](Self::poll) under the number
    /// that is returned: exactly one, by its deadline.
    pub fn handle_command(
        &mut self,
        now: Instant,
        command: Command,
    ) -> Result<RequestId, ApiMisuse> {
        self.advance(now)?;
        self.last_request += 1;
        let request = RequestId(self.last_request);
        if self.closing {
            self.reply(request, Reply::Failed(Error::Closed));
        } else {
            self.begin_command(request, command);
        }
        self.run_due();
        Ok(request)
    }

    fn begin_command(&mut self, request: RequestId, command: Command) {
        if let Some(user) = about_one(&command) {
            self.asked.insert(request, Asked::Of(user.clone()));
        }
        let asker = Asker::Host(request);
        let wish = |goal| Wish { goal, asker };
        match command {
            Command::Ensure(user) => self.pursue(user, wish(Goal::Running)),
            Command::Stop(user) => self.pursue(user, wish(Goal::Stopped)),
            Command::Restart(user) => self.pursue(user, wish(Goal::Fresh)),
            Command::Purge(user) => self.pursue(user, wish(Goal::Absent)),
            Command::Rotate(user) => self.pursue(user, wish(Goal::Rotated)),
            Command::Adopt(user) => self.pursue(user, wish(Goal::Adopted)),
            Command::Touch(user) => self.touch(user, request),
            Command::LimitIdle(user, limit) => {
                let change = Change {
                    idle_limit: Some(limit.map_or(IdleLimit::Configured, IdleLimit::Own)),
                    ..Change::default()
                };
                self.amend(user, change, asker);
            }
            Command::Status(user) => self.begin_survey(Some(request), Question::Status(user)),
            Command::List => self.begin_survey(Some(request), Question::List),
            Command::Health => self.begin_survey(Some(request), Question::Health),
            Command::Reap => self.begin_survey(Some(request), Question::Reap),
            Command::Repair { dry_run } => {
                self.begin_survey(Some(request), Question::Repair { dry_run });
            }
            Command::Rekey => self.begin_survey(Some(request), Question::Rekey),
        }
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
        match self.flights.land(effect, &outcome) {
            Landing::Expected(flight) => self.learn(effect, flight, outcome),
            Landing::Overdue => {}
            Landing::Misuse => return Err(ApiMisuse::WrongOutcome(effect)),
            Landing::Unknown => return Err(ApiMisuse::UnknownEffect(effect)),
        }
        self.run_due();
        Ok(())
    }

    /// Nobody waits for the answer to this request any more, so none is given. The work that was
    /// begun for it goes on to its end.
    pub fn handle_cancel(&mut self, now: Instant, request: RequestId) -> Result<(), ApiMisuse> {
        self.advance(now)?;
        match self.asked.remove(&request) {
            Some(Asked::Of(user)) => {
                if let Some(tenancy) = self.tenancies.get_mut(&user) {
                    tenancy.take_back(request);
                }
            }
            Some(Asked::OfAll(survey)) => {
                self.surveys.remove(&survey);
            }
            // It may have been answered just now.
            None => {
                let answers =
                    |output: &Output| matches!(output, Output::Reply(id, _) if *id == request);
                self.outbox.retain(|output| !answers(output));
            }
        }
        self.run_due();
        Ok(())
    }

    /// Something happened on the engine, as told under the number of the
    /// [`Watch`](EngineEffect::Watch) that asked for it. One that comes after the watch was
    /// abandoned is ignored.
    pub fn handle_event(
        &mut self,
        now: Instant,
        watch: EffectId,
        event: EngineEvent,
    ) -> Result<(), ApiMisuse> {
        self.advance(now)?;
        match self.flights.watch(watch) {
            Watching::Open => self.learn_of_event(watch, event),
            Watching::Over => {}
            Watching::Misuse => return Err(ApiMisuse::WrongOutcome(watch)),
            Watching::Unknown => return Err(ApiMisuse::UnknownEffect(watch)),
        }
        self.run_due();
        Ok(())
    }

    /// The host is about to end: whoever waits is told so, what was begun comes to its next
    /// resting place, leases are given back. Nothing new is begun, and no container is stopped.
    pub fn handle_close(&mut self, now: Instant) -> Result<(), ApiMisuse> {
        self.advance(now)?;
        self.close();
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

    /// What is to be done next. To be called until it is [`Idle`](Output::Idle).
    pub fn poll(&mut self) -> Output {
        self.outbox
            .pop_front()
            .unwrap_or_else(|| Output::Idle(self.next_deadline()))
    }

    fn advance(&mut self, now: Instant) -> Result<(), ApiMisuse> {
        if now < self.now {
            return Err(ApiMisuse::TimeWentBack {
                now,
                before: self.now,
            });
        }
        self.now = now;
        Ok(())
    }

    /// Does all that is due by now, until nothing is.
    fn run_due(&mut self) {
        while let Some((effect, flight)) = self.flights.give_up(self.now) {
            let outcome = Outcome::unclear(&flight.effect, "the driver didn't answer in time");
            self.learn(effect, flight, outcome);
        }
        while let Some((at, user)) = self.wakes.first().cloned() {
            if at > self.now {
                break;
            }
            self.wakes.pop_first();
            self.dirty.insert(user);
        }
        self.compare_engines();
        self.retry_premises();
        self.run_chores();
        self.run_watch();
        loop {
            while let Some(user) = self.dirty.pop_first() {
                self.consult(&user);
            }
            self.run_surveys();
            self.run_evictions();
            if self.dirty.is_empty() {
                break;
            }
        }
        self.send_batches();
    }

    fn next_deadline(&self) -> Option<Deadline> {
        let because = |reason| move |at| Deadline { at, reason };
        let wake = self.wakes.first().map(|(at, _)| *at);
        [
            self.flights
                .next_deadline()
                .map(because("an effect is overdue")),
            wake.map(because("a user's next step, lease or deadline")),
            self.premises
                .next_try()
                .map(because("engine, network or image are asked for again")),
            self.batches
                .next_try(self.now)
                .map(because("the store is asked again")),
            self.next_survey_try()
                .map(because("a survey goes on or runs out of time")),
            self.evictions
                .next_try()
                .map(because("somebody waits for a port")),
            self.watch
                .next_try()
                .map(because("events are to be followed, or containers listed")),
            self.chores
                .next_due()
                .map(because("it is time for a sweep, or to reap")),
        ]
        .into_iter()
        .flatten()
        .min_by_key(|deadline| deadline.at)
    }

    /// Sends an effect on its way.
    fn send(
        &mut self,
        purpose: Purpose,
        effect: Effect,
        timeout: Duration,
        not_after: Option<Instant>,
    ) -> EffectId {
        let endless = matches!(effect, Effect::Engine(EngineEffect::Watch { .. }));
        let deadline = (!endless).then(|| self.now.after(timeout.saturating_add(GIVE_UP_AFTER)));
        let id = self
            .flights
            .depart(purpose, effect.clone(), self.now, deadline);
        let engine = match effect {
            // Whichever it is, that is what is to be told.
            Effect::Engine(EngineEffect::Identify) | Effect::Store(_) | Effect::Probe(_) => None,
            Effect::Engine(_) => self.known_engine().cloned(),
        };
        self.outbox.push_back(Output::Errand(Errand {
            id,
            effect,
            timeout,
            fence: Fence { not_after, engine },
        }));
        id
    }

    fn reply(&mut self, request: RequestId, reply: Reply) {
        self.asked.remove(&request);
        self.outbox.push_back(Output::Reply(request, reply));
    }

    /// How long one effect may take.
    fn timeout_of(&self, effect: &Effect) -> Duration {
        let timing = &self.settings.timing;
        match effect {
            Effect::Engine(EngineEffect::PullImage { .. }) => timing.pull,
            Effect::Engine(EngineEffect::Stop { grace, .. }) => grace.saturating_add(timing.engine),
            Effect::Engine(_) => timing.engine,
            Effect::Store(_) => timing.store,
            Effect::Probe(_) => timing.probe,
        }
    }

    fn learn(&mut self, id: EffectId, flight: flight::Flight, outcome: Outcome) {
        let sent = flight.sent;
        self.note_identity(&outcome);
        match (flight.purpose, outcome) {
            (Purpose::Container(user), Outcome::Engine(outcome)) => {
                if let Effect::Engine(effect) = flight.effect {
                    self.learn_of_container(&user, id, &effect, sent, outcome);
                }
            }
            (Purpose::Container(user), Outcome::Probe(outcome)) => {
                self.learn_of_endpoint(&user, id, outcome);
            }
            (Purpose::Record(user), Outcome::Store(outcome)) => {
                if let Effect::Store(effect) = flight.effect {
                    self.learn_of_write(&user, id, effect, sent, outcome);
                }
            }
            (Purpose::Load(users), Outcome::Store(outcome)) => {
                self.learn_of_load(users, sent, outcome);
            }
            (Purpose::Flush(users), Outcome::Store(outcome)) => {
                self.learn_of_flush(users, sent, outcome);
            }
            (Purpose::Premises(inquiry), outcome) => {
                self.learn_of_premises(&inquiry, &flight.effect, sent, outcome);
            }
            (Purpose::Survey(survey), outcome) => self.learn_of_survey(survey, sent, outcome),
            (Purpose::Ports, Outcome::Store(outcome)) => self.learn_of_longest(sent, outcome),
            (Purpose::Watch, Outcome::Store(outcome)) => self.learn_of_installation(outcome),
            (Purpose::Watch, Outcome::Engine(outcome)) => self.learn_of_watch(id, sent, outcome),
            (
                Purpose::Container(_)
                | Purpose::Record(_)
                | Purpose::Load(_)
                | Purpose::Flush(_)
                | Purpose::Ports
                | Purpose::Watch,
                _,
            ) => {}
        }
    }

    /// How long to hold off after so many setbacks in a row: 50 ms, doubling up to 2 s, jittered.
    fn backoff(&mut self, setbacks: u32) -> Duration {
        let doublings = setbacks.saturating_sub(1).min(6);
        let time = Duration::from_millis(50 << doublings);
        self.entropy.jittered(time.min(Duration::from_secs(2)))
    }
}
