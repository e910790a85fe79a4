//! Containers begin and end to run.

use std::sync::Arc;
use std::time::Duration;

use portreeve_core::id::Port;
use portreeve_core::observed::{ContainerState, Health};
use portreeve_core::time::Instant;

use super::container::{Container, Phase, Process, Removing};
use super::failure::{Clash, Doing, Failure};
use super::image::Personality;
use super::journal::Action;
use super::numbers::No;
use super::ports::Holder;
use super::request::{Done, Until};
use super::schedule::Due;
use super::spec::{Binding, Restart};
use super::state::Engine;

/// What a container's start that failed leaves as its exit code.
const NOT_STARTED: i64 = 128;
/// The same where there is no such program.
const NO_PROGRAM: i64 = 127;
/// How long a restart policy waits at first, and at most.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
/// A run that lasted as long was a good one.
const GOOD_RUN: Duration = Duration::from_secs(10);

/// Who begins a container's run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum By {
    /// Somebody asked for it.
    Hand,
    /// Its restart policy.
    Policy,
}

impl Engine {
    /// Starts a container.
    pub fn start(&mut self, asked: &str) -> Result<Done, Failure> {
        let no = self.find_no(asked)?;
        let Some(container) = self.containers.get_mut(&no) else {
            return Err(Failure::NoSuchContainer(asked.to_owned()));
        };
        match container.state() {
            ContainerState::Paused => return Err(Failure::StartPaused),
            ContainerState::Running | ContainerState::Starting => return Ok(Done::Already),
            ContainerState::Stopped { .. }
            | ContainerState::Removing
            | ContainerState::Broken
            | ContainerState::Unknown(_) => {}
        }
        if container.removal != Removing::No {
            return Err(Failure::MarkedForRemoval);
        }
        self.begin(no, By::Hand)?;
        Ok(Done::Now)
    }

    /// Begins a run, or leaves the container as one whose start failed.
    pub(super) fn begin(&mut self, no: No, by: By) -> Result<(), Failure> {
        let begun = self.set_up(no, by);
        let Err(failure) = begun else {
            return Ok(());
        };
        if let Some(container) = self.containers.get_mut(&no) {
            container.code = match (&failure, container.code) {
                (Failure::CannotRun(_), _) => NO_PROGRAM,
                (_, 0) => NOT_STARTED,
                // That of the last run stays.
                (_, code) => code,
            };
            container.error = Some(failure.text());
        }
        Err(failure)
    }

    fn set_up(&mut self, no: No, by: By) -> Result<(), Failure> {
        let network = self.network_of(no)?;
        self.has_place(&network)?;
        let bound = if self.networks.by_id[&network].kind.publishes() {
            self.bind(no)?
        } else {
            Vec::new()
        };
        if by == By::Hand {
            // Not before: one whose start fails on its network has been restarted as often as before.
            self.forget_restarts(no);
        }
        let container = &self.containers[&no];
        let personality = container.behaviour();
        let broken = match &personality.cannot_run {
            Some(words) => Some(Failure::CannotRun(words.clone())),
            None if container.task_lost => Some(Failure::TaskExists(container.id().clone())),
            None => None,
        };
        if let Some(failure) = broken {
            self.unbind(no, &bound);
            if let Some(container) = self.containers.get_mut(&no) {
                container.left_listed = bound;
            }
            return Err(failure);
        }
        self.attach(no, &network);
        self.run(no, personality, bound);
        self.note(no, Action::Start);
        self.starts_to_end(no);
        Ok(())
    }

    fn forget_restarts(&mut self, no: No) {
        if let Some(container) = self.containers.get_mut(&no) {
            container.stopped_by_hand = false;
            container.restarts = 0;
            container.backoff = Duration::ZERO;
        }
    }

    /// The network the container is to be attached to: once it was, it insists on that very one.
    fn network_of(&self, no: No) -> Result<Arc<str>, Failure> {
        let attachment = &self.containers[&no].network;
        let asked = match (&attachment.id, attachment.name.as_str()) {
            (Some(id), _) => id,
            (None, "default" | "") => "bridge",
            (None, name) => name,
        };
        Ok(Arc::clone(&self.networks.find(asked)?.id))
    }

