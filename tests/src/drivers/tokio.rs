//! A host that embeds `portreeve-tokio`, on a runtime of its own.

use std::future::Future;
use std::time::Duration;

use portreeve_tokio::{Actor, EventsFrom, Portreeve};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::answers::{FOLLOWED, TO_BE_TOLD, config, taken, text};
use crate::answer::{
    Adopted, Endpoint, Event, Failure, Finding, Reaped, Rekeyed, Rotated, Status, Stopped, Touched,
    UserHealth,
};
use crate::host::{ACTOR, Host};
use crate::plan::Plan;

/// A program that embeds the driver, and closes it before it ends, as good programs do.
pub struct TokioHost {
    portreeve: Portreeve,
    runtime: Option<Runtime>,
}

impl TokioHost {
    /// Opens a handle that behaves as planned.
    pub fn open(plan: &Plan) -> Result<Self, Failure> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("threads can be started");
        let entered = runtime.enter();
        let portreeve = Portreeve::open(config(plan))?;
        let actor = Actor::new(ACTOR).expect("a name");
        let portreeve = portreeve.on_behalf_of(actor);
        drop(entered);
        Ok(Self {
            portreeve,
            runtime: Some(runtime),
        })
    }

    fn wait_for<F: Future>(&self, work: F) -> F::Output {
        self.runtime
            .as_ref()
            .expect("it is there until the end")
            .block_on(work)
    }
}

impl Host for TokioHost {
    fn ensure(&self, user: &str) -> Result<Endpoint, Failure> {
        Ok(self.wait_for(self.portreeve.ensure(user))?.into())
    }

    fn ensure_for(&self, user: &str, patience: Duration) -> Option<Result<Endpoint, Failure>> {
        let answer = self.wait_for(async { timeout(patience, self.portreeve.ensure(user)).await });
        let answer = answer.ok()?;
        Some(answer.map(Endpoint::from).map_err(Failure::from))
    }

    fn stop(&self, user: &str) -> Result<Stopped, Failure> {
        Ok(self.wait_for(self.portreeve.stop(user))?.into())
    }

    fn touch(&self, user: &str) -> Result<Touched, Failure> {
        Ok(self.wait_for(self.portreeve.touch(user))?.into())
    }

    fn status(&self, user: &str) -> Result<Status, Failure> {
        Ok(self.wait_for(self.portreeve.status(user))?.into())
    }

    fn log(&self, user: &str, tell: &mut dyn FnMut(&str) -> bool) -> Result<(), Failure> {
        let mut logs = self.wait_for(self.portreeve.logs(user, FOLLOWED))?;
        loop {
            let line = self.wait_for(async { timeout(TO_BE_TOLD, logs.next_line()).await });
            let line = line.expect("a line comes in time")?;
            if !tell(&text(&line.expect("a log that is followed has no end"))) {
                return Ok(());
            }
        }
    }

    fn usage(&self) -> Result<Vec<(String, u64, f64)>, Failure> {
        let reading = self.wait_for(self.portreeve.usage().next_reading())?;
        Ok(reading.iter().map(taken).collect())
    }

    fn list(&self) -> Result<Vec<Status>, Failure> {
        let users = self.wait_for(self.portreeve.list().all())?;
        Ok(users.into_iter().map(Status::from).collect())
    }

    fn restart(&self, user: &str) -> Result<Endpoint, Failure> {
        Ok(self.wait_for(self.portreeve.restart(user))?.into())
    }

    fn reap(&self) -> Result<Reaped, Failure> {
        Ok(self.wait_for(self.portreeve.reap())?.into())
    }

    fn health(&self) -> Result<Vec<UserHealth>, Failure> {
        let users = self.wait_for(self.portreeve.health())?;
        Ok(users.into_iter().map(UserHealth::from).collect())
    }

    fn repair(&self, dry_run: bool) -> Result<Vec<Finding>, Failure> {
        let findings = self.wait_for(self.portreeve.repair(dry_run))?;
        Ok(findings.into_iter().map(Finding::from).collect())
    }

    fn purge(&self, user: &str) -> Result<bool, Failure> {
        Ok(self.wait_for(self.portreeve.purge(user))?)
    }

    fn rotate(&self, user: &str) -> Result<Rotated, Failure> {
        Ok(self.wait_for(self.portreeve.rotate(user))?.into())
    }

    fn rekey(&self) -> Result<Rekeyed, Failure> {
        Ok(self.wait_for(self.portreeve.rekey())?.into())
    }

    fn adopt(&self, user: &str) -> Result<Adopted, Failure> {
        Ok(self.wait_for(self.portreeve.adopt(user))?.into())
    }

    fn events(&self, user: Option<&str>) -> Result<Vec<Event>, Failure> {
        let mut reader = self.portreeve.events(EventsFrom::Oldest);
        if let Some(user) = user {
            reader = reader.of(user)?;
        }
        let mut events = Vec::new();
        while let Some(event) = self.wait_for(reader.next_kept_event())? {
            events.push(event.into());
        }
        Ok(events)
    }

    fn limit_idle(&self, user: &str, limit: Option<Duration>) -> Result<bool, Failure> {
        Ok(self.wait_for(self.portreeve.limit_idle(user, limit))?)
    }
}

impl Drop for TokioHost {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.block_on(self.portreeve.clone().close());
            runtime.shutdown_background();
        }
    }
}
