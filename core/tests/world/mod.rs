//! A world of a few lines: an engine, a store and a clock, that do what they are asked at once.
//! The simulated world proper, with faults and many controllers, is a crate of its own.

#![allow(dead_code, reason = "each test uses its own part of the world")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::{
    ContainerRef, Effect, EngineEffect, Errand, Expect, PortChange, Put, StoreEffect,
};
use portreeve_core::id::{
    ContainerId, EffectId, EngineId, InstallationId, Port, PortRange, RequestId, Revision, Version,
};
use portreeve_core::label::Labels;
use portreeve_core::lifecycle::{Lifecycle, Output};
use portreeve_core::observed::{ContainerState, Health, Observed};
use portreeve_core::outcome::{EngineOutcome, Outcome, ProbeOutcome, Pulse, StoreOutcome};
use portreeve_core::record::{Header, Lease, Record, Row};
use portreeve_core::settings::Settings;
use portreeve_core::time::{Instant, Timestamp};
use portreeve_core::token::{Key, Keyring};
use portreeve_core::user::UserId;

#[allow(clippy::struct_excessive_bools, reason = "each is a fault of its own")]
pub struct World {
    pub lifecycle: Lifecycle,
    pub now: Instant,
    pub containers: Vec<Observed>,
    pub occupied: Vec<u16>,
    pub exits_with: Option<i64>,
    pub lose_answer_to: Option<&'static str>,
    pub engine_away: bool,
    pub store_away: bool,
    pub image_missing: bool,
    pub never_answers: bool,
    pub calls: Vec<String>,
    pub effects: Vec<Effect>,
    pub replies: BTreeMap<RequestId, Reply>,
    /// All that came out of the lifecycle, as `Debug` shows it.
    pub transcript: String,
    asked: usize,
    pending: Vec<Errand>,
    records: BTreeMap<UserId, (Record, Instant)>,
    /// By port: who claims it, and until when it rests.
    ports: BTreeMap<u16, (Option<UserId>, Instant)>,
    registered: bool,
    network: bool,
    next_container: u32,
    last_environment: BTreeMap<ContainerId, String>,
}

const INSTALLATION: InstallationId = InstallationId::from_bytes([7; 16]);

pub fn settings() -> Settings {
    let mut settings = Settings::new(Keyring::new(Key::new(&[9; 32].into()), Vec::new()));
    let port = |number| Port::new(number).expect("not 0");
    settings.ports = PortRange::new(port(19000), port(19009)).expect("not empty");
    settings
}

impl World {
    pub fn new(seed: u8) -> Self {
        let now = Instant::from_micros(1_000_000);
        Self {
            lifecycle: Lifecycle::new(settings(), [seed; 32], now),
            now,
            containers: Vec::new(),
            occupied: Vec::new(),
            exits_with: None,
            lose_answer_to: None,
            engine_away: false,
            store_away: false,
            image_missing: false,
            never_answers: false,
            calls: Vec::new(),
            effects: Vec::new(),
            replies: BTreeMap::new(),
            transcript: String::new(),
            asked: 0,
            pending: Vec::new(),
            records: BTreeMap::new(),
            ports: BTreeMap::new(),
            registered: false,
            network: false,
            next_container: 0,
            last_environment: BTreeMap::new(),
        }
    }

    /// The controller is gone, with all it knew, and another begins.
    pub fn restart_controller(&mut self, seed: u8) {
        self.pending.clear();
        self.replies.clear();
        self.asked = 0;
        self.lifecycle = Lifecycle::new(settings(), [seed; 32], self.now);
    }

    pub fn command(&mut self, command: Command) -> RequestId {
        self.asked += 1;
        self.lifecycle
            .handle_command(self.now, command)
            .expect("time runs forwards")
    }

    pub fn run(&mut self, command: Command) -> Reply {
        let request = self.command(command);
        for _ in 0..10_000 {
            if let Some(reply) = self.replies.get(&request) {
                return reply.clone();
            }
            self.turn();
        }
        panic!("request {request:?} was never answered");
    }

