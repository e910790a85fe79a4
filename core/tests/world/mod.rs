//! A world that does what it is asked at once: an engine of a few lines, a clock, and the store of
//! `portreeve-sim`.
//!
//! The store is the simulated one, so that what a store has to do is said once; the faults that
//! tests plant are laid over its answers (`store.rs`). The engine stays the tests' own: it does the
//! least that the lifecycle can be driven with, its containers are counted from 1 in golden
//! scenarios, and most of what it does wrong here (it tells no id, its client looks at no fence, it
//! starts a container never) no engine does that is modelled after Docker's.

mod answers;
mod calls;
mod controllers;
mod engine;
mod events;
mod faults;
mod listing;
mod people;
mod store;
mod touched;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::time::Duration;

pub use calls::LIST;
use calls::{engine_call, is_call, is_stop, store_call};
pub use faults::Fault;
use faults::Faults;
use portreeve_core::command::{Command, Progress, Reply};
use portreeve_core::effect::{Effect, EngineEffect, IssuedEffect};
use portreeve_core::id::{ContainerId, EffectId, InstallationId, Port, PortRange, RequestId};
use portreeve_core::label::Labelled;
use portreeve_core::lifecycle::{Lifecycle, Loop, Output, Timer};
use portreeve_core::network::Network;
use portreeve_core::observed::{Health, Observed};
use portreeve_core::outcome::{
    EngineEvent, EngineOutcome, MountedVolume, Outcome, ProbeOutcome, StoreOutcome,
};
use portreeve_core::record::Record;
use portreeve_core::seed::Seed;
use portreeve_core::settings::Settings;
use portreeve_core::template::Template;
use portreeve_core::time::Instant;
use portreeve_core::token::{Key, Keyring};
use portreeve_core::user::UserId;
use portreeve_sim::store::Store;
pub use touched::touched;

pub fn user(id: &str) -> UserId {
    UserId::new(id).expect("a valid id")
}

