//! An engine for tests: it keeps containers in memory, counts what it is asked, and misbehaves
//! where it is told to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use portreeve_core::effect::{ContainerRef, EngineEffect, Fence};
use portreeve_core::id::{ContainerId, EngineId, InstallationId, NetworkId};
use portreeve_core::label::{Labelled, Labels};
use portreeve_core::network::Network;
use portreeve_core::observed::{Configured, ContainerState, Health, Observed};
use portreeve_core::outcome::{EngineEvent, EngineOutcome, Particulars};
use portreeve_core::settings::Settings;
use portreeve_core::spec::ContainerSpec;
use portreeve_core::template::Template;
use portreeve_core::token::{Key, Keyring};
use portreeve_wire::docker::log_stream::LogRange;
use portreeve_wire::store::StoreAddress;
use tokio::sync::{Semaphore, mpsc};
use zeroize::Zeroizing;

use crate::backend::{Clients, Engine, Events, LogPieces, Underway};
use crate::store::StoreClient;

/// What becomes of starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Starts {
    /// They are done.
    Done,
    /// They are done once the test lets them.
    Held,
    /// The client panics.
    Panicking,
}

/// An engine in memory.
pub(crate) struct FakeEngine {
    starts: Starts,
    /// Each permit lets one held start end.
    pub(crate) let_start: Semaphore,
    /// Gets a permit with each start that begins.
    pub(crate) start_begun: Semaphore,
    containers: Mutex<BTreeMap<String, Observed>>,
    asked: Mutex<Vec<EngineEffect>>,
    /// Each stream of events that is asked for takes the next one; without one, it never opens.
    pub(crate) streams: Mutex<VecDeque<FakeStream>>,
    /// Each log that is asked for takes the next one; without one, it says nothing and doesn't end.
    pub(crate) logs: Mutex<VecDeque<FakeLog>>,
    /// For which parts of logs it was asked.
    pub(crate) ranges: Mutex<Vec<LogRange>>,
}

impl FakeEngine {
    pub(crate) fn new(starts: Starts) -> Arc<Self> {
        Arc::new(Self {
            starts,
            let_start: Semaphore::new(0),
            start_begun: Semaphore::new(0),
            containers: Mutex::new(BTreeMap::new()),
            asked: Mutex::new(Vec::new()),
            streams: Mutex::new(VecDeque::new()),
            logs: Mutex::new(VecDeque::new()),
            ranges: Mutex::new(Vec::new()),
        })
    }

    /// How often something was asked.
    pub(crate) fn count(&self, of: impl Fn(&EngineEffect) -> bool) -> usize {
        self.asked
            .lock()
            .unwrap()
            .iter()
            .filter(|effect| of(effect))
            .count()
    }

    async fn answer(&self, effect: &EngineEffect) -> EngineOutcome {
        self.asked.lock().unwrap().push(effect.clone());
        match effect {
            EngineEffect::Identify => EngineOutcome::Identified(EngineId::new("fake")),
            EngineEffect::Inspect(reference) => self.inspect(reference),
            EngineEffect::List(_) => {
                EngineOutcome::Listed(self.containers.lock().unwrap().values().cloned().collect())
            }
            EngineEffect::EnsureVolume { labels, .. } => {
                let labels = labels.iter();
                EngineOutcome::Volume(portreeve_core::label::volume_owner(
                    labels.map(|(key, value)| (key.as_str(), Some(value.as_str()))),
                ))
            }
            EngineEffect::Create(spec) => self.create(spec),
            EngineEffect::Start { container } => self.start(container).await,
            EngineEffect::Stop { container, .. } => {
                self.become_state(container, &ContainerState::Stopped { exit_code: Some(0) })
            }
            EngineEffect::Remove { container } => {
                let mut containers = self.containers.lock().unwrap();
                containers.retain(|_, found| found.id != *container);
                EngineOutcome::Done
            }
            EngineEffect::Logs { .. } => EngineOutcome::Log(Vec::new()),
            EngineEffect::InspectImage { .. }
            | EngineEffect::PullImage { .. }
            | EngineEffect::CreateNetwork { .. }
            | EngineEffect::RemoveVolume { .. }
            | EngineEffect::Unpause { .. } => EngineOutcome::Done,
            EngineEffect::FindNetworks { name } => {
                EngineOutcome::Networks(vec![Network::bridge(NetworkId::new(name))])
            }
            EngineEffect::InspectVolume { .. } => EngineOutcome::Volume(Labelled::Not),
            EngineEffect::ListVolumes(_) => EngineOutcome::Volumes(Vec::new()),
            EngineEffect::Examine(reference) => match self.inspect(reference) {
                EngineOutcome::Found(observed) => EngineOutcome::Examined(Particulars {
                    observed,
                    environment: Vec::new(),
                    volumes: Vec::new(),
                    ports: Vec::new(),
                    auto_remove: false,
                }),
                absent => absent,
            },
            EngineEffect::Watch { .. } => EngineOutcome::Refused("no test asks for it".to_owned()),
        }
    }

