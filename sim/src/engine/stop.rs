//! Signals, stops, pauses.

use std::time::Duration;

use portreeve_core::observed::ContainerState;

use super::container::{Container, Phase, Removing};
use super::failure::{Doing, Failure};
use super::image::OnTerm;
use super::journal::Action;
use super::numbers::No;
use super::request::Asked;
use super::request::{Done, Until};
use super::schedule::Due;
use super::state::Engine;

/// The signal that ends a process whatever it thinks of that.
pub const SIGKILL: u8 = 9;
/// The signal that asks a process to end.
pub const SIGTERM: u8 = 15;
/// What a process ends with that was killed.
const KILLED: i64 = 137;

impl Engine {
    /// Stops a container: asks it to end, and kills it after `grace`; without one it is waited for
    /// as long as it takes. Goes on whether or not the caller is still there.
    pub fn stop(&mut self, asked: &str, grace: Option<Duration>) -> Result<Done, Failure> {
        let no = self.find_no(asked)?;
        match self.containers[&no].phase {
            Phase::Idle => Ok(Done::Already),
            Phase::Between(_) => {
                self.give_up_between(no);
                self.note(no, Action::Stop);
                Ok(Done::Now)
            }
            Phase::Running(_) => Ok(self.stop_running(no, grace, Asked::Stop, Until::Stopped)),
        }
    }

    /// Stops a container and starts it again; starts one that doesn't run.
    pub fn restart(&mut self, asked: &str, grace: Option<Duration>) -> Result<Done, Failure> {
        let no = self.find_no(asked)?;
        match self.containers[&no].phase {
            Phase::Running(_) => {
                return Ok(self.stop_running(no, grace, Asked::Other, Until::Restarted));
            }
            Phase::Between(_) => self.give_up_between(no),
            Phase::Idle => {}
        }
        let begun = if self.containers[&no].removal == Removing::No {
            self.start_again(no)
        } else {
            Err(Failure::MarkedForRemoval)
        };
        begun.map_err(|why| Doing::Restart(asked.to_owned()).failed(why))?;
        Ok(Done::Now)
    }

    /// Waits until a container doesn't run, or, where `next` says so, until its next end.
    pub fn wait_until_ended(&mut self, asked: &str, next: bool) -> Result<Done, Failure> {
        let no = self.find_no(asked)?;
        match self.containers[&no].phase {
            Phase::Idle if !next => Ok(Done::Already),
            Phase::Idle | Phase::Running(_) | Phase::Between(_) => {
                Ok(self.wait(no, Asked::Other, Until::Ended))
            }
        }
    }

    /// Waits until a container is gone.
    pub fn wait_until_removed(&mut self, asked: &str) -> Result<Done, Failure> {
        let no = self.find_no(asked)?;
        Ok(self.wait(no, Asked::Other, Until::Removed))
    }

    fn stop_running(
        &mut self,
        no: No,
        grace: Option<Duration>,
        asked: Asked,
        until: Until,
    ) -> Done {
        let done = self.wait(no, asked, until);
        self.signal(no, SIGTERM);
        let done = self.answered_at_once(done);
        // It may have ended by now, and even run again.
        if done == Done::Now {
            return done;
        }
        match grace {
            Some(Duration::ZERO) => self.grace_over(no),
            Some(grace) => self.kill_after(no, grace),
            None => {}
        }
        self.answered_at_once(done)
    }

    /// A request that was answered while it was made needs no number.
    pub(super) fn answered_at_once(&mut self, done: Done) -> Done {
        let Done::Later(ticket) = done else {
            return done;
        };
        // It would be among the last, and a failure keeps its number.
        let answered =
            |(other, _, result): &(_, _, Result<_, _>)| *other == ticket && result.is_ok();
        match self.answers.iter().rposition(answered) {
            Some(index) => {
                let _ = self.answers.remove(index);
                Done::Now
            }
            None => done,
        }
    }