pub struct World {
    pub lifecycle: Lifecycle,
    pub now: Instant,
    pub containers: Vec<Observed>,
    /// By name: whose they are, by their labels.
    pub volumes: BTreeMap<String, Option<UserId>>,
    /// Volumes whose labels are others than a user's of this installation.
    pub volume_labels: BTreeMap<String, Labelled<(InstallationId, UserId)>>,
    /// The containers that were renamed while no record named them.
    pub renamed_unrecorded: BTreeSet<ContainerId>,
    /// What the containers mount that are examined.
    pub mounted: Vec<MountedVolume>,
    faults: Faults,
    pub occupied: Vec<u16>,
    pub exits_with: Option<i64>,
    /// The engine has this container, and can't start it.
    pub never_starts: Option<ContainerId>,
    /// So many starts to come find something of the container's name on the network.
    pub crowded: u32,
    /// The answer to the next such call is lost.
    pub lose_answer_to: Option<&'static str>,
    /// What the lifecycle told of loops of its own, where a test brings them about.
    pub loops: Option<Vec<Loop>>,
    /// Lists leave this user's containers out, and say that they aren't whole.
    pub left_out: Option<&'static str>,
    /// The answers to all such calls are.
    pub lose_answers_to: Option<&'static str>,
    /// What the engine answers to all calls that begin so, without doing what it was asked for.
    pub refuses: Option<(&'static str, EngineOutcome)>,
    /// When each change was asked of the engine.
    pub changed_at: Vec<Instant>,
    /// What the engine says of each container's health when it is made.
    pub health: Health,
    /// The newest configuration that any controller has been started with.
    pub newest_generation: u64,
    /// Whose record can't be understood.
    pub unreadable: Option<UserId>,
    /// So many stops waited to be carried out at once.
    pub most_stops_at_once: usize,
    pub calls: Vec<String>,
    /// How many records the store has told of.
    pub rows_read: usize,
    pub issued: Vec<IssuedEffect>,
    pub replies: BTreeMap<RequestId, Reply>,
    pub told: Vec<(RequestId, Progress)>,
    /// The volumes that were removed on our word.
    pub removed_volumes: Vec<String>,
    /// Who was told of their activity, and when they had been active.
    acknowledged: BTreeMap<UserId, Instant>,
    requests: BTreeMap<RequestId, (Command, Instant)>,
    /// All that came out of the lifecycle, as `Debug` shows it.
    pub transcript: String,
    asked: usize,
    /// Since the last command.
    steps: usize,
    pending: Vec<IssuedEffect>,
    database: Store,
    /// The event stream, while it is open.
    pub watch: Option<EffectId>,
    /// What the stream is about to tell.
    events: VecDeque<EngineEvent>,
    settings: Settings,
    /// Controllers that stand still.
    frozen: Vec<Frozen>,
    /// The networks of the wanted name.
    pub networks: Vec<Network>,
    next_container: u32,
    /// For whom each container was made, and with which token.
    made: BTreeMap<ContainerId, (Option<UserId>, String)>,
}

/// A controller that stands still, with all that waits for it.
struct Frozen {
    lifecycle: Lifecycle,
    replies: BTreeMap<RequestId, Reply>,
    requests: BTreeMap<RequestId, (Command, Instant)>,
    asked: usize,
    pending: Vec<IssuedEffect>,
    watch: Option<EffectId>,
    events: VecDeque<EngineEvent>,
}

pub const INSTALLATION: InstallationId = InstallationId::from_bytes([7; 16]);

pub fn settings() -> Settings {
    let mut settings = Settings::new(
        Template::reference_service(),
        Keyring::new(Key::new(&[9; 32].into()), Vec::new()),
    );
    let port = |number| Port::new(number).expect("not 0");
    settings.ports = PortRange::new(port(19000), port(19009)).expect("not empty");
    settings
}

impl World {
    pub fn new(seed: u8) -> Self {
        let now = Instant::from_micros(1_000_000);
        Self {
            lifecycle: Lifecycle::new(settings(), Seed::predictable([seed; 32]), now),
            now,
            containers: Vec::new(),
            volumes: BTreeMap::new(),
            volume_labels: BTreeMap::new(),
            renamed_unrecorded: BTreeSet::new(),
            mounted: vec![MountedVolume {
                name: "old-state".into(),
                target: "/home/node/.openclaw".into(),
                anonymous: false,
            }],
            faults: Faults::default(),
            occupied: Vec::new(),
            exits_with: None,
            never_starts: None,
            crowded: 0,
            lose_answer_to: None,
            loops: None,
            left_out: None,
            lose_answers_to: None,
            refuses: None,
            changed_at: Vec::new(),
            health: Health::Absent,
            newest_generation: 0,
            unreadable: None,
            most_stops_at_once: 0,
            calls: Vec::new(),
            rows_read: 0,
            issued: Vec::new(),
            replies: BTreeMap::new(),
            told: Vec::new(),
            removed_volumes: Vec::new(),
            acknowledged: BTreeMap::new(),
            requests: BTreeMap::new(),
            transcript: String::new(),
            asked: 0,
            steps: 0,
            pending: Vec::new(),
            database: Store::new(INSTALLATION),
            watch: None,
            events: VecDeque::new(),
            settings: settings(),
            frozen: Vec::new(),
            networks: Vec::new(),
            next_container: 0,
            made: BTreeMap::new(),
        }
    }

    /// Switches a fault on or off.
    pub fn set(&mut self, fault: Fault, on: bool) {
        self.faults.set(fault, on);
    }

    fn has(&self, fault: Fault) -> bool {
        self.faults.has(fault)
    }

    /// The host ends.
    pub fn close(&mut self) {
        let closed = self.lifecycle.handle_close(self.now);
        closed.expect("time runs forwards");
    }