    pub fn ensure(&mut self, user: &str) -> Reply {
        self.run(Command::Ensure(UserId::new(user).expect("valid")))
    }

    /// Goes on until nothing is left to do.
    pub fn drive(&mut self) {
        for _ in 0..20_000 {
            if !self.turn() {
                return;
            }
        }
        let last = self.calls.len().saturating_sub(20);
        panic!("it doesn't come to rest: {:#?}", &self.calls[last..]);
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
        let mut turns = 0;
        loop {
            let deadline = self.drain();
            while let Some(errand) = self.take_pending() {
                self.carry_out(&errand);
                self.drain();
            }
            match deadline {
                Some(at) if at <= until => self.now = self.now.max(at),
                Some(_) | None => break,
            }
            turns += 1;
            assert!(turns < 20_000, "it turns on the spot: {deadline:?}");
            self.lifecycle.handle_time(self.now).expect("forwards");
        }
        self.now = self.now.max(until);
        self.lifecycle.handle_time(self.now).expect("forwards");
    }

    /// Carries out the effect that waits under this name, and holds its outcome back.
    pub fn look_and_hold(&mut self, call: &str) -> (EffectId, Outcome) {
        self.drain();
        let named = |errand: &Errand| match &errand.effect {
            Effect::Engine(effect) => engine_call(effect) == call,
            Effect::Store(_) | Effect::Probe(_) => false,
        };
        let at = self.pending.iter().position(named).expect("it waits");
        let errand = self.pending.remove(at);
        let Effect::Engine(effect) = &errand.effect else {
            panic!("{call} is no request to the engine");
        };
        (errand.id, Outcome::Engine(self.engine(effect)))
    }

    pub fn release(&mut self, (id, outcome): (EffectId, Outcome)) {
        self.lifecycle
            .handle_outcome(self.now, id, outcome)
            .expect("an effect that was handed out");
    }

    /// Carries out one of the effects that wait, whichever; or lets time pass.
    pub fn turn_any(&mut self, number: usize) {
        self.drain();
        if self.pending.is_empty() {
            self.turn();
        } else {
            let errand = self.pending.remove(number % self.pending.len());
            self.carry_out(&errand);
            self.drain();
        }
    }

    /// How many requests to this controller haven't been answered.
    pub fn unanswered(&self) -> usize {
        self.asked - self.replies.len()
    }

    pub fn claims(&self) -> Vec<(UserId, u16)> {
        let claim = |(port, (owner, _)): (&u16, &(Option<UserId>, Instant))| {
            owner.clone().map(|owner| (owner, *port))
        };
        self.ports.iter().filter_map(claim).collect()
    }

    /// The token that a container was created with.
    pub fn token_of(&self, id: &ContainerId) -> &str {
        &self.last_environment[id]
    }

    pub fn add_foreign(&mut self, name: &str) {
        self.containers.push(Observed {
            id: ContainerId::new("foreign"),
            name: name.into(),
            labels: None,
            state: ContainerState::Running,
            health: Health::Absent,
            port: None,
        });
    }

    /// Carries out one effect, or lets time pass; false if there was nothing to wait for.
    fn turn(&mut self) -> bool {
        let deadline = self.drain();
        if let Some(errand) = self.take_pending() {
            self.carry_out(&errand);
            return true;
        }
        let Some(at) = deadline else {
            return false;
        };
        self.now = self.now.max(at);
        self.lifecycle.handle_time(self.now).expect("forwards");
        true
    }

    fn take_pending(&mut self) -> Option<Errand> {
        (!self.pending.is_empty()).then(|| self.pending.remove(0))
    }

    fn drain(&mut self) -> Option<Instant> {
        loop {
            let output = self.lifecycle.poll();
            writeln!(self.transcript, "{output:?}").expect("memory");
            match output {
                Output::Errand(errand) => self.pending.push(errand),
                Output::Reply(request, reply) => {
                    self.replies.insert(request, reply);
                }
                Output::Idle(deadline) => {
                    return deadline.map(|deadline| {
                        assert!(deadline.at >= self.now || deadline.reason.contains("step"));
                        deadline.at
                    });
                }
            }
        }
    }

