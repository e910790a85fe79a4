//! What only the world can do to an engine, and see of it from outside.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use portreeve_core::id::Port;

use super::container::{Container, Phase, Removing};
use super::failure::Failure;
use super::image::Personality;
use super::numbers::No;
use super::ports::Holder;
use super::request::Until;
use super::run::By;
use super::schedule::Due;
use super::spec::{Protocol, Restart};
use super::state::Engine;

const ANYWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// What becomes of containers whose engine ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AfterCrash {
    /// They ran on, and the engine found them again.
    Survived,
    /// They have ended, as if they had been killed.
    Ended,
}

/// What is at the other end of a connection to a port of the host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Listener {
    /// Nobody: it is refused.
    Nobody,
    /// The engine, for a container that doesn't listen: it is accepted, and dropped.
    Proxy(No),
    /// A container's program, which listens on this port of its own.
    Container(No, u16),
    /// Another process.
    Stranger,
}

impl Engine {
    /// A process that isn't the engine's listens on a port of the host from now on, on all
    /// addresses; `false` if it can't, since somebody else does.
    pub fn occupy_port(&mut self, port: Port) -> bool {
        self.occupy_port_at(ANYWHERE, port)
    }

    /// The same on one address.
    pub fn occupy_port_at(&mut self, address: IpAddr, port: Port) -> bool {
        let free = self
            .ports
            .holder(port.get(), Protocol::Tcp, address)
            .is_none();
        if free {
            self.ports
                .take(port, Protocol::Tcp, address, Holder::Stranger);
        }
        free
    }

    /// That process is gone.
    pub fn release_port(&mut self, port: Port) {
        self.release_port_at(ANYWHERE, port);
    }

    /// The same on one address.
    pub fn release_port_at(&mut self, address: IpAddr, port: Port) {
        self.ports
            .give_back(port, Protocol::Tcp, Some(address), Holder::Stranger);
    }

    /// Who answers on a TCP port of the host's loopback address.
    pub fn listener(&self, port: Port) -> Listener {
        let holder = self
            .ports
            .holder(port.get(), Protocol::Tcp, IpAddr::V4(Ipv4Addr::LOCALHOST));
        match holder {
            None => Listener::Nobody,
            Some(Holder::Stranger) => Listener::Stranger,
            Some(Holder::Container(no)) => {
                let container = &self.containers[&no];
                let mut bound = container.bound().iter();
                match bound.find(|binding| binding.outside == Some(port)) {
                    Some(binding) if container.listens(self.now) => {
                        Listener::Container(no, binding.inside)
                    }
                    Some(_) | None => Listener::Proxy(no),
                }
            }
        }
    }

    /// The port to try first when the engine is to choose one next.
    pub fn choose_port_from(&mut self, port: Port) {
        self.ports.choose_from(port);
    }

    /// An id that nothing has.
    pub fn new_id(&mut self) -> String {
        self.ids.id()
    }

    /// How a container's program behaves from its next start on, whatever its image says; `None`
    /// has it behave as its image says again.
    pub fn set_personality(
        &mut self,
        asked: &str,
        personality: Option<Arc<Personality>>,
    ) -> Result<(), Failure> {
        let no = self.find_no(asked)?;
        if let Some(container) = self.containers.get_mut(&no) {
            container.personality = personality;
        }
        Ok(())
    }

    /// A container's process ends by itself, now. `false` if none is there to end.
    pub fn exits(&mut self, no: No, code: u8, last_words: Option<String>) -> bool {
        let running = self.containers.get(&no).is_some_and(Container::is_running);
        if running {
            self.process_ends(no, code, last_words);
        }
        running
    }

    /// The engine loses sight of a container's run, or finds it again: while it has, it can't begin
    /// another. Seen of engines that were restarted.
    pub fn set_task_lost(&mut self, asked: &str, lost: bool) -> Result<(), Failure> {
        let no = self.find_no(asked)?;
        if let Some(container) = self.containers.get_mut(&no) {
            container.task_lost = lost;
        }
        Ok(())
    }

    /// Whether the engine is there.
    pub fn is_up(&self) -> bool {
        self.up
    }

    /// The engine ends in good order: it stops its containers first. All who wait for an answer
    /// have lost their connection, and watches are over.
    pub fn shuts_down(&mut self) {
        self.goes_down();
        for no in self.running() {
            self.end(no, 143);
        }
    }

    /// The engine is killed. All who wait for an answer have lost their connection, and watches are
    /// over; containers run on, and nobody minds them until it comes back.
    pub fn goes_down(&mut self) {
        self.up = false;
        for (_, waiters) in std::mem::take(&mut self.waiting) {
            for waiter in waiters {
                self.answer(waiter, Err(Failure::Down));
            }
        }
        let mut pulls = Vec::new();
        self.schedule.retain(|due| match due {
            Due::Pulled { ticket, .. } => {
                pulls.push(*ticket);
                false
            }
            // Programs go on; the rest is the engine's doing.
            Due::Ends { .. } => true,
            Due::GraceOver(_) | Due::Check(_) | Due::Restart(_) | Due::Removed(_) => false,
        });
        for ticket in pulls {
            self.answers
                .push((ticket, super::Asked::PullImage, Err(Failure::Down)));
        }
        for container in self.containers.values_mut() {
            if let Some(process) = container.process_mut() {
                process.grace = None;
                process.look = None;
            }
        }
    }

    /// The engine is back, with nothing of its past but what it wrote down.
    pub fn comes_up(&mut self, after: AfterCrash) {
        self.up = true;
        for volume in self.volumes.values_mut() {
            volume.labels_known = false;
        }
        for container in self.containers.values_mut() {
            if container.removal == Removing::UnderWay {
                container.removal = Removing::Dead;
            }
        }
        for no in self.running() {
            match after {
                AfterCrash::Survived => self.resume_checks(no),
                AfterCrash::Ended => {
                    if let Some(container) = self.containers.get_mut(&no) {
                        container.listed = None;
                    }
                    self.end(no, 137);
                }
            }
        }
        self.start_what_is_to_run();
    }

    /// Starts what its restart policy wants to run.
    fn start_what_is_to_run(&mut self) {
        let wanted = |container: &&Container| match container.face.spec.restart {
            Restart::Always => container.started.is_some(),
            Restart::UnlessStopped => container.started.is_some() && !container.stopped_by_hand,
            Restart::OnFailure { .. } | Restart::No => false,
        };
        let idle =
            |container: &&Container| !container.is_running() && container.removal == Removing::No;
        let wanted: Vec<No> = self
            .containers
            .values()
            .filter(idle)
            .filter(wanted)
            .map(|container| container.no)
            .collect();
        for no in wanted {
            if let Some(container) = self.containers.get_mut(&no)
                && let Phase::Between(when) = std::mem::replace(&mut container.phase, Phase::Idle)
            {
                self.schedule.cancel(when);
            }
            // One that can't be started is left alone.
            let _ = self.begin(no, By::Policy);
        }
        debug_assert!(
            self.waiting
                .values()
                .flatten()
                .all(|waiter| waiter.until != Until::Restarted)
        );
    }

    fn running(&self) -> Vec<No> {
        let running = self.containers.values().filter(|it| it.is_running());
        running.map(|container| container.no).collect()
    }
}