    pub fn command(&mut self, command: Command) -> RequestId {
        self.asked += 1;
        self.steps = 0;
        let request = self
            .lifecycle
            .handle_command(self.now, command.clone())
            .expect("time runs forwards");
        self.requests.insert(request, (command, self.now));
        request
    }

    pub fn run(&mut self, command: Command) -> Reply {
        let request = self.command(command);
        loop {
            self.drain();
            if let Some(reply) = self.replies.get(&request) {
                return reply.clone();
            }
            assert!(self.turn(), "request {request:?} is never answered");
        }
    }

    pub fn ensure(&mut self, user: &str) -> Reply {
        self.run(Command::Ensure(UserId::new(user).expect("valid")))
    }

    /// Goes on until nothing is left to do.
    pub fn drive(&mut self) {
        while self.turn() {}
    }

    /// Goes on until every request is answered; with a lifecycle that follows events, there is
    /// always something left to do.
    pub fn finish(&mut self) {
        self.drain();
        while self.unanswered() > 0 {
            assert!(self.turn(), "{} wait for ever", self.unanswered());
            self.drain();
        }
    }

    /// Goes on until such a call has been made.
    pub fn drive_until(&mut self, made: impl Fn(&str) -> bool) {
        let before = self.calls.len();
        while !self.calls[before..].iter().any(|call| made(call)) {
            assert!(self.turn(), "it came to rest before: {:?}", self.calls);
        }
    }

    pub fn sleep(&mut self, time: Duration) {
        let until = self.now.after(time);
        loop {
            self.drain();
            while let Some(issued) = self.take_pending() {
                self.carry_out(&issued);
                self.drain();
            }
            while self.tell_next() {
                self.drain();
            }
            match self.drain() {
                Some(at) if at <= until => self.wait_until(at),
                Some(_) | None => break,
            }
        }
        self.now = self.now.max(until);
        self.lifecycle.handle_time(self.now).expect("forwards");
    }

    /// Carries out the effect that waits under this name, and holds its outcome back.
    pub fn look_and_hold(&mut self, call: &str) -> (EffectId, Outcome) {
        self.drain();
        let at = self.pending.iter().position(|issued| is_call(issued, call));
        let issued = self.pending.remove(at.expect("it waits"));
        self.calls.push(call.into());
        let outcome = match &issued.effect {
            Effect::Engine(effect) => Outcome::Engine(self.engine(effect)),
            Effect::Store(effect) => Outcome::Store(self.store(effect)),
            Effect::Probe(_) => Outcome::Probe(self.probe()),
        };
        (issued.id, outcome)
    }

    /// Carries out all that is under way but starts of containers, whose outcomes it holds back.
    pub fn hold_starts(&mut self) -> Vec<(EffectId, Outcome)> {
        let mut held = Vec::new();
        loop {
            if self.waiting("engine: start") > 0 {
                held.push(self.look_and_hold("engine: start"));
            } else if self.pending.is_empty() {
                return held;
            } else {
                self.settle_one();
            }
        }
    }

    pub fn release(&mut self, (id, outcome): (EffectId, Outcome)) {
        self.lifecycle
            .handle_outcome(self.now, id, outcome)
            .expect("an effect that was handed out");
    }

    /// Carries out one of the effects that wait, whichever; or lets time pass.
    pub fn turn_any(&mut self, number: usize) {
        self.drain();
        if number.is_multiple_of(3) && self.tell_next() {
            self.drain();
        } else if self.pending.is_empty() {
            self.turn();
        } else {
            let issued = self.pending.remove(number % self.pending.len());
            self.carry_out(&issued);
            self.drain();
        }
    }

    /// How many such calls were made.
    pub fn count(&self, call: &str) -> usize {
        self.calls.iter().filter(|made| *made == call).count()
    }