    fn carry_out(&mut self, errand: &Errand) {
        self.effects.push(errand.effect.clone());
        let outcome = match &errand.effect {
            Effect::Engine(effect) => {
                let call = engine_call(effect);
                let lost = self.lose_answer_to.is_some_and(|lost| call == lost);
                self.calls.push(call);
                if lost {
                    self.lose_answer_to = None;
                    Outcome::Engine(EngineOutcome::Unclear("the answer was lost".into()))
                } else if self.engine_away {
                    Outcome::Engine(EngineOutcome::Unreachable("no engine".into()))
                } else {
                    Outcome::Engine(self.engine(effect))
                }
            }
            Effect::Store(effect) => {
                self.calls.push(store_call(effect));
                if self.store_away {
                    Outcome::Store(StoreOutcome::Unreachable("no store".into()))
                } else {
                    Outcome::Store(self.store(effect))
                }
            }
            Effect::Probe(_) => Outcome::Probe(ProbeOutcome::Passed),
        };
        self.now = self.now.after(Duration::from_millis(1));
        if !self.never_answers {
            self.lifecycle
                .handle_outcome(self.now, errand.id, outcome)
                .expect("an effect that was handed out");
        }
    }

    fn engine(&mut self, effect: &EngineEffect) -> EngineOutcome {
        match effect {
            EngineEffect::Identify => EngineOutcome::Identified(EngineId::new("engine")),
            EngineEffect::Inspect(by) => self
                .containers
                .iter()
                .find(|container| match by {
                    ContainerRef::Name(name) => container.name == *name,
                    ContainerRef::Id(id) => container.id == *id,
                })
                .map_or(EngineOutcome::Absent, |container| {
                    EngineOutcome::Found(container.clone())
                }),
            EngineEffect::List { record, .. } => {
                let of_record = |container: &&Observed| {
                    container
                        .labels
                        .as_ref()
                        .is_some_and(|labels| record.is_none_or(|record| labels.record == record))
                };
                EngineOutcome::Listed(self.containers.iter().filter(of_record).cloned().collect())
            }
            EngineEffect::InspectImage { .. } if self.image_missing => EngineOutcome::Absent,
            EngineEffect::PullImage { .. } => EngineOutcome::Refused("no such image".into()),
            EngineEffect::InspectNetwork { .. } if !self.network => EngineOutcome::Absent,
            EngineEffect::InspectImage { .. } | EngineEffect::InspectNetwork { .. } => {
                EngineOutcome::Done
            }
            EngineEffect::CreateNetwork { .. } => {
                self.network = true;
                EngineOutcome::Done
            }
            EngineEffect::EnsureVolume { labels, .. } => {
                let user = UserId::new(labels[1].1.clone()).expect("valid");
                EngineOutcome::Volume(Some((INSTALLATION, user)))
            }
            EngineEffect::Create(spec) => {
                if self.containers.iter().any(|known| known.name == spec.name) {
                    return EngineOutcome::NameTaken;
                }
                self.next_container += 1;
                let id = ContainerId::new(format!("container-{}", self.next_container));
                let token = spec
                    .environment
                    .iter()
                    .find(|(name, _)| name == "AGENT_TOKEN")
                    .map(|(_, value)| value.reveal().to_owned());
                self.last_environment
                    .insert(id.clone(), token.expect("a token"));
                let label = |key: &str| {
                    let found = spec.labels.iter().find(|(name, _)| name == key);
                    found.map(|(_, value)| value.as_str())
                };
                self.containers.push(Observed {
                    id: id.clone(),
                    name: spec.name.clone(),
                    labels: Labels::read(label),
                    state: ContainerState::Created,
                    health: Health::Absent,
                    port: Some(spec.port),
                });
                EngineOutcome::Created(id)
            }
            EngineEffect::Logs { container, .. } => EngineOutcome::Log(vec![
                format!("my token is {}", self.last_environment[container]),
                "last words".into(),
            ]),
            EngineEffect::Start { container } => self.start(container),
            EngineEffect::Unpause { container } | EngineEffect::Stop { container, .. } => {
                let running = matches!(effect, EngineEffect::Unpause { .. });
                match self.find(container) {
                    None => EngineOutcome::Absent,
                    Some(found) if running => {
                        found.state = ContainerState::Running;
                        EngineOutcome::Done
                    }
                    Some(found) => {
                        found.state = ContainerState::Exited { code: 143 };
                        EngineOutcome::Done
                    }
                }
            }
            EngineEffect::Remove { container } => {
                self.containers.retain(|known| known.id != *container);
                EngineOutcome::Done
            }
        }
    }

