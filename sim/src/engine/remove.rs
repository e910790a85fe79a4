//! Containers go.

use std::sync::Arc;

use portreeve_core::label;

use super::container::{Container, Phase, Removing};
use super::failure::Failure;
use super::journal::Action;
use super::numbers::No;
use super::request::Asked;
use super::request::{Done, Until};
use super::schedule::Due;
use super::state::Engine;
use super::stop::SIGKILL;

/// How a container is removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Removal {
    /// Whether it is killed if it runs.
    pub force: bool,
    /// Whether its anonymous volumes go with it.
    pub volumes: bool,
}

impl Engine {
    /// Removes a container.
    pub fn remove(&mut self, asked: &str, how: Removal) -> Result<Done, Failure> {
        let no = self.find_no(asked)?;
        let container = &self.containers[&no];
        if container.removal == Removing::UnderWay {
            return Err(Failure::RemovalInProgress(asked.to_owned()));
        }
        let process = container.process();
        let runs = process.is_some() || matches!(container.phase, Phase::Between(_));
        if runs && !how.force {
            return Err(Failure::StillRuns {
                id: container.id().clone(),
                paused: process.is_some_and(|process| process.paused),
            });
        }
        if let Some(container) = self.containers.get_mut(&no) {
            container.removal = Removing::UnderWay;
        }
        if runs {
            let _ = self.kill(asked, SIGKILL);
        }
        if how.volumes {
            self.forget_own_volumes(no);
        }
        if self.habits.removal.is_zero() {
            self.removed(no);
            return Ok(Done::Now);
        }
        let at = self.now.after(self.habits.removal);
        self.schedule.at(at, Due::Removed(no));
        Ok(self.wait(no, Asked::Remove, Until::Removed))
    }

    /// Removes a container that was made to go once it has ended.
    pub(super) fn remove_by_itself(&mut self, no: No) {
        self.forget_own_volumes(no);
        self.removed(no);
    }

    /// Lets the container's anonymous volumes go when it does.
    fn forget_own_volumes(&mut self, no: No) {
        let Some(container) = self.containers.get_mut(&no) else {
            return;
        };
        let own: Vec<Arc<str>> = container
            .mounts
            .extract_if(.., |mount| mount.anonymous)
            .filter_map(|mount| mount.volume)
            .collect();
        for name in own {
            self.drop_volume(&name);
        }
    }

    /// The last of a container is gone.
    pub(super) fn removed(&mut self, no: No) {
        self.note(no, Action::Destroy);
        let Some(container) = self.containers.remove(&no) else {
            return;
        };
        self.forget(&container);
        for waiter in self.waiting.remove(&no).unwrap_or_default() {
            self.answer(waiter, Ok(()));
        }
    }

    fn forget(&mut self, container: &Container) {
        let no = container.no;
        self.by_id.remove(container.id().as_str());
        self.by_name.remove(container.name());
        if let Some(user) = container.face.spec.label(label::USER)
            && let Some(numbers) = self.by_user.get_mut(user)
        {
            numbers.remove(&no);
            if numbers.is_empty() {
                self.by_user.remove(user);
            }
        }
        for name in container
            .mounts
            .iter()
            .filter_map(|mount| mount.volume.as_ref())
        {
            if let Some(volume) = self.volumes.get_mut(name) {
                volume.users.remove(&no);
            }
        }
    }
}