    fn inspect(&self, reference: &ContainerRef) -> EngineOutcome {
        let containers = self.containers.lock().unwrap();
        let found = containers.values().find(|found| match reference {
            ContainerRef::Name(name) => found.name == *name,
            ContainerRef::Id(id) => found.id == *id,
        });
        found
            .cloned()
            .map_or(EngineOutcome::Absent, EngineOutcome::Found)
    }

    fn create(&self, spec: &ContainerSpec) -> EngineOutcome {
        let id = ContainerId::new(format!("id-of-{}", spec.name));
        let labels = Labels::of_pairs(&spec.labels);
        let container = Observed {
            id: id.clone(),
            name: spec.name.clone(),
            labels,
            state: ContainerState::Stopped { exit_code: None },
            health: Health::Absent,
            configured: Configured::Inspected {
                port: spec.port(),
                volumes: vec![spec.volume.clone()],
            },
            networks: None,
            ran_for: None,
        };
        self.containers
            .lock()
            .unwrap()
            .insert(spec.name.clone(), container);
        EngineOutcome::Created(id)
    }

    async fn start(&self, container: &ContainerId) -> EngineOutcome {
        self.start_begun.add_permits(1);
        match self.starts {
            Starts::Done => (),
            Starts::Held => self.let_start.acquire().await.unwrap().forget(),
            Starts::Panicking => panic!("as the test wants it"),
        }
        self.become_state(container, &ContainerState::Running)
    }

    fn become_state(&self, container: &ContainerId, state: &ContainerState) -> EngineOutcome {
        let mut containers = self.containers.lock().unwrap();
        match containers.values_mut().find(|found| found.id == *container) {
            Some(found) => {
                found.state = state.clone();
                EngineOutcome::Done
            }
            None => EngineOutcome::Absent,
        }
    }
}

impl Engine for FakeEngine {
    /// It answers without delay, so there is no time to look at.
    fn carry_out<'a>(
        &'a self,
        effect: &'a EngineEffect,
        _limit: Duration,
        _fence: &'a Fence,
    ) -> Underway<'a, EngineOutcome> {
        Box::pin(self.answer(effect))
    }

    fn watch<'a>(
        &'a self,
        _: InstallationId,
        _: Option<&'a EngineId>,
    ) -> Underway<'a, Result<Box<dyn Events>, EngineOutcome>> {
        let stream = self.streams.lock().unwrap().pop_front();
        Box::pin(async {
            match stream {
                Some(stream) => Ok(Box::new(FakeEvents(stream)) as Box<dyn Events>),
                None => std::future::pending().await,
            }
        })
    }

    fn log<'a>(
        &'a self,
        _: &'a ContainerId,
        range: LogRange,
        _: &'a EngineId,
    ) -> Underway<'a, Result<Box<dyn LogPieces>, EngineOutcome>> {
        self.ranges.lock().unwrap().push(range);
        let log = self.logs.lock().unwrap().pop_front();
        Box::pin(async { Ok(Box::new(Pieces(log)) as Box<dyn LogPieces>) })
    }
}

/// What one log tells, until it ends.
pub(crate) type FakeLog = VecDeque<Result<Bytes, EngineOutcome>>;

struct Pieces(Option<FakeLog>);

impl LogPieces for Pieces {
    fn next(&mut self) -> Underway<'_, Result<Option<Bytes>, EngineOutcome>> {
        Box::pin(async {
            match &mut self.0 {
                Some(log) => log.pop_front().transpose(),
                None => std::future::pending().await,
            }
        })
    }
}

/// What one stream tells, until the test drops the other end.
pub(crate) type FakeStream = mpsc::UnboundedReceiver<EngineEvent>;

struct FakeEvents(FakeStream);

impl Events for FakeEvents {
    fn next(&mut self) -> Underway<'_, Result<EngineEvent, EngineOutcome>> {
        Box::pin(async {
            let told = self.0.recv().await;
            told.ok_or_else(|| EngineOutcome::Unclear("the events ended".to_owned()))
        })
    }
}

/// That engine, and a store in a directory.
pub(crate) fn clients(engine: &Arc<FakeEngine>, directory: &tempfile::TempDir) -> Clients {
    let path = directory.path().join("store.db");
    Clients {
        engine: Arc::clone(engine) as Arc<dyn Engine>,
        store: Arc::new(StoreClient::new(StoreAddress::Sqlite(path)).unwrap()),
    }
}

/// The defaults, with a key of all zeros.
pub(crate) fn settings() -> Settings {
    Settings::new(
        Template::reference_service(),
        Keyring::new(Key::new(&Zeroizing::new([0; 32])), Vec::new()),
    )
}