    fn find(&mut self, id: &ContainerId) -> Option<&mut Observed> {
        self.containers.iter_mut().find(|known| known.id == *id)
    }

    fn start(&mut self, id: &ContainerId) -> EngineOutcome {
        let exits_with = self.exits_with;
        let port = self.find(id).and_then(|found| found.port);
        let used = port.is_some_and(|port| self.occupied.contains(&port.get()));
        match self.find(id) {
            None => EngineOutcome::Absent,
            Some(_) if used => EngineOutcome::PortTaken,
            Some(found) if found.state == ContainerState::Running => EngineOutcome::AlreadyDone,
            Some(found) => {
                found.state = match exits_with {
                    Some(code) => ContainerState::Exited { code },
                    None => ContainerState::Running,
                };
                EngineOutcome::Done
            }
        }
    }

    fn header(&self) -> Header {
        Header {
            installation: INSTALLATION,
            engine: self.registered.then(|| EngineId::new("engine")),
            newest_generation: 0,
        }
    }

    fn row(&self, user: &UserId) -> Row {
        let Some((record, lease_end)) = self.records.get(user) else {
            return Row::Absent;
        };
        let mut record = record.clone();
        if let Some(lease) = &mut record.lease {
            lease.remaining = lease_end.since(self.now);
        }
        Row::Found(record)
    }

    fn store(&mut self, effect: &StoreEffect) -> StoreOutcome {
        match effect {
            StoreEffect::Load { users, .. } => StoreOutcome::Loaded {
                header: self.header(),
                rows: users
                    .iter()
                    .map(|user| (user.clone(), self.row(user)))
                    .collect(),
            },
            StoreEffect::Scan { .. } => StoreOutcome::Scanned {
                header: self.header(),
                rows: self
                    .records
                    .keys()
                    .map(|user| (user.clone(), self.row(user)))
                    .collect(),
                more: false,
            },
            StoreEffect::Touch { users } => {
                let now = self.timestamp();
                let pulse = |user: &UserId| {
                    let (record, _) = self.records.get(user)?;
                    Some(Pulse {
                        version: record.version,
                        intent: record.body.intent,
                        last_active: now,
                    })
                };
                StoreOutcome::Touched(
                    users
                        .iter()
                        .map(|user| (user.clone(), pulse(user)))
                        .collect(),
                )
            }
            StoreEffect::Register { id, ports, .. } => {
                self.registered = true;
                for port in ports.first().get()..=ports.last().get() {
                    self.ports.entry(port).or_insert((None, Instant::ORIGIN));
                }
                StoreOutcome::Registered(id.clone())
            }
            StoreEffect::Lock { .. } | StoreEffect::Unlock { .. } => StoreOutcome::Done,
            StoreEffect::Put(put) => self.put(put),
        }
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::from_micros(i64::try_from(self.now.as_micros()).expect("small"))
    }

