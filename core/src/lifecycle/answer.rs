//! The end of a run: what it failed with, and what those who waited are told.

use alloc::string::ToString;
use alloc::vec::Vec;

use super::Lifecycle;
use super::facts::Goal;
use super::table::Fault;
use crate::command::{Endpoint, Ensured, Reply, Stopped};
use crate::error::Error;
use crate::observed::ContainerState;
use crate::record::Row;
use crate::user::UserId;

impl Lifecycle {
    pub(super) fn fail_with(&mut self, user: &UserId, error: Error) -> bool {
        let answer_by = self.answer_by();
        if let Some(tenancy) = self.tenancies.get_mut(user) {
            tenancy.fail(error, answer_by);
        }
        true
    }

    pub(super) fn fail(&mut self, user: &UserId, fault: Fault) -> bool {
        let error = self.error_of(user, fault);
        if let Some(error) = error {
            return self.fail_with(user, error);
        }
        false
    }

    fn error_of(&self, user: &UserId, fault: Fault) -> Option<Error> {
        let tenancy = self.tenancies.get(user)?;
        Some(match fault {
            Fault::Unreadable => match tenancy.store.get(self.now)? {
                Row::Unreadable(why) => Error::RecordUnreadable(why.clone()),
                Row::Absent | Row::Found(_) => return None,
            },
            Fault::NameTaken => Error::NameTaken {
                name: tenancy.names.container.clone(),
                id: self.foreign(tenancy)?.id.to_string(),
            },
            Fault::VolumeTaken => Error::VolumeTaken {
                name: tenancy.names.volume.clone(),
            },
            Fault::Premises => {
                let image = &self.settings.template(user).image;
                self.premises.failure(image, self.now)?
            }
            Fault::BackingOff => {
                let failure = tenancy.record(self.now)?.body.failure.as_ref()?;
                Error::BackingOff {
                    count: failure.count,
                    reason: failure.reason.clone(),
                    retry_in: tenancy.retry_at?.since(self.now),
                }
            }
            Fault::Crashed => {
                let exit_code = match self.current(tenancy)?.state {
                    ContainerState::Exited { code } => Some(code),
                    ContainerState::Created
                    | ContainerState::Running
                    | ContainerState::Paused
                    | ContainerState::Restarting
                    | ContainerState::Removing
                    | ContainerState::Dead
                    | ContainerState::Unknown(_) => None,
                };
                Error::StartFailed {
                    exit_code,
                    log: tenancy.run.as_ref()?.autopsy.clone().unwrap_or_default(),
                }
            }
        })
    }

    /// Ends the run and tells all who waited for it.
    pub(super) fn answer(&mut self, user: &UserId) -> bool {
        let Some(tenancy) = self.tenancies.get(user) else {
            return false;
        };
        let Some(run) = &tenancy.run else {
            return false;
        };
        let reply = match (&run.verdict, run.goal) {
            (Some((error, _)), _) => Reply::Failed(error.clone()),
            (None, Goal::Stopped) => Reply::Stopped(Stopped {
                known: tenancy.record(self.now).is_some(),
                changed: run.did.stop,
            }),
            (None, Goal::Running) => match self.endpoint(user) {
                Some(Ok(endpoint)) => Reply::Ensured(endpoint),
                Some(Err(error)) => Reply::Failed(error),
                None => return false,
            },
        };
        let run = self
            .tenancies
            .get_mut(user)
            .and_then(|tenancy| tenancy.run.take());
        let waiters = run.map_or_else(Vec::new, |run| run.waiters);
        for request in waiters {
            self.reply(request, reply.clone());
        }
        self.leave_line(user);
        true
    }

    fn endpoint(&self, user: &UserId) -> Option<Result<Endpoint, Error>> {
        let tenancy = self.tenancies.get(user)?;
        let record = tenancy.record(self.now)?;
        let observed = self.current(tenancy)?;
        let port = record.port?;
        let token = match self.settings.keyring.open(user, &record.body.token) {
            Ok(token) => token,
            Err(error) => return Some(Err(Error::TokenUnreadable(error.to_string()))),
        };
        let did = tenancy.run.as_ref()?.did;
        let outcome = match (did.create, did.replace, did.start) {
            (true, true, _) => Ensured::Recreated,
            (true, false, _) => Ensured::Created,
            (false, _, true) => Ensured::Started,
            (false, _, false) => Ensured::AlreadyRunning,
        };
        let gateway_port = self.settings.template(user).gateway_port;
        Some(Ok(Endpoint {
            user: user.clone(),
            url: self.settings.reach.url(port, &observed.name, gateway_port),
            token,
            port,
            container: observed.id.clone(),
            container_name: observed.name.clone(),
            outcome,
        }))
    }
}
