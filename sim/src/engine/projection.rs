//! What of an engine's state decides how it goes on, for explorations that are to meet each state
//! once.

use portreeve_core::projection::{Project, Projection};
use portreeve_core::user::UserId;

use super::container::{Container, Phase, Process, Removing};
use super::effect;
use super::numbers::No;
use super::ports::Holder;
use super::request::Until;
use super::schedule::{Due, When};
use super::state::Engine;

impl Project for Engine {
    /// Complete once the journal was read and answers were taken. Habits, images, and networks
    /// that are there from the beginning are taken for settings.
    fn project(&self, out: &mut Projection) {
        self.up.project(out);
        self.containers.len().project(out);
        for container in self.containers.values() {
            container.project(out);
        }
        self.networks.len().project(out);
        self.volumes.len().project(out);
        let mut volumes: Vec<_> = self.volumes.values().collect();
        // By whose they are, and not by their names, which don't tell users apart.
        let owner = |volume: &&super::Volume| {
            let owner = effect::owner(&volume.labels);
            owner.told().map(|(_, user): &(_, UserId)| user.clone())
        };
        let ranked = |volume: &&super::Volume, out: &Projection| {
            owner(volume).map_or(u64::MAX, |user| out.rank(&user))
        };
        volumes.sort_by_key(|volume| ranked(volume, out));
        for volume in volumes {
            volume.name.project(out);
            owner(&volume).project(out);
            volume.labels_known.project(out);
        }
        for (port, protocol, holders) in self.ports.taken() {
            if holders
                .iter()
                .any(|(_, holder)| *holder == Holder::Stranger)
            {
                port.project(out);
                out.word(protocol as u64);
            }
        }
        for (at, due) in self.schedule.all() {
            at.project(out);
            self.project_due(due, out);
        }
        for (container, waiters) in &self.waiting {
            self.project_no(*container, out);
            for waiter in waiters {
                out.counted(waiter.ticket.0);
                waiter.until.project(out);
            }
        }
    }
}

impl Engine {
    fn project_no(&self, no: No, out: &mut Projection) {
        let container = self.containers.get(&no);
        container.map(Container::id).project(out);
    }

    fn project_due(&self, due: &Due, out: &mut Projection) {
        let (kind, container) = match due {
            Due::Ends { container, .. } => (0, container),
            Due::GraceOver(container) => (1, container),
            Due::Check(container) => (2, container),
            Due::Restart(container) => (3, container),
            Due::Removed(container) => (4, container),
            Due::Pulled { ticket, .. } => {
                out.word(5);
                return out.counted(ticket.0);
            }
        };
        out.word(kind);
        self.project_no(*container, out);
        if let Due::Ends { code, .. } = due {
            out.word(u64::from(*code));
        }
    }
}

impl Project for Container {
    fn project(&self, out: &mut Projection) {
        self.face.id.project(out);
        self.face.name.as_ref().project(out);
        self.labels().project(out);
        self.port.project(out);
        match &self.phase {
            Phase::Idle => out.word(0),
            Phase::Running(process) => {
                out.word(1);
                process.project(out);
            }
            Phase::Between(when) => {
                out.word(2);
                project_when(Some(*when), out);
            }
        }
        out.word(match self.removal {
            Removing::No => 0,
            Removing::UnderWay => 1,
            Removing::Dead => 2,
        });
        match (&self.phase, self.started, self.finished) {
            (Phase::Running(_), Some(started), _) => started.project(out),
            (_, Some(started), Some(finished)) => finished.since(started).project(out),
            _ => out.word(0),
        }
        self.code.project(out);
        self.health.project(out);
        self.stopped_by_hand.project(out);
        self.restarts.project(out);
        self.backoff.project(out);
        self.network.id.is_some().project(out);
        self.personality.is_some().project(out);
        self.task_lost.project(out);
        if let Some((until, state, health)) = &self.listed {
            out.due(*until);
            state.project(out);
            health.project(out);
        }
    }
}

impl Project for Process {
    fn project(&self, out: &mut Projection) {
        self.paused.project(out);
        project_when(self.ends, out);
        project_when(self.grace, out);
        project_when(self.look, out);
        if self.look.is_some() {
            self.checked_since.project(out);
            self.streak.project(out);
        }
    }
}

fn project_when(when: Option<When>, out: &mut Projection) {
    when.map(|(at, _)| at).project(out);
}

impl Project for Until {
    fn project(&self, out: &mut Projection) {
        out.word(match self {
            Self::Stopped => 0,
            Self::Restarted => 1,
            Self::Ended => 2,
            Self::Removed => 3,
        });
    }
}
