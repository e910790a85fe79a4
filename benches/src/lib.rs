//! A world that answers at once and costs next to nothing, to measure the lifecycle in: an engine
//! and a store that do what they are asked and know of no conflict.

#![allow(clippy::missing_panics_doc, reason = "what is measured must not fail")]

pub mod longest;
pub mod processor;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hint::black_box;
use std::ops::Bound;
use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::{
    ContainerRef, Effect, EngineEffect, Expect, IssuedEffect, PortChange, Put, Scope, StoreEffect,
};
use portreeve_core::id::{
    ContainerId, EffectId, EngineId, InstallationId, NetworkId, Revision, Version,
};
use portreeve_core::label::{Labelled, Labels};
use portreeve_core::lifecycle::{Lifecycle, Output};
use portreeve_core::network::Network;
use portreeve_core::observed::{Configured, ContainerState, Health, Observed};
use portreeve_core::outcome::{
    ContainerChange, EngineEvent, EngineOutcome, Outcome, ProbeOutcome, Pulse, StoreOutcome, Touch,
};
use portreeve_core::record::{Header, Record, Row};
use portreeve_core::seed::Seed;
use portreeve_core::settings::{Maintenance, Settings};
use portreeve_core::spec::ContainerSpec;
use portreeve_core::template::Template;
use portreeve_core::time::{Instant, Timestamp};
use portreeve_core::token::{Key, Keyring};
use portreeve_core::user::UserId;

const INSTALLATION: InstallationId = InstallationId::from_bytes([7; 16]);
/// Longer than any measurement.
const LONG: Duration = Duration::from_secs(1 << 30);

/// A lifecycle, and the world it acts on.
pub struct World {
    lifecycle: Lifecycle,
    now: Instant,
    /// By name.
    containers: HashMap<String, Observed>,
    records: BTreeMap<UserId, Record>,
    /// Whose effects are never answered.
    busy: HashSet<UserId>,
    watch: Option<EffectId>,
    replies: u64,
    effects: u64,
    made: u64,
    longest: Duration,
}

/// The user of a number.
pub fn user(number: u32) -> UserId {
    UserId::new(format!("user-{number:06}")).expect("neither empty nor long")
}

impl World {
    /// One in which `known` users have a running container, and something is under way for `busy`
    /// others that never ends.
    pub fn new(known: u32, busy: u32, maintenance: Maintenance) -> Self {
        let now = Instant::from_micros(1_000_000);
        let mut settings = Settings::new(
            Template::reference_service(),
            Keyring::new(Key::new(&[9; 32].into()), Vec::new()),
        );
        settings.maintenance = maintenance;
        settings.limits.starting = u32::MAX;
        // Activity is always due, and nothing that is under way ever is.
        settings.timing.slack = Duration::from_micros(1);
        settings.timing.trust = LONG;
        settings.timing.resync = LONG;
        settings.timing.engine = LONG;
        settings.timing.start = LONG;
        let mut world = Self {
            lifecycle: Lifecycle::new(settings, Seed::predictable([1; 32]), now),
            now,
            containers: HashMap::new(),
            records: BTreeMap::new(),
            busy: HashSet::new(),
            watch: None,
            replies: 0,
            effects: 0,
            made: 0,
            longest: Duration::ZERO,
        };
        world.pass(Duration::ZERO);
        for number in 0..known {
            world.run(Command::Ensure(user(number)));
        }
        // Lists vouch for what was done only once the stream has been open for a moment.
        world.pass(Duration::from_secs(2));
        for number in 0..busy {
            let user = user(known + number);
            world.busy.insert(user.clone());
            world.command(Command::Ensure(user));
            world.drain();
        }
        world
    }

    /// Does something, and tells how long the longest call of the lifecycle's took on the processor.
    pub fn longest_call(&mut self, done: impl FnOnce(&mut Self)) -> Duration {
        self.longest = Duration::ZERO;
        done(self);
        self.longest
    }