    fn kill_after(&mut self, no: No, grace: Duration) {
        let at = self.now.after(grace);
        let container = self.containers.get_mut(&no);
        if let Some(process) = container.and_then(Container::process_mut) {
            self.schedule
                .sooner(&mut process.grace, at, Due::GraceOver(no));
        }
    }

    /// A stop has waited long enough.
    pub(super) fn grace_over(&mut self, no: No) {
        if let Some(process) = self.process_mut(no) {
            process.grace = None;
            self.signal(no, SIGKILL);
        }
    }

    /// Sends a signal to a container.
    pub fn kill(&mut self, asked: &str, signal: u8) -> Result<Done, Failure> {
        let cannot = |why| Doing::Kill(asked.to_owned()).failed(why);
        let no = self.find_no(asked).map_err(cannot)?;
        match self.containers[&no].phase {
            Phase::Running(_) => self.signal(no, signal),
            Phase::Between(_) => self.give_up_between(no),
            Phase::Idle => {
                let id = self.containers[&no].id().clone();
                return Err(cannot(Failure::NotRunning(id)));
            }
        }
        Ok(Done::Now)
    }

    fn signal(&mut self, no: No, signal: u8) {
        let Some(container) = self.containers.get_mut(&no) else {
            return;
        };
        container.stopped_by_hand = true;
        self.note(no, Action::Kill(signal));
        self.let_run_on(no);
        match signal {
            SIGKILL => self.end(no, KILLED),
            SIGTERM => self.asked_to_end(no),
            // Programs don't handle others, and the kernel keeps them from a first process.
            _ => {}
        }
    }

    fn asked_to_end(&mut self, no: No) {
        let Some(process) = self.process_mut(no) else {
            return;
        };
        match process.personality.on_term {
            OnTerm::Ignores => {}
            OnTerm::Ends { after, code } if after.is_zero() => self.process_ends(no, code, None),
            OnTerm::Ends { after, code } => {
                let at = self.now.after(after);
                self.will_end(no, at, code, None);
            }
        }
    }

    /// A paused container runs on, without a word.
    fn let_run_on(&mut self, no: No) {
        if let Some(process) = self.process_mut(no)
            && process.paused
        {
            process.paused = false;
        }
    }

    fn give_up_between(&mut self, no: No) {
        let Some(container) = self.containers.get_mut(&no) else {
            return;
        };
        container.stopped_by_hand = true;
        if let Phase::Between(when) = std::mem::replace(&mut container.phase, Phase::Idle) {
            self.schedule.cancel(when);
        }
    }

    /// Freezes a container.
    pub fn pause(&mut self, asked: &str) -> Result<Done, Failure> {
        let no = self.find_no(asked)?;
        let container = &self.containers[&no];
        let id = || container.id().clone();
        match container.state() {
            ContainerState::Running => {}
            ContainerState::Paused => return Err(Failure::AlreadyPaused(id())),
            ContainerState::Starting => return Err(Failure::BetweenRuns(id())),
            ContainerState::Stopped { .. }
            | ContainerState::Removing
            | ContainerState::Broken
            | ContainerState::Unknown(_) => return Err(Failure::NotRunning(id())),
        }
        self.end_checks(no);
        if let Some(process) = self.process_mut(no) {
            process.paused = true;
        }
        self.note(no, Action::Pause);
        Ok(Done::Now)
    }

    /// Lets a paused container run on.
    pub fn unpause(&mut self, asked: &str) -> Result<Done, Failure> {
        let no = self.find_no(asked)?;
        match self.process_mut(no) {
            Some(process) if process.paused => process.paused = false,
            Some(_) | None => {
                return Err(Failure::NotPaused(self.containers[&no].id().clone()));
            }
        }
        self.resume_checks(no);
        self.note(no, Action::Unpause);
        Ok(Done::Now)
    }

    pub(super) fn process_mut(&mut self, no: No) -> Option<&mut super::container::Process> {
        self.containers
            .get_mut(&no)
            .and_then(Container::process_mut)
    }
}
