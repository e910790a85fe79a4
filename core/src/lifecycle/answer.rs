//! The end of a run: what it failed with, and what those who waited are told.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::time::Duration;

use super::Lifecycle;
use super::facts::{Goal, Hold, VolumeFact};
use super::survey::{End, SurveyId};
use super::table::Fault;
use super::tenancy::{Asker, Wish};
use crate::command::{Adopted, Endpoint, Ensured, Reply, Rotated, Stopped};
use crate::error::{Error, VolumeOwner};
use crate::id::RequestId;
use crate::observed::ContainerState;
use crate::record::Row;
use crate::user::UserId;

/// What one of those who waited is told.
enum Answer {
    Reply(RequestId, Reply),
    End(SurveyId, End),
    GaveWay(Option<Duration>),
}

impl Answer {
    fn of_failure(wish: Wish, error: &Error) -> Self {
        match wish.asker {
            Asker::Host(request) => Self::Reply(request, Reply::Failed(error.clone())),
            Asker::Survey(survey) => Self::End(survey, End::Failed(error.clone())),
            Asker::Ports => Self::GaveWay(None),
        }
    }
}

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

    pub(super) fn error_of(&self, user: &UserId, fault: Fault) -> Option<Error> {
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
                by: match tenancy.volume {
                    VolumeFact::Foreign => VolumeOwner::Labelled,
                    VolumeFact::Unknown
                    | VolumeFact::Absent
                    | VolumeFact::Ours
                    | VolumeFact::Doubted
                    | VolumeFact::Unlabelled => VolumeOwner::Unknown,
                },
            },
            Fault::Premises => {
                let image = &self.settings.template(user).image;
                self.premises.failure(image, self.now)?
            }
            Fault::Identity => self.premises.engine_failure(self.now)?.clone(),
            Fault::NoHealthCheck => Error::NoHealthCheck {
                image: self.settings.template(user).image.clone(),
            },
            Fault::NotAdoptable => Error::NotAdoptable(alloc::format!(
                "there is neither a container {:?} nor a volume {:?}",
                tenancy.names.container,
                tenancy.names.volume
            )),
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
        let Some(run) = self
            .tenancies
            .get(user)
            .and_then(|tenancy| tenancy.run.as_ref())
        else {
            return false;
        };
        let error = run.verdict.as_ref().map(|(error, _)| error.clone());
        let waiters = run.waiters.clone();
        let mut answers = Vec::with_capacity(waiters.len());
        for wish in &waiters {
            let answer = match &error {
                Some(error) => Answer::of_failure(*wish, error),
                None => match self.answer_to(user, *wish) {
                    Some(answer) => answer,
                    None => return false,
                },
            };
            answers.push(answer);
        }
        if let Some(tenancy) = self.tenancies.get_mut(user) {
            tenancy.run = None;
        }
        self.leave_line(user);
        for answer in answers {
            match answer {
                Answer::Reply(request, reply) => self.reply(request, reply),
                Answer::End(survey, end) => self.job_ended(survey, user, end),
                Answer::GaveWay(rest) => self.gave_way(user, rest),
            }
        }
        self.begin_next(user);
        true
    }

    /// What somebody is answered, now that what they wanted is so; `None` if that can't be told yet.
    fn answer_to(&self, user: &UserId, wish: Wish) -> Option<Answer> {
        let tenancy = self.tenancies.get(user)?;
        let run = tenancy.run.as_ref()?;
        let record = tenancy.record(self.now);
        match wish.asker {
            Asker::Host(request) => Some(Answer::Reply(request, self.reply_to(user, wish.goal)?)),
            Asker::Survey(survey) => {
                if self.facts(tenancy).hold() == Hold::Theirs {
                    return Some(Answer::End(survey, End::Dropped));
                }
                let changed = match wish.goal {
                    Goal::Reaped => run.did.stop,
                    Goal::Running
                    | Goal::Fresh
                    | Goal::Rotated
                    | Goal::Stopped
                    | Goal::Evicted
                    | Goal::Absent
                    | Goal::Adopted
                    | Goal::Repaired => true,
                };
                Some(Answer::End(survey, End::Done { changed }))
            }
            Asker::Ports => {
                let freed = record.is_none_or(|record| record.port.is_none());
                let rest = self.settings.timing.rest.saturating_sub(run.stopped_for);
                Some(Answer::GaveWay(freed.then_some(rest)))
            }
        }
    }

    fn reply_to(&self, user: &UserId, goal: Goal) -> Option<Reply> {
        let tenancy = self.tenancies.get(user)?;
        let run = tenancy.run.as_ref()?;
        let record = tenancy.record(self.now);
        let served = |endpoint| match endpoint {
            Ok(endpoint) => Reply::Ensured(endpoint),
            Err(error) => Reply::Failed(error),
        };
        Some(match goal {
            Goal::Running | Goal::Fresh => served(self.endpoint(user)?),
            Goal::Rotated => match record {
                None => Reply::Failed(Error::UnknownUser),
                Some(record) => {
                    let endpoint = if run.revive {
                        match self.endpoint(user)? {
                            Ok(endpoint) => Some(endpoint),
                            Err(error) => return Some(Reply::Failed(error)),
                        }
                    } else {
                        None
                    };
                    Reply::Rotated(Rotated {
                        generation: record.body.token_generation,
                        endpoint,
                    })
                }
            },
            Goal::Absent => Reply::Purged(run.did.purge || run.met),
            Goal::Adopted => Reply::Adopted(Adopted {
                user: user.clone(),
                container: record.and_then(|record| record.body.container.clone()),
                volume: tenancy.names.volume.clone(),
                port: record.and_then(|record| record.port),
                already: !run.did.adopt,
            }),
            Goal::Stopped | Goal::Reaped | Goal::Evicted | Goal::Repaired => {
                Reply::Stopped(Stopped {
                    known: record.is_some(),
                    changed: run.did.stop,
                })
            }
        })
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