    /// Whether one more container can be attached to the network.
    fn has_place(&self, id: &str) -> Result<(), Failure> {
        let network = &self.networks.by_id[id];
        let ceiling = self.habits.bridge_ceiling.unwrap_or(usize::MAX);
        if network.kind.driver == "bridge" && network.attached.len() >= ceiling {
            return Err(Failure::BridgeFull(network.name.clone()));
        }
        Ok(())
    }

    fn attach(&mut self, no: No, network: &Arc<str>) {
        if let Some(network) = self.networks.get_mut(network) {
            network.attached.insert(no);
        }
        if let Some(container) = self.containers.get_mut(&no) {
            container.network.id = Some(Arc::clone(network));
        }
    }

    fn detach(&mut self, no: No) {
        if let Some(id) = &self.containers[&no].network.id
            && let Some(network) = self.networks.get_mut(id)
        {
            network.attached.remove(&no);
        }
    }

    /// Takes all of the container's ports, or none.
    fn bind(&mut self, no: No) -> Result<Vec<Binding>, Failure> {
        let container = &self.containers[&no];
        let spec = Arc::clone(&container.face.spec);
        let name = Arc::clone(&container.face.name);
        let mut bound: Vec<Binding> = Vec::with_capacity(spec.bindings.len());
        for binding in &spec.bindings {
            let taken = self.bind_one(no, &name, binding);
            match taken {
                Ok(port) => bound.push(Binding {
                    outside: Some(port),
                    ..*binding
                }),
                Err(failure) => {
                    self.unbind(no, &bound);
                    return Err(failure);
                }
            }
        }
        Ok(bound)
    }

    fn bind_one(&mut self, no: No, name: &str, binding: &Binding) -> Result<Port, Failure> {
        let clash = |port| Clash {
            name: name.to_owned(),
            address: binding.address,
            port,
        };
        let port = match binding.outside {
            Some(port) => port,
            None => self
                .ports
                .choose(binding)
                .ok_or_else(|| Failure::PortAllocated(clash(Port::MAX)))?,
        };
        match self
            .ports
            .holder(port.get(), binding.protocol, binding.address)
        {
            Some(Holder::Container(_)) => Err(Failure::PortAllocated(clash(port))),
            Some(Holder::Stranger) => Err(Failure::PortInUse(clash(port))),
            None => {
                let holder = Holder::Container(no);
                self.ports
                    .take(port, binding.protocol, binding.address, holder);
                Ok(port)
            }
        }
    }

    fn unbind(&mut self, no: No, bound: &[Binding]) {
        for binding in bound {
            if let Some(port) = binding.outside {
                self.ports
                    .give_back(port, binding.protocol, None, Holder::Container(no));
            }
        }
    }

    fn run(&mut self, no: No, personality: Arc<Personality>, bound: Vec<Binding>) {
        let now = self.now;
        self.addresses = self.addresses.checked_add(1).unwrap_or(2);
        let address = self.addresses;
        let Some(container) = self.containers.get_mut(&no) else {
            return;
        };
        container.listed = None;
        container.left_listed = Vec::new();
        container.started = Some(now);
        container.code = 0;
        container.error = None;
        for line in &personality.says {
            container.says(line.clone(), now);
        }
        container.phase = Phase::Running(Process {
            paused: false,
            personality,
            bound,
            address,
            ends: None,
            grace: None,
            look: None,
            checked_since: now,
            streak: 0,
        });
        self.begin_checks(no);
    }

    /// Notes when the program ends by itself, if it does.
    fn starts_to_end(&mut self, no: No) {
        let Some(process) = self.containers[&no].process() else {
            return;
        };
        let Some(exit) = process.personality.exits.clone() else {
            return;
        };
        if exit.after.is_zero() {
            self.process_ends(no, exit.code, exit.last_words);
        } else {
            let at = self.now.after(exit.after);
            self.will_end(no, at, exit.code, exit.last_words);
        }
    }

    /// Has a process end then, unless it ends before.
    pub(super) fn will_end(&mut self, no: No, at: Instant, code: u8, last_words: Option<String>) {
        let due = Due::Ends {
            container: no,
            code,
            last_words,
        };
        let container = self.containers.get_mut(&no);
        if let Some(process) = container.and_then(Container::process_mut) {
            self.schedule.sooner(&mut process.ends, at, due);
        }
    }

