//! A host that embeds `portreeve-blocking`, and has no runtime.

use std::time::Duration;

use portreeve_blocking::{Actor, Error, EventsFrom, Portreeve};

use super::answers::{FOLLOWED, TO_BE_TOLD, config, taken, text};
use crate::answer::{
    Adopted, Endpoint, Event, Failure, Finding, Reaped, Rekeyed, Rotated, Status, Stopped, Touched,
    UserHealth,
};
use crate::host::{ACTOR, Host};
use crate::plan::Plan;

/// A program that embeds the driver, and closes it before it ends, as good programs do.
pub struct BlockingHost {
    portreeve: Portreeve,
}

impl BlockingHost {
    /// Opens a handle that behaves as planned.
    pub fn open(plan: &Plan) -> Result<Self, Failure> {
        let portreeve = Portreeve::open(config(plan))?;
        let actor = Actor::new(ACTOR).expect("a name");
        let portreeve = portreeve.on_behalf_of(actor);
        Ok(Self { portreeve })
    }
}

impl Host for BlockingHost {
    fn ensure(&self, user: &str) -> Result<Endpoint, Failure> {
        Ok(self.portreeve.ensure(user)?.into())
    }

    fn ensure_for(&self, user: &str, patience: Duration) -> Option<Result<Endpoint, Failure>> {
        match self.portreeve.within(patience).ensure(user) {
            Err(Error::TakenBack(_)) => None,
            answer => Some(answer.map(Endpoint::from).map_err(Failure::from)),
        }
    }

    fn stop(&self, user: &str) -> Result<Stopped, Failure> {
        Ok(self.portreeve.stop(user)?.into())
    }

    fn touch(&self, user: &str) -> Result<Touched, Failure> {
        Ok(self.portreeve.touch(user)?.into())
    }

    fn status(&self, user: &str) -> Result<Status, Failure> {
        Ok(self.portreeve.status(user)?.into())
    }

    fn log(&self, user: &str, tell: &mut dyn FnMut(&str) -> bool) -> Result<(), Failure> {
        for line in self.portreeve.within(TO_BE_TOLD).logs(user, FOLLOWED)? {
            if !tell(&text(&line?)) {
                break;
            }
        }
        Ok(())
    }

    fn usage(&self) -> Result<Vec<(String, u64, f64)>, Failure> {
        let reading = self.portreeve.usage().next_reading()?;
        Ok(reading.iter().map(taken).collect())
    }

    fn list(&self) -> Result<Vec<Status>, Failure> {
        let users = self.portreeve.list();
        users.map(|user| Ok(user?.into())).collect()
    }

    fn restart(&self, user: &str) -> Result<Endpoint, Failure> {
        Ok(self.portreeve.restart(user)?.into())
    }

    fn reap(&self) -> Result<Reaped, Failure> {
        Ok(self.portreeve.reap()?.into())
    }

    fn health(&self) -> Result<Vec<UserHealth>, Failure> {
        let users = self.portreeve.health()?;
        Ok(users.into_iter().map(UserHealth::from).collect())
    }

    fn repair(&self, dry_run: bool) -> Result<Vec<Finding>, Failure> {
        let findings = self.portreeve.repair(dry_run)?;
        Ok(findings.into_iter().map(Finding::from).collect())
    }

    fn purge(&self, user: &str) -> Result<bool, Failure> {
        Ok(self.portreeve.purge(user)?)
    }

    fn rotate(&self, user: &str) -> Result<Rotated, Failure> {
        Ok(self.portreeve.rotate(user)?.into())
    }

    fn rekey(&self) -> Result<Rekeyed, Failure> {
        Ok(self.portreeve.rekey()?.into())
    }

    fn adopt(&self, user: &str) -> Result<Adopted, Failure> {
        Ok(self.portreeve.adopt(user)?.into())
    }

    fn events(&self, user: Option<&str>) -> Result<Vec<Event>, Failure> {
        let mut reader = self.portreeve.events(EventsFrom::Oldest);
        if let Some(user) = user {
            reader = reader.of(user)?;
        }
        let mut events = Vec::new();
        while let Some(event) = reader.next_kept_event()? {
            events.push(event.into());
        }
        Ok(events)
    }

    fn limit_idle(&self, user: &str, limit: Option<Duration>) -> Result<bool, Failure> {
        Ok(self.portreeve.limit_idle(user, limit)?)
    }
}

impl Drop for BlockingHost {
    fn drop(&mut self) {
        self.portreeve.clone().close();
    }
}