    /// What is tried in vain is tried more and more rarely: some times at once, and then every second
    /// or two.
    #[track_caller]
    pub fn assert_tried_rarely(&mut self, tries: impl Fn(&Self) -> usize) {
        let before = tries(self);
        self.sleep(Duration::from_secs(1));
        let at_first = tries(self) - before;
        assert!(
            (3..12).contains(&at_first),
            "{at_first} in the first second"
        );
        self.sleep(Duration::from_secs(15));
        let later = tries(self) - before - at_first;
        assert!((4..20).contains(&later), "{later} in 15 s after it");
    }

    /// How many such calls wait to be carried out.
    pub fn waiting(&mut self, call: &str) -> usize {
        self.drain();
        let pending = self.pending.iter();
        pending.filter(|issued| is_call(issued, call)).count()
    }

    /// How many requests to this controller haven't been answered.
    pub fn unanswered(&self) -> usize {
        self.asked - self.replies.len()
    }

    pub fn claims(&self) -> Vec<(UserId, u16)> {
        let claim = |(user, record): (UserId, Record)| Some((user, record.port?.get()));
        let mut claims: Vec<_> = self.database.records().filter_map(claim).collect();
        claims.sort_by_key(|(_, port)| *port);
        claims
    }

    /// The token that a container was created with.
    pub fn token_of(&self, id: &ContainerId) -> &str {
        &self.made[id].1
    }

    pub fn record(&self, user: &str) -> Option<Record> {
        let user = UserId::new(user).expect("valid");
        self.database.record(&user)
    }

    /// Carries out one effect, or lets time pass; false if there was nothing to wait for.
    fn turn(&mut self) -> bool {
        if self.tell_next() {
            self.drain();
            return true;
        }
        let deadline = self.drain();
        if let Some(issued) = self.take_pending() {
            self.carry_out(&issued);
            return true;
        }
        let Some(at) = deadline else {
            return false;
        };
        self.wait_until(at);
        true
    }

    fn wait_until(&mut self, at: Instant) {
        self.count_step();
        self.now = self.now.max(at);
        self.lifecycle.handle_time(self.now).expect("forwards");
    }

    /// What needs so many steps after a command never ends.
    fn count_step(&mut self) {
        self.steps += 1;
        let last = self.calls.len().saturating_sub(20);
        assert!(
            self.steps < 3_000,
            "it doesn't come to rest, at {:?}: {:#?}",
            self.now,
            &self.calls[last..]
        );
    }

    /// Carries out all that is under way, and waits for no deadline.
    pub fn settle(&mut self) {
        self.drain();
        while let Some(issued) = self.take_pending() {
            self.carry_out(&issued);
            self.drain();
        }
    }

    /// Carries out the next of what is under way.
    pub fn settle_one(&mut self) {
        self.drain();
        let issued = self.take_pending().expect("something is under way");
        self.carry_out(&issued);
    }

    fn take_pending(&mut self) -> Option<IssuedEffect> {
        (!self.pending.is_empty()).then(|| self.pending.remove(0))
    }

    fn drain(&mut self) -> Option<Instant> {
        loop {
            let output = self.lifecycle.poll();
            writeln!(self.transcript, "{output:?}").expect("memory");
            match output {
                Output::Effect(issued) => {
                    self.pending.push(issued);
                    let stops = self.pending.iter().filter(|issued| is_stop(issued));
                    self.most_stops_at_once = self.most_stops_at_once.max(stops.count());
                }
                Output::Reply(request, reply) => {
                    self.hear(request, &reply);
                    self.replies.insert(request, reply);
                }
                Output::Progress(request, progress) => self.told.push((request, progress)),
                Output::Abandon(effect) => {
                    self.pending.retain(|issued| issued.id != effect);
                    if self.watch == Some(effect) {
                        self.watch = None;
                        self.events.clear();
                    }
                }
                Output::Looped(mistake) => match &mut self.loops {
                    Some(told) => told.push(mistake),
                    None => panic!("{mistake:?}"),
                },
                Output::Idle(deadline) => {
                    return deadline.map(|deadline| {
                        assert!(deadline.at >= self.now || deadline.timer == Timer::User);
                        deadline.at
                    });
                }
            }
        }
    }

