//! A container, as the engine keeps it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use portreeve_core::id::{ContainerId, Port};
use portreeve_core::label::Labels;
use portreeve_core::observed::{Configured, ContainerState, Health, Observed};
use portreeve_core::time::Instant;

use super::image::{Image, Personality};
use super::journal::Face;
use super::numbers::No;
use super::schedule::When;
use super::spec::{Binding, HealthCheck, Spec};

/// A line that a container has said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// When.
    pub at: Instant,
    /// What.
    pub text: String,
}

/// So many of a container's last lines are kept.
const LINES: usize = 1000;

/// A container.
#[derive(Clone, Debug)]
pub struct Container {
    pub(super) no: No,
    pub(super) face: Arc<Face>,
    pub(super) image: Arc<Image>,
    pub(super) check: Option<HealthCheck>,
    pub(super) created: Instant,
    pub(super) phase: Phase,
    pub(super) removal: Removing,
    pub(super) started: Option<Instant>,
    pub(super) finished: Option<Instant>,
    pub(super) code: i64,
    /// Why its last start failed.
    pub(super) error: Option<String>,
    pub(super) health: Health,
    /// Nothing is to be started again that was stopped or killed.
    pub(super) stopped_by_hand: bool,
    /// How often its restart policy has started it.
    pub(super) restarts: u32,
    pub(super) backoff: Duration,
    /// The port it was created with: of several, the one its label names.
    pub(super) port: Option<Port>,
    pub(super) mounts: Vec<MountPoint>,
    pub(super) network: Attachment,
    /// The world's word on how its program behaves, in place of the image's.
    pub(super) personality: Option<Arc<Personality>>,
    /// The engine can't begin another run of it.
    pub(super) task_lost: bool,
    /// What lists still tell of it, and until when.
    pub(super) listed: Option<(Instant, ContainerState, Health)>,
    /// The ports that lists still tell of, of a start that failed when they had been taken.
    pub(super) left_listed: Vec<Binding>,
    pub(super) lines: Vec<Line>,
}

/// What a container is doing.
#[derive(Clone, Debug)]
pub(super) enum Phase {
    /// Nothing.
    Idle,
    /// It runs, frozen or not.
    Running(Process),
    /// It is to be started again by its restart policy.
    Between(When),
}

/// Whether a container is on its way out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Removing {
    /// No.
    No,
    /// It is.
    UnderWay,
    /// It was when the engine ended, and got stuck.
    Dead,
}

/// A container's run.
#[derive(Clone, Debug)]
pub(super) struct Process {
    pub(super) paused: bool,
    pub(super) personality: Arc<Personality>,
    /// The ports it is published on.
    pub(super) bound: Vec<Binding>,
    pub(super) address: u16,
    /// When it ends, if that is known.
    pub(super) ends: Option<When>,
    /// When the grace of a stop is over.
    pub(super) grace: Option<When>,
    /// When its health is looked at next.
    pub(super) look: Option<When>,
    /// Since when its health check runs.
    pub(super) checked_since: Instant,
    /// Failed looks in a row.
    pub(super) streak: u32,
}

/// A volume, folder or memory, mounted into a container.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MountPoint {
    /// The volume's name; none for what isn't a volume.
    pub volume: Option<Arc<str>>,
    /// Whether it is a volume of the container's own.
    pub anonymous: bool,
    /// Where it appears in the container.
    pub target: String,
    /// Whether the container can't write to it.
    pub read_only: bool,
}

/// How a container is attached to its network.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Attachment {
    /// The network, as it was asked for.
    pub(super) name: String,
    /// The id of the network it was attached to first, which it insists on from then on.
    pub(super) id: Option<Arc<str>>,
}

impl Container {
    /// Its number.
    pub fn no(&self) -> No {
        self.no
    }

    /// Its id.
    pub fn id(&self) -> &ContainerId {
        &self.face.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.face.name
    }

    /// What it was made of.
    pub fn spec(&self) -> &Arc<Spec> {
        &self.face.spec
    }

    /// What its labels say of whose it is.
    pub fn labels(&self) -> Option<&Labels> {
        self.face.labels.told().map(Arc::as_ref)
    }

    /// The image it was made from.
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// When it was made.
    pub fn created_at(&self) -> Instant {
        self.created
    }

    /// When its last run began.
    pub fn started_at(&self) -> Option<Instant> {
        self.started
    }

    /// When its last run ended.
    pub fn finished_at(&self) -> Option<Instant> {
        self.finished
    }

    /// What its last run, or its last attempt at one, ended with.
    pub fn exit_code(&self) -> i64 {
        self.code
    }

    /// Why its last start failed.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// How often its restart policy has started it.
    pub fn restart_count(&self) -> u32 {
        self.restarts
    }

    /// What its health check says.
    pub fn health(&self) -> Health {
        self.health
    }

    /// Its mounts.
    pub fn mounts(&self) -> &[MountPoint] {
        &self.mounts
    }

    /// The network it is attached to, by the name or id it was asked for with.
    pub fn network(&self) -> &str {
        &self.network.name
    }

    /// The id of the network it was attached to, once it was.
    pub fn network_id(&self) -> Option<&str> {
        self.network.id.as_deref()
    }

    /// How its program behaves, from its next start on.
    pub fn behaviour(&self) -> Arc<Personality> {
        match &self.personality {
            Some(personality) => Arc::clone(personality),
            None => self.image.personality(&self.face.spec),
        }
    }

    /// Its last lines.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The host port it was created with: of several, the one its label names.
    pub fn port(&self) -> Option<Port> {
        self.port
    }