    /// An event of the engine's was missed, so that all users' containers are listed anew.
    pub fn miss_event(&mut self) {
        let watch = self.watch.expect("events are followed");
        self.call(|lifecycle, now| lifecycle.handle_event(now, watch, EngineEvent::Missed))
            .expect("a watch that was handed out");
        self.drain();
        self.pass(Duration::from_secs(2));
    }

    /// How many effects were carried out so far.
    pub fn effects(&self) -> u64 {
        self.effects
    }

    /// Carries out a command, which must be answered with a success.
    pub fn run(&mut self, command: Command) {
        let before = self.replies;
        self.now = self.now.after(Duration::from_micros(10));
        self.command(command);
        self.drain();
        while self.replies == before {
            // A started container is looked at after a while.
            self.pass(Duration::from_millis(100));
        }
    }

    /// Asks for something, and takes it back.
    pub fn cancel(&mut self, command: Command) {
        let request = self.command(command);
        self.call(|lifecycle, now| lifecycle.handle_cancel(now, request))
            .expect("time runs forwards");
        self.drain();
    }

    /// The stream tells something that is known already.
    pub fn tell(&mut self, number: u32) {
        let user = user(number);
        let record = &self.records[&user];
        let event = EngineEvent::Container {
            id: record.body.container.clone().expect("it runs"),
            user: Some(user),
            change: ContainerChange::Started,
        };
        let watch = self.watch.expect("events are followed");
        self.call(|lifecycle, now| lifecycle.handle_event(now, watch, event))
            .expect("a watch that was handed out");
        self.drain();
    }

    /// Time passes.
    pub fn pass(&mut self, time: Duration) {
        self.now = self.now.after(time);
        self.tick();
        self.drain();
    }

    fn tick(&mut self) {
        // Between two calls a driver gets and gives back larger pieces of memory, and glibc's allocator puts
        // small ones that were freed together then, which would be counted as the lifecycle's otherwise.
        drop(black_box(Vec::<u8>::with_capacity(16 * 1024)));
        self.call(Lifecycle::handle_time)
            .expect("time runs forwards");
    }

    /// Calls the lifecycle, and notes how long that took.
    fn call<T>(&mut self, done: impl FnOnce(&mut Lifecycle, Instant) -> T) -> T {
        let began = processor::time();
        let came = done(&mut self.lifecycle, self.now);
        let took = processor::time().saturating_sub(began);
        self.longest = self.longest.max(took);
        came
    }

    fn command(&mut self, command: Command) -> portreeve_core::id::RequestId {
        self.call(|lifecycle, now| lifecycle.handle_command(now, command))
            .expect("time runs forwards")
    }

    fn drain(&mut self) {
        loop {
            match self.lifecycle.poll() {
                Output::Effect(issued) => self.carry_out(issued),
                Output::Reply(_, reply) => {
                    assert!(!matches!(reply, Reply::Failed(_)), "{reply:?}");
                    self.replies += 1;
                }
                Output::Progress(..) | Output::Abandon(_) => {}
                Output::Looped(mistake) => panic!("{mistake:?}"),
                // There is more to be done than one call does.
                Output::Idle(Some(next)) if next.at <= self.now => self.tick(),
                Output::Idle(_) => return,
            }
        }
    }

    fn carry_out(&mut self, issued: IssuedEffect) {
        let outcome = match issued.effect {
            Effect::Engine(EngineEffect::Watch { .. }) => {
                self.watch = Some(issued.id);
                self.call(|lifecycle, now| {
                    lifecycle.handle_event(now, issued.id, EngineEvent::Opened)
                })
                .expect("it was handed out");
                return;
            }
            Effect::Engine(effect) if self.is_left(&effect) => return,
            Effect::Engine(effect) => Outcome::Engine(self.engine(effect)),
            Effect::Store(effect) => Outcome::Store(self.store(effect)),
            Effect::Probe(_) => Outcome::Probe(ProbeOutcome::Passed),
        };
        self.effects += 1;
        self.call(|lifecycle, now| lifecycle.handle_outcome(now, issued.id, outcome))
            .expect("it was handed out");
    }