    /// A process ends by itself or because a signal made it.
    pub(super) fn process_ends(&mut self, no: No, code: u8, last_words: Option<String>) {
        let now = self.now;
        if let Some(line) = last_words
            && let Some(container) = self.containers.get_mut(&no)
        {
            container.says(line, now);
        }
        self.end(no, i64::from(code));
    }

    /// A run is over. Whoever waits for that is answered, and the restart policy has its say.
    pub(super) fn end(&mut self, no: No, code: i64) {
        let lag = self.list_lag();
        let now = self.now;
        let Some(container) = self.containers.get_mut(&no) else {
            return;
        };
        let before = (container.state(), container.health);
        let Phase::Running(process) = std::mem::replace(&mut container.phase, Phase::Idle) else {
            return;
        };
        for when in [process.ends, process.grace, process.look]
            .into_iter()
            .flatten()
        {
            self.schedule.cancel(when);
        }
        container.listed = lag.map(|lag| (now.after(lag), before.0, before.1));
        container.finished = Some(now);
        container.code = code;
        if container.check.is_some() {
            // Docker's word where nobody looks any more.
            container.health = Health::Unhealthy;
        }
        self.unbind(no, &process.bound);
        self.detach(no);
        self.note(no, Action::Die(code));
        self.run_is_over(no, code);
    }

    fn run_is_over(&mut self, no: No, code: i64) {
        for waiter in self.done_waiting(no, Until::Ended) {
            self.answer(waiter, Ok(()));
        }
        for waiter in self.done_waiting(no, Until::Stopped) {
            self.note(no, Action::Stop);
            self.answer(waiter, Ok(()));
        }
        let restarts = self.done_waiting(no, Until::Restarted);
        if restarts.is_empty() {
            self.mind_the_policy(no, code);
            return;
        }
        self.note(no, Action::Stop);
        let doing = Doing::Restart(self.containers[&no].id().to_string());
        let begun = self.start_again(no).map_err(|why| doing.failed(why));
        for waiter in restarts {
            self.answer(waiter, begun.clone());
        }
    }

    pub(super) fn start_again(&mut self, no: No) -> Result<(), Failure> {
        self.begin(no, By::Hand)?;
        self.note(no, Action::Restart);
        Ok(())
    }

    fn mind_the_policy(&mut self, no: No, code: i64) {
        let Some(container) = self.containers.get_mut(&no) else {
            return;
        };
        if !self.up || container.removal != Removing::No {
            return;
        }
        let again = match container.face.spec.restart {
            _ if container.stopped_by_hand => false,
            Restart::No => false,
            Restart::Always | Restart::UnlessStopped => true,
            Restart::OnFailure { retries } => {
                code != 0 && (retries == 0 || container.restarts < retries)
            }
        };
        if !again {
            if container.face.spec.auto_remove {
                self.remove_by_itself(no);
            }
            return;
        }
        let ran = match (container.started, container.finished) {
            (Some(started), Some(finished)) => finished.since(started),
            _ => Duration::ZERO,
        };
        container.backoff = if ran >= GOOD_RUN || container.backoff.is_zero() {
            FIRST_BACKOFF
        } else {
            (container.backoff * 2).min(LONGEST_BACKOFF)
        };
        container.restarts += 1;
        let at = self.now.after(container.backoff);
        container.phase = Phase::Between(self.schedule.at(at, Due::Restart(no)));
    }

    /// The restart policy starts a container.
    pub(super) fn restart_by_policy(&mut self, no: No) {
        let Some(container) = self.containers.get_mut(&no) else {
            return;
        };
        if !matches!(container.phase, Phase::Between(_)) {
            return;
        }
        container.phase = Phase::Idle;
        // One that can't be started is left alone, like one whose start by hand failed.
        let _ = self.begin(no, By::Policy);
    }

    fn list_lag(&mut self) -> Option<Duration> {
        let (least, most) = self.habits.lists_lag?;
        let micros = |lag: Duration| u64::try_from(lag.as_micros()).unwrap_or(u64::MAX);
        let lag = self.ids.between(micros(least), micros(most));
        Some(Duration::from_micros(lag))
    }
}