    /// The ports it is published on right now, all of them with a port of the host.
    pub fn bound(&self) -> &[Binding] {
        match &self.phase {
            Phase::Running(process) => &process.bound,
            Phase::Idle | Phase::Between(_) => &[],
        }
    }

    /// The ports that a list tells: those it is published on, and those of a start that failed when
    /// they had been taken.
    pub fn listed_ports(&self) -> &[Binding] {
        match &self.phase {
            Phase::Running(process) => &process.bound,
            Phase::Idle | Phase::Between(_) => &self.left_listed,
        }
    }

    /// Whether its process is there, frozen or not.
    pub fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running(_))
    }

    /// Whether its process is frozen.
    pub fn is_paused(&self) -> bool {
        self.process().is_some_and(|process| process.paused)
    }

    /// Whether its program runs and is well, at that time.
    pub fn is_well(&self, now: Instant) -> bool {
        let (Some(process), Some(started)) = (self.process(), self.started) else {
            return false;
        };
        process.personality.is_well(now.since(started))
    }

    /// Whether it is being removed.
    pub fn is_being_removed(&self) -> bool {
        self.removal == Removing::UnderWay
    }

    /// Its address in its network, while it runs.
    pub fn address(&self) -> Option<IpAddr> {
        let process = self.process()?;
        let [high, low] = process.address.to_be_bytes();
        Some(IpAddr::from([172, 18, high, low]))
    }

    /// Whether its program listens, at that time.
    pub fn listens(&self, now: Instant) -> bool {
        let (Phase::Running(process), Some(started)) = (&self.phase, self.started) else {
            return false;
        };
        let after = process.personality.listens_after;
        !process.paused && after.is_some_and(|after| now >= started.after(after))
    }

    /// What it is doing.
    pub fn state(&self) -> ContainerState {
        match &self.phase {
            Phase::Running(process) if process.paused => ContainerState::Paused,
            Phase::Running(_) => ContainerState::Running,
            Phase::Between(_) => ContainerState::Starting,
            Phase::Idle => match self.removal {
                Removing::UnderWay => ContainerState::Removing,
                Removing::Dead => ContainerState::Broken,
                Removing::No if self.started.is_none() => {
                    ContainerState::Stopped { exit_code: None }
                }
                Removing::No => ContainerState::Stopped {
                    exit_code: Some(self.code),
                },
            },
        }
    }

    /// As an inspect tells it.
    pub fn observed(&self) -> Observed {
        let state = self.state();
        let ran_for = match (&state, self.started, self.finished) {
            (ContainerState::Stopped { exit_code: Some(_) }, Some(started), Some(finished)) => {
                Some(finished.since(started))
            }
            _ => None,
        };
        // One that has never run has passed no check yet.
        let health = match self.health {
            Health::Absent if self.check.is_some() => Health::Starting,
            health => health,
        };
        Observed {
            id: self.face.id.clone(),
            name: self.face.name.to_string(),
            labels: self.face.labels.as_ref().map(|labels| (**labels).clone()),
            state,
            health,
            configured: Configured::Inspected {
                port: self.port,
                volumes: self.named_volumes(),
            },
            networks: Some(vec![self.network.name.clone()]),
            ran_for,
        }
    }

    /// As a list tells it: without how long it ran, with the health of what runs only, and now and
    /// then not of the latest.
    pub fn listed(&self, now: Instant) -> Observed {
        let (state, health) = self.listed_state(now);
        let published = one_port(
            self.face.spec.labelled_port(),
            self.listed_ports()
                .iter()
                .filter_map(|binding| binding.outside),
        );
        Observed {
            id: self.face.id.clone(),
            name: self.face.name.to_string(),
            labels: self.face.labels.as_ref().map(|labels| (**labels).clone()),
            health,
            configured: Configured::Listed { port: published },
            networks: Some(vec![self.network.name.clone()]),
            ran_for: None,
            state,
        }
    }

    /// The volumes that it is configured to mount.
    fn named_volumes(&self) -> Vec<String> {
        let configured = self.mounts.iter().filter(|mount| !mount.anonymous);
        let names = configured.filter_map(|mount| mount.volume.as_ref());
        let mut volumes: Vec<_> = names.map(ToString::to_string).collect();
        volumes.sort();
        volumes.dedup();
        volumes
    }

    /// The state and health that a list tells.
    pub fn listed_state(&self, now: Instant) -> (ContainerState, Health) {
        if let Some((until, state, health)) = &self.listed
            && now < *until
        {
            return (state.clone(), *health);
        }
        let state = self.state();
        let health = match state {
            ContainerState::Running => self.health,
            _ => Health::Absent,
        };
        (state, health)
    }

    pub(super) fn process(&self) -> Option<&Process> {
        match &self.phase {
            Phase::Running(process) => Some(process),
            Phase::Idle | Phase::Between(_) => None,
        }
    }

    pub(super) fn process_mut(&mut self) -> Option<&mut Process> {
        match &mut self.phase {
            Phase::Running(process) => Some(process),
            Phase::Idle | Phase::Between(_) => None,
        }
    }

    pub(super) fn says(&mut self, text: String, at: Instant) {
        if self.lines.len() >= LINES {
            self.lines.remove(0);
        }
        self.lines.push(Line { at, text });
    }
}

/// The port among several: what the label says if it is one of them, or else the only one.
pub(super) fn one_port(
    labelled: Option<Port>,
    ports: impl Iterator<Item = Port> + Clone,
) -> Option<Port> {
    if let Some(labelled) = labelled
        && ports.clone().any(|port| port == labelled)
    {
        return Some(labelled);
    }
    let mut ports = ports;
    let first = ports.next()?;
    ports.all(|port| port == first).then_some(first)
}