    fn put(&mut self, put: &Put) -> StoreOutcome {
        let known = self.records.get(&put.user);
        let version = match (put.expect, known) {
            (Expect::Absent(record), None) => Version {
                record,
                revision: Revision(1),
            },
            (Expect::At(expected), Some((record, lease_end)))
                if record.version == expected
                    && record.lease.is_none_or(|lease| {
                        lease.owner == put.controller || *lease_end <= self.now
                    }) =>
            {
                Version {
                    record: expected.record,
                    revision: Revision(expected.revision.0 + 1),
                }
            }
            (Expect::Absent(_) | Expect::At(_), _) => return StoreOutcome::Conflict,
        };
        let mine = |(_, (owner, _)): &(&u16, &(Option<UserId>, Instant))| {
            owner.as_ref() == Some(&put.user)
        };
        let held = self.ports.iter().find(mine).map(|(port, _)| *port);
        let claims = match put.port {
            PortChange::Claim(_) => held.is_none(),
            PortChange::Replace { .. } => true,
            PortChange::Keep | PortChange::Free { .. } => false,
        };
        let free = self
            .ports
            .iter()
            .find(|(_, (owner, rests))| owner.is_none() && *rests <= self.now)
            .map(|(port, _)| *port);
        if claims && free.is_none() {
            let known = u32::try_from(self.ports.len()).expect("few");
            return StoreOutcome::NoPort { known };
        }
        let rest = match put.port {
            PortChange::Replace { quarantine, .. } => Some(quarantine),
            PortChange::Free { rest } => Some(rest),
            PortChange::Keep | PortChange::Claim(_) => None,
        };
        if let (Some(rest), Some(port)) = (rest, held) {
            self.ports.insert(port, (None, self.now.after(rest)));
        }
        if let (true, Some(port)) = (claims, free) {
            self.ports
                .insert(port, (Some(put.user.clone()), Instant::ORIGIN));
        }
        let port = self.ports.iter().find(mine).map(|(port, _)| *port);
        let port = port.and_then(Port::new);
        let last_active = known.and_then(|(record, _)| record.last_active);
        let last_active = if put.touch {
            Some(self.timestamp())
        } else {
            last_active
        };
        let record = Record {
            version,
            port,
            lease: put.lease.map(|remaining| Lease {
                owner: put.controller,
                remaining,
            }),
            last_active,
            body: put.body.clone(),
        };
        let lease_end = self.now.after(put.lease.unwrap_or_default());
        self.records.insert(put.user.clone(), (record, lease_end));
        StoreOutcome::Stored {
            revision: version.revision,
            port,
            last_active,
        }
    }
}

fn engine_call(effect: &EngineEffect) -> String {
    let what = match effect {
        EngineEffect::Identify => "identify".into(),
        EngineEffect::Inspect(ContainerRef::Name(name)) => format!("inspect {name}"),
        EngineEffect::Inspect(ContainerRef::Id(id)) => format!("inspect {id}"),
        EngineEffect::List { record: None, .. } => "list all".into(),
        EngineEffect::List { .. } => "list by record".into(),
        EngineEffect::InspectImage { image } => format!("inspect image {image}"),
        EngineEffect::PullImage { image } => format!("pull {image}"),
        EngineEffect::InspectNetwork { name } => format!("inspect network {name}"),
        EngineEffect::CreateNetwork { name, .. } => format!("create network {name}"),
        EngineEffect::EnsureVolume { name, .. } => format!("ensure volume {name}"),
        EngineEffect::Create(spec) => format!("create {} on {}", spec.name, spec.port),
        EngineEffect::Start { .. } => "start".into(),
        EngineEffect::Unpause { .. } => "unpause".into(),
        EngineEffect::Stop { .. } => "stop".into(),
        EngineEffect::Remove { .. } => "remove".into(),
        EngineEffect::Logs { .. } => "logs".into(),
    };
    format!("engine: {what}")
}

fn store_call(effect: &StoreEffect) -> String {
    let what = match effect {
        StoreEffect::Load { users, .. } => format!("load {}", users.len()),
        StoreEffect::Put(put) => {
            let intent = format!("{:?}", put.body.intent).to_lowercase();
            let lease = if put.lease.is_some() {
                "lease"
            } else {
                "release"
            };
            format!("put {intent}, {lease}")
        }
        StoreEffect::Touch { users } => format!("touch {}", users.len()),
        StoreEffect::Scan { .. } => "scan".into(),
        StoreEffect::Register { .. } => "register".into(),
        StoreEffect::Lock { .. } => "lock".into(),
        StoreEffect::Unlock { .. } => "unlock".into(),
    };
    format!("store: {what}")
}