    fn is_left(&self, effect: &EngineEffect) -> bool {
        let EngineEffect::Inspect(ContainerRef::Name(name)) = effect else {
            return false;
        };
        let user = name.strip_prefix("mosaic-user-").unwrap_or_default();
        UserId::new(user).is_ok_and(|user| self.busy.contains(&user))
    }

    fn engine(&mut self, effect: EngineEffect) -> EngineOutcome {
        match effect {
            EngineEffect::Identify => EngineOutcome::Identified(EngineId::new("engine")),
            EngineEffect::Inspect(ContainerRef::Name(name)) => self
                .containers
                .get(&name)
                .map_or(EngineOutcome::Absent, |it| EngineOutcome::Found(it.clone())),
            EngineEffect::List(scope) => EngineOutcome::Listed(self.list(&scope)),
            EngineEffect::ListVolumes(_) => {
                let named = self.records.iter();
                let volume =
                    named.map(|(user, record)| (record.body.names.volume.clone(), user.clone()));
                EngineOutcome::Volumes(volume.collect())
            }
            EngineEffect::EnsureVolume { labels, .. } => {
                let owner = UserId::new(labels[1].1.clone()).expect("ours");
                EngineOutcome::Volume(Labelled::As((INSTALLATION, owner)))
            }
            EngineEffect::InspectVolume { .. } => EngineOutcome::Absent,
            EngineEffect::Create(spec) => self.create(*spec),
            EngineEffect::Start { container } => {
                self.set_state(&container, ContainerState::Running)
            }
            EngineEffect::Stop { container, .. } => {
                self.set_state(&container, ContainerState::Stopped { exit_code: Some(0) })
            }
            EngineEffect::Remove { container } => {
                self.containers.remove(name_of(&container));
                EngineOutcome::Done
            }
            EngineEffect::InspectImage { .. } => EngineOutcome::Done,
            EngineEffect::FindNetworks { name } => {
                EngineOutcome::Networks(vec![Network::bridge(NetworkId::new(name))])
            }
            EngineEffect::Inspect(ContainerRef::Id(_))
            | EngineEffect::Examine(_)
            | EngineEffect::Watch { .. }
            | EngineEffect::PullImage { .. }
            | EngineEffect::CreateNetwork { .. }
            | EngineEffect::RemoveVolume { .. }
            | EngineEffect::Unpause { .. }
            | EngineEffect::Logs { .. } => unreachable!("nothing that is measured asks for it"),
        }
    }

    fn list(&self, scope: &Scope) -> Vec<Observed> {
        match scope {
            Scope::Installation(_) => self.containers.values().cloned().collect(),
            Scope::Ids(ids) => {
                let named = ids.iter().filter_map(|id| self.containers.get(name_of(id)));
                named.cloned().collect()
            }
            Scope::User(..) => unreachable!("nothing that is measured asks for it"),
        }
    }

    /// Everybody is unsettled and idle: all have a container that runs, and nobody was active lately.
    fn scan(&self, after: Option<UserId>, limit: u32) -> StoreOutcome {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rows = self.records.range((after, Bound::Unbounded));
        let page = rows.by_ref().take(usize::try_from(limit).expect("small"));
        let row = |(user, record): (&UserId, &Record)| (user.clone(), Row::Found(record.clone()));
        StoreOutcome::Scanned {
            header: self.header(),
            rows: page.map(row).collect(),
            more: rows.next().is_some(),
        }
    }

    fn create(&mut self, spec: ContainerSpec) -> EngineOutcome {
        let id = ContainerId::new(format!("id-{}", spec.name));
        let made = Observed {
            id: id.clone(),
            labels: Labels::of_pairs(&spec.labels),
            state: ContainerState::Stopped { exit_code: None },
            health: Health::Absent,
            configured: Configured::Inspected {
                port: spec.port(),
                volumes: vec![spec.volume],
            },
            networks: Some(vec![spec.network]),
            ran_for: None,
            name: spec.name.clone(),
        };
        self.containers.insert(spec.name, made);
        EngineOutcome::Created(id)
    }