    fn probe(&self) -> ProbeOutcome {
        if self.has(Fault::NobodyListens) {
            ProbeOutcome::Failed("nobody listens".into())
        } else {
            ProbeOutcome::Passed
        }
    }

    fn refusal_of(&self, effect: &EngineEffect) -> Option<EngineOutcome> {
        let (call, refused) = self.refuses.as_ref()?;
        engine_call(effect)
            .starts_with(call)
            .then(|| refused.clone())
    }

    fn loses_answer_to(&mut self, call: &str) -> bool {
        let once = self.lose_answer_to.take_if(|lost| *lost == call);
        once.is_some() || self.lose_answers_to == Some(call)
    }

    fn watch_events(&mut self, issued: &IssuedEffect, effect: &EngineEffect) {
        self.calls.push(engine_call(effect));
        let refused = if self.has(Fault::EngineAway) {
            EngineOutcome::Unreachable("no engine".into())
        } else if self.has(Fault::AnotherEngine) && issued.fence.engine.is_some() {
            self.another_engine(effect, &issued.fence)
        } else {
            self.watch = Some(issued.id);
            return self.tell(EngineEvent::Opened);
        };
        self.lifecycle
            .handle_outcome(self.now, issued.id, Outcome::Engine(refused))
            .expect("an effect that was handed out");
    }

    fn carry_out(&mut self, issued: &IssuedEffect) {
        self.count_step();
        self.issued.push(issued.clone());
        if let Effect::Engine(effect @ EngineEffect::Watch { .. }) = &issued.effect {
            return self.watch_events(issued, effect);
        }
        let outcome = match &issued.effect {
            Effect::Engine(effect) => {
                let lost = self.loses_answer_to(&engine_call(effect));
                self.calls.push(engine_call(effect));
                if !effect.only_looks() {
                    self.changed_at.push(self.now);
                }
                let fence = &issued.fence;
                if fence
                    .not_after
                    .is_some_and(|not_after| self.now > not_after)
                {
                    Outcome::Engine(EngineOutcome::Expired)
                } else if lost {
                    Outcome::Engine(EngineOutcome::Unclear("the answer was lost".into()))
                } else if self.has(Fault::EngineAway) {
                    Outcome::Engine(EngineOutcome::Unreachable("no engine".into()))
                } else if self.has(Fault::AnotherEngine) {
                    Outcome::Engine(self.another_engine(effect, fence))
                } else if let Some(refused) = self.refusal_of(effect) {
                    Outcome::Engine(refused)
                } else {
                    Outcome::Engine(self.engine(effect))
                }
            }
            Effect::Store(effect) => {
                let lost = self.loses_answer_to(&store_call(effect));
                self.calls.push(store_call(effect));
                let writes = !effect.only_looks();
                if self.has(Fault::StoreHangs) {
                    return;
                }
                if self.has(Fault::StoreAway) || (self.has(Fault::StoreIsReadOnly) && writes) {
                    Outcome::Store(StoreOutcome::Unreachable("no store".into()))
                } else if self.has(Fault::StoreIsFull) && writes {
                    Outcome::Store(StoreOutcome::Unwritable("no room".into()))
                } else if lost {
                    // Unlike the engine, it did what it was asked.
                    self.store(effect);
                    Outcome::Store(StoreOutcome::Unclear("the answer was lost".into()))
                } else {
                    Outcome::Store(self.store(effect))
                }
            }
            Effect::Probe(_) => Outcome::Probe(self.probe()),
        };
        self.now = self.now.after(Duration::from_millis(1));
        if !self.has(Fault::NeverAnswers) {
            self.lifecycle
                .handle_outcome(self.now, issued.id, outcome)
                .expect("an effect that was handed out");
        }
    }
}