    fn set_state(&mut self, id: &ContainerId, state: ContainerState) -> EngineOutcome {
        match self.containers.get_mut(name_of(id)) {
            None => EngineOutcome::Absent,
            Some(container) => {
                container.state = state;
                EngineOutcome::Done
            }
        }
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::from_micros(i64::try_from(self.now.as_micros()).expect("small"))
    }

    fn header(&self) -> Header {
        Header {
            installation: INSTALLATION,
            engine: Some(EngineId::new("engine")),
            newest_generation: 0,
            now: self.timestamp(),
        }
    }

    fn store(&mut self, effect: StoreEffect) -> StoreOutcome {
        match effect {
            StoreEffect::Load { users, .. } => {
                let row = |user: UserId| {
                    let record = self.records.get(&user).cloned();
                    (user, record.map_or(Row::Absent, Row::Found))
                };
                StoreOutcome::Loaded {
                    header: self.header(),
                    rows: users.into_iter().map(row).collect(),
                }
            }
            StoreEffect::Put(put) => self.put(*put),
            StoreEffect::Touch { users } => {
                let last_active = self.timestamp();
                let touch = |user: UserId| {
                    let touch = self.records.get(&user).map_or(Touch::Absent, |record| {
                        Touch::Written(Pulse {
                            version: record.version,
                            intent: record.body.intent,
                            last_active,
                        })
                    });
                    (user, touch)
                };
                StoreOutcome::Touched(users.into_iter().map(touch).collect())
            }
            StoreEffect::Delete { user, .. } => {
                self.records.remove(&user);
                StoreOutcome::Done
            }
            StoreEffect::Register { id, .. } => StoreOutcome::Registered(id),
            StoreEffect::Lock { .. } | StoreEffect::Unlock { .. } | StoreEffect::DropEvents(_) => {
                StoreOutcome::Done
            }
            StoreEffect::Scan { after, limit, .. }
            | StoreEffect::ScanUnsettled { after, limit, .. }
            | StoreEffect::ScanIdle { after, limit, .. } => self.scan(after, limit),
            StoreEffect::LongestStopped { .. } | StoreEffect::ReadEvents { .. } => {
                unreachable!("nothing that is measured asks for it")
            }
        }
    }

    /// Ports are given out over and over: no two users ever meet here.
    fn put(&mut self, put: Put) -> StoreOutcome {
        let version = match put.expect {
            Expect::Absent(record) => Version {
                record,
                revision: Revision(1),
            },
            Expect::At(version) => Version {
                revision: Revision(version.revision.0 + 1),
                ..version
            },
        };
        let known = self.records.get(&put.user);
        let mut port = known.and_then(|record| record.port);
        match put.port {
            PortChange::Claim(range) if port.is_none() => {
                let offset = self.made % u64::from(range.count());
                self.made += 1;
                port = range
                    .first()
                    .checked_add(u16::try_from(offset).expect("within the range"));
            }
            PortChange::Free { .. } => port = None,
            PortChange::Claim(_)
            | PortChange::Keep
            | PortChange::Take(_)
            | PortChange::Replace { .. } => {}
        }
        let last_active = Some(self.timestamp());
        let lease = put.lease.map(|remaining| portreeve_core::record::Lease {
            owner: put.controller,
            remaining,
        });
        let record = Record {
            version,
            port,
            lease,
            last_active,
            shares_volume: false,
            ahead: portreeve_core::record::Ahead::default(),
            body: put.body,
        };
        self.records.insert(put.user, record);
        StoreOutcome::Stored {
            revision: version.revision,
            port,
            last_active,
            shares_volume: false,
        }
    }
}

fn name_of(id: &ContainerId) -> &str {
    id.as_str().strip_prefix("id-").unwrap_or_default()
}
